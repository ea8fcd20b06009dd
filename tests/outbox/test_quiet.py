"""Whom nobody has spoken or written to for a while."""

import datetime as dt

import pytest

from newsletter.contacts import NewContact, NewEngagement, add_contact, add_engagement, add_organisation
from newsletter.database import Database
from newsletter.outbox import quiet_organisations, quiet_people

TODAY = dt.date(2022, 9, 30)
SINCE = dt.date(2022, 4, 3)


@pytest.fixture
def people(db: Database, now: dt.datetime) -> dict[str, int]:
    def add(name: str, role: str = "partner", stop: str = "") -> int:
        new = NewContact(
            email=f"{name.lower()}@example.org",
            name=name,
            roles=(role,),
            stop=stop,
            organisations=("Museum",),
        )
        return add_contact(db, new, now)

    return {
        "Ada": add("Ada"), "Ben": add("Ben"), "Cleo": add("Cleo", "press"), "Dora": add("Dora", stop="deceased"),
    }  # fmt: skip


def engaged(db: Database, now: dt.datetime, day: str, *people: int, kind: str = "call") -> None:
    add_engagement(db, NewEngagement(kind, day, "Something", people), now, "tester")


def delivered(db: Database, contact_id: int, day: str, state: str = "sent") -> None:
    db.conn.execute(
        "INSERT OR IGNORE INTO mailings (id, kind, issue, issue_digest, state, lists, headers, queued_at) "
        "VALUES (1, 'issue', '2022-05', '', 'done', '[]', '{}', '')"
    )
    db.conn.execute(
        "INSERT INTO deliveries (mailing_id, recipient_key, contact_id, state, token, changed_at) "
        "VALUES (1, ?1, ?1, ?2, ?1, ?3)",
        (contact_id, state, f"{day}T10:00:00Z"),
    )


def names(db: Database, **odd: object) -> list[str]:
    return [one.name for one in quiet_people(db, SINCE, TODAY, **odd)]  # type: ignore[arg-type]


def test_partners_with_whom_there_was_nothing_for_long_are_named_the_longest_first(
    db: Database, now: dt.datetime, people: dict[str, int]
) -> None:
    engaged(db, now, "2022-04-02", people["Ada"])
    assert names(db) == ["Ben", "Ada"]
    engaged(db, now, "2022-04-03", people["Ada"])
    assert names(db) == ["Ben"]
    assert names(db, roles=("press", "partner")) == ["Ben", "Cleo"]


def test_a_note_is_nothing_that_they_took_part_in(
    db: Database, now: dt.datetime, people: dict[str, int]
) -> None:
    engaged(db, now, "2022-09-01", people["Ada"], people["Ben"], kind="note")
    assert names(db) == ["Ada", "Ben"]


def test_a_message_counts_where_it_was_delivered_and_where_mail_is_to_count(
    db: Database, people: dict[str, int]
) -> None:
    delivered(db, people["Ada"], "2022-05-31")
    delivered(db, people["Ben"], "2022-05-31", "refused")
    assert names(db) == ["Ben"]
    assert names(db, mailed=False) == ["Ada", "Ben"]


def test_a_message_under_the_id_before_a_merge_counts(db: Database, people: dict[str, int]) -> None:
    db.conn.execute("INSERT INTO contact_aliases VALUES (77, ?, '2022-09-01')", (people["Ada"],))
    delivered(db, 77, "2022-05-31")
    assert names(db) == ["Ben"]


def test_what_happened_with_a_person_happened_with_their_organisation(
    db: Database, now: dt.datetime, people: dict[str, int]
) -> None:
    add_organisation(db, "Council", now)
    assert [one.name for one in quiet_organisations(db, SINCE)] == ["Council", "Museum"]
    engaged(db, now, "2022-09-01", people["Cleo"])
    assert [one.name for one in quiet_organisations(db, SINCE)] == ["Council"]
