"""Which column is what, where the operator says so: read, kept for a source, found again."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence

from newsletter.contacts.dates import stamp
from newsletter.contacts.fields import one_line
from newsletter.contacts.transfer.headings import EVIDENCE, FIELDS, OWN
from newsletter.database import Database
from newsletter.errors import InputError, near


def read_mapping(texts: Sequence[str]) -> dict[str, str]:
    """What `--map HEADING=FIELD`, once or more, says. Raises InputError."""
    mapping: dict[str, str] = {}
    for text in texts:
        heading, equals, field = (part.strip() for part in text.rpartition("="))
        if not equals or not heading:
            raise InputError(f"--map: {text!r} says nothing; write HEADING=FIELD, such as 'Mail 1=email'")
        mapping[heading] = _field(field)
    return mapping


def kept_mapping(db: Database, source: str) -> dict[str, str]:
    """The mapping that was kept for this source; empty where there is none."""
    row = db.one("SELECT mapping FROM import_mappings WHERE source = ?", source) if source else None
    return json.loads(row["mapping"]) if row else {}


def keep_mapping(db: Database, source: str, mapping: Mapping[str, str], now: dt.datetime) -> None:
    """Keep a mapping for the next file of this source; what it does not name stays."""
    together = {**kept_mapping(db, source), **mapping}
    db.conn.execute(
        "INSERT OR REPLACE INTO import_mappings VALUES (?, ?, ?)", (source, json.dumps(together), stamp(now))
    )


def _field(text: str) -> str:
    for mark in (OWN, EVIDENCE):
        if text.startswith(mark) and (name := one_line(text.removeprefix(mark), "--map", 60)):
            return mark + name
    found = text.casefold().replace(" ", "_").replace("-", "_")
    if found not in FIELDS:
        known = [name.replace("_", " ") for name in FIELDS]
        raise InputError(
            f"--map: there is no field {text!r}{near(text.casefold(), known)}",
            remedy=f"There are: {', '.join(known)}, field:NAME for fields of your own.",
        )
    return found
