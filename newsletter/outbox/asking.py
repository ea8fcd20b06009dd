"""Mailings that ask for consent: one for each request to confirm, one for each round of renewals.

Their deliveries keep the promise of every other one: at most one to an address, consent asked before
MAIL and with the claim, what is in doubt never sent again by itself.
"""

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from newsletter.addresses import normalise, without_tag
from newsletter.config import Config
from newsletter.contacts import CONFIRM_DAYS, Decision, decide_renewal, entry_at, expiring, requests_beside
from newsletter.database import Database, transaction
from newsletter.edition import Asking, Edition, audience_name, render_request, spoken
from newsletter.errors import NotAllowed
from newsletter.outbox.audience import Plan, Reach, one_an_address, plan_of
from newsletter.outbox.letterhead import letterhead
from newsletter.outbox.mailings import (
    Mailing,
    draft_mailing,
    insert_deliveries,
    insert_mailing,
    mailing_of,
)
from newsletter.outbox.permission import decided
from newsletter.outbox.times import stamp
from newsletter.tokens import address_key

# Asked since what is in force was recorded, under any id the person had; a message that was refused never arrived.
_ASKED = """
    SELECT 1 FROM mailings m JOIN deliveries d ON d.mailing_id = m.id
    JOIN consents e ON e.sequence = :sequence
    WHERE m.kind = 'renewal' AND m.lists = :lists AND m.queued_at >= e.recorded_at
        AND d.state IN ('waiting', 'sending', 'sent', 'in-doubt')
        AND (d.contact_id = :person OR d.contact_id IN (SELECT old_id FROM contact_aliases WHERE contact_id = :person))
"""
_DUE = """
    SELECT m.issue FROM mailings m WHERE m.kind = 'confirmation' AND m.state IN ('queued', 'running')
    AND EXISTS (SELECT 1 FROM deliveries d WHERE d.mailing_id = m.id AND d.state = 'waiting' AND d.due_at <= ?)
    ORDER BY m.id
"""
_TURNS = """
    SELECT count(*), count(*) FILTER (WHERE state IN ('queued', 'running', 'paused') AND EXISTS
        (SELECT 1 FROM deliveries d WHERE d.mailing_id = m.id AND d.state IN ('waiting', 'sending')))
    FROM mailings m WHERE kind = 'confirmation' AND (issue = ?1 OR issue LIKE ?1 || ':%')
"""
_ASKED_SINCE = """
    SELECT count(*) FROM mailings m JOIN deliveries d ON d.mailing_id = m.id AND (d.recipient_key = :key OR (
        substr(lower(d.email), 1, length(:local) + 1) IN (:local || '@', :local || '+')
        AND substr(lower(d.email), -1 - length(:domain)) = '@' || :domain))
    WHERE m.kind = 'confirmation' AND m.queued_at > :since
"""
_ASKED_OF_KEY = """
    SELECT count(*) FROM mailings m JOIN deliveries d ON d.mailing_id = m.id AND d.recipient_key = :key
    WHERE m.kind = 'confirmation' AND m.queued_at > :since
"""
# What SQLite, whose small letters are those of ASCII, cannot compare.
_ASKED_BEYOND_ASCII = """
    SELECT d.email FROM mailings m JOIN deliveries d ON d.mailing_id = m.id AND d.recipient_key <> :key
    WHERE m.kind = 'confirmation' AND m.queued_at > :since AND (d.email GLOB '*[^ -~]*' OR d.email GLOB '*xn--*')
"""
_UNFINISHED = """
    SELECT issue FROM mailings WHERE kind = 'renewal' AND lists = ? AND state IN ('queued', 'running', 'paused')
    AND EXISTS (SELECT 1 FROM deliveries d WHERE d.mailing_id = mailings.id AND d.state IN ('waiting', 'sending'))
    ORDER BY id LIMIT 1
"""


class NobodyToAsk(NotAllowed):
    """Nobody on this list is to be asked."""


@dataclass(frozen=True, slots=True)
class Round:
    """Whom a round of renewals would ask, and the words, by the name of the edition."""

    people: tuple[Decision, ...]
    editions: Mapping[str, Edition]
    until: str

    @property
    def plan(self) -> Plan:
        """How many are asked, and how many are not, by reason."""
        return plan_of(self.people)


def confirmation_name(sequence: int, turn: int = 1) -> str:
    """What the mailing that asks to confirm an entry is called; from the second on with its number."""
    return f"confirmation:{sequence}" if turn == 1 else f"confirmation:{sequence}:{turn}"


def queue_confirmation(  # noqa: PLR0913  # which, as what, and until when
    db: Database,
    sequence: int,
    config: Config,
    now: dt.datetime,
    days: int = CONFIRM_DAYS,
    *,
    turn: int = 1,
) -> Mailing:
    """The mailing that asks to confirm an entry: queued now, or as it stands. Twice gives the same.

    It asks about the lists too that were asked for in the same breath. A `turn` above 1 is a message of its
    own with the same link in it, for somebody who asked again.
    """
    name = confirmation_name(sequence, turn)
    with transaction(db):
        if standing := mailing_of(db, name):
            return standing
        entry = entry_at(db, sequence)
        lists = (entry.list, *(one.list for one in requests_beside(db, sequence)))
        about = {"entry": sequence, "days": days}
        draft = draft_mailing(name, Reach(lists), letterhead(config), now, kind="confirmation", about=about)
        decision = decided(db, draft, entry.contact_id, now)
        language = decision.language if decision else ""
        editions = _editions("confirmation", name, lists, [language], config, now)
        mailing = insert_mailing(db, draft, editions, now)
        insert_deliveries(db, mailing, [decision] if decision else [], now)
    return mailing


