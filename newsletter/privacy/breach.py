"""What a lost copy of a database exposed: whose data of what kinds, for the report within 72 hours."""

import datetime as dt
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from newsletter.database import APPLICATION_ID
from newsletter.errors import DatabaseProblem

#: The regulator is to be told within so long of becoming aware (UK GDPR article 33(1)).
WITHIN = dt.timedelta(hours=72)
_PERSON = "coalesce((SELECT contact_id FROM contact_aliases WHERE old_id = t.{0}), t.{0}) AS person FROM {1} t WHERE "
# Entries about somebody who was erased name nobody.
_KEPT = "t.contact_id IN (SELECT id FROM contacts UNION ALL SELECT old_id FROM contact_aliases)"
#: Kind -> table, column with the person, condition. The words are those of the report.
_KINDS = {
    "names": ("contacts", "id", "t.name <> ''"),
    "email addresses": ("addresses", "contact_id", "1"),
    "postal addresses": ("contacts", "id", "t.postal_address <> ''"),
    "notes about them": ("contacts", "id", "t.notes <> ''"),
    "further details (own fields: telephone, region …)": ("contact_fields", "contact_id", "1"),
    "organisation and position": ("contact_organisations", "contact_id", "1"),
    "what they agreed to": ("consents", "contact_id", _KEPT),
    "messages sent to them": ("deliveries", "contact_id", "t.email <> ''"),
    "meetings and what was said": ("engagement_contacts", "contact_id", "1"),
    "connections with others": ("relationships", "contact_id", "t.contact_id IS NOT NULL"),
    "requests and complaints": ("privacy_requests", "contact_id", _KEPT),
    "how they were kept before a change": ("operation_contacts", "contact_id", "t.before <> ''"),
}
#: What may reveal health or a life's circumstances, and weighs more (articles 9 and 33).
_SPECIAL = {
    "taking part in the study": ("contact_roles", "contact_id", "t.role LIKE 'participant%'"),
    "left the study": ("contacts", "id", "t.stop = 'left-study'"),
    "deceased": ("contacts", "id", "t.stop = 'deceased'"),
}
_EARLIEST = "SELECT min(created_at) FROM contacts"
_LATEST = (
    "SELECT max(at) FROM (SELECT max(updated_at) AS at FROM contacts UNION ALL SELECT max(recorded_at) FROM consents "
    "UNION ALL SELECT max(changed_at) FROM deliveries)"
)


@dataclass(frozen=True, slots=True)
class Exposed:
    """One person in the copy, and the kinds of data that it has of them."""

    contact_id: int
    name: str
    email: str
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Breach:
    """What a copy holds: people by kind of data, people by list, and from when to when."""

    people: int
    kinds: dict[str, int]
    special: dict[str, int]
    lists: dict[str, int]
    barred: int
    earliest: str
    latest: str

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


def breach_of(path: Path) -> Breach:
    """What the database at `path` holds, opened for reading only; it needs no key and may be old.

    Raises DatabaseProblem where it is not one of ours.
    """
    with closing(_opened(path)) as conn:
        return Breach(
            people=_one(conn, "SELECT count(*) FROM contacts"),
            kinds=_counted(conn, _KINDS),
            special=_counted(conn, _SPECIAL),
            lists=dict(
                conn.execute(
                    "SELECT l.name, count(m.contact_id) FROM lists l LEFT JOIN list_members m USING (list) "
                    "GROUP BY l.list ORDER BY l.name"
                )
            ),
            barred=_one(conn, "SELECT count(*) FROM suppressions"),
            earliest=str(conn.execute(_EARLIEST).fetchone()[0] or ""),
            latest=str(conn.execute(_LATEST).fetchone()[0] or ""),
        )


def people_exposed(path: Path) -> Iterator[Exposed]:
    """Everybody in the copy with the kinds of data, for telling them where that is due (article 34)."""
    with closing(_opened(path)) as conn:
        rows = conn.execute(
            "SELECT c.id, c.name, coalesce((SELECT email FROM addresses a WHERE a.contact_id = c.id "
            "ORDER BY is_primary DESC LIMIT 1), '') FROM contacts c ORDER BY c.name, c.id"
        ).fetchall()
        kinds: dict[int, list[str]] = {}
        for kind, (table, column, condition) in (_KINDS | _SPECIAL).items():
            if _has(conn, table):
                for (person,) in conn.execute(f"SELECT DISTINCT {_PERSON.format(column, table)}{condition}"):
                    kinds.setdefault(person, []).append(kind)
    for contact_id, name, email in rows:
        yield Exposed(contact_id, name, email, tuple(kinds.get(contact_id, ())))


def _opened(path: Path) -> sqlite3.Connection:
    if not path.is_file():
        raise DatabaseProblem(f"there is no file {path}")
    # Reading a database in WAL mode makes files beside it; nothing is made beside a copy that has no log.
    log = path.with_name(f"{path.name}-wal")
    how = "mode=ro" if log.exists() and log.stat().st_size else "mode=ro&immutable=1"
    conn = sqlite3.connect(f"{path.resolve().as_uri()}?{how}", uri=True)
    try:
        ours = conn.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
        conn.execute("SELECT count(*) FROM contacts").fetchone()
    except sqlite3.DatabaseError:
        ours = False
    if ours:
        return conn
    conn.close()
    raise DatabaseProblem(f"{path} is not a database of newsletter's, or cannot be read")


def _counted(conn: sqlite3.Connection, kinds: dict[str, tuple[str, str, str]]) -> dict[str, int]:
    return {
        kind: _one(
            conn, f"SELECT count(DISTINCT person) FROM (SELECT {_PERSON.format(column, table)}{condition})"
        )
        for kind, (table, column, condition) in kinds.items()
        if _has(conn, table)
    }


def _has(conn: sqlite3.Connection, table: str) -> bool:
    return bool(conn.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone())


def _one(conn: sqlite3.Connection, sql: str) -> int:
    return int(conn.execute(sql).fetchone()[0])
