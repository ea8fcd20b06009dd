"""What the tests of the round trip share: databases with everybody who is odd, and the way out and in again."""

import datetime as dt
import io
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from newsletter.contacts import EXPORT_WRITERS as WRITERS
from newsletter.contacts import (
    ConsentEvent,
    ImportOrder,
    NewContact,
    Plan,
    Selection,
    add_contact,
    apply_import,
    export_people,
    headings_with,
    own_fields,
    plan_import,
    record_consent,
    suppress_address,
)
from newsletter.contacts.images import images_of
from newsletter.database import Database, create_database

NOW = dt.datetime(2022, 9, 30, 9, 0, tzinfo=dt.UTC)
KINDS = ("csv", "xlsx", "json")
LISTS = ("partners", "contributors")


def exported(db: Database, kind: str, path: Path) -> Path:
    file = io.BytesIO()
    WRITERS[kind](export_people(db, Selection(), NOW), headings_with(own_fields(db)), file)
    found = path / f"people.{kind}"
    found.write_bytes(file.getvalue())
    return found


def planned(db: Database, path: Path, folder: Path, **odd: Any) -> Plan:
    order = ImportOrder(path=path, root=folder, recorder="tester", today=NOW.date(), **odd)
    return plan_import(db, order, NOW)


def imported(db: Database, path: Path, folder: Path, **odd: Any) -> dict[str, int]:
    plan = planned(db, path, folder, **odd)
    try:
        assert plan.problems() == []
        return apply_import(db, plan, NOW).counts()
    finally:
        plan.close()


def people_in(db: Database) -> list[str]:
    """Everybody as they are kept, with where they stand and what is suppressed, without what differs by place."""
    ids = [row[0] for row in db.conn.execute("SELECT id FROM contacts")]
    names = dict(db.conn.execute("SELECT id, name FROM organisations").fetchall())
    found = []
    for number, image in images_of(db, ids).items():
        standing = db.conn.execute(
            "SELECT s.list, s.state, s.basis, s.since, s.expires_at, e.channel, d.detail, e.wording_digest "
            "FROM subscriptions s JOIN consents e USING (sequence) JOIN consent_details d USING (sequence) "
            "WHERE s.contact_id = ? AND s.state <> 'none' ORDER BY s.list",
            (number,),
        )
        image["standing"] = [[*row[:6], json.loads(row[6])["source"], row[7]] for row in standing]
        image["addresses"] = sorted([one[0], one[1], one[3]] for one in image["addresses"])  # type: ignore[attr-defined]
        image["contact_organisations"] = sorted(
            [names[one[0]], one[1]]
            for one in image["contact_organisations"]  # type: ignore[attr-defined]
        )
        image["suppressed"] = [
            list(row)
            for row in db.conn.execute(
                "SELECT a.email, x.reason FROM addresses a JOIN suppressions x USING (address_key) "
                "WHERE a.contact_id = ? ORDER BY a.email",
                (number,),
            )
        ]
        found.append(json.dumps(image, sort_keys=True))
    return sorted(found)


@contextmanager
def database_in(folder: Path, name: str) -> Iterator[Database]:
    """An empty database with the usual lists, in a folder of its own."""
    (folder / name).mkdir()
    database = create_database(folder / name / "contacts.db")
    with closing(database.conn):
        for known in LISTS:
            database.conn.execute("INSERT INTO lists VALUES (?, ?, '2022-01-01')", (known, known.title()))
        yield database


def event(contact_id: int, name: str, kind: str, **odd: Any) -> ConsentEvent:
    usual = {"basis": "consent", "effective_at": "2022-06-14", "channel": "paper", "recorder": "tester"}
    return ConsentEvent(contact_id, name, kind, **(usual | {"detail": {"source": "sign-up sheet"}} | odd))


_ODD = {
    "ada": NewContact(
        email="ada@example.org",
        name='=HYPERLINK("x")',
        given_name="@Ada",
        other_emails=("+44@example.org", "ada@new.example.org"),
        organisations=("Museum; Art | Craft", "-Board (North)"),
        tags=("a, b", "+44 1865 289300", "'-"),
        postal_address="1 Example Street\n\tExampleton\nEX1 1EX",
        notes='"Quoted", and\n\n-a line\twith a tab',
        language="zh-Hant",
        format="large-print",
        subscriber="corporate",
        paused_until="2023-01-01",
    ),
    "ben": NewContact(email="ben@example.org", name="Ben Ng", roles=("Partner (old)",)),
    "cleo": NewContact(name="Cleo without an address", stop="do-not-contact"),
    "dee": NewContact(email="shared@example.org", name="Dee"),
    "eve": NewContact(email="shared@example.org", name="Eve", format="print"),
    "flo": NewContact(email="flo@bücher.example.org", name="Flo"),
    "gus": NewContact(email="gus@example.org"),
    "hua": NewContact(
        email="用户@例え.jp", name="用户", other_emails=("उपयोगकर्ता@example.org", "hua@example.org")
    ),
    "ida": NewContact(email="ida@example.org", other_emails=("Jürgen@example.org",)),
}


def odd_people(db: Database) -> dict[str, int]:
    """Everybody who is odd in some way."""
    ids = {name: add_contact(db, contact, NOW) for name, contact in _ODD.items()}
    _tell_more(db, ids)
    _agree(db, ids)
    return ids


def _tell_more(db: Database, ids: dict[str, int]) -> None:
    """Positions, roles with days, fields of their own, and a day of long ago."""
    db.conn.execute("UPDATE contact_organisations SET position = '=Curator\u00a0(acting)' WHERE rowid = 1")
    db.conn.executemany(
        "INSERT INTO contact_roles VALUES (?, ?, ?, ?)",
        [
            (ids["ada"], "staff", "2019-01-01", "2020-01-01"),
            (ids["ada"], "staff", "2021-01-01", ""),
            (ids["ada"], "funder", "", "2022-01-01"),
        ],
    )
    db.conn.executemany(
        "INSERT INTO contact_fields VALUES (?, ?, ?)",
        [(ids["ada"], "region", "=North"), (ids["ben"], "profession", "nurse")],
    )
    db.conn.execute("UPDATE contacts SET created_at = '2020-05-06T07:08:09Z' WHERE id = ?", (ids["ada"],))


def _agree(db: Database, ids: dict[str, int]) -> None:
    """Consents of every standing, and an address that must never be written to."""
    record_consent(db, event(ids["ada"], "partners", "given", expires_at="2030-01-01"), NOW)
    record_consent(db, event(ids["ada"], "contributors", "given", basis="unknown"), NOW)
    record_consent(db, event(ids["ben"], "partners", "given", basis="legitimate-interests"), NOW)
    record_consent(
        db,
        event(ids["ben"], "partners", "withdrawn", basis="legitimate-interests", effective_at="2022-07-01"),
        NOW,
    )
    record_consent(db, event(ids["dee"], "partners", "given", channel="double-opt-in"), NOW)
    record_consent(db, event(ids["eve"], "partners", "given", effective_at="2022-01-01"), NOW)
    record_consent(db, event(ids["eve"], "partners", "expired", effective_at="2022-08-01"), NOW)
    record_consent(db, event(ids["flo"], "partners", "given"), NOW)
    suppress_address(db, "flo@bücher.example.org", "complaint", "tester", NOW)
