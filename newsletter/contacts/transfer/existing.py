"""What rows mean for people who are in the database already: gaps are filled, no withdrawal is undone."""

import datetime as dt
import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from newsletter.addresses import normalise
from newsletter.contacts.ledger import DOUBLE_OPT_IN
from newsletter.contacts.suppression import REASONS
from newsletter.contacts.transfer.agreements import Given, agreements, as_text
from newsletter.database import Database
from newsletter.tokens import address_key

#: Fields of a contact that a file fills where they are empty.
FILLED = ("name", "given_name", "language", "postal_address", "stop", "notes")
BARRED = "never to be written to"
#: A field of a contact, as it is and as it would be; or what joins it: ('organisation', '', 'Museum').
Change = tuple[str, str, str]
Settled = tuple[str, int | None, str, str, int]
Reject = Callable[[int, str, str], None]


@dataclass(slots=True)
class Known:
    """What the database knows of the people of one batch of rows."""

    suppressed: dict[str, str] = field(default_factory=dict)  # address key -> reason
    matches: dict[str, list[tuple[int, str, bool]]] = field(default_factory=dict)
    contacts: dict[int, sqlite3.Row] = field(default_factory=dict)
    belongs: set[tuple[int, str, str]] = field(default_factory=set)
    own: set[tuple[int, str]] = field(default_factory=set)
    standing: dict[tuple[int, str], tuple[str, str, str]] = field(default_factory=dict)
    others: dict[int, list[str]] = field(default_factory=dict)  # row -> keys of its further addresses
    told: dict[int, int] = field(default_factory=dict)  # row -> contact where an id or name told; 0: new


def look_up(db: Database, rows: Sequence[sqlite3.Row]) -> Known:
    """Everything about these rows' people, in one query a kind."""
    known = Known()
    known.others = {row["id"]: _other_keys(db, row) for row in rows if row["others"]}
    more = [*map(_barred, rows), *known.others.values()]
    keys = json.dumps([*(row["key"] for row in rows), *(key for found in more for key in found)])
    known.suppressed.update(
        db.conn.execute(
            "SELECT address_key, reason FROM suppressions WHERE address_key IN (SELECT value FROM json_each(?))",
            (keys,),
        )
    )
    for key, number, name, primary in db.conn.execute(
        "SELECT a.address_key, c.id, c.name, a.is_primary FROM json_each(?) w "
        "JOIN addresses a ON a.address_key = w.value JOIN contacts c ON c.id = a.contact_id",
        (keys,),
    ):
        found = known.matches.setdefault(key, [])
        if (number, name, bool(primary)) not in found:
            found.append((number, name, bool(primary)))
    if known.matches:
        look_up_people(db, known)
    return known


def look_up_people(db: Database, known: Known) -> None:
    """Everything about the people whom rows may mean."""
    wanted = json.dumps([number for found in known.matches.values() for number, _, _ in found])
    columns = ", ".join(f"c.{name}" for name in ("id", "paused_until", *FILLED))
    rows = db.conn.execute(
        f"SELECT {columns} FROM json_each(?) w JOIN contacts c ON c.id = w.value", (wanted,)
    )
    known.contacts = {row["id"]: row for row in rows}
    for sql in (_ORGANISATIONS, _ROLES, _TAGS, _ADDRESSES):
        known.belongs.update((row[0], row[1], row[2]) for row in db.conn.execute(sql, (wanted,)))
    fields = (
        "SELECT contact_id, field FROM contact_fields WHERE contact_id IN (SELECT value FROM json_each(?))"
    )
    known.own.update((row[0], row[1]) for row in db.conn.execute(fields, (wanted,)))
    states = (
        "SELECT contact_id, list, state, basis, since FROM subscriptions "
        "WHERE contact_id IN (SELECT value FROM json_each(?))"
    )
    for row in db.conn.execute(states, (wanted,)):
        known.standing[row[0], row[1]] = (row[2], row[3], row[4])


_OF_THESE = "contact_id IN (SELECT value FROM json_each(?))"
_ORGANISATIONS = (
    "SELECT co.contact_id, 'organisation', lower(o.name) FROM contact_organisations co "
    f"JOIN organisations o ON o.id = co.organisation_id WHERE co.{_OF_THESE}"
)
_ROLES = f"SELECT contact_id, 'role', role FROM contact_roles WHERE {_OF_THESE}"
_TAGS = f"SELECT contact_id, 'tag', tag FROM contact_tags WHERE {_OF_THESE}"
_ADDRESSES = f"SELECT contact_id, 'address', email FROM addresses WHERE {_OF_THESE}"


