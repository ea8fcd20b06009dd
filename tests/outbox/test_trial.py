"""A test message: one, marked, inert, and to nobody who said no."""

import email
import email.policy
from typing import Any

import pytest
from postroom import Postroom

from newsletter.config import Config
from newsletter.contacts import suppress_address
from newsletter.database import Database
from newsletter.errors import NewsletterError, NotAllowed, TryAgain
from newsletter.outbox import require_test_address, send_test
from newsletter.tokens import read_token

UNIQUE = "a" * 32


@pytest.fixture
def trial(config: Config, room: Postroom, make_edition: Any, now: Any) -> Any:
    smtp = config.smtp.model_copy(update={"port": room.port, "timeout": 5.0})
    settings = config.model_copy(update={"smtp": smtp})
    return lambda: send_test(
        make_edition(), settings, "colleague@example.org", secret=str, unique=UNIQUE, now=now
    )


def test_it_is_marked_and_its_tokens_open_nothing(db: Database, trial: Any, room: Postroom) -> None:
    assert trial().code == 250
    (post,) = room.taken
    message = email.message_from_bytes(post.content, policy=email.policy.default)
    assert post.recipients == ("colleague@example.org",)
    assert message["Subject"] == "[Test] News of the study"
    assert message["To"] == "colleague@example.org"
    local = message["Message-ID"].strip("<>").partition("@")[0]
    assert local == f"inert{UNIQUE}"
    assert all(read_token(db.key, purpose, local) is None for purpose in ("delivery", "unsubscribe"))
    assert db.conn.execute("SELECT count(*) FROM deliveries").fetchone()[0] == 0


@pytest.mark.parametrize(
    ("reply", "error", "code"), [("550 5.1.1 no", NewsletterError, 1), ("451 later", TryAgain, 75)]
)
def test_a_test_that_was_not_taken_says_so(
    trial: Any, room: Postroom, reply: str, error: type[NewsletterError], code: int
) -> None:
    room.say("RCPT", reply)
    with pytest.raises(error) as refused:
        trial()
    assert refused.value.exit_code == code


def test_ben_and_cleo_get_no_test_either(db: Database, cast: Any, now: Any) -> None:
    for name in ("ben", "cleo"):
        with pytest.raises(NotAllowed):
            require_test_address(db, f"{name}@example.org", ("partners",), now)


def test_ada_and_a_colleague_may_get_one(db: Database, cast: Any, now: Any) -> None:
    for address in ("ada@example.org", "colleague@example.org"):
        assert require_test_address(db, address, ("partners",), now) is None


def test_a_suppressed_address_gets_no_test(db: Database, now: Any) -> None:
    suppress_address(db, "colleague@example.org", "request", "tester", now)
    with pytest.raises(NotAllowed, match="never be written to"):
        require_test_address(db, "colleague@example.org", ("partners",), now)


def test_a_copied_database_sends_no_test(db: Database, now: Any) -> None:
    db.conn.execute("UPDATE identity SET generation = -1")
    with pytest.raises(NewsletterError) as refused:
        require_test_address(db, "colleague@example.org", ("partners",), now)
    assert refused.value.exit_code == 78
