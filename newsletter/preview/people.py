"""What the preview asks of contacts.db: who may be looked through, and whether a test may go."""

import datetime as dt
import secrets
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from newsletter.config import Config
from newsletter.database import Database, open_database
from newsletter.errors import DatabaseProblem, NewsletterError
from newsletter.outbox import read_secret, require_test_address, send_test
from newsletter.preview.drawing import Drawn

Found = TypeVar("Found")


def asked(path: Path, question: Callable[[Database], Found]) -> Found:
    """What `question` finds in the database at `path`. Raises NewsletterError where it cannot be used."""
    try:
        db = open_database(path)
        with closing(db.conn):
            return question(db)
    except sqlite3.Error as error:
        raise DatabaseProblem(f"{path.name} cannot be read: {error}") from None


def why_nobody(path: Path) -> str:
    """Why contacts cannot be looked through, in words; '' where they can."""
    if not path.is_file():
        return "There is no contacts.db in this workspace yet; `newsletter init` makes one."
    try:
        asked(path, lambda db: None)
    except NewsletterError as error:
        return str(error)
    return ""


def why_no_test(config: Config | None, nobody: str) -> str:
    """Why no test can be sent, in words; '' where it can."""
    if config is None:
        return "Nothing could be drawn yet."
    if not config.sender.email:
        return "newsletter.toml names no sender: write sender.email."
    if not config.smtp.host:
        return "newsletter.toml names no mail server: write smtp.host."
    return nobody


def send_one(path: Path, drawn: Drawn, email: str, now: dt.datetime) -> str:
    """Send what was drawn to `email`, marked as a test; what came of it, in words. Raises NewsletterError."""
    asked(path, lambda db: require_test_address(db, email, drawn.lists, now))
    secret = read_secret(drawn.config)
    receipt = send_test(
        drawn.edition, drawn.config, email, secret=secret, unique=secrets.token_hex(16), now=now
    )
    return f"A test went to {email}; the server said: {receipt}"
