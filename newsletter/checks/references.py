"""References: papers since retracted or corrected, named twice, or with too little said of them."""

from collections.abc import Iterator

from newsletter.checks.rules import Rule, Subject, finding
from newsletter.errors import Problem
from newsletter.issue import Publication, Publications, csl_of, notices_of
from newsletter.references import is_owned_up, notice_of, told

RETRACTED = Rule(
    "references.retracted", "error", "Readers trust what a study tells them; a retracted paper misleads them."
)
CORRECTED = Rule(
    "references.corrected", "warning", "The correction may change what the plain-English line should say."
)
PUBLISHED = Rule("references.published", "note", "A preprint has not been reviewed; the published paper has.")
TWICE = Rule("references.twice", "warning", "A publication that stands there twice looks like two.")
YEAR = Rule("references.no-year", "warning", "Without a year nobody can tell how new it is.")
AUTHORS = Rule("references.no-authors", "warning", "Those who did the work want to be named.")
LINK = Rule("references.no-link", "note", "Readers want to open what they read about.")

RULES = (RETRACTED, CORRECTED, PUBLISHED, TWICE, YEAR, AUTHORS, LINK)

_BY_NAME = {rule.id: rule for rule in (RETRACTED, CORRECTED, PUBLISHED)}


def check(subject: Subject) -> Iterator[Problem]:
    """Findings about every publication of the issue."""
    seen: dict[str, str] = {}
    for field, item in _publications(subject):
        yield from _since(subject, field, item)
        yield from _said(subject, field, item)
        for name in filter(None, (item.doi.casefold(), item.title.casefold())):
            if name in seen and seen[name] != field:
                message = f"'{_short(item)}' stands in this issue already"
                yield finding(subject, TWICE, field, message, remedy="take one of them out")
                break
            seen[name] = field


def _publications(subject: Subject) -> Iterator[tuple[str, Publication]]:
    for number, section in enumerate(subject.issue.sections):
        if isinstance(section, Publications):
            for index, item in enumerate(section.items):
                yield f"sections.{number}.items.{index}", item


def _since(subject: Subject, field: str, item: Publication) -> Iterator[Problem]:
    """What has happened to it since it came out, as far as its record says."""
    for kind, doi in notices_of(csl_of(item)):
        notice = notice_of(kind)
        if not is_owned_up(notice, item.summary):
            message = told(f"'{_short(item)}'", notice, doi)
            yield finding(subject, _BY_NAME[notice.check], field, message, remedy=notice.remedy)


def _said(subject: Subject, field: str, item: Publication) -> Iterator[Problem]:
    about = f"'{_short(item)}'"
    if not item.year:
        remedy = "add year:, or year: in press"
        yield finding(subject, YEAR, field, f"{about} has no year", remedy=remedy)
    if not item.authors and not item.editors:
        yield finding(subject, AUTHORS, field, f"{about} names no author", remedy="add authors:")
    if not item.doi and not item.url:
        message = f"{about} has neither a DOI nor a link"
        yield finding(subject, LINK, field, message, remedy="add doi:, or url: where there is none")


def _short(item: Publication) -> str:
    words = item.title
    return words if len(words) <= 60 else f"{words[:59].rstrip()}…"
