"""The consent ledger's chain: how an entry is written down, hashed, signed and added at the end."""

import datetime as dt
import hashlib
import json
import secrets
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter

from newsletter.contacts.dates import stamp
from newsletter.database import Database
from newsletter.tokens import Key

KINDS = ("given", "confirmed", "refreshed", "withdrawn", "expired", "voided")
#: Bases on which one may write, and the one that may be imported and on which one may not.
BASES = (
    "consent",
    "legitimate-interests",
    "public-task",
    "contract",
    "soft-opt-in",
    "charitable-soft-opt-in",
    "unknown",
)
DOUBLE_OPT_IN = "double-opt-in"

#: What the mac covers, in this order; fixed for ever, since old entries are verified by it.
SIGNED = (
    "sequence",
    "contact_id",
    "list",
    "kind",
    "basis",
    "effective_at",
    "recorded_at",
    "channel",
    "wording_digest",
    "expires_at",
    "voids",
    "recorder",
    "detail_hash",
)
_COLUMNS = ", ".join((*SIGNED, "mac"))
_MARKS = ", ".join("?" * (len(SIGNED) + 1))
_SALT_BYTES = 16
# Built once: `json.dumps` with such settings builds an encoder at every call.
_compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=repr).encode
_signed = attrgetter(*SIGNED[:-1])


@dataclass(frozen=True, slots=True)
class ConsentEvent:
    """Something that a person did or that happened to their consent, as it goes into the ledger.

    `effective_at` is a day or a time in UTC, `expires_at` the last day on which it holds ('' = no end);
    `detail` is the personal part (source, evidence, note), which can be erased later.
    """

    contact_id: int
    list: str
    kind: str
    basis: str
    effective_at: str
    channel: str
    recorder: str
    wording_digest: str = ""
    expires_at: str = ""
    voids: int | None = None
    detail: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger, as it stands in the database."""

    sequence: int
    contact_id: int
    list: str
    kind: str
    basis: str
    effective_at: str
    recorded_at: str
    channel: str
    wording_digest: str
    expires_at: str
    voids: int | None
    recorder: str


def canonical(values: Sequence[object]) -> bytes:
    """An entry as bytes: the signed values as compact JSON, in their order."""
    return _compact(values).encode()


def canonical_detail(detail: Mapping[str, object]) -> str:
    """A detail row's text: compact JSON with sorted keys."""
    return _compact(detail)


def read_detail(text: str | None) -> dict[str, object] | None:
    """The detail in a row's text; None where it was erased."""
    detail: dict[str, object] | None = json.loads(text) if text else None
    return detail


def hash_detail(salt: str, detail: str) -> str:
    """SHA-256 of salt and detail, hex: without the row nobody can guess what it said."""
    return hashlib.sha256(bytes.fromhex(salt) + detail.encode()).hexdigest()


def seal(key: Key, values: Sequence[object], previous: str) -> str:
    """The mac of an entry, hex: over its values and the mac before it ('' for the first)."""
    return key.mac("ledger", canonical(values) + previous.encode()).hex()


def append_events(
    db: Database,
    events: Iterable[ConsentEvent],
    now: dt.datetime,
    salt: Callable[[int], str] = secrets.token_hex,
) -> list[Entry]:
    """Add the events at the ledger's end; the entries made. To be called inside a transaction."""
    last = db.one("SELECT sequence, mac FROM consents ORDER BY sequence DESC LIMIT 1")
    sequence, mac = (last["sequence"], last["mac"]) if last else (0, "")
    recorded, entries, rows, details = stamp(now), [], [], []
    for event in events:
        sequence += 1
        text, grain = canonical_detail(event.detail), salt(_SALT_BYTES)
        entry = _entry(event, sequence, recorded)
        values = (*_signed(entry), hash_detail(grain, text))
        mac = seal(db.key, values, mac)
        entries.append(entry)
        rows.append((*values, mac))
        details.append((sequence, grain, text))
    db.conn.executemany(f"INSERT INTO consents ({_COLUMNS}) VALUES ({_MARKS})", rows)
    db.conn.executemany("INSERT INTO consent_details VALUES (?, ?, ?)", details)
    return entries


def entries_of(db: Database, contact_ids: Sequence[int], list_name: str) -> Iterator[Entry]:
    """What the ledger says of one person (all ids they ever had) and one list, oldest first."""
    rows = db.conn.execute(
        f"SELECT {', '.join(SIGNED[:-1])} FROM consents "
        "WHERE contact_id IN (SELECT value FROM json_each(?)) AND list = ? ORDER BY sequence",
        (json.dumps([*contact_ids]), list_name),
    )
    return (entry_of(row) for row in rows)


def find_entry(db: Database, sequence: int) -> Entry | None:
    """The entry of this number, or None."""
    row = db.one(f"SELECT {', '.join(SIGNED[:-1])} FROM consents WHERE sequence = ?", sequence)
    return entry_of(row) if row else None


def entry_of(row: sqlite3.Row) -> Entry:
    """The Entry in a row of `consents`."""
    return Entry(*(row[name] for name in SIGNED[:-1]))


def _entry(event: ConsentEvent, sequence: int, recorded: str) -> Entry:
    return Entry(
        sequence,
        event.contact_id,
        event.list,
        event.kind,
        event.basis,
        event.effective_at,
        recorded,
        event.channel,
        event.wording_digest,
        event.expires_at,
        event.voids,
        event.recorder,
    )
