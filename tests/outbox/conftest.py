"""An approved issue, the standing cast, a mail server, and one word to send with."""

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from postroom import Postroom, postroom

from newsletter.approval import approve
from newsletter.config import Config, Workspace
from newsletter.contacts import ConsentEvent, NewContact, add_contact, record_consent, sync_lists
from newsletter.database import Database
from newsletter.edition import Edition, EditionPicture, audience_name, audiences
from newsletter.issue import Issue
from newsletter.outbox import Mailing, Report, queue_mailing, send_due

MARKER = "NLabcdefghijkl"
SLUG = "2022-09"
LISTS = ("partners", "contributors")


def edition_of(audience: str = "partners", **odd: object) -> Edition:
    usual: dict[str, object] = {
        "issue": SLUG,
        "language": "en",
        "subject": "News of the study",
        "preheader": "Two papers",
        "html": f"<p>{MARKER}GREETING</p>\n<p>For {audience}.</p>\n<p>{MARKER}REASON "
        f'<a href="{MARKER}STOP">Stop</a></p>\n',
        "text": f"{MARKER}GREETING\n\nFor {audience}.\n\n{MARKER}REASON\nStop: {MARKER}STOP\n",
        "marker": MARKER,
        "pictures": (EditionPicture("dot.png", "image/png", b"\x89PNG" + bytes(200)),),
    }
    return Edition(**(usual | odd))  # type: ignore[arg-type]


@pytest.fixture
def make_edition() -> Callable[..., Edition]:
    """Makes a small edition with every slot and one picture; what is odd in it is named."""
    return edition_of


@pytest.fixture
def editions() -> dict[str, Edition]:
    return {audience_name(audience): edition_of(audience_name(audience)) for audience in audiences(LISTS)}


@pytest.fixture
def issue(folder: Path) -> Issue:
    return Issue(
        title="News",
        date=dt.date(2022, 9, 30),
        subject="News of the study",
        lists=LISTS,
        sections=(),
        slug=SLUG,
        path=folder / "issues" / f"{SLUG}.yaml",
    )


@dataclass(frozen=True)
class People:
    """Adds people to the database."""

    db: Database
    now: dt.datetime

    def add(self, name: str, email: str = "", lists: tuple[str, ...] = ("partners",)) -> int:
        """Somebody who has agreed to these lists."""
        address = email or f"{name.lower()}@example.org"
        contact = add_contact(self.db, NewContact(email=address, name=name), self.now)
        for to in lists:
            self.event(contact, "given", to)
        return contact

    def event(self, contact: int, kind: str, to: str = "partners") -> None:
        event = ConsentEvent(contact, to, kind, "consent", "2022-06-14", "paper", "tester")
        record_consent(self.db, event, self.now)


@pytest.fixture
def people(db: Database, workspace: Workspace, now: dt.datetime) -> People:
    sync_lists(db, workspace.config, now)
    return People(db, now)


@dataclass(frozen=True)
class Cast:
    ada: int
    ben: int
    cleo: int


@pytest.fixture
def cast(people: People) -> Cast:
    """Ada and Ben agreed to the partners' list, Ben took it back; Cleo is known, and on no list."""
    ada, ben, cleo = people.add("Ada"), people.add("Ben"), people.add("Cleo", lists=())
    people.event(ben, "withdrawn")
    return Cast(ada, ben, cleo)


@pytest.fixture
def config(workspace: Workspace) -> Config:
    return workspace.config


@pytest.fixture
def queue(
    db: Database, issue: Issue, editions: dict[str, Edition], config: Config, now: dt.datetime
) -> Callable[[], Mailing]:
    """Approves and queues the issue; again: what stands."""

    def run() -> Mailing:
        approve(db, SLUG, editions, "Ada Example", "study lead", now)
        return queue_mailing(db, issue, editions, config, now)

    return run


@pytest.fixture
def room() -> Iterator[Postroom]:
    with postroom() as server:
        yield server


@dataclass
class Sender:
    """Sends what is due; `now` is the time that the run believes in."""

    db: Database
    config: Config
    room: Postroom
    now: dt.datetime

    def __call__(
        self, mailing: Mailing, *, limit: int | None = None, password: str = "", **smtp: object
    ) -> Report:
        usual = {"port": self.room.port, "timeout": 5.0, "connections": 1}
        settings = self.config.smtp.model_copy(update=usual | smtp)
        return send_due(
            self.db,
            mailing,
            self.config.model_copy(update={"smtp": settings}),
            secret=lambda: password,
            clock=lambda: self.now,
            jitter=lambda: 0.5,
            limit=limit,
            halt=threading.Event(),
        )


@pytest.fixture
def send(db: Database, config: Config, room: Postroom, now: dt.datetime) -> Sender:
    return Sender(db, config, room, now)
