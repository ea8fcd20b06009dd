"""Questions about consent as the outbox sends them: asked, read as their reader does, and answered no."""

import datetime as dt
import email
import email.policy
import re
from email.message import EmailMessage
from urllib.parse import unquote

from postroom import Post

from newsletter.contacts import ConsentEvent, request_consent, withdraw_consent
from newsletter.database import Database

WEEK = dt.timedelta(days=7)


def ask_for(db: Database, contact: int, now: dt.datetime, to: str = "partners") -> int:
    """Somebody asks to be on a list; the entry."""
    event = ConsentEvent(
        contact, to, "given", "consent", now.isoformat(), "", "tester", detail={"source": "form"}
    )
    return request_consent(db, event, now)


def withdraw(db: Database, contact: int, now: dt.datetime) -> None:
    """Somebody wants no more of the partners' list."""
    withdraw_consent(
        db, contact, ["partners"], now, effective_at=now.isoformat(), channel="phone", recorder="tester"
    )


def kinds(db: Database) -> list[str]:
    """The kinds of all entries of the ledger, oldest first."""
    return [row[0] for row in db.conn.execute("SELECT kind FROM consents ORDER BY sequence")]


def message_in(post: Post) -> EmailMessage:
    """What was taken, as a mail program reads it."""
    return email.message_from_bytes(post.content, policy=email.policy.default)


def text_of(post: Post) -> str:
    """The text part."""
    return message_in(post).get_body(("plain",)).get_content()


def answer_in(post: Post) -> tuple[str, str]:
    """The word and the token that the message of a confirmation or renewal asks to be sent back."""
    links = re.findall(r"mailto:\S+\?subject=((?:confirm|renew)%20\w+)", text_of(post))
    word, token = unquote(links[0]).split()
    page = message_in(post).get_body(("html",)).get_content()
    assert token in page
    return word, token
