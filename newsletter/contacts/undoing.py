"""Take an operation back: people as they were, and its entries of the ledger struck out, never withdrawn."""

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from newsletter.contacts.audit import Done, the_operation
from newsletter.contacts.dates import stamp
from newsletter.contacts.ids import ids_of
from newsletter.contacts.images import Image, images_of, put_back, stops_more
from newsletter.contacts.ledger import (
    SIGNED,
    ConsentEvent,
    Entry,
    append_events,
    entries_of,
    entry_of,
    find_entry,
)
from newsletter.contacts.operations import (
    Actor,
    Running,
    adding,
    image_mac,
    operation,
    touched_since,
    touching,
)
from newsletter.contacts.standing import standing_of
from newsletter.contacts.subscriptions import rebuild_subscriptions
from newsletter.database import Database
from newsletter.errors import NotAllowed

_Thing = TypeVar("_Thing")
_STEP = 2000
#: What cannot be taken back: how the command begins, why, and what to do instead.
_NEVER = (
    ("privacy ", "what was erased is gone", "Add the person again, if they ask for it."),
    ("adopt", "what stands against writing to people stays", "Lift it for one person, if it was wrong."),
    ("send", "what was sent has left", "Send a correction, if something was wrong."),
    (
        "suppress ",
        "whether an address may be written to is not changed by the way",
        "Use `newsletter suppress remove` or `newsletter suppress add`.",
    ),
    ("organisations ", "organisations are not kept as they were", "Change it with `organisations edit`."),
)
#: What is whole or nothing: a half of it would leave one person twice.
_WHOLE = ("contacts merge",)

#: Whose consent was struck out by an operation and, since it was given, withdrawn or ended.
_SAID_NO = """
SELECT DISTINCT p.person FROM (
    SELECT coalesce(a.contact_id, e.contact_id) AS person, g.list, g.sequence
    FROM consents e JOIN consents g ON g.sequence = e.voids
    LEFT JOIN contact_aliases a ON a.old_id = e.contact_id
    WHERE e.sequence BETWEEN ? AND ? AND g.kind NOT IN ('withdrawn', 'expired')
) p CROSS JOIN consents w ON w.list = p.list AND w.contact_id IN
    (SELECT p.person UNION ALL SELECT old_id FROM contact_aliases WHERE contact_id = p.person)
WHERE w.sequence > p.sequence AND w.kind IN ('withdrawn', 'expired')
    AND NOT EXISTS (SELECT 1 FROM consents v WHERE v.contact_id = w.contact_id AND v.list = w.list AND v.voids = w.sequence)
"""


class CannotUndo(NotAllowed):
    """This cannot be undone."""


@dataclass(slots=True)
class Undoing:
    """What taking an operation back would do. Lists of ids; `left` says why somebody is left as they are.

    `voids` are entries to strike out, `again` entries to be made again since their striking out is
    taken back; `withdrawn` and `stopped` (pauses too) count what would let people be written to once more.
    """

    done: Done
    remove: list[int] = field(default_factory=list)
    change: list[int] = field(default_factory=list)
    bring_back: list[int] = field(default_factory=list)
    left: dict[int, str] = field(default_factory=dict)
    gone: int = 0
    voids: dict[str, int] = field(default_factory=dict)
    again: int = 0
    withdrawn: int = 0
    stopped: int = 0

    @property
    def revives(self) -> int:
        """How many times somebody said no, or was stopped, and that would be taken back."""
        return self.withdrawn + self.stopped

    @property
    def touches(self) -> bool:
        """Whether there is anything that it would do."""
        return bool(self.remove or self.change or self.bring_back or self.voids or self.again)

    def counts(self) -> dict[str, object]:
        return {
            "removed": len(self.remove),
            "put_back": len(self.change),
            "brought_back": len(self.bring_back),
            "struck_out": sum(self.voids.values()),
            "recorded_again": self.again,
            "withdrawals_taken_back": self.withdrawn,
            "stops_lifted": self.stopped,
            "left": len(self.left),
        }


