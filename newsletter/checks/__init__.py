"""What must hold before an issue leaves: every finding, with its place and its mend."""

from newsletter.checks.asking import Answer, ask_links
from newsletter.checks.families import RULES, check_issue
from newsletter.checks.rules import Rule
from newsletter.checks.support import FILE_NAME as CLIENTS_FILE
from newsletter.checks.support import fetch_data, slim

__all__ = ["CLIENTS_FILE", "RULES", "Answer", "Rule", "ask_links", "check_issue", "fetch_data", "slim"]
