"""What cannot be sent at all is found before a mailing begins, and leaves nothing behind."""

import gc
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from postroom import Postroom

from newsletter.database import Database
from newsletter.errors import ConfigError
from newsletter.outbox import Mailing


def test_signing_without_a_key_ends_before_the_mailing_begins(
    db: Database, cast: Any, queue: Callable[[], Mailing], send: Any, room: Postroom
) -> None:
    mailing = queue()
    signing = send.config.dkim.model_copy(update={"domain": "example.org", "selector": "news"})
    careless = replace(send, config=send.config.model_copy(update={"dkim": signing}))
    with pytest.raises(ConfigError, match="key"):
        careless(mailing)
    gc.collect()  # a socket that nobody closed would be said now, which is an error in tests
    assert room.heard == []
    assert db.conn.execute("SELECT state, started_at FROM mailings").fetchone()[:] == ("queued", "")
