"""The answer as one page that reads like a letter, needs nothing from elsewhere, and can be printed."""

import re
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from newsletter.contacts import said

if TYPE_CHECKING:
    from newsletter.privacy.exporting import Answer

_WORDS = re.compile(r"[_-]")


def page_of(answer: "Answer") -> str:
    """The page as HTML; every value is escaped."""
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=PackageLoader("newsletter.privacy", "."),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["worded"] = worded
    return environment.get_template("letter.html").render(answer=answer, about=answer.information)


def worded(value: object) -> str:
    """A value as it is read: days in words, lists with commas, records as 'name: value'."""
    if isinstance(value, dict):
        return "; ".join(
            f"{_WORDS.sub(' ', str(key))}: {worded(inner)}" for key, inner in value.items() if inner
        )
    if isinstance(value, list | tuple):
        return ", ".join(worded(inner) for inner in value)
    return said(str(value))
