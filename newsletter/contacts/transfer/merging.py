"""Rows of one file with the same address are one person, unless they have another name."""

import json
import sqlite3
from typing import Any

from newsletter.contacts.suppression import REASONS
from newsletter.contacts.transfer.agreements import agreements, as_text
from newsletter.contacts.transfer.scratch import Scratch

_SINGLE = (
    *("name", "given_name", "position", "language", "format"),
    *("postal_address", "subscriber", "stop", "notes"),
)
_SEVERAL = ("organisations", "roles", "tags", "others")


def merge_rows(scratch: Scratch) -> None:
    """Bring the rows of each person together in the first of them; rows of a namesake's are rejected."""
    # The sorting of an index may spill to the disk: it sees keyed hashes, and nothing that is personal.
    scratch.conn.execute("CREATE INDEX rows_key ON rows (key)")
    again = scratch.rows(
        "WHERE key IN (SELECT key FROM rows GROUP BY key HAVING count(*) > 1) ORDER BY key, id"
    )
    person: dict[str, Any] = {}
    for row in again:
        if row["key"] == person.get("key"):
            _merge(scratch, person, row)
            continue
        _keep(scratch, person)
        person = dict(row)
    _keep(scratch, person)


def _keep(scratch: Scratch, person: dict[str, Any]) -> None:
    if not person:
        return
    names = (*_SINGLE, *_SEVERAL, "own", "given", "suppress")
    columns = ", ".join(f"{name} = ?" for name in names)
    values = (*(person[name] for name in names), person["id"])
    scratch.conn.execute(f"UPDATE rows SET {columns} WHERE id = ?", values)


def _merge(scratch: Scratch, person: dict[str, Any], row: sqlite3.Row) -> None:
    old, new = person["name"], row["name"]
    fate = "merged"
    # That nobody may write to an address is said of the address, by whatever name its people go.
    barred = person["suppress"] or row["suppress"]
    if old and new and old.casefold() != new.casefold() and not barred:
        reason = f"line {person['line']} has the same address under another name"
        scratch.reject(row["line"], "email", f"{reason}; add the second person by hand", None)
        fate = "rejected"
    else:
        _together(person, row)
    scratch.conn.execute("UPDATE rows SET fate = ? WHERE id = ?", (fate, row["id"]))


def _together(person: dict[str, Any], row: sqlite3.Row) -> None:
    for name in _SINGLE:
        person[name] = person[name] or row[name]
    for name in _SEVERAL:
        texts = dict.fromkeys(text for one in (person[name], row[name]) if one for text in one.split("\n"))
        person[name] = "\n".join(texts)
    if row["own"]:
        own = json.loads(row["own"]) | json.loads(person["own"] or "{}")
        person["own"] = json.dumps(own, ensure_ascii=False)
    given = {one.list: one for one in (*agreements(row["given"]), *agreements(person["given"]))}
    # Whoever left in one row left, whatever another row says.
    given |= {one.list: one for one in agreements(row["given"]) if one.kind == "withdrawn"}
    person["given"] = as_text(tuple(given.values()))
    person["suppress"] = max(person["suppress"], row["suppress"], key=(("", *REASONS).index))