def plan_undo(db: Database, number: int) -> Undoing:
    """What undoing would do, without doing it.

    Raises NoSuchOperation, or CannotUndo where it was undone already or cannot be.
    """
    done = the_operation(db, number)
    _may_be_undone(done)
    if done.undoes and the_operation(db, done.undoes).command in _WHOLE:
        raise CannotUndo(
            "a merge that was undone is not done again", remedy="Merge them: `newsletter contacts merge`."
        )
    plan = Undoing(done)
    _plan_added(db, plan)
    for rows in _batches(_touched(db, number)):
        _plan_changed(db, plan, rows)
    _leave_who_said_no(db, plan)
    for entry, original in _entries(db, plan):
        if original is not None:
            plan.again += 1
            continue
        plan.voids[entry.kind] = plan.voids.get(entry.kind, 0) + 1
        plan.withdrawn += entry.kind in ("withdrawn", "expired")
    _plan_parting(db, plan)
    return plan


def undo_operation(
    db: Database, number: int, actor: Actor, now: dt.datetime, *, skip_changed: bool = False
) -> Undoing:
    """Take an operation back, all of it or nothing; what was done. It can itself be undone.

    Raises as `plan_undo`; and CannotUndo where people were changed since, unless `skip_changed`
    leaves those as they are.
    """
    with operation(db, actor, "contacts undo", now) as running:
        plan = plan_undo(db, number)
        if plan.left and not skip_changed:
            raise CannotUndo(
                f"{len(plan.left):,} of these people cannot be put back as they were, so nothing was done",
                remedy="`--skip-changed` leaves them as they are and goes on for the rest.",
            )
        if plan.left and plan.done.command in _WHOLE:
            raise CannotUndo("they were changed since they were merged; this is undone whole or not at all")
        if plan.left and not plan.touches:
            raise CannotUndo("nobody is left who could be put back as they were, so nothing was done")
        running.undoes = number
        running.summary |= {"undoes": number, **plan.counts()}
        standing = _of_entries(db, plan)
        for ids in _batches([*plan.remove, *plan.change]):
            touching(db, ids)
        _strike_out(db, plan, actor, now)
        _put_back(db, plan, now)
        _remove(db, plan, running)
        gone = set(plan.remove)
        rebuild_subscriptions(db, sorted({*standing, *plan.change, *plan.bring_back} - gone))
    return plan


def _may_be_undone(done: Done) -> None:
    if done.undone_by:
        raise CannotUndo(f"change {done.number} was undone already, by change {done.undone_by}")
    if done.via in ("mailbox", "pages"):
        raise CannotUndo(
            f"change {done.number} cannot be undone: they asked for it themselves",
            remedy="If they changed their mind: `newsletter consent record`.",
        )
    for begins, why, instead in _NEVER:
        if done.command.startswith(begins):
            raise CannotUndo(f"change {done.number} ({done.command}) cannot be undone: {why}", remedy=instead)


def _plan_added(db: Database, plan: Undoing) -> None:
    rows = db.conn.execute(
        "SELECT t.contact_id, c.id IS NOT NULL FROM operation_contacts t LEFT JOIN contacts c ON c.id = t.contact_id "
        "WHERE t.operation_id = ? AND t.change = 'added'",
        (plan.done.number,),
    )
    since = touched_since(db, plan.done.number)
    for contact_id, there in rows:
        if not there:
            plan.gone += 1
        elif contact_id in since:
            plan.left[contact_id] = "something happened to them since"
        else:
            plan.remove.append(contact_id)


def _touched(db: Database, number: int) -> Iterator[tuple[int, str, str, str]]:
    rows = db.conn.execute(
        "SELECT contact_id, change, before, after_mac FROM operation_contacts "
        "WHERE operation_id = ? AND change <> 'added'",
        (number,),
    )
    return (tuple(row) for row in rows)


