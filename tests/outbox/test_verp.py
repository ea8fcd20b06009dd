"""With `[smtp] verp` a message's sender on the envelope carries its token, and a bounce to it is known by that alone."""

from collections.abc import Callable
from typing import Any

import pytest
from postroom import Postroom

from newsletter.config import read_workspace
from newsletter.errors import ConfigError
from newsletter.outbox import Mailing
from newsletter.replies import read_reply, record_reply

BOUNCE = """\
From: MAILER-DAEMON@mx.example.com
To: {to}
Subject: Undeliverable
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=B

--B
Content-Type: text/plain

Nobody here by that name.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; A0815@inner.example.com
Action: failed
Status: 5.1.1

--B--
"""


def test_it_is_off_unless_it_is_asked_for(
    cast: Any, queue: Callable[[], Mailing], send: Any, room: Postroom
) -> None:
    send(queue())
    assert [post.sender for post in room.taken] == ["news@example.org"]


def test_a_bounce_that_returns_nothing_is_known_by_where_it_went(
    db: Any, cast: Any, queue: Callable[[], Mailing], send: Any, room: Postroom, now: Any, config: Any
) -> None:
    send(queue(), verp=True)
    (post,) = room.taken
    token = db.one("SELECT message_id FROM deliveries WHERE state = 'sent'")[0][1:38]
    assert post.sender == f"news+{token}@example.org"
    assert b"From: " in post.content
    assert b"news+" not in post.content

    # Some servers make everything in an address small letters, or capitals.
    reply = read_reply(BOUNCE.format(to=post.sender.upper()).encode())
    assert reply.kind == "bounce"
    record_reply(db, reply, digest="d" * 64, source="file", now=now, config=config)
    row = db.one("SELECT contact_id, delivery_id FROM replies")
    assert row["contact_id"] == cast.ada
    assert row["delivery_id"] > 0


def test_an_address_without_room_for_a_token_is_refused_with_the_settings(folder: Any) -> None:
    path = folder / "newsletter.toml"
    text = path.read_text().replace('email = "news@example.org"', f'email = "{"n" * 27}@example.org"')
    path.write_text(text.replace("[smtp]", "[smtp]\nverp = true"))
    with pytest.raises(ConfigError, match="at most 26"):
        read_workspace(folder)
