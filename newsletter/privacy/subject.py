"""The person whom a request is about: every id and address they have or had, and whose else those are."""

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from newsletter.addresses import BadAddress, parse_address
from newsletter.contacts import the_contact
from newsletter.database import Database
from newsletter.tokens import address_key

#: What stands in a text in place of an erased person's name or address.
ERASED = "[erased]"


@dataclass(frozen=True, slots=True)
class Subject:
    """A person, or several whose time has come together; `people` is empty for an address of nobody's.

    `own` are the addresses that nobody else has, `shared` those that another contact has too.
    `names` are those by which they can be told from everybody else in a text.
    """

    people: tuple[int, ...]
    ids: tuple[int, ...]
    name: str
    own: tuple[str, ...]
    shared: tuple[str, ...]
    names: tuple[str, ...]
    keys: tuple[str, ...]

    @property
    def contact_id(self) -> int:
        """The contact; 0 where there is none."""
        return self.people[0] if self.people else 0

    @property
    def values(self) -> dict[str, str]:
        """What the conditions of the register are bound to."""
        return {"ids": json.dumps(self.ids), "keys": json.dumps(self.keys)}

    @property
    def words(self) -> tuple[str, ...]:
        """What gives them away in a text or a file: names and addresses."""
        return (*self.names, *self.own)


def find_subject(db: Database, who: str) -> Subject:
    """The person with this address or id. Raises NoSuchContact or SeveralContacts."""
    return subject_of(db, [the_contact(db, who)])


def subject_of(db: Database, people: Sequence[int]) -> Subject:
    """These contacts, as one."""
    wanted = json.dumps([*people])
    chosen = "IN (SELECT value FROM json_each(?))"
    old = db.conn.execute(f"SELECT old_id FROM contact_aliases WHERE contact_id {chosen}", (wanted,))
    ids = (*people, *(row[0] for row in old))
    found = db.conn.execute(f"SELECT name FROM contacts WHERE id {chosen}", (wanted,)).fetchall()
    known = _addresses_of(db, ids)
    taken = _of_others(db, known, ids)
    own = {normalised: email for normalised, email in known.items() if normalised not in taken}
    return Subject(
        tuple(people),
        ids,
        found[0][0] if found else "",
        tuple(own.values()),
        tuple(email for normalised, email in known.items() if normalised in taken),
        _telling(db, [name for (name,) in found], ids),
        tuple(address_key(db.key, normalised) for normalised in own),
    )


def stranger(db: Database, address: str) -> Subject:
    """Somebody known by an address alone. Raises BadAddress."""
    parsed = parse_address(address, smtputf8=True)
    return Subject((), (), "", (parsed.email,), (), (), (address_key(db.key, parsed.normalised),))


@contextmanager
def spoken_of(db: Database, subject: Subject) -> Iterator[None]:
    """While this lasts SQL can ask `mentions(text)` and have `forget(text)`, about this person."""
    pattern = _pattern(subject.words)

    def mentions(text: str | None) -> int:
        return int(bool(pattern and text and pattern.search(text)))

    def forget(text: str | None) -> str | None:
        return pattern.sub(ERASED, text) if pattern and text else text

    db.conn.create_function("mentions", 1, mentions, deterministic=True)
    db.conn.create_function("forget", 1, forget, deterministic=True)
    try:
        yield
    finally:
        db.conn.create_function("mentions", 1, None)
        db.conn.create_function("forget", 1, None)


def _addresses_of(db: Database, ids: tuple[int, ...]) -> dict[str, str]:
    """Every address that they have or had, normalised -> as written: a file of old would bring them back by any."""
    wanted = json.dumps(ids)
    found = [
        row[0]
        for row in db.conn.execute(
            "SELECT email FROM addresses WHERE contact_id IN (SELECT value FROM json_each(?1)) "
            "UNION ALL SELECT email FROM deliveries WHERE email <> '' "
            "AND contact_id IN (SELECT value FROM json_each(?1))",
            (wanted,),
        )
    ]
    images = db.conn.execute(
        "SELECT before FROM operation_contacts WHERE before <> '' "
        "AND contact_id IN (SELECT value FROM json_each(?))",
        (wanted,),
    )
    for (before,) in images:
        found += [address[0] for address in json.loads(before).get("addresses", [])]
    return _once(found)


def _once(emails: Iterable[str]) -> dict[str, str]:
    known: dict[str, str] = {}
    for email in emails:
        try:
            known.setdefault(parse_address(email, smtputf8=True).normalised, email)
        except BadAddress:
            continue  # kept by an earlier version that took more; it cannot be suppressed, and goes with its row
    return known


def _of_others(db: Database, normalised: Iterable[str], ids: tuple[int, ...]) -> set[str]:
    """Those of the addresses that another contact has too."""
    rows = db.conn.execute(
        "SELECT normalised FROM addresses WHERE normalised IN (SELECT value FROM json_each(?)) "
        "AND contact_id NOT IN (SELECT value FROM json_each(?))",
        (json.dumps([*normalised]), json.dumps(ids)),
    )
    return {row[0] for row in rows}


def _telling(db: Database, names: Iterable[str], ids: tuple[int, ...]) -> tuple[str, ...]:
    """Names of two words at least by which nobody else is called: else others would be meant."""
    several = json.dumps([name for name in names if len(name.split()) > 1])
    # For all names at once: no index tells a name in any case of letters, so that each look is at everybody.
    rows = db.conn.execute(
        "SELECT value FROM json_each(?1) WHERE lower(value) NOT IN (SELECT lower(name) FROM contacts "
        "WHERE lower(name) IN (SELECT lower(value) FROM json_each(?1)) AND id NOT IN (SELECT value FROM json_each(?2))) "
        "ORDER BY key",
        (several, json.dumps(ids)),
    )
    return tuple(row[0] for row in rows)


def _pattern(words: Iterable[str]) -> re.Pattern[str] | None:
    """Matches any of the words, whatever their case and the blanks in them; None: there are none."""
    texts = [r"\s+".join(map(re.escape, word.split())) for word in words]
    return re.compile(rf"(?<!\w)(?:{'|'.join(texts)})(?!\w)", re.IGNORECASE) if texts else None


def held_by(conn: sqlite3.Connection, table: str, condition: str, subject: Subject) -> int:
    """How many rows of a table meet a condition of the register."""
    row = conn.execute(f"SELECT count(*) FROM {table} WHERE {condition}", subject.values).fetchone()
    return int(row[0])
