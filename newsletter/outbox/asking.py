"""Mailings that ask for consent: one for each request to confirm, one for each round of renewals.

Their deliveries keep the promise of every other one: at most one to an address, consent asked before
MAIL and with the claim, what is in doubt never sent again by itself.
"""

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace

from newsletter.config import Config
from newsletter.contacts import CONFIRM_DAYS, Decision, decide_renewal, entry_at, expiring
from newsletter.database import Database, transaction
from newsletter.edition import Asking, Edition, issue_digest, render_request, spoken, store_edition
from newsletter.errors import NotAllowed
from newsletter.outbox.audience import Plan, Reach
from newsletter.outbox.letterhead import letterhead
from newsletter.outbox.mailings import Mailing, insert_deliveries, mailing_of
from newsletter.outbox.permission import decided
from newsletter.outbox.times import stamp

# Asked since what is in force was recorded, under any id the person had; a message that was refused never arrived.
_ASKED = """
    SELECT 1 FROM mailings m JOIN deliveries d ON d.mailing_id = m.id
    JOIN consents e ON e.sequence = :sequence
    WHERE m.kind = 'renewal' AND m.lists = :lists AND m.queued_at >= e.recorded_at
        AND d.state IN ('waiting', 'sending', 'sent', 'in-doubt')
        AND (d.contact_id = :person OR d.contact_id IN (SELECT old_id FROM contact_aliases WHERE contact_id = :person))
"""
_UNFINISHED = """
    SELECT issue FROM mailings WHERE kind = 'renewal' AND lists = ? AND state IN ('queued', 'running')
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
        skipped: dict[str, int] = {}
        for one in self.people:
            if one.reason:
                skipped[one.reason] = skipped.get(one.reason, 0) + 1
        return Plan(len(self.people) - sum(skipped.values()), dict(sorted(skipped.items())))


def confirmation_name(sequence: int) -> str:
    """What the mailing that asks to confirm an entry is called."""
    return f"confirmation:{sequence}"


def queue_confirmation(
    db: Database, sequence: int, config: Config, now: dt.datetime, days: int = CONFIRM_DAYS
) -> Mailing:
    """The mailing that asks to confirm an entry: queued now, or as it stands. Twice gives the same."""
    name = confirmation_name(sequence)
    with transaction(db):
        if standing := mailing_of(db, name):
            return standing
        entry = entry_at(db, sequence)
        about = {"entry": sequence, "days": days}
        draft = Mailing(
            0,
            name,
            "",
            "queued",
            Reach((entry.list,)),
            letterhead(config),
            {},
            stamp(now),
            "confirmation",
            about,
        )
        decision = decided(db, draft, entry.contact_id, now)
        language = decision.language if decision else ""
        mailing = _insert(
            db, draft, _editions("confirmation", name, entry.list, [language], config, now), now
        )
        insert_deliveries(db, mailing, [decision] if decision else [], now)
    return mailing


def unfinished_renewal(db: Database, list_name: str) -> Mailing | None:
    """A round of renewals of this list that was begun and has people waiting."""
    row = db.one(_UNFINISHED, json.dumps([list_name]))
    return mailing_of(db, row["issue"]) if row else None


def plan_renewal(db: Database, list_name: str, within: int, config: Config, now: dt.datetime) -> Round:
    """Whom a round would ask now: consents in force that end within so many days and were not asked about yet."""
    until = (now.astimezone(dt.UTC).date() + dt.timedelta(days=within)).isoformat()
    people = tuple(_once(_due(db, list_name, within, until, now)))
    languages = [one.language for one in people if not one.reason]
    name = _free_name(db, list_name, now)
    return Round(people, _editions("renewal", name, list_name, languages, config, now), until)


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
        draft = Mailing(0, name, "", "queued", Reach((list_name,)), head, {}, stamp(now), "renewal", about)
        mailing = _insert(db, draft, found.editions, now)
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


def _once(decisions: Iterable[Decision]) -> Iterator[Decision]:
    """Of those who share an address the first is asked."""
    served: set[str] = set()
    for one in decisions:
        if not one.reason and one.address_key in served:
            yield replace(one, reason="duplicate")
            continue
        if not one.reason:
            served.add(one.address_key)
        yield one


def _editions(  # noqa: PLR0913  # what is asked, under which name, of whom, in which words, when
    kind: str, name: str, list_name: str, languages: Iterable[str], config: Config, now: dt.datetime
) -> dict[str, Edition]:
    """The words in English and in each language that is spoken, by the name of their audience."""
    settings, templates = config.lists.get(list_name), config.templates
    day, by_mail = now.astimezone(config.zone).date(), not config.public.url
    editions = {}
    for language in sorted(
        {spoken(kind, one, templates) for one in languages} | {"en"}, key=lambda tag: tag != "en"
    ):
        called = settings.name_in(language) if settings else list_name
        asking = Asking(kind, name, called, settings.purpose if settings else "", day, by_mail)
        audience = list_name if language == "en" else f"{list_name}.{language}"
        editions[audience] = render_request(asking, language, config, templates)
    return editions


def _free_name(db: Database, list_name: str, now: dt.datetime) -> str:
    name = f"renewal:{list_name}:{stamp(now)[:10]}"
    taken = db.one(
        "SELECT count(*) FROM mailings WHERE kind = 'renewal' AND (issue = ?1 OR issue LIKE ?1 || ':%')", name
    )
    return f"{name}:{taken[0] + 1}" if taken and taken[0] else name


def _insert(db: Database, draft: Mailing, editions: Mapping[str, Edition], now: dt.datetime) -> Mailing:
    digest, headers = issue_digest(editions), json.dumps(asdict(draft.head), ensure_ascii=False)
    cursor = db.conn.execute(
        "INSERT INTO mailings (kind, issue, issue_digest, state, lists, headers, queued_at, about) "
        "VALUES (?, ?, ?, 'queued', ?, ?, ?, ?)",
        (
            draft.kind,
            draft.issue,
            digest,
            json.dumps(draft.lists),
            headers,
            stamp(now),
            json.dumps(draft.about),
        ),
    )
    assert cursor.lastrowid is not None  # noqa: S101  # an INSERT that did not raise has one
    kept = {audience: store_edition(db, edition, now) for audience, edition in editions.items()}
    db.conn.executemany(
        "INSERT INTO mailing_editions VALUES (?, ?, ?, ?)",
        [(cursor.lastrowid, name, editions[name].language, digest) for name, digest in kept.items()],
    )
    return replace(draft, id=cursor.lastrowid, issue_digest=digest, editions=kept)
