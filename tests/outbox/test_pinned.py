"""Letters that were frozen by an earlier version: the bytes of a message never change."""

import datetime as dt
import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from newsletter.config import Config
from newsletter.contacts import decide
from newsletter.database import Database
from newsletter.edition import Edition, Personal
from newsletter.errors import ProofFailed
from newsletter.outbox import Mailing
from newsletter.outbox.compiled import compile_edition, prove
from newsletter.outbox.ledger import due_deliveries
from newsletter.outbox.letterhead import letterhead, tokens_of
from newsletter.outbox.message import Letter, build_message, date_header
from newsletter.outbox.preparing import Press
from newsletter.tokens import Key

#: As the first version that sent anything made them. If one of these changes, messages that were put
#: off or are in doubt while newsletter is brought up to date can never be sent again.
PINNED = {
    ("Ada", "Dear Ada,", ""): "3893a6fd803808a2798e294a8edbe2de9d09382b02a68c16b13c1264722b6db1",
    (
        "Chloé García",
        "Dear Chloé García <b>,",
        "https://news.example.org",
    ): "eb59e23455bbc7dacc0e48ef98ecc16ede8a50c4c080fb4423cdbe3c71d25f64",
    (
        ". 'Ada', \"B\"\r\nBcc: x",
        "From me.\n. =20  ",
        "https://news.example.org",
    ): "9d7a8f1fbfeeed28933baee9c4a5b13e5fd1d36ba9994119170b7a3ba93fdfa7",
    ("ü" * 90, "x" * 300, ""): "76dce3d5176f01695998ee3bf3527e95597b89ec5d9c6f343ae0223e910ef8a3",
}


@pytest.mark.parametrize("told", PINNED)
def test_a_letter_is_the_same_bytes_in_every_version(
    make_edition: Callable[..., Edition], config: Config, now: dt.datetime, told: tuple[str, str, str]
) -> None:
    name, greeting, url = told
    personal = Personal(
        greeting, "You asked on 14 June 2022 – “partners” & more; " * 4, "https://x.example/?a&b"
    )
    letter = Letter(name, "ada@example.org", personal, tokens_of(Key(bytes(32)), bytes(10)), date_header(now))
    settings = config.model_copy(update={"public": config.public.model_copy(update={"url": url})})
    message = build_message(compile_edition(make_edition()), letterhead(settings), letter)
    assert hashlib.sha256(message).hexdigest() == PINNED[told]


@pytest.mark.parametrize(
    "bad", [b"a\nb\r\n", b"a\rb\r\n", b"a\r\r\n", b"a\r\nb\r", b"a\r\nb\n", b"\n\r", b"\r\n.\r\n"]
)
def test_what_smtp_forbids_is_proven_absent(bad: bytes) -> None:
    with pytest.raises(ProofFailed):
        prove(bad)


def test_a_line_as_long_as_smtp_carries_is_fine_and_one_more_octet_is_not() -> None:
    prove(b"a\r\n" + b"x" * 998 + b"\r\n")
    with pytest.raises(ProofFailed, match="998"):
        prove(b"a\r\n" + b"x" * 999 + b"\r\n")


def test_the_press_leaves_the_database_alone_once_it_is_made(
    db: Database, cast: Any, queue: Callable[[], Mailing], config: Config, now: dt.datetime
) -> None:
    mailing = queue()
    (delivery,) = due_deliveries(db, mailing.id, now)
    (decision,) = (one for one in decide(db, mailing.lists, now) if not one.reason)
    press = Press(db, mailing, config)
    asked: list[str] = []
    db.conn.set_trace_callback(asked.append)
    assert b"To: Ada <ada@example.org>" in press.prepare(delivery, decision, now).content
    assert asked == []
