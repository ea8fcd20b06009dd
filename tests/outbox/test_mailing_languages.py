"""Each reader gets the edition in their language, greeted in it; nobody gets two."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from newsletter.approval import approve
from newsletter.config import Config
from newsletter.database import Database
from newsletter.edition import Edition
from newsletter.issue import Issue
from newsletter.outbox import queue_mailing, rehearse


def speaks(db: Database, contact: int, language: str) -> None:
    db.conn.execute("UPDATE contacts SET language = ? WHERE id = ?", (language, contact))
    db.conn.commit()


def both(editions: dict[str, Edition], make_edition: Callable[..., Edition]) -> dict[str, Edition]:
    welsh = {f"{name}.cy": make_edition(f"{name} yn Gymraeg", language="cy") for name in editions}
    return editions | welsh


def test_a_rehearsal_says_who_gets_which_language(
    db: Database,
    issue: Issue,
    editions: Any,
    make_edition: Any,
    config: Config,
    people: Any,
    now: dt.datetime,
) -> None:
    ada, bryn = people.add("Ada"), people.add("Bryn")
    speaks(db, bryn, "cy-GB")
    found = rehearse(db, issue, both(editions, make_edition), config, now)
    owed = {one.contact_id: edition for one, edition, _ in found.owed}
    assert owed[ada] == "partners"
    assert owed[bryn] == "partners.cy"
    messages = dict(found.messages)
    assert b"For partners yn Gymraeg." in messages[bryn]
    assert b"Annwyl Bryn," in messages[bryn]
    assert b"Dear Ada," in messages[ada]


def test_each_reader_is_sent_their_language_once(
    db: Database, issue: Issue, editions: Any, make_edition: Any, config: Config, cast: Any, people: Any, send: Any,
    room: Any, now: dt.datetime,
) -> None:  # fmt: skip
    bryn = people.add("Bryn")
    speaks(db, bryn, "cy")
    speaks(db, cast.ben, "cy")
    going = both(editions, make_edition)
    approve(db, issue.slug, going, "Ada Example", "study lead", now)
    report = send(queue_mailing(db, issue, going, config, now))
    assert report.sent == 2
    assert sorted(room.recipients()) == ["ada@example.org", "bryn@example.org"]
    rows = db.conn.execute(
        "SELECT d.email, e.language FROM deliveries d JOIN editions e ON e.digest = d.edition WHERE d.state = 'sent'"
    )
    assert dict(map(tuple, rows)) == {"ada@example.org": "en", "bryn@example.org": "cy"}


def test_a_mailing_keeps_each_edition_under_its_own_language(
    db: Database, issue: Issue, editions: Any, make_edition: Any, config: Config, cast: Any, now: dt.datetime
) -> None:
    going = both(editions, make_edition)
    approve(db, issue.slug, going, "Ada Example", "study lead", now)
    queue_mailing(db, issue, going, config, now)
    kept = dict(map(tuple, db.conn.execute("SELECT audience, language FROM mailing_editions")))
    assert kept == {name: "cy" if name.endswith(".cy") else "en" for name in going}
