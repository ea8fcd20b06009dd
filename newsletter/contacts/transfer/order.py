"""What the operator asks of an import."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_PARTS = (";", "|")


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """What the operator asked for: the file, and what holds for rows that do not say it themselves.

    `today` is the day in the workspace's time zone; `root` is where wordings lie; `shown` is what
    messages call the file, and `rejects` where its rejected rows go ('' and None: by its own name).
    `program` is whose export it is ('' = look, 'none' = nobody's), `mapping` heading -> field, `own`
    the fields that the team added, `participants` whether study participants may be held, `lasts` for
    how many months a consent to a list holds where the file names no end.
    """

    path: Path
    root: Path
    recorder: str
    today: dt.date
    lists: tuple[str, ...] = ()
    basis: str = ""
    source: str = ""
    given_on: str = ""
    wording: str = ""
    channel: str = ""
    skip_bad: bool = False
    shown: str = ""
    rejects: Path | None = None
    program: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict)
    own: tuple[str, ...] = ("region",)
    participants: bool = False
    lasts: Mapping[str, int] = field(default_factory=dict)
    encoding: str = ""
    sheet: str = ""

    @property
    def called(self) -> str:
        """The file as messages name it."""
        return self.shown or str(self.path)


def parts(text: str, *also: str) -> tuple[str, ...]:
    """The texts that stand in one cell with ; or | between them, or one of the marks in `also`."""
    if not text:
        return ()
    for mark in (":::", *_PARTS[1:], *also):
        text = text.replace(mark, _PARTS[0])
    return tuple(part for part in (piece.strip() for piece in text.split(_PARTS[0])) if part)
