"""What people ask of us as is their right: kept with the day by which it is due, and what must happen at once."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from newsletter.contacts import (
    Actor,
    Changes,
    add_months,
    edit_contact,
    operation,
    stamp,
    suppress_address,
    withdraw_consent,
)
from newsletter.database import Database, transaction
from newsletter.errors import InputError
from newsletter.privacy.subject import Subject

KINDS = ("access", "erasure", "rectification", "objection", "portability", "restriction", "complaint")
OUTCOMES = ("done", "partly", "refused", "withdrawn")
#: A complaint is to be acknowledged within so many days (Data (Use and Access) Act 2025).
_ACKNOWLEDGED_WITHIN = dt.timedelta(days=30)
_COLUMNS = "id, kind, contact_id, received_on, due_on, acknowledged_on, closed_on, outcome, note, recorder"


class BadRequest(InputError):
    """This cannot be a request about somebody's rights."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request; days as YYYY-MM-DD, '' where it has not come to that. `due_on` of a complaint is the
    day by which it must be acknowledged, of all others the day by which it must be answered."""

    id: int
    kind: str
    contact_id: int | None
    received_on: str
    due_on: str
    acknowledged_on: str
    closed_on: str
    outcome: str
    note: str
    recorder: str

    def is_overdue(self, today: dt.date) -> bool:
        """Whether its day has passed with nothing to show for it."""
        settled = self.closed_on or (self.kind == "complaint" and self.acknowledged_on)
        return not settled and self.due_on < today.isoformat()

    def as_dict(self, today: dt.date) -> dict[str, object]:
        """The object that `--json` prints."""
        return asdict(self) | {"overdue": self.is_overdue(today)}


def due_on(kind: str, received: dt.date) -> dt.date:
    """The day by which a request of this kind is due: a month later by the calendar (UK GDPR article 12(3)).

    Where the month has no such day it is its last one. A complaint is to be acknowledged in 30 days.
    """
    return received + _ACKNOWLEDGED_WITHIN if kind == "complaint" else add_months(received, 1)


def add_request(  # noqa: PLR0913  # what, whose, when and by whom are all asked for
    db: Database,
    kind: str,
    subject: Subject | None,
    received: dt.date,
    actor: Actor,
    now: dt.datetime,
    note: str = "",
) -> Request:
    """Keep a request, and do at once what its kind demands; the request as it is kept.

    An objection stops all news to them (article 21(3)), a restriction all writing for the time
    being. `subject` is None for somebody who is not known here. Raises BadRequest for an unknown kind.
    """
    if kind not in KINDS:
        raise BadRequest(f"kind: {kind!r} is not one of {', '.join(KINDS)}")
    contact_id = subject.contact_id or None if subject else None
    with operation(db, actor, "privacy request add", now) as running:
        cursor = db.conn.execute(
            "INSERT INTO privacy_requests (kind, contact_id, received_on, due_on, note, recorder, created_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                kind,
                contact_id,
                str(received),
                str(due_on(kind, received)),
                note.strip(),
                actor.name,
                stamp(now),
            ),
        )
        running.summary["kind"] = kind
        if subject and kind in ("objection", "restriction"):
            _stop(db, subject, actor, now, for_good=kind == "objection")
    return the_request(db, cursor.lastrowid or 0)


def acknowledge_request(db: Database, number: int, day: dt.date) -> Request:
    """Note that the person was told that their request has arrived. Raises BadRequest."""
    _require_open(the_request(db, number), day)
    db.conn.execute("UPDATE privacy_requests SET acknowledged_on = ? WHERE id = ?", (str(day), number))
    return the_request(db, number)


def close_request(db: Database, number: int, day: dt.date, outcome: str, note: str = "") -> Request:
    """Note that it was answered, and how. Raises BadRequest."""
    request = the_request(db, number)
    _require_open(request, day)
    if outcome not in OUTCOMES:
        raise BadRequest(f"outcome: {outcome!r} is not one of {', '.join(OUTCOMES)}")
    together = "\n".join(filter(None, (request.note, note.strip())))
    db.conn.execute(
        "UPDATE privacy_requests SET closed_on = ?, outcome = ?, note = ? WHERE id = ?",
        (str(day), outcome, together, number),
    )
    return the_request(db, number)


def all_requests(db: Database, *, closed: bool = False) -> Sequence[Request]:
    """Requests that are open, what is due first on top; `closed` has those too that were answered."""
    rows = db.conn.execute(
        f"SELECT {_COLUMNS} FROM privacy_requests WHERE ? OR closed_on = '' ORDER BY closed_on <> '', due_on, id",
        (closed,),
    )
    return [Request(*row) for row in rows]


def the_request(db: Database, number: int) -> Request:
    """The request with this number. Raises BadRequest."""
    row = db.one(f"SELECT {_COLUMNS} FROM privacy_requests WHERE id = ?", number)
    if row is None:
        raise BadRequest(
            f"there is no request {number}", remedy="See them with `newsletter privacy request list --all`."
        )
    return Request(*row)


def _require_open(request: Request, day: dt.date) -> None:
    if request.closed_on:
        raise BadRequest(f"request {request.id} was closed on {request.closed_on}")
    if str(day) < request.received_on:
        raise BadRequest(f"request {request.id} was received on {request.received_on}, after {day}")


def _stop(db: Database, subject: Subject, actor: Actor, now: dt.datetime, *, for_good: bool) -> None:
    """Nothing is sent to them from now on; somebody else with the same address still gets theirs."""
    with transaction(db):
        if for_good:
            for email in subject.own:
                suppress_address(db, email, "request", actor.name, now)
        if not subject.contact_id:
            return
        if for_good:
            withdraw_consent(
                db,
                subject.contact_id,
                None,
                now,
                effective_at=stamp(now),
                channel="objection",
                recorder=actor.name,
            )
        row = db.one("SELECT stop FROM contacts WHERE id = ?", subject.contact_id)
        if row and not row["stop"]:
            edit_contact(db, subject.contact_id, Changes(fields={"stop": "do-not-contact"}), now)
