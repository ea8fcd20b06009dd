"""What became of a publication since it came out, in one set of words for every command that tells it."""

from dataclasses import dataclass

from newsletter.errors import Level
from newsletter.issue import owns_up


@dataclass(frozen=True, slots=True)
class Notice:
    """One kind of notice: the check that tells it, how grave it is, in words, and what to do."""

    check: str
    level: Level
    said: str
    remedy: str


_TAKE_OUT = "take it out, or say in its summary that it was retracted"
_READ = "read it, and see that the summary holds"
_NOTICES = {
    "retraction": Notice("references.retracted", "error", "has been retracted", _TAKE_OUT),
    "withdrawal": Notice("references.retracted", "error", "has been withdrawn", _TAKE_OUT),
    "removal": Notice("references.retracted", "error", "has been removed by its publisher", _TAKE_OUT),
    "expression_of_concern": Notice(
        "references.corrected", "warning", "is under an expression of concern", _READ
    ),
    "correction": Notice("references.corrected", "warning", "has been corrected", _READ),
    "publication": Notice(
        "references.published",
        "note",
        "is a preprint that has since been published",
        "name the published paper instead",
    ),
}


def notice_of(kind: str) -> Notice:
    """What is said of a notice of that `kind`, one of those that `notices_of` gives."""
    words = kind.replace("_", " ").replace("-", " ")
    unknown = Notice("references.corrected", "warning", f"has been changed ({words})", _READ)
    return _NOTICES.get(kind.replace("-", "_").replace(" ", "_"), unknown)


def is_owned_up(notice: Notice, summary: str) -> bool:
    """Whether the words that lead the publication tell readers of the notice, so that nobody is misled."""
    return notice.level == "error" and owns_up(summary)


def told(about: str, notice: Notice, doi: str) -> str:
    """The finding in words, with the address of the notice."""
    return f"{about} {notice.said}" + (f", see https://doi.org/{doi}" if doi else "")