def next_turn(db: Database, sequence: int) -> int | None:
    """The number that the next message about a request would have; None while one of it is still to go."""
    turns, going = db.conn.execute(_TURNS, (confirmation_name(sequence),)).fetchone()
    return None if going else int(turns) + 1


def due_confirmations(db: Database, now: dt.datetime) -> list[str]:
    """The names of the mailings that ask to confirm and have a message to send now, oldest first."""
    return [row[0] for row in db.conn.execute(_DUE, (stamp(now),))]


def confirmations_since(db: Database, email: str, since: dt.datetime) -> int:
    """How many messages that ask to confirm were queued for this address since then.

    What stands after a plus is passed over: all of `ada+1@…` and `ada+2@…` comes to one reader.
    """
    normalised = normalise(email)
    reader = without_tag(normalised)
    local, _, domain = reader.rpartition("@")
    asked = {
        "key": address_key(db.key, normalised),
        "local": local,
        "domain": domain,
        "since": stamp(since),
    }
    if normalised.isascii() and "xn--" not in domain:
        return int(db.conn.execute(_ASKED_SINCE, asked).fetchone()[0])
    alike = db.conn.execute(_ASKED_BEYOND_ASCII, asked)
    others = sum(without_tag(normalise(row[0])) == reader for row in alike)
    return others + int(db.conn.execute(_ASKED_OF_KEY, asked).fetchone()[0])


def unfinished_renewal(db: Database, list_name: str) -> Mailing | None:
    """A round of renewals of this list that was begun and has people waiting."""
    row = db.one(_UNFINISHED, json.dumps([list_name]))
    return mailing_of(db, row["issue"]) if row else None


def plan_renewal(db: Database, list_name: str, within: int, config: Config, now: dt.datetime) -> Round:
    """Whom a round would ask now: consents in force that end within so many days and were not asked about yet."""
    until = (now.astimezone(dt.UTC).date() + dt.timedelta(days=within)).isoformat()
    people = tuple(one_an_address(_due(db, list_name, within, until, now)))
    languages = [one.language for one in people if not one.reason]
    name = _free_name(db, list_name, now)
    return Round(people, _editions("renewal", name, (list_name,), languages, config, now), until)


def queue_renewal(db: Database, list_name: str, within: int, config: Config, now: dt.datetime) -> Mailing:
    """A round of renewals: the one that was begun, or a new one. Raises NobodyToAsk."""
    with transaction(db):
        if begun := unfinished_renewal(db, list_name):
            return begun
        found = plan_renewal(db, list_name, within, config, now)
        if not found.plan.to_send:
            raise NobodyToAsk(
                f"nobody on {list_name} is to be asked: no consent that is in force ends within {within} days "
                "and was not asked about yet",
                remedy=f"See the ends with `newsletter consent expiring --list {list_name}`.",
            )
        head, about = letterhead(config), {"until": found.until}
        name = next(iter(found.editions.values())).issue
        draft = draft_mailing(name, Reach((list_name,)), head, now, kind="renewal", about=about)
        mailing = insert_mailing(db, draft, found.editions, now)
        insert_deliveries(db, mailing, found.people, now)
    return mailing


def _due(db: Database, list_name: str, within: int, until: str, now: dt.datetime) -> Iterator[Decision]:
    lists = json.dumps([list_name])
    for one in [*expiring(db, now, within, list_name)]:
        about = {"sequence": one.sequence, "lists": lists, "person": one.contact_id}
        if one.basis != "consent" or db.conn.execute(_ASKED, about).fetchone():
            continue
        if decision := decide_renewal(db, one.contact_id, list_name, until, now):
            yield decision


def _editions(  # noqa: PLR0913  # what is asked, under which name, about which lists, in which words, when
    kind: str, name: str, lists: Sequence[str], languages: Iterable[str], config: Config, now: dt.datetime
) -> dict[str, Edition]:
    """The words in English and in each language that is spoken, by the name of their audience."""
    templates, day, by_mail = config.templates, now.astimezone(config.zone).date(), not config.public.url
    editions = {}
    for language in sorted(
        {spoken(kind, one, templates) for one in languages} | {"en"}, key=lambda tag: tag != "en"
    ):
        called, purpose = _told(lists, language, config)
        audience = (
            audience_name(tuple(lists)) if language == "en" else f"{audience_name(tuple(lists))}.{language}"
        )
        editions[audience] = render_request(
            Asking(kind, name, called, purpose, day, by_mail), language, config, templates
        )
    return editions


def _told(lists: Sequence[str], language: str, config: Config) -> tuple[str, str]:
    """What these lists are called, and what they are for."""
    known = [config.lists.get(name) for name in lists]
    names = [one.name_in(language) if one else name for one, name in zip(known, lists, strict=True)]
    return ", ".join(names), " ".join(filter(None, (one.purpose_in(language) for one in known if one)))


def _free_name(db: Database, list_name: str, now: dt.datetime) -> str:
    name = f"renewal:{list_name}:{stamp(now)[:10]}"
    taken = db.one(
        "SELECT count(*) FROM mailings WHERE kind = 'renewal' AND (issue = ?1 OR issue LIKE ?1 || ':%')", name
    )
    return f"{name}:{taken[0] + 1}" if taken and taken[0] else name