def _plan_changed(db: Database, plan: Undoing, rows: Sequence[tuple[int, str, str, str]]) -> None:
    found = images_of(db, [row[0] for row in rows])
    for contact_id, change, before, after in rows:
        image = found.get(contact_id)
        if not before:
            plan.left[contact_id] = "they were erased since"
        elif change == "removed" and image is None:
            plan.bring_back.append(contact_id)
        elif image is None:
            plan.left[contact_id] = "they are no longer kept"
        elif change == "removed" or image_mac(db, image) != after:
            plan.left[contact_id] = "they were changed since"
        else:
            plan.change.append(contact_id)
            plan.stopped += stops_more(image, json.loads(before))


def _plan_parting(db: Database, plan: Undoing) -> None:
    """Count what stands against writing to people who were made one, and not against one of them alone."""
    if plan.done.command not in _WHOLE:
        return
    were = {row[0]: json.loads(row[2]) for row in _touched(db, plan.done.number) if row[2]}
    kept = images_of(db, plan.change)
    for image in kept.values():
        plan.stopped += sum(stops_more(image, were[number]) for number in plan.bring_back)
    together = json.dumps([number for contact_id in kept for number in ids_of(db, contact_id)])
    of_both = "SELECT DISTINCT list FROM consents WHERE contact_id IN (SELECT value FROM json_each(?))"
    for row in db.conn.execute(of_both, (together,)).fetchall():
        if not _agreed(db, json.loads(together), row[0]):
            plan.withdrawn += sum(_agreed(db, _ids_in(*one), row[0]) for one in were.items())


def _ids_in(contact_id: int, image: Image) -> list[int]:
    """The ids of a person as they were: their own, and those of whoever was merged into them before."""
    return [contact_id, *(row[0] for row in image.get("contact_aliases", []))]  # type: ignore[attr-defined]


def _agreed(db: Database, ids: Sequence[int], name: str) -> bool:
    return standing_of(entries_of(db, ids, name)).agreed


def _leave_who_said_no(db: Database, plan: Undoing) -> None:
    """Leave those whose consent would be recorded again behind an end that came after it, and undo that."""
    entries = (plan.done.first, plan.done.last)
    plan.left.update((row[0], "their consent ended since") for row in db.conn.execute(_SAID_NO, entries))
    for ids in (plan.remove, plan.change, plan.bring_back):
        ids[:] = [contact_id for contact_id in ids if contact_id not in plan.left]


def _entries(db: Database, plan: Undoing) -> Iterator[tuple[Entry, Entry | None]]:
    """The operation's entries that are to be struck out; beside a striking out, the entry to make again."""
    if not plan.done.last:
        return
    struck = {
        row[0]
        for row in db.conn.execute(
            "SELECT voids FROM consents WHERE sequence > ? AND voids BETWEEN ? AND ?",
            (plan.done.last, plan.done.first, plan.done.last),
        )
    }
    columns = ", ".join(f"e.{name}" for name in SIGNED[:-1])
    rows = db.conn.execute(
        f"SELECT {columns}, coalesce(c.id, a.contact_id) AS person FROM consents e "
        "LEFT JOIN contacts c ON c.id = e.contact_id LEFT JOIN contact_aliases a ON a.old_id = e.contact_id "
        "WHERE e.sequence BETWEEN ? AND ? ORDER BY e.sequence",
        (plan.done.first, plan.done.last),
    )
    back = set(plan.bring_back)
    for row in rows:
        person = row["contact_id"] if row["contact_id"] in back else row["person"]
        if row["sequence"] in struck or person is None or person in plan.left:
            continue
        entry = entry_of(row)
        yield entry, find_entry(db, entry.voids) if entry.voids is not None else None


