"""Permissions of people to be shown in an issue: given and withdrawn in the ledger, under `media:` and a word.

A permission is no mailing list: nobody joins one by it, and nothing counts it as one.
"""

import datetime as dt
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from newsletter.contacts.consent import record_consent, standing, withdraw_consent
from newsletter.contacts.dates import said, stamp, today_utc
from newsletter.contacts.fields import one_line
from newsletter.contacts.ids import person_of
from newsletter.contacts.ledger import ConsentEvent, read_detail
from newsletter.contacts.lists import MEDIA
from newsletter.contacts.standing import Standing
from newsletter.database import Database, transaction
from newsletter.errors import InputError, near

#: What a permission may cover.
COVERS = ("photo", "name", "quote")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


class BadPermission(InputError):
    """This cannot be kept as somebody's permission to be shown."""


class NoSuchPermission(InputError):
    """There is no permission of this name."""


@dataclass(frozen=True, slots=True)
class Permission:
    """What somebody allows to be shown of them, and where that stands by the ledger.

    `state` is one of those in `standing`, such as 'given' or 'withdrawn'; `expires_at` the last day on which it holds, '' = no end.
    """

    permission: str
    contact_id: int
    person: str
    covers: tuple[str, ...]
    title: str
    state: str
    since: str
    expires_at: str
    sequence: int

    def reason_not_to_show(self, day: str) -> str:
        """Why this does not hold on a day (YYYY-MM-DD), in words; '' where it does."""
        if self.state == "withdrawn":
            return f"it was withdrawn on {said(self.since)}"
        if self.state == "expired" or (self.expires_at and self.expires_at < day):
            return f"it ran out on {said(self.expires_at or self.since)}"
        return "" if self.state == "given" else "it was never given, or was struck out"


def give_permission(  # noqa: PLR0913  # what is covered is no part of an event
    db: Database, named: str, covers: Sequence[str], given: ConsentEvent, now: dt.datetime, *, title: str = ""
) -> int:
    """Record that the person of `given` allows this to be shown; the entry's number in the ledger.

    Said again it takes the place of what was covered. Raises BadPermission, and as `record_consent`.
    """
    known = _checked_covers(covers)
    if not _WORD.fullmatch(named):
        raise BadPermission(
            f"permission: {named[:60]!r} is not a word; use letters, digits, '-', '.' and '_', such as M-12"
        )
    with transaction(db):
        holder = _holder(db, named)
        if holder not in (None, person_of(db, given.contact_id)):
            raise BadPermission(
                f"permission: {named} is somebody else's already",
                remedy="See whose with `newsletter media list`, and choose another word.",
            )
        db.conn.execute(
            "INSERT INTO media_permissions (permission, contact_id, covers, title, created_at) "
            "VALUES (?, ?, ?, ?, ?) ON CONFLICT (permission) DO UPDATE SET covers = excluded.covers, "
            "title = iif(excluded.title = '', title, excluded.title)",
            (named, given.contact_id, json.dumps(known), one_line(title, "title"), stamp(now)),
        )
        detail = {**given.detail, "covers": list(known)}
        return record_consent(db, replace(given, list=MEDIA + named, detail=detail), now)


def withdraw_permission(  # noqa: PLR0913  # how, when and by whom are evidence
    db: Database,
    named: str,
    now: dt.datetime,
    *,
    effective_at: str,
    channel: str,
    recorder: str,
    source: str = "",
) -> bool:
    """Record that it was taken back; False where that was done before. Raises NoSuchPermission."""
    found = the_permission(db, named)
    outcome = withdraw_consent(
        db,
        found.contact_id,
        [MEDIA + found.permission],
        now,
        effective_at=effective_at,
        channel=channel,
        recorder=recorder,
        source=source,
    )
    return outcome[MEDIA + found.permission]


def the_permission(db: Database, named: str) -> Permission:
    """The permission of this name. Raises NoSuchPermission with the nearest."""
    found = permissions(db, [named])
    if not found:
        known = [row[0] for row in db.conn.execute("SELECT permission FROM media_permissions")]
        raise NoSuchPermission(
            f"permission: there is none called {named!r}{near(named, known)}",
            remedy="See them with `newsletter media list`.",
        )
    return found[0]


def permissions(db: Database, names: Iterable[str] | None = None) -> list[Permission]:
    """These permissions (None: all), by name; those that nobody recorded are left out."""
    chosen = "" if names is None else "WHERE m.permission IN (SELECT value FROM json_each(?))"
    values = () if names is None else (json.dumps([*names]),)
    rows = db.conn.execute(f"{_KNOWN} {chosen} ORDER BY m.permission", values).fetchall()
    return [_permission(db, *row) for row in rows]


