"""Find people: by id, by address, or by words of name, address and organisation."""

import difflib
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from newsletter.addresses import BadAddress, normalise
from newsletter.contacts.ids import person_of
from newsletter.database import Database
from newsletter.errors import InputError

_WORDS = re.compile(r"\w+")
_TEXTS = """
    SELECT c.id, c.name,
        coalesce((SELECT group_concat(email, ' ') FROM addresses a WHERE a.contact_id = c.id), ''),
        coalesce((SELECT group_concat(o.name, ' ') FROM contact_organisations co
            JOIN organisations o ON o.id = co.organisation_id WHERE co.contact_id = c.id), '')
    FROM json_each(?) wanted JOIN contacts c ON c.id = wanted.value
"""


@dataclass(frozen=True, slots=True)
class Found:
    """A person as a list of people shows them; `email` is the primary address or ''."""

    id: int
    name: str
    email: str
    organisation: str

    def as_dict(self) -> dict[str, str | int]:
        return asdict(self)


class NoSuchContact(InputError):
    """There is no such contact."""


class SeveralContacts(InputError):
    """Several contacts go by this; name one by its id."""


def find_contacts(db: Database, who: str) -> list[int]:
    """The contacts with this id (a merged contact's old one too) or address, in order of name."""
    text = who.strip()
    if text.isascii() and text.isdigit() and len(text) <= 16:
        person = person_of(db, int(text))
        return [] if person is None else [person]
    if "@" not in text:
        return []
    try:
        wanted = normalise(text)
    except BadAddress:
        return []
    rows = db.conn.execute(
        "SELECT c.id FROM addresses a JOIN contacts c ON c.id = a.contact_id "
        "WHERE a.normalised = ? ORDER BY c.name, c.id",
        (wanted,),
    )
    return [row[0] for row in rows]


def the_contact(db: Database, who: str) -> int:
    """The one contact with this address or id.

    Raises NoSuchContact with near matches, SeveralContacts with the ids to choose from.
    """
    found = find_contacts(db, who)
    if len(found) == 1:
        return found[0]
    if found:
        raise SeveralContacts(
            f"{who}: {len(found)} contacts go by this address",
            remedy="Name one by its id:\n" + _named(db, found),
        )
    near = near_contacts(db, who)
    raise NoSuchContact(
        f"there is nobody with the address or id {who!r}",
        remedy="Did you mean:\n" + _named(db, near)
        if near
        else "Look with `newsletter contacts find`, by any word of the name.",
    )


def search_contacts(db: Database, words: str, limit: int = 50) -> list[int]:
    """Contacts that have every word, or a word beginning so, in name, address or organisation.

    Those who have the very words come first. Nothing in `words` is syntax: quotes, stars and the
    like only divide words.
    """
    terms = [f'"{word}"' for word in _WORDS.findall(words)]
    found: dict[int, None] = {}
    # Ranked by nothing more: to weigh a word that a million people have takes longer than anybody waits.
    for ending in ("", "*"):
        if terms and len(found) < limit:
            rows = db.conn.execute(
                "SELECT rowid FROM people_search WHERE people_search MATCH ? ORDER BY rowid LIMIT ?",
                (" ".join(f"{term}{ending}" for term in terms), limit),
            )
            found |= dict.fromkeys(row[0] for row in rows)
    return list(found)[:limit]


def found_people(db: Database, ids: Sequence[int]) -> list[Found]:
    """These contacts with what tells them apart, in the order given."""
    rows = db.conn.execute(
        "SELECT c.id, c.name, coalesce(a.email, ''), coalesce((SELECT group_concat(o.name, '; ') "
        "FROM contact_organisations co JOIN organisations o ON o.id = co.organisation_id "
        "WHERE co.contact_id = c.id), '') FROM json_each(?) w JOIN contacts c ON c.id = w.value "
        "LEFT JOIN addresses a ON a.contact_id = c.id AND a.is_primary = 1 ORDER BY w.key",
        (json.dumps([*ids]),),
    )
    return [Found(*row) for row in rows]


def near_contacts(db: Database, who: str, limit: int = 3) -> list[int]:
    """Contacts whose address looks like `who`, or who are found by its words."""
    if "@" not in who:
        return search_contacts(db, who, limit)
    # Bytes that were no text come from the command line as lone surrogates, which SQLite cannot be asked for.
    text = who.encode("utf-8", "replace").decode()
    local, _, domain = text.strip().casefold().rpartition("@")
    rows = db.conn.execute(
        "SELECT normalised, contact_id FROM addresses WHERE normalised LIKE ? ESCAPE '\\' "
        "OR normalised LIKE ? ESCAPE '\\' LIMIT 5000",
        (f"{_literal(local)}@%", f"%@{_literal(domain)}"),
    ).fetchall()
    # Part by part: with a long domain in common, all of a team would look alike.
    by_domain = {row[0].rpartition("@")[0]: row[1] for row in rows if row[0].endswith(f"@{domain}")}
    by_local = {row[0].rpartition("@")[2]: row[1] for row in rows if row[0].startswith(f"{local}@")}
    near = [by_domain[name] for name in difflib.get_close_matches(local, by_domain, limit, 0.6)]
    near += [by_local[name] for name in difflib.get_close_matches(domain, by_local, limit, 0.6)]
    return list(dict.fromkeys(near))[:limit]


def index_people(db: Database, ids: Sequence[int], *, fresh: bool = False) -> None:
    """Bring the search table in step with these contacts; `fresh`: none of them is in it yet."""
    wanted = json.dumps([*ids])
    if not fresh:
        db.conn.execute(
            "DELETE FROM people_search WHERE rowid IN (SELECT value FROM json_each(?))", (wanted,)
        )
    db.conn.execute(f"INSERT INTO people_search (rowid, name, email, organisation) {_TEXTS}", (wanted,))


def _named(db: Database, ids: Sequence[int]) -> str:
    return "\n".join(f"  {p.id}  {p.name or '(no name)'}  {p.email}" for p in found_people(db, ids))


def _literal(text: str) -> str:
    return re.sub(r"([%_\\])", r"\\\1", text)
