"""The log of approvals: who, in which role, when, and for which content."""

import datetime as dt
import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from newsletter.database import Database, transaction
from newsletter.edition import Edition, issue_digest, store_edition
from newsletter.errors import InputError

_LONGEST = 200


class BadApprover(InputError):
    """The name or role of the person who approves cannot be recorded."""


@dataclass(frozen=True, slots=True)
class Approval:
    """One person's word on one content. `parts` are its editions' digests by audience.

    `approved_at` and `revoked_at` are ISO 8601 in UTC; `revoked_at` is empty while it stands.
    """

    issue: str
    issue_digest: str
    approver: str
    role: str
    approved_at: str
    revoked_at: str
    parts: Mapping[str, str]


def approve(  # noqa: PLR0913  # what, who, in which role, when: an approval is these six things
    db: Database, slug: str, editions: Mapping[str, Edition], approver: str, role: str, now: dt.datetime
) -> Approval:
    """Record that `approver` agrees to these editions, and keep them, to show later what changed.

    The same person approving the same content again in the same role gets the entry that stands.
    Other content supersedes what was approved before: from now on only this may be sent.
    Raises BadApprover where name or role is empty, too long or has control characters.
    """
    approver, role = _checked("name", approver), _checked("role", role)
    digest = issue_digest(editions)
    with transaction(db):
        if known := _standing(db, slug, digest, (approver, role)):
            return known
        parts = {audience: store_edition(db, edition, now) for audience, edition in editions.items()}
        approval = Approval(slug, digest, approver, role, _stamp(now), "", parts)
        db.conn.execute(
            "INSERT INTO approvals (issue, issue_digest, approver, role, approved_at, parts) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (slug, digest, approver, role, approval.approved_at, json.dumps(parts, sort_keys=True)),
        )
    return approval


def approval_of(db: Database, slug: str) -> Approval | None:
    """The latest approval that stands; it says which content may be sent. None where there is none."""
    row = db.one("SELECT * FROM approvals WHERE issue = ? AND revoked_at = '' ORDER BY id DESC LIMIT 1", slug)
    return _approval(row) if row else None


def approvals_of(db: Database, slug: str) -> list[Approval]:
    """Every approval of the issue that was ever recorded, oldest first, revoked ones too."""
    rows = db.conn.execute("SELECT * FROM approvals WHERE issue = ? ORDER BY id", (slug,))
    return [_approval(row) for row in rows]


def revoke_approvals(db: Database, slug: str, now: dt.datetime) -> int:
    """Withdraw every approval of the issue that stands, whatever its content; their number."""
    with transaction(db):
        return db.conn.execute(
            "UPDATE approvals SET revoked_at = ? WHERE issue = ? AND revoked_at = ''", (_stamp(now), slug)
        ).rowcount


def _standing(db: Database, slug: str, digest: str, who: tuple[str, str]) -> Approval | None:
    """What this person said of this content, if it stands and is the content that may be sent."""
    current = approval_of(db, slug)
    if current is None or current.issue_digest != digest:
        return None
    mine = (a for a in approvals_of(db, slug) if a.issue_digest == digest and not a.revoked_at)
    return next((approval for approval in mine if (approval.approver, approval.role) == who), None)


def _approval(row: sqlite3.Row) -> Approval:
    kept = {
        key: row[key] for key in ("issue", "issue_digest", "approver", "role", "approved_at", "revoked_at")
    }
    return Approval(**kept, parts=json.loads(row["parts"]))


def _checked(what: str, text: str) -> str:
    # Bidi marks and line breaks could make an entry read as somebody else's.
    bare = text.strip()
    if not bare:
        raise BadApprover(f"the {what} of the person who approves is empty")
    if not bare.isprintable():
        raise BadApprover(f"the {what} {bare!r} has a control character or a line break in it")
    if len(bare) > _LONGEST:
        raise BadApprover(f"the {what} has {len(bare)} characters; {_LONGEST} are kept at most")
    return bare


def _stamp(now: dt.datetime) -> str:
    return now.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
