"""Everything about one person, for the card that `contacts show` prints."""

import datetime as dt
from dataclasses import asdict, dataclass

from newsletter.contacts.consent import Line, history
from newsletter.contacts.decisions import reason_to_skip
from newsletter.contacts.search import NoSuchContact
from newsletter.database import Database


@dataclass(frozen=True, slots=True)
class CardAddress:
    email: str
    is_primary: bool
    suppressed: str


@dataclass(frozen=True, slots=True)
class CardList:
    """A list the person stands with; `reason` says what stops a mailing to it, '' where nothing does."""

    list: str
    name: str
    member: bool
    state: str
    basis: str
    since: str
    expires_at: str
    channel: str
    reason: str


@dataclass(frozen=True, slots=True)
class CardPart:
    """An organisation with the position held there, a role with its days, or a field with what it says."""

    name: str
    position: str = ""
    since: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """All that is kept about one person; days and times as the database keeps them."""

    contact_id: int
    name: str
    given_name: str
    language: str
    format: str
    postal_address: str
    subscriber: str
    stop: str
    paused_until: str
    notes: str
    created_at: str
    updated_at: str
    addresses: tuple[CardAddress, ...]
    organisations: tuple[CardPart, ...]
    roles: tuple[CardPart, ...]
    tags: tuple[str, ...]
    own: tuple[CardPart, ...]
    lists: tuple[CardList, ...]
    history: tuple[Line, ...]

    @property
    def email(self) -> str:
        """The address that is written to, '' where there is none."""
        return next((address.email for address in self.addresses if address.is_primary), "")

    def as_dict(self) -> dict[str, object]:
        """The card as plain data, for `--json`."""
        return asdict(self)


def contact_card(db: Database, contact_id: int, now: dt.datetime) -> Card:
    """The card of a contact. Raises NoSuchContact."""
    row = db.one("SELECT * FROM contacts WHERE id = ?", contact_id)
    if row is None:
        raise NoSuchContact(f"there is nobody with the id {contact_id}")
    about = dict(row)
    return Card(
        contact_id=about.pop("id"),
        **about,
        addresses=_addresses(db, contact_id),
        organisations=_parts(db, _ORGANISATIONS, contact_id),
        roles=_parts(db, _ROLES, contact_id),
        tags=tuple(
            row[0]
            for row in db.conn.execute(
                "SELECT tag FROM contact_tags WHERE contact_id = ? ORDER BY tag", (contact_id,)
            )
        ),
        own=_parts(db, _OWN, contact_id),
        lists=_lists(db, contact_id, now),
        history=tuple(history(db, contact_id)),
    )


_ORGANISATIONS = """
    SELECT o.name, co.position, '', '' FROM contact_organisations co
    JOIN organisations o ON o.id = co.organisation_id WHERE co.contact_id = ? ORDER BY o.name
"""
_ROLES = (
    "SELECT role, '', since, until FROM contact_roles WHERE contact_id = ? ORDER BY until <> '', role, since"
)
_OWN = "SELECT field, value, '', '' FROM contact_fields WHERE contact_id = ? ORDER BY field"
_LISTS = """
    SELECT l.list, l.name, m.contact_id IS NOT NULL AS member, coalesce(s.state, 'none') AS state,
        coalesce(s.basis, '') AS basis, coalesce(s.since, '') AS since,
        coalesce(nullif(s.expires_at, '9999-12-31'), '') AS expires_at, coalesce(e.channel, '') AS channel
    FROM lists l
    LEFT JOIN list_members m ON m.list = l.list AND m.contact_id = ?1
    LEFT JOIN subscriptions s ON s.list = l.list AND s.contact_id = ?1
    LEFT JOIN consents e ON e.sequence = s.sequence
    WHERE member OR s.list IS NOT NULL ORDER BY l.list
"""


def _addresses(db: Database, contact_id: int) -> tuple[CardAddress, ...]:
    rows = db.conn.execute(
        "SELECT a.email, a.is_primary, coalesce(x.reason, '') FROM addresses a "
        "LEFT JOIN suppressions x USING (address_key) WHERE a.contact_id = ? ORDER BY a.is_primary DESC, a.id",
        (contact_id,),
    )
    return tuple(CardAddress(email, bool(primary), reason) for email, primary, reason in rows)


def _parts(db: Database, sql: str, contact_id: int) -> tuple[CardPart, ...]:
    return tuple(CardPart(*row) for row in db.conn.execute(sql, (contact_id,)))


def _lists(db: Database, contact_id: int, now: dt.datetime) -> tuple[CardList, ...]:
    return tuple(
        CardList(
            **(dict(row) | {"member": bool(row["member"])}),
            reason=reason_to_skip(db, contact_id, [row["list"]], now) or "",
        )
        for row in db.conn.execute(_LISTS, (contact_id,)).fetchall()
    )
