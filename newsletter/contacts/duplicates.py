"""Contacts that may be the same person twice, each pair with its reason; nobody is decided about."""

from collections.abc import Iterator
from dataclasses import dataclass

from newsletter.contacts.search import Found, found_people
from newsletter.database import Database

_STEP = 200
_GMAIL = ("gmail.com", "googlemail.com")


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Contacts that look like one, and why; the oldest first."""

    reason: str
    people: tuple[Found, ...]

    def as_dict(self) -> dict[str, object]:
        return {"reason": self.reason, "people": [person.as_dict() for person in self.people]}


# What comes after a plus is passed over everywhere; dots only where Gmail passes them over too.
_LOCAL = "substr(normalised, 1, instr(normalised, '@') - 1)"
_DOMAIN = "substr(normalised, instr(normalised, '@') + 1)"
_BARE = "CASE WHEN instr(local, '+') > 1 THEN substr(local, 1, instr(local, '+') - 1) ELSE local END"
_ADDRESSES = f"""
    SELECT contact_id, CASE WHEN domain IN {_GMAIL} THEN replace({_BARE}, '.', '') || '@gmail.com'
        ELSE {_BARE} || '@' || domain END AS same, normalised
    FROM (SELECT contact_id, normalised, {_LOCAL} AS local, {_DOMAIN} AS domain FROM addresses)
"""
# Two names for one address are two people (a couple, a shared mailbox): one message reaches both.
_BY_ADDRESS = f"""
    SELECT s.same, json_group_array(DISTINCT s.contact_id), count(DISTINCT s.normalised)
    FROM ({_ADDRESSES}) s CROSS JOIN contacts c ON c.id = s.contact_id
    GROUP BY s.same HAVING count(DISTINCT s.contact_id) > 1
    AND (count(DISTINCT s.normalised) > 1 OR count(DISTINCT nullif(lower(c.name), '')) <= 1)
"""
_BY_ORGANISATION = """
    SELECT '', json_group_array(DISTINCT c.id), 0
    FROM contact_organisations o CROSS JOIN contacts c ON c.id = o.contact_id
    WHERE c.name <> '' GROUP BY o.organisation_id, lower(c.name) HAVING count(DISTINCT c.id) > 1
"""
_BY_POST = """
    SELECT '', json_group_array(DISTINCT id), 0 FROM contacts WHERE name <> '' AND postal_address <> ''
    GROUP BY lower(name), lower(replace(replace(replace(postal_address, char(10), ''), ',', ''), ' ', ''))
    HAVING count(*) > 1
"""
_QUESTIONS = (
    (_BY_ADDRESS, "the same address, but for a part after a plus, or dots"),
    (_BY_ORGANISATION, "the same name in the same organisation"),
    (_BY_POST, "the same name at the same postal address"),
)


def find_duplicates(db: Database) -> Iterator[Duplicates]:
    """Groups of contacts that may be one person, streamed; a group that was told is not told again.

    Nicknames are not guessed at, and a shared address with different names is none of them.
    """
    told: set[tuple[int, ...]] = set()
    for sql, reason in _QUESTIONS:
        for row in db.conn.execute(sql):
            ids = _numbers(row[1])
            if ids in told:
                continue
            told.add(ids)
            yield Duplicates("the same address" if row[2] == 1 else reason, _people(db, ids))


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(sorted(int(number) for number in text.strip("[]").split(",")))


def _people(db: Database, ids: tuple[int, ...]) -> tuple[Found, ...]:
    """These people, the longest known first: the one to keep."""
    rows = db.conn.execute(
        f"SELECT id FROM contacts WHERE id IN ({', '.join('?' * min(len(ids), _STEP))}) ORDER BY created_at, id",
        ids[:_STEP],
    )
    return tuple(found_people(db, [row[0] for row in rows]))
