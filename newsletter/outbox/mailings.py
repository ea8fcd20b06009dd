"""Issues going out, with the editions and the letterhead they keep, and the rows of those who are owed one."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from newsletter.contacts import Criteria, Decision
from newsletter.database import Database
from newsletter.edition import Edition, edition_name, issue_digest, store_edition
from newsletter.outbox.audience import Reach, kept_reach, kept_segments
from newsletter.outbox.letterhead import Letterhead
from newsletter.outbox.times import stamp

_INSERT = (
    "INSERT INTO deliveries (mailing_id, recipient_key, contact_id, email, lists, edition, state, reason, token, "
    "changed_at) VALUES (:mailing, :recipient_key, :contact, :email, :lists, :edition, :state, :reason, :token, :now)"
)


@dataclass(frozen=True, slots=True)
class Mailing:
    """One issue going out, as it was when it was queued; `editions` are their digests by audience name.

    A mailing of kind 'confirmation' or 'renewal' asks for consent: `issue` is then its own name, and
    `about` says what it asks about (`asking.py`). `not_before` and `not_after` are as the row has
    them: what they mean is `control.py`'s business.
    """

    id: int
    issue: str
    issue_digest: str
    state: str
    reach: Reach
    head: Letterhead
    editions: Mapping[str, str]
    queued_at: str
    kind: str = "issue"
    about: Mapping[str, Any] = field(default_factory=dict)
    not_before: str = ""
    not_after: str = ""

    @property
    def lists(self) -> tuple[str, ...]:
        return self.reach.lists


def mailing_of(db: Database, slug: str) -> Mailing | None:
    """The mailing of an issue, or of this name, a cancelled one too; None where it was never queued."""
    # The name of a mailing that asks has a colon, which no slug has. The kinds stand in the SQL for its indexes.
    kinds = "'confirmation', 'renewal'" if ":" in slug else "'issue', 'correction'"
    row = db.one(
        "SELECT id, kind, issue, issue_digest, state, headers, queued_at, about, not_before, not_after "
        f"FROM mailings WHERE issue = ? AND kind IN ({kinds}) "
        "ORDER BY state = 'cancelled', id DESC LIMIT 1",
        slug,
    )
    if row is None:
        return None
    kept = db.conn.execute("SELECT audience, digest FROM mailing_editions WHERE mailing_id = ?", (row["id"],))
    return Mailing(
        id=row["id"],
        issue=row["issue"],
        issue_digest=row["issue_digest"],
        state=row["state"],
        reach=kept_reach(db, row["id"]),
        head=Letterhead(**json.loads(row["headers"])),
        editions={edition["audience"]: edition["digest"] for edition in kept},
        queued_at=row["queued_at"],
        kind=row["kind"],
        about=json.loads(row["about"] or "{}"),
        not_before=row["not_before"],
        not_after=row["not_after"],
    )


def draft_mailing(  # noqa: PLR0913  # what goes out, to whom, from whom, and when
    name: str,
    reach: Reach,
    head: Letterhead,
    now: dt.datetime,
    *,
    kind: str,
    about: Mapping[str, Any] | None = None,
) -> Mailing:
    """A mailing as it will be queued: not in the database yet, and so without id, digest and editions."""
    return Mailing(0, name, "", "queued", reach, head, {}, stamp(now), kind, about or {})


def insert_mailing(
    db: Database, draft: Mailing, editions: Mapping[str, Edition], now: dt.datetime
) -> Mailing:
    """The draft as a row, with its editions kept under the names of their audiences."""
    digest = issue_digest(editions)
    values = {
        "kind": draft.kind,
        "issue": draft.issue,
        "issue_digest": digest,
        "state": draft.state,
        "lists": json.dumps(draft.lists),
        "corrects": draft.reach.corrects,
        "segments": kept_segments(draft.reach.segments),
        "headers": json.dumps(asdict(draft.head), ensure_ascii=False),
        "queued_at": draft.queued_at,
        "about": json.dumps(draft.about) if draft.about else "",
    }
    cursor = db.conn.execute(
        f"INSERT INTO mailings ({', '.join(values)}) VALUES (:{', :'.join(values)})", values
    )
    assert cursor.lastrowid is not None  # noqa: S101  # an INSERT that did not raise has one
    kept = {audience: store_edition(db, edition, now) for audience, edition in editions.items()}
    db.conn.executemany(
        "INSERT INTO mailing_editions VALUES (?, ?, ?, ?)",
        [(cursor.lastrowid, name, editions[name].language, digest) for name, digest in kept.items()],
    )
    return replace(draft, id=cursor.lastrowid, issue_digest=digest, editions=kept)


def limit(db: Database, mailing: Mailing, segments: Mapping[str, Criteria]) -> Mailing:
    """The mailing, for those in any of these segments alone; for everybody on its lists where there are none."""
    db.conn.execute("UPDATE mailings SET segments = ? WHERE id = ?", (kept_segments(segments), mailing.id))
    return replace(mailing, reach=replace(mailing.reach, segments=segments))


def insert_deliveries(
    db: Database, mailing: Mailing, decisions: Iterable[Decision], now: dt.datetime
) -> None:
    """Moves a and b: one row for each decision, streamed."""
    db.conn.executemany(_INSERT, (delivery_row(mailing, decision, now) for decision in decisions))


def delivery_row(mailing: Mailing, decision: Decision, now: dt.datetime) -> dict[str, object]:
    """A row that begins its life: waiting under its address's key, or skipped under the contact's own.

    Its token stays empty: what names it outside is made of its number (`opaque.py`).
    """
    recipient_key = decision.address_key
    if decision.reason:
        # Not the address's: somebody else with the same address may be allowed, and one row may have its key.
        recipient_key = contact_key(decision.contact_id)
    return {
        "mailing": mailing.id,
        "recipient_key": recipient_key,
        "contact": decision.contact_id,
        "email": decision.email,
        "lists": json.dumps(decision.lists),
        "edition": mailing.editions[edition_name(mailing.editions, decision.lists, decision.language)],
        "state": "skipped" if decision.reason else "waiting",
        "reason": decision.reason,
        "token": "",
        "now": stamp(now),
    }


def contact_key(contact_id: int) -> str:
    """What stands in place of an address's key where a row has no address of its own.

    It tells no more than `contact_id` beside it; no address has such a key.
    """
    return f"contact {contact_id}"


def begin(db: Database, mailing: Mailing, now: dt.datetime) -> None:
    """The mailing is running from now on, until nothing of it waits; unless it is held by now."""
    db.conn.execute(
        "UPDATE mailings SET state = 'running', started_at = iif(started_at = '', ?, started_at), "
        "finished_at = '' WHERE id = ? AND state NOT IN ('paused', 'cancelled')",
        (stamp(now), mailing.id),
    )
