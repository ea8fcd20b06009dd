"""What it takes to take over what came in, and what can come of it."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from newsletter.config import Config
from newsletter.contacts import keep_wording, read_wording, wording_text
from newsletter.database import Database

#: done: something has changed; asked: a message that asks to confirm is to go; stood: it was so already;
#: held: this address is not written to; gone: nobody is on file any more; refused: it cannot be, and counts for
#: nothing; aside: it cannot be yet, and is kept.
Word = Literal["done", "asked", "stood", "held", "gone", "refused", "aside"]

#: Keeps what somebody asks about their data: kind, address, their words, the day. Says whether it is new.
AskRight = Callable[[Literal["access", "erasure"], str, str, dt.date], bool]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an arrival, and why, in words about nobody; `left` are lists that have to wait."""

    word: Word
    why: str = ""
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Desk:
    """Where what came in is taken over, by which settings, and when."""

    db: Database
    config: Config
    now: dt.datetime
    ask_right: AskRight = field(repr=False)

    @property
    def confirm_days(self) -> int:
        return self.config.consent.confirm_within

    def months(self, list_name: str) -> int:
        """For how many months a consent to this list holds; 0: without end."""
        settings = self.config.lists.get(list_name)
        return settings.consent_months if settings else 0


def closed_in(desk: Desk, lists: tuple[str, ...]) -> tuple[str, ...]:
    """Of these lists those that nobody can join on the public pages."""
    known = desk.config.lists
    return tuple(name for name in lists if name in known and not known[name].public)


def why_closed(lists: Sequence[str]) -> str:
    """Why nothing was taken down for these; '' for none."""
    named = ", ".join(lists)
    return f"newsletter.toml lets nobody join by the public pages (public = false): {named}" if named else ""


def unknown_in(desk: Desk, lists: tuple[str, ...], digests: dict[str, str]) -> dict[str, str]:
    """Of these lists those for which nothing can be taken down now, and why."""
    missing = {}
    for name in lists:
        if name not in desk.config.lists:
            missing[name] = f"newsletter.toml has no list {name!r} any more"
        elif not _keep_shown(desk, digests.get(name, "")):
            missing[name] = f"the words that were shown for {name!r} lie in consent/ no more"
    return missing


def _keep_shown(desk: Desk, digest: str) -> bool:
    """Keep the words with this digest, as they were shown; False where they are not to be had."""
    if not digest:
        return False
    if wording_text(desk.db, digest):
        return True
    folder = desk.config.folder
    for path in sorted((folder / "consent").glob("*.md")) if folder else ():
        wording = read_wording(path, folder or path.parent)
        if wording.digest == digest:
            keep_wording(desk.db, wording, desk.now)
            return True
    return False
