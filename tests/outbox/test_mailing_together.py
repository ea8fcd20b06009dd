"""Both languages in one message: the reader's own comes first, and all that is personal stands in both."""

import datetime as dt
import email
import email.policy
import json
from pathlib import Path
from typing import Any

import pytest

from newsletter.approval import approve
from newsletter.config import Config
from newsletter.database import Database
from newsletter.edition import Edition, render_all
from newsletter.issue import Issue, read_issue
from newsletter.outbox import queue_mailing, rehearse

TEXT = """\
title: {en: News of the study, cy: Newyddion yr astudiaeth}
date: 30 September 2022
languages: [en, cy]
languages_together: yes
lists: [partners]
intro: {en: Welcome., cy: Croeso.}
"""


@pytest.fixture
def bilingual(folder: Path) -> Issue:
    path = folder / "issues" / "2022-09.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return read_issue(path, folder)


@pytest.fixture
def going(bilingual: Issue, config: Config) -> dict[str, Edition]:
    return render_all(bilingual, config)


@pytest.fixture
def bryn(db: Database, people: Any) -> int:
    contact: int = people.add("Bryn")
    db.conn.execute("UPDATE contacts SET language = 'cy' WHERE id = ?", (contact,))
    db.conn.commit()
    return contact


def text_of(message: bytes) -> str:
    parsed = email.message_from_bytes(message, policy=email.policy.default)
    body = parsed.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def in_order(text: str, *said: str) -> bool:
    places = [text.index(part) for part in said]
    return places == sorted(places)


def test_a_rehearsal_shows_each_reader_both_their_own_first(
    db: Database, bilingual: Issue, going: Any, config: Config, people: Any, bryn: int, now: dt.datetime
) -> None:
    ada = people.add("Ada")
    found = rehearse(db, bilingual, going, config, now)
    owed = {one.contact_id: edition for one, edition, _ in found.owed}
    assert (owed[ada], owed[bryn]) == ("partners", "partners.cy")
    messages = {contact: text_of(message) for contact, message in found.messages}
    assert in_order(messages[ada], "Dear Ada,", "You get this", "=" * 72, "Annwyl Ada,", "Rydych yn cael hwn")
    assert in_order(
        messages[bryn], "Annwyl Bryn,", "Rydych yn cael hwn", "=" * 72, "Dear Bryn,", "You get this"
    )


def test_each_is_sent_one_message_and_who_said_no_none(
    db: Database, bilingual: Issue, going: Any, config: Config, cast: Any, bryn: int, send: Any, room: Any,
    now: dt.datetime,
) -> None:  # fmt: skip
    approve(db, bilingual.slug, going, "Ada Example", "study lead", now)
    report = send(queue_mailing(db, bilingual, going, config, now))
    assert report.sent == 2
    assert sorted(room.recipients()) == ["ada@example.org", "bryn@example.org"]
    rows = db.conn.execute(
        "SELECT d.email, e.language FROM deliveries d JOIN editions e ON e.digest = d.edition WHERE d.state = 'sent'"
    )
    assert dict(map(tuple, rows)) == {"ada@example.org": "en+cy", "bryn@example.org": "cy+en"}


def test_what_was_said_in_both_is_kept_for_a_resend(
    db: Database, bilingual: Issue, going: Any, config: Config, bryn: int, send: Any, now: dt.datetime
) -> None:
    approve(db, bilingual.slug, going, "Ada Example", "study lead", now)
    send(queue_mailing(db, bilingual, going, config, now))
    kept = json.loads(db.conn.execute("SELECT personal FROM deliveries WHERE state = 'sent'").fetchone()[0])
    assert kept["greeting"] == "Annwyl Bryn,"
    ((greeting, reason),) = kept["further"]
    assert greeting == "Dear Bryn,"
    assert "‘Project partners’" in reason
