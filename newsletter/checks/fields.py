"""Every field of an issue: its texts with what they are, and its pictures."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from newsletter.issue import Image, Issue, Part, written_fields

Kind = Literal["markdown", "plain", "url", "email"]

_MARKDOWN = {"intro", "body", "bio"}
_URLS = {"url", "link"}
# Names, file names and words that choose: no reader reads them.
_NOT_TEXT = {
    "type", "language", "languages", "lists", "audience", "corrects", "src", "permission", "state", "ref",
    "references", "kind",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Text:
    """One text of the issue, as it was written."""

    field: str
    value: str
    kind: Kind


def fields_of(part: Part, prefix: str = "") -> Iterator[tuple[str, object]]:
    """Every field that may stand in the file, with its value, depth first, in the order of the model.

    Lists come item by item. What an editor allows tells of findings and not of the issue, and is left out.
    """
    for name in written_fields(type(part)):
        if name == "allow":
            continue
        for field, item in _items(f"{prefix}{name}", getattr(part, name)):
            yield field, item
            if isinstance(item, Part):
                yield from fields_of(item, f"{field}.")


def texts_of(issue: Issue) -> Iterator[Text]:
    """Every text that reaches a reader; empty ones are left out."""
    for field, value in fields_of(issue):
        names = [name for name in field.split(".") if not name.isdecimal()]
        if isinstance(value, str) and value and names[-1] not in _NOT_TEXT:
            yield Text(field, value, _kind(names[-1]))


def images_of(issue: Issue) -> Iterator[tuple[str, Image]]:
    """Every picture with its field, wherever it stands."""
    return ((field, value) for field, value in fields_of(issue) if isinstance(value, Image))


def _items(field: str, value: object) -> list[tuple[str, object]]:
    if isinstance(value, tuple):
        return [(f"{field}.{number}", item) for number, item in enumerate(value)]
    return [(field, value)]


def _kind(name: str) -> Kind:
    if name in _MARKDOWN:
        return "markdown"
    if name in _URLS:
        return "url"
    return "email" if name == "email" else "plain"
