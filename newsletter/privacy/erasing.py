"""Forgets one person: every table emptied of them, the ledger whole, their addresses barred."""

import datetime as dt
import json
from dataclasses import dataclass

from newsletter.contacts import (
    Actor,
    forgetting,
    operation,
    stamp,
    suppress_address,
    suppress_person,
    withdraw_consent,
)
from newsletter.database import Database
from newsletter.privacy.holding import Holding
from newsletter.privacy.register import REGISTER, holding_of
from newsletter.privacy.subject import Subject, held_by, spoken_of

#: Reason of an erasure that the person asked for; others are periods of retention.
ASKED = "request"


@dataclass(frozen=True, slots=True)
class Erasure:
    """What erasing a person does, or did.

    `rows`: table -> rows that are deleted or emptied; `kept`: those that stay, without the person;
    `texts`: table -> other people's rows that mention them, from which name and address are taken out.
    `engagements`: ids of those with others too; `entries`: numbers of other people's entries of the
    ledger whose details mention them, which cannot be changed; `issues`: as sent, that name them;
    `permissions`: words of permissions to show them, which the ledger keeps as names of lists.
    """

    subject: Subject
    rows: dict[str, int]
    kept: dict[str, int]
    texts: dict[str, int]
    engagements: tuple[int, ...]
    entries: tuple[int, ...]
    issues: tuple[str, ...]
    permissions: tuple[str, ...]
    waiting: int

    @property
    def evidence(self) -> int:
        """Details of the ledger that go: what shows how somebody came to be on a list."""
        return self.rows.get("consent_details", 0)


def plan_erasure(db: Database, subject: Subject) -> Erasure:
    """What `erase_person` would do; nothing is changed."""
    with spoken_of(db, subject):
        return Erasure(
            subject,
            rows=_counted(db, subject, "deleted", "follows", "emptied"),
            kept=_counted(db, subject, "kept"),
            texts=_mentions(db, subject),
            engagements=_numbers(db, _SHARED_ENGAGEMENTS, subject),
            entries=_numbers(db, _MENTIONING_ENTRIES, subject),
            issues=tuple(row[0] for row in db.conn.execute(_NAMING_ISSUES)),
            permissions=tuple(row[0] for row in db.conn.execute(_PERMISSIONS, subject.values)),
            waiting=held_by(db.conn, "deliveries", f"state = 'waiting' AND {_MESSAGES}", subject),
        )


def erase_person(  # noqa: PLR0913  # why, by whom and how far are all asked for
    db: Database,
    subject: Subject,
    actor: Actor,
    now: dt.datetime,
    *,
    reason: str = ASKED,
    bar: str = "erased",
    bar_shared: bool = False,
) -> Erasure:
    """Remove a person from every table, in one transaction; what was done.

    Addresses of theirs are suppressed with the reason `bar` ('': not at all), those that somebody
    else has too only with `bar_shared`. The bytes are gone from the file after `scrub` only.
    """
    with operation(db, actor, "privacy erase", now) as running:
        if reason == ASKED and subject.contact_id:
            _take_back(db, subject, actor, now)
        plan = plan_erasure(db, subject)
        for email in (*subject.own, *(subject.shared if bar_shared else ())) if bar else ():
            suppress_address(db, email, bar, actor.name, now)
        for name, email in _named_at_shared(db, subject) if bar and not bar_shared else ():
            suppress_person(db, name, email, bar, actor.name, now)
        with spoken_of(db, subject):
            _forget(db, subject)
        _note(db, plan, (actor.name, reason), now)
        if reason == ASKED:
            running.summary["people"] = len(subject.people)
    return plan


def _named_at_shared(db: Database, subject: Subject) -> list[tuple[str, str]]:
    """Name and address, where somebody else has the address too: by it alone an import would not know them."""
    rows = db.conn.execute(
        "SELECT c.name, a.email FROM json_each(?) w JOIN contacts c ON c.id = w.value "
        "JOIN addresses a ON a.contact_id = c.id WHERE c.name <> '' "
        "AND a.email IN (SELECT value FROM json_each(?))",
        (json.dumps(subject.people), json.dumps(subject.shared)),
    )
    return [(name, email) for name, email in rows]