def permissions_of(db: Database, contact_id: int) -> list[Permission]:
    """What a person allows to be shown, by name."""
    rows = db.conn.execute(f"{_KNOWN} WHERE c.id = ? ORDER BY m.permission", (contact_id,)).fetchall()
    return [_permission(db, *row) for row in rows]


def keep_use(
    db: Database, issue: str, names: Iterable[str], now: dt.datetime, *, beside: bool = False
) -> None:
    """Keep that an issue leans on these permissions and on no others; `beside`: and on those that it did before."""
    wanted = list(dict.fromkeys(names))
    with transaction(db):
        if not beside:
            db.conn.execute(
                "DELETE FROM issue_permissions WHERE issue = ? AND permission NOT IN (SELECT value FROM json_each(?))",
                (issue, json.dumps(wanted)),
            )
        db.conn.executemany(
            "INSERT OR IGNORE INTO issue_permissions VALUES (?, ?, ?)",
            [(issue, name, stamp(now)) for name in wanted],
        )


def issues_leaning_on(db: Database, named: str) -> list[str]:
    """The issues that were approved or queued with this permission, by name."""
    rows = db.conn.execute(
        "SELECT issue FROM issue_permissions WHERE permission = ? ORDER BY issue", (named,)
    )
    return [row[0] for row in rows]


def permissions_lost(db: Database, issue: str, now: dt.datetime) -> dict[str, str]:
    """Of the permissions that an issue was approved or queued with, those that no longer hold, and why."""
    rows = db.conn.execute("SELECT permission FROM issue_permissions WHERE issue = ?", (issue,)).fetchall()
    leaned = [row[0] for row in rows]
    known = {found.permission: found for found in permissions(db, leaned)} if leaned else {}
    day = today_utc(now)
    reasons = {
        name: known[name].reason_not_to_show(day) if name in known else "nobody has recorded it"
        for name in leaned
    }
    return {name: reason for name, reason in reasons.items() if reason}


def permissions_withdrawn(db: Database, issue: str) -> list[str]:
    """Of the permissions that an issue was approved or queued with, those that were taken back or struck out.

    One that ran out is not among them: it binds new issues, and what was shown before may stay.
    """
    rows = db.conn.execute("SELECT permission FROM issue_permissions WHERE issue = ?", (issue,)).fetchall()
    found = permissions(db, [row[0] for row in rows]) if rows else []
    return [one.permission for one in found if one.state not in ("given", "expired")]


_KNOWN = """
    SELECT m.permission, coalesce(c.id, m.contact_id), coalesce(nullif(c.name, ''),
        (SELECT email FROM addresses a WHERE a.contact_id = c.id AND a.is_primary = 1), ''), m.covers, m.title
    FROM media_permissions m LEFT JOIN contact_aliases x ON x.old_id = m.contact_id
    LEFT JOIN contacts c ON c.id = coalesce(x.contact_id, m.contact_id)
"""


def _permission(  # noqa: PLR0913  # the columns of a row
    db: Database, named: str, contact_id: int, person: str, covers: str, title: str
) -> Permission:
    stood = standing(db, contact_id, MEDIA + named)
    return Permission(
        permission=named,
        contact_id=contact_id,
        person=person,
        covers=_covered(db, stood) or tuple(json.loads(covers)),
        title=title,
        state=stood.state,
        since=stood.since,
        expires_at=stood.expires_at,
        sequence=stood.sequence,
    )


def _covered(db: Database, stood: Standing) -> tuple[str, ...]:
    """What the entry that counts says is covered: that is proven by the chain, the table's copy is not."""
    row = db.one("SELECT detail FROM consent_details WHERE sequence = ?", stood.sequence)
    covers = (read_detail(row["detail"]) or {}).get("covers") if row else None
    return tuple(str(one) for one in covers) if isinstance(covers, list) else ()


def _checked_covers(covers: Sequence[str]) -> tuple[str, ...]:
    known = tuple(dict.fromkeys(one.strip().casefold() for one in covers if one.strip()))
    for one in known:
        if one not in COVERS:
            raise BadPermission(f"covers: {one!r} is not one of {', '.join(COVERS)}{near(one, COVERS)}")
    if not known:
        raise BadPermission(f"covers: say what may be shown: {', '.join(COVERS)}")
    return tuple(one for one in COVERS if one in known)


def _holder(db: Database, named: str) -> int | None:
    row = db.one("SELECT contact_id FROM media_permissions WHERE permission = ?", named)
    return (person_of(db, row["contact_id"]) or row["contact_id"]) if row else None
