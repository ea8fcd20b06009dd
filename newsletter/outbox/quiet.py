"""Whom nobody has spoken or written to for a while: engagement, and the messages that went out."""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass

from newsletter.database import Database


@dataclass(frozen=True, slots=True)
class Quiet:
    """A person or organisation, and when there was last something with them; days, '' = never."""

    id: int
    name: str
    email: str
    engaged_on: str
    written_on: str

    @property
    def last(self) -> str:
        """The later of the two days; '' where there was never anything."""
        return max(self.engaged_on, self.written_on)


# A note is about somebody, not with them. What bounced was not delivered.
_TALKED = "e.kind <> 'note'"
_DELIVERED = "d.state = 'sent' AND d.reason = ''"
# The alias table is read once, into an index of its own: it has none by the id that stayed.
_EVER = "WITH ever(contact_id, id) AS MATERIALIZED (SELECT contact_id, old_id FROM contact_aliases)"


def _mailed(contact_id: str) -> str:
    """SQL for the last day on which a message was delivered to a person, under any id they ever had."""
    return f"""max(
        coalesce((SELECT max(d.changed_at) FROM deliveries d WHERE d.contact_id = {contact_id} AND {_DELIVERED}), ''),
        coalesce((SELECT max(d.changed_at) FROM ever x JOIN deliveries d ON d.contact_id = x.id
            WHERE x.contact_id = {contact_id} AND {_DELIVERED}), ''))"""


_PEOPLE = f"""
    {_EVER}
    SELECT id, name, email, engaged_on, written_on FROM (
        SELECT c.id, c.name, coalesce(a.email, '') AS email,
            coalesce((SELECT max(e.happened_on) FROM engagement_contacts p JOIN engagements e
                ON e.id = p.engagement_id WHERE p.contact_id = c.id AND {_TALKED}), '') AS engaged_on,
            iif(:mailed, substr({_mailed("c.id")}, 1, 10), '') AS written_on
        FROM contacts c LEFT JOIN addresses a ON a.contact_id = c.id AND a.is_primary = 1
        WHERE c.stop = '' AND c.id IN (SELECT r.contact_id FROM contact_roles r
            WHERE r.role IN (SELECT value FROM json_each(:roles)) AND r.since <= :today
            AND (r.until = '' OR r.until > :today)))
    WHERE max(engaged_on, written_on) < :since
    ORDER BY max(engaged_on, written_on), name COLLATE NOCASE, id LIMIT :limit
"""
_ORGANISATIONS = f"""
    {_EVER}
    SELECT id, name, '', engaged_on, written_on FROM (
        SELECT o.id, o.name,
            max(coalesce((SELECT max(e.happened_on) FROM engagement_organisations p JOIN engagements e
                    ON e.id = p.engagement_id WHERE p.organisation_id = o.id AND {_TALKED}), ''),
                coalesce((SELECT max(e.happened_on) FROM contact_organisations m JOIN engagement_contacts p
                    ON p.contact_id = m.contact_id JOIN engagements e ON e.id = p.engagement_id
                    WHERE m.organisation_id = o.id AND {_TALKED}), '')) AS engaged_on,
            iif(:mailed, substr(coalesce((SELECT max({_mailed("m.contact_id")})
                FROM contact_organisations m WHERE m.organisation_id = o.id), ''), 1, 10), '') AS written_on
        FROM organisations o)
    WHERE max(engaged_on, written_on) < :since
    ORDER BY max(engaged_on, written_on), name COLLATE NOCASE, id LIMIT :limit
"""


def quiet_people(  # noqa: PLR0913  # each keyword narrows the question
    db: Database,
    since: dt.date,
    today: dt.date,
    *,
    roles: Sequence[str] = ("partner",),
    mailed: bool = True,
    limit: int = -1,
) -> list[Quiet]:
    """The people in these roles today with whom there was nothing since `since`, the longest quiet first.

    `mailed`: a message that was delivered counts too, not engagement alone. Those whom we may never
    contact again are left out.
    """
    values = {"roles": json.dumps([*roles]), "today": today.isoformat()} | _values(since, mailed, limit)
    return [Quiet(*row) for row in db.conn.execute(_PEOPLE, values)]


def quiet_organisations(db: Database, since: dt.date, *, mailed: bool = True, limit: int = -1) -> list[Quiet]:
    """The same of organisations: what happened with one of their people happened with them."""
    return [Quiet(*row) for row in db.conn.execute(_ORGANISATIONS, _values(since, mailed, limit))]


def _values(since: dt.date, mailed: bool, limit: int) -> dict[str, object]:
    return {"since": since.isoformat(), "mailed": mailed, "limit": limit}
