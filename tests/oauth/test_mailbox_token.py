"""A login at Microsoft that lets the program read the mailbox, at a real Dovecot."""

import datetime as dt

import pytest
from authority import USER, Authority, config_for
from dovecot import Dovecot

from newsletter.oauth import log_in, token_source
from newsletter.outbox import LoginRefused
from newsletter.replies import open_mailbox


def test_the_token_of_one_login_opens_the_mailbox(
    authority: Authority, browser: object, dovecot_server: Dovecot, now: dt.datetime
) -> None:
    more = f"""[mailbox]
host = "127.0.0.1"
port = {dovecot_server.tls_port}
auth = "xoauth2"
ca_file = "{dovecot_server.ca_file}"
"""
    config = config_for(authority, "microsoft", more)
    log_in(config, USER, now=now, tell=lambda text: None)
    given = token_source(config, "imap")()
    dovecot_server.allow(given, USER)
    with pytest.raises(LoginRefused, match="newsletter login mailbox"), open_mailbox(config):
        pass  # with another token: each renewal gives a new one
    authority.issue = lambda fields, nonce="": _the_same(given)  # type: ignore[method-assign]
    with open_mailbox(config) as client:
        assert b"EXISTS" in client.select_folder("INBOX", readonly=True)


def _the_same(token: str) -> dict[str, object]:
    """The answer to a renewal that gives the token that Dovecot knows."""
    return {"access_token": token, "token_type": "Bearer", "expires_in": 3600, "scope": ""}
