"""When something is: a month, a day, or a day with a time, as far as its editor says."""

import datetime as dt
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

from newsletter.issue.dates import WHEN_WANTED, parse_when
from newsletter.issue.part import Part
from newsletter.issue.wording import refuse, shape


class When(Part):
    """A month, a day, or a day with a time, in the workspace's time zone; `end` is a When too."""

    year: int
    month: int
    day: int | None = None
    hour: int | None = None
    minute: int | None = None

    @property
    def date(self) -> dt.date | None:
        """The day, or None where only the month is known."""
        return dt.date(self.year, self.month, self.day) if self.day else None


def comes_before(one: When, other: When) -> bool:
    """Whether it does, as far as both say."""
    return _known(one, other) < _known(other, one)


def _known(one: When, other: When) -> tuple[int, ...]:
    """What can be compared of `one`: as much as both say."""
    pairs = zip(one.model_dump().values(), other.model_dump().values(), strict=True)
    return tuple(value for value, also in pairs if value is not None and also is not None)


def _when(value: object) -> object:
    if isinstance(value, str):
        return When.model_validate(parse_when(value))
    if isinstance(value, When):
        return value
    raise refuse(f"{shape(value)} stands here", WHEN_WANTED)


WhenText = Annotated[When, BeforeValidator(_when), WithJsonSchema({"type": "string"})]
