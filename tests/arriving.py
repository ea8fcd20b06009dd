"""What comes in by the public pages, as the tests make it: the cast, an issue that was queued, links of its readers."""

import datetime as dt
from pathlib import Path

from newsletter.approval import approve
from newsletter.config import Workspace
from newsletter.contacts import ConsentEvent, NewContact, add_contact, record_consent, sync_lists
from newsletter.database import Database
from newsletter.edition import Edition, audience_name, audiences
from newsletter.issue import Issue
from newsletter.outbox import Mailing, opaque_at, queue_mailing
from newsletter.tokens import make_token

MARKER = "NLabcdefghijkl"
LISTS = ("partners", "contributors")


def person(
    db: Database, name: str, now: dt.datetime, lists: tuple[str, ...] = ("partners",), **odd: str
) -> int:
    """Somebody who agreed to these lists on paper."""
    odd.setdefault("email", f"{name.lower()}@example.org")
    contact = add_contact(db, NewContact(name=name, **odd), now)
    for to in lists:
        record_consent(
            db, ConsentEvent(contact, to, "given", "consent", "2022-06-14", "paper", "tester"), now
        )
    return contact


def queued(db: Database, workspace: Workspace, now: dt.datetime, slug: str = "2022-09") -> Mailing:
    """An issue for both lists, agreed to and queued; nothing has been sent."""
    sync_lists(db, workspace.config, now)
    issue = Issue(
        title="News",
        date=now.date(),
        subject="News of the study",
        lists=LISTS,
        sections=(),
        slug=slug,
        path=Path(f"issues/{slug}.yaml"),
    )
    editions = {audience_name(one): _edition(slug, audience_name(one)) for one in audiences(LISTS)}
    approve(db, slug, editions, "Ada Example", "study lead", now)
    return queue_mailing(db, issue, editions, workspace.config, now)


def link(db: Database, contact: int, purpose: str = "unsubscribe") -> str:
    """The token in the newest message to somebody that is good for `purpose`."""
    row = db.one("SELECT max(id) FROM deliveries WHERE contact_id = ?", contact)
    return make_token(db.key, purpose, opaque_at(db, row[0]))


def _edition(slug: str, audience: str) -> Edition:
    words = f"{MARKER}GREETING {audience} {MARKER}REASON {MARKER}STOP"
    return Edition(
        issue=slug,
        language="en",
        subject="News of the study",
        preheader="Two papers",
        html=f"<p>{words}</p>",
        text=words,
        marker=MARKER,
        pictures=(),
    )