def _take_back(db: Database, subject: Subject, actor: Actor, now: dt.datetime) -> None:
    """Who asks to be forgotten agrees to nothing any more: the ledger says so, whatever became of the file."""
    withdraw_consent(
        db,
        subject.contact_id,
        None,
        now,
        effective_at=stamp(now),
        channel="erasure",
        recorder=actor.name,
    )
    db.conn.execute(
        "UPDATE privacy_requests SET closed_on = ?, outcome = 'done' WHERE kind = 'erasure' "
        "AND closed_on = '' AND contact_id IN (SELECT value FROM json_each(?))",
        (stamp(now)[:10], json.dumps(subject.ids)),
    )


def _forget(db: Database, subject: Subject) -> None:
    # The contact goes after all that is found by it, and what its going leaves behind goes last.
    last = {"contacts": 1, "stale_people": 2}
    for holding in sorted(REGISTER, key=lambda holding: last.get(holding.table, 0)):
        if holding.erased == "deleted":
            condition = holding.deleted or holding.found
            db.conn.execute(f"DELETE FROM {holding.table} WHERE {condition}", subject.values)
    for holding in REGISTER:
        if holding.erased == "emptied":
            db.conn.execute(
                f"UPDATE {holding.table} SET {holding.emptying} WHERE {holding.found}", subject.values
            )
    if subject.words:
        for holding in REGISTER:
            for column in holding.texts:
                db.conn.execute(
                    f"UPDATE {holding.table} SET {column} = forget({column}) WHERE mentions({column})"
                )


def _note(db: Database, plan: Erasure, by: tuple[str, str], now: dt.datetime) -> None:
    """That somebody was forgotten, under each number that they had, which lead to nobody from now on."""
    counts = json.dumps(plan.rows | {f"{table} (texts)": rows for table, rows in plan.texts.items()})
    actor, reason = by
    db.conn.executemany(
        "INSERT INTO erasures (contact_id, erased_at, operator, reason, counts) VALUES (?, ?, ?, ?, ?)",
        [(contact_id, stamp(now), actor, reason, counts) for contact_id in plan.subject.ids or (0,)],
    )
    # In place of what `touching` took down of them meanwhile, which would be written with the operation.
    forgetting(db, plan.subject.people)


def _counted(db: Database, subject: Subject, *treatments: str) -> dict[str, int]:
    counts = {
        holding.table: held_by(db.conn, holding.table, holding.deleted or holding.found, subject)
        for holding in REGISTER
        if holding.erased in treatments and holding.table not in ("stale_people", "erasures")
    }
    return {table: count for table, count in counts.items() if count}


def _mentions(db: Database, subject: Subject) -> dict[str, int]:
    """Rows about others whose texts mention them: table -> rows."""
    if not subject.words:
        return {}
    counts = {
        holding.table: held_by(db.conn, holding.table, _mentioning(holding), subject)
        for holding in REGISTER
        if holding.texts
    }
    return {table: count for table, count in counts.items() if count}


def _mentioning(holding: Holding) -> str:
    mentions = " OR ".join(f"mentions({column})" for column in holding.texts)
    gone = holding.deleted or holding.found
    return f"({mentions}) AND NOT ({gone})" if gone else mentions


def _numbers(db: Database, sql: str, subject: Subject) -> tuple[int, ...]:
    return tuple(row[0] for row in db.conn.execute(sql, subject.values))


_MESSAGES = f"({holding_of('deliveries').found})"
_SHARED_ENGAGEMENTS = (
    f"SELECT id FROM engagements WHERE {holding_of('engagements').found} "
    f"AND NOT ({holding_of('engagements').deleted}) ORDER BY id"
)
_MENTIONING_ENTRIES = (
    "SELECT sequence FROM consent_details WHERE mentions(detail) "
    f"AND NOT ({holding_of('consent_details').found}) ORDER BY sequence"
)
_NAMING_ISSUES = "SELECT DISTINCT issue FROM editions WHERE mentions(text) ORDER BY issue"
_PERMISSIONS = "SELECT permission FROM media_permissions WHERE contact_id IN (SELECT value FROM json_each(:ids)) ORDER BY 1"