def settle(known: Known, row: sqlite3.Row, reject: Reject) -> tuple[Settled, int]:
    """What is to be done with a row, and how many withdrawals were kept against it."""
    number = row["id"]
    standing = known.suppressed.get(row["key"])
    if row["suppress"]:
        stronger = not standing or REASONS.index(standing) < REASONS.index(row["suppress"])
        return ("barred" if stronger else "unchanged", None, "", "", number), 0
    if standing:
        return ("suppressed", None, "", "", number), 0
    matches = known.matches.get(row["key"], [])
    known_as = known.told.get(number)
    if not matches or known_as == 0:
        # Whoever asked never to be written to, or was erased, does not come back by another address.
        if any(known.suppressed.get(key, "bounced") != "bounced" for key in known.others.get(number, ())):
            return ("suppressed", None, "", "", number), 0
        return ("added", None, "", row["given"], number), 0
    contact_id = known_as or _match(matches, row["name"])
    if contact_id is None:
        told = f"{len(matches)} people share this address, and the name does not tell which"
        reject(row["line"], "email", told)
        return ("rejected", None, "", "", number), 0
    return _compared(known, row, contact_id)


def _match(matches: Sequence[tuple[int, str, bool]], name: str) -> int | None:
    """The contact with this address. Where several share it, the one of this name, or None."""
    if len(matches) == 1:
        return matches[0][0]
    named = [number for number, known, _ in matches if known.casefold() == name.casefold()]
    if not named:
        named = [number for number, _, primary in matches if primary] if not name else []
    return named[0] if len(named) == 1 else None


def _compared(known: Known, row: sqlite3.Row, contact_id: int) -> tuple[Settled, int]:
    contact = known.contacts[contact_id]
    changes: list[Change] = [(name, "", row[name]) for name in FILLED if row[name] and not contact[name]]
    for kind, column in (("organisation", "organisations"), ("role", "roles"), ("tag", "tags")):
        changes += [(kind, "", text) for text in _new(known, contact_id, kind, row[column])]
    changes += [("address", "", text) for text in _new(known, contact_id, "address", row["others"])]
    changes += [(BARRED, "", why) for key, why in _barred(row).items() if key not in known.suppressed]
    if (pause := _pause(row)) and not contact["paused_until"]:
        changes.append(("paused_until", "", pause))
    own: Mapping[str, str] = json.loads(row["own"]) if row["own"] else {}
    changes += [
        (f"field:{name}", "", text) for name, text in own.items() if (contact_id, name) not in known.own
    ]
    left, kept = [], 0
    for given in agreements(row["given"]):
        outcome = outcome_of(known.standing.get((contact_id, given.list)), given)
        kept += outcome == "kept-withdrawn"
        left += [given] if outcome == "record" else []
    fate = "changed" if changes or left else "unchanged"
    text = json.dumps(changes, ensure_ascii=False) if changes else ""
    return (fate, contact_id, text, as_text(tuple(left)), row["id"]), kept


def _other_keys(db: Database, row: sqlite3.Row) -> list[str]:
    return [address_key(db.key, normalise(text)) for text in row["others"].split("\n")]


def _barred(row: sqlite3.Row) -> dict[str, str]:
    """Of which addresses an export of ours says that nobody may write to them: their keys, and why."""
    found: dict[str, str] = json.loads(row["ours"])["barred"] if row["ours"] else {}
    return found


def _pause(row: sqlite3.Row) -> str:
    return str(json.loads(row["ours"])["paused_until"]) if row["ours"] else ""


def _new(known: Known, contact_id: int, kind: str, texts: str) -> list[str]:
    if not texts:
        return []
    # SQLite's NOCASE, by which organisations are the same, folds ASCII alone, as `lower` does.
    return [
        text
        for text in texts.split("\n")
        if (contact_id, kind, _lower(text) if kind == "organisation" else text) not in known.belongs
    ]


def _lower(text: str) -> str:
    return "".join(char.lower() if char.isascii() else char for char in text)


def outcome_of(standing: tuple[str, str, str] | None, given: Given) -> str:
    """'record' where the ledger learns something new from the file, 'unchanged' or 'kept-withdrawn'.

    It does where nothing stands yet, where the basis was not known, where people agreed again on a
    later day, or where they left and had not agreed since; so the same file again adds nothing. A
    withdrawal stays, whatever a file says.
    """
    state, basis, since = standing or ("none", "", "")
    if given.kind == "withdrawn":
        later = state == "given" and basis != "unknown" and since[:10] > given.effective_at[:10]
        return "unchanged" if state == "withdrawn" or later else "record"
    if state == "none":
        return "record"
    if state == "withdrawn":
        return "kept-withdrawn"
    if given.basis == "unknown" or given.channel == DOUBLE_OPT_IN:
        return "unchanged"
    if basis == "unknown" or state == "unconfirmed":
        return "record"
    return "record" if given.effective_at[:10] > since[:10] else "unchanged"


def first_learned(db: Database, digest: str, today: dt.date) -> dt.date:
    """The day on which this very file was first imported, or today: what it says without a date is that old."""
    row = db.one("SELECT min(imported_at) FROM imports WHERE file_digest = ?", digest)
    return dt.date.fromisoformat(row[0][:10]) if row and row[0] else today
