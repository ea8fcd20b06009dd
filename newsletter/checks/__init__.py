"""What must hold before an issue leaves: every finding, with its place and its mend."""

from newsletter.checks.asking import Answer, ask_links
from newsletter.checks.families import RULES, check_issue
from newsletter.checks.rules import Rule

__all__ = ["RULES", "Answer", "Rule", "ask_links", "check_issue"]