def _of_entries(db: Database, plan: Undoing) -> set[int]:
    """Whom the operation's entries are about, by the id that they have now."""
    rows = db.conn.execute(
        "SELECT DISTINCT coalesce(c.id, a.contact_id) FROM consents e LEFT JOIN contacts c ON c.id = e.contact_id "
        "LEFT JOIN contact_aliases a ON a.old_id = e.contact_id WHERE e.sequence BETWEEN ? AND ?",
        (plan.done.first, plan.done.last),
    )
    return {row[0] for row in rows} - {None}


def _strike_out(db: Database, plan: Undoing, actor: Actor, now: dt.datetime) -> None:
    for found in _batches(_entries(db, plan)):
        events = [_event(db, entry, original, (actor, now, plan.done.number)) for entry, original in found]
        append_events(db, events, now)


def _event(
    db: Database, entry: Entry, original: Entry | None, by: tuple[Actor, dt.datetime, int]
) -> ConsentEvent:
    actor, now, number = by
    if original is not None:
        row = db.one("SELECT detail FROM consent_details WHERE sequence = ?", original.sequence)
        kept = json.loads(row[0]) if row and row[0] else {}
        return ConsentEvent(
            *(original.contact_id, original.list, original.kind, original.basis, original.effective_at),
            *(original.channel, actor.name, original.wording_digest, original.expires_at),
            detail={**kept, "again": original.sequence},
        )
    about = (entry.contact_id, entry.list, "voided", entry.basis, stamp(now), "undo", actor.name)
    return ConsentEvent(*about, voids=entry.sequence, detail={"undoes": number})


def _put_back(db: Database, plan: Undoing, now: dt.datetime) -> None:
    adding(db, plan.bring_back)
    for organisation in plan.done.summary.get("organisations_removed", []):  # type: ignore[attr-defined]
        db.conn.execute(
            "INSERT OR IGNORE INTO organisations (id, name, created_at) VALUES (?, ?, ?)", organisation
        )
    for ids in _batches([*plan.change, *plan.bring_back]):
        rows = db.conn.execute(
            "SELECT t.contact_id, t.before FROM json_each(?) w CROSS JOIN operation_contacts t "
            "ON t.contact_id = w.value AND t.operation_id = ?",
            (json.dumps(ids), plan.done.number),
        )
        put_back(db, {row[0]: json.loads(row[1]) for row in rows.fetchall()}, stamp(now))


def _remove(db: Database, plan: Undoing, running: Running) -> None:
    for ids in _batches(plan.remove):
        wanted = json.dumps(ids)
        for table, column in (("people_search", "rowid"), ("contacts", "id")):
            db.conn.execute(
                f"DELETE FROM {table} WHERE {column} IN (SELECT value FROM json_each(?))", (wanted,)
            )
    if plan.remove:
        running.summary["organisations_removed"] = _remove_organisations(db, plan.done.at)


def _remove_organisations(db: Database, at: str) -> list[list[object]]:
    """Remove organisations that came with the people who are gone, where nothing else is known of them."""
    rows = db.conn.execute(
        "DELETE FROM organisations AS o WHERE o.created_at = ? AND o.kind = '' AND o.website = '' AND o.notes = '' "
        "AND NOT EXISTS (SELECT 1 FROM contact_organisations c WHERE c.organisation_id = o.id) "
        "AND NOT EXISTS (SELECT 1 FROM relationships r WHERE o.id IN (r.organisation_id, r.to_organisation_id)) "
        "AND NOT EXISTS (SELECT 1 FROM engagement_organisations e WHERE e.organisation_id = o.id) "
        "AND NOT EXISTS (SELECT 1 FROM stances s WHERE s.organisation_id = o.id) "
        "RETURNING id, name, created_at",
        (at,),
    )
    return [list(row) for row in rows]


def _batches(things: Iterable[_Thing]) -> Iterator[list[_Thing]]:
    rest = iter(things)
    while batch := list(islice(rest, _STEP)):
        yield batch
