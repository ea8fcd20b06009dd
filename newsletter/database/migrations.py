"""Every migration of `contacts.db`, oldest first; what has been released is never edited."""

from collections.abc import Mapping

from sqlite_utils import Database, Migrations

from newsletter.database import (
    arrivals,
    asking,
    browsing,
    mailboxes,
    numbering,
    replies,
    returns,
    rotations,
    schema,
    sending,
    stakeholders,
)

migrations = Migrations("newsletter")

_APPEND_ONLY = {
    "consents": "the consent ledger",
    "editions": "the edition store",
    "pictures": "the edition store",
}
_APPEND_ONLY_LATER = {"operations": "the record of who changed what"}


def _run(db: Database, script: str) -> None:
    # Not executescript: it would commit, and a failing migration must leave nothing behind.
    for statement in script.split(";\n"):
        if statement.strip():
            db.conn.execute(statement)


@migrations()
def m001_identity(db: Database) -> None:
    """Which database this is, which key it hangs on, how often it has sent."""
    _run(db, schema.IDENTITY)


@migrations()
def m002_people(db: Database) -> None:
    """Contacts, addresses, organisations, roles, tags, lists."""
    _run(db, schema.PEOPLE)


@migrations()
def m003_consent(db: Database) -> None:
    """The ledger, its details, wordings, the current state, suppressions."""
    _run(db, schema.CONSENT)


@migrations()
def m004_editions(db: Database) -> None:
    """Editions by digest, their pictures, and the log of approvals."""
    _run(db, schema.EDITIONS)


@migrations()
def m005_outbox(db: Database) -> None:
    """Mailings and deliveries."""
    _run(db, schema.OUTBOX)


@migrations()
def m006_append_only(db: Database) -> None:
    """Triggers that refuse to change what is only ever added to."""
    for trigger in _triggers(_APPEND_ONLY).values():
        db.conn.execute(trigger)


@migrations()
def m007_browsing(db: Database) -> None:
    """Made the views once; `database.viewing` now keeps them as they should be, without a migration."""


@migrations()
def m008_stakeholders(db: Database) -> None:
    """Who changed what; relationships, segments, permissions to show people, engagement, requests."""
    for script in (
        stakeholders.OPERATIONS,
        stakeholders.PEOPLE,
        stakeholders.MEDIA,
        stakeholders.ENGAGEMENT,
        stakeholders.PRIVACY,
    ):
        _run(db, script)
    for trigger in _triggers(_APPEND_ONLY_LATER).values():
        db.conn.execute(trigger)


@migrations()
def m009_browsing(db: Database) -> None:
    """People, counts and the next issue's readers, kept ready for the pages."""
    _run(db, browsing.TABLES)


@migrations()
def m010_asking(db: Database) -> None:
    """What a mailing that asks for consent is about, and at most one of each name."""
    _run(db, asking.REQUESTS)


@migrations()
def m011_sending(db: Database) -> None:
    """When a mailing may go, how much of each rate is left, and what the relay calls a message."""
    _run(db, sending.SENDING)


@migrations()
def m012_replies(db: Database) -> None:
    """What came back, who is held back until somebody decides, and each reading of a mailbox."""
    _run(db, replies.REPLIES)


@migrations()
def m013_arrivals(db: Database) -> None:
    """What was taken over from the public pages, what was set aside, and each sync."""
    _run(db, arrivals.ARRIVALS)


@migrations()
def m014_returns(db: Database) -> None:
    """What came back of each delivery, and counts of it, kept ready for reports and pages."""
    _run(db, returns.TABLES)


@migrations()
def m015_rotations(db: Database) -> None:
    """How often the sub-keys of tokens were changed."""
    _run(db, rotations.ROTATIONS)


@migrations()
def m016_mailboxes(db: Database) -> None:
    """How far each mailbox was read."""
    _run(db, mailboxes.MAILBOXES)


@migrations()
def m017_numbering(db: Database) -> None:
    """Deliveries are known outside by their number; those of old by the token that they left with."""
    _run(db, numbering.NUMBERING)


def append_only_triggers() -> dict[str, str]:
    """The triggers that must stand in every database, whatever has been done to it: name -> SQL."""
    return _triggers(_APPEND_ONLY | _APPEND_ONLY_LATER)


def _triggers(tables: Mapping[str, str]) -> dict[str, str]:
    return {
        f"{table}_refuse_{verb.lower()}": f"CREATE TRIGGER {table}_refuse_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{name} is only ever added to'); END"
        for table, name in tables.items()
        for verb in ("UPDATE", "DELETE")
    }
