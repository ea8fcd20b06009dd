"""Allowances: a finding that the editor means is kept as a note with the reason; some may not be allowed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from newsletter.checks.rules import Rule, Subject, finding
from newsletter.errors import Problem, near
from newsletter.issue import Allowance

UNKNOWN = Rule("allowances.unknown-check", "warning", "It allows nothing, and the finding stays.")
REFUSED = Rule(
    "allowances.refused",
    "warning",
    "What the law or the mail servers ask of a message cannot be waved through.",
)
UNMATCHED = Rule(
    "allowances.unmatched", "note", "What is not needed any more may hide a fault that comes later."
)

RULES = (UNKNOWN, REFUSED, UNMATCHED)

#: Errors of these families stop a send whatever the editor says.
_FIRM = ("compliance.", "size.", "allowances.")


def settle(subject: Subject, found: Sequence[Problem], rules: Mapping[str, Rule]) -> list[Problem]:
    """`found`, with what the issue allows turned into notes that repeat the reason, and what is wrong with them."""
    allowed = list(_allowances(subject))
    used: set[str] = set()
    settled = []
    for problem in found:
        match = next((item for item in allowed if _covers(*item, problem)), None)
        used.update((match[0],) if match else ())
        settled.append(_as_note(problem, match[1].reason) if match and not _is_firm(problem) else problem)
    for field, allowance in allowed:
        settled += _about(subject, field, allowance, rules=rules, used=field in used)
    return settled


def _allowances(subject: Subject) -> Iterator[tuple[str, Allowance]]:
    """Each allowance with its field; those of sections first, since they are nearer to the finding."""
    for number, section in enumerate(subject.issue.sections):
        for index, allowance in enumerate(section.allow):
            yield f"sections.{number}.allow.{index}", allowance
    for index, allowance in enumerate(subject.issue.allow):
        yield f"allow.{index}", allowance


def _covers(field: str, allowance: Allowance, problem: Problem) -> bool:
    scope = field.rpartition("allow.")[0]
    return problem.check == allowance.check and f"{problem.field}.".startswith(scope)


def _is_firm(problem: Problem) -> bool:
    return problem.level == "error" and problem.check.startswith(_FIRM)


def _as_note(problem: Problem, reason: str) -> Problem:
    return replace(problem, level="note", message=f"{problem.message}; allowed here: {reason}", remedy="")


def _about(
    subject: Subject, field: str, allowance: Allowance, *, rules: Mapping[str, Rule], used: bool
) -> Iterator[Problem]:
    name, place = allowance.check, f"{field}.check"
    if name not in rules:
        message = f"there is no check '{name}'{near(name, rules)}"
        remedy = "write its name as the finding shows it, such as wording.long-sentence"
        yield finding(subject, UNKNOWN, place, message, remedy=remedy)
    elif rules[name].level == "error" and name.startswith(_FIRM):
        message, remedy = f"'{name}' cannot be allowed", "mend what it finds, and take this out"
        yield finding(subject, REFUSED, place, message, remedy=remedy)
    elif not used:
        message = f"nothing is found here that '{name}' would allow"
        yield finding(subject, UNMATCHED, place, message, remedy="take it out")
