"""Publications by DOI: asked for once, kept in references.json, looked over from then on."""

from newsletter.references.adding import Added, NotAdded, NotReached, add_references
from newsletter.references.fetch import Limits, Registry
from newsletter.references.findings import check_references
from newsletter.references.notices import is_owned_up, notice_of, told
from newsletter.references.store import FILE_NAME

__all__ = [
    "FILE_NAME",
    "Added",
    "Limits",
    "NotAdded",
    "NotReached",
    "Registry",
    "add_references",
    "check_references",
    "is_owned_up",
    "notice_of",
    "told",
]
