"""The standing cast: Ada has consented, Ben has withdrawn, Cleo never asked."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from newsletter.config import Workspace
from newsletter.contacts import ConsentEvent, ImportOrder, NewContact, add_contact, record_consent, sync_lists
from newsletter.database import Database

Event = Callable[..., ConsentEvent]


@dataclass(frozen=True)
class Cast:
    ada: int
    ben: int
    cleo: int


@pytest.fixture
def people_db(db: Database, workspace: Workspace, now: dt.datetime) -> Database:
    """The database with the workspace's lists in it."""
    sync_lists(db, workspace.config, now)
    return db


@pytest.fixture
def event() -> Event:
    """Makes a consent event: who, what, and whatever is out of the ordinary."""

    def make(contact_id: int, kind: str = "given", **odd: object) -> ConsentEvent:
        usual: dict[str, object] = {
            "list": "partners",
            "basis": "consent",
            "effective_at": "2022-06-14",
            "channel": "paper",
            "recorder": "tester",
            "detail": {"source": "workshop sign-up sheet"},
        }
        return ConsentEvent(contact_id=contact_id, kind=kind, **(usual | odd))  # type: ignore[arg-type]

    return make


@pytest.fixture
def cast(people_db: Database, event: Event, now: dt.datetime) -> Cast:
    """Ada and Ben agreed to the partners' list, Ben took it back; Cleo is known and on no list."""
    ada, ben, cleo = (
        add_contact(people_db, NewContact(email=f"{name.lower()}@example.org", name=name), now)
        for name in ("Ada", "Ben", "Cleo")
    )
    record_consent(people_db, event(ada), now)
    record_consent(people_db, event(ben), now)
    record_consent(people_db, event(ben, "withdrawn", effective_at="2022-08-01"), now)
    return Cast(ada, ben, cleo)


@pytest.fixture
def order(folder: Path, now: dt.datetime) -> ImportOrder:
    """An import of people.csv, all of whom agreed to the partners' list."""
    return ImportOrder(
        path=folder / "people.csv",
        root=folder,
        recorder="tester",
        today=now.date(),
        lists=("partners",),
        basis="consent",
        source="sheet",
        given_on="2022-06-14",
    )
