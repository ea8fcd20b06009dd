"""Domains that want nothing of a mailing for now, and so are left in peace: what its rows know of them."""

from collections import defaultdict
from dataclasses import dataclass

from newsletter.addresses import domain_of
from newsletter.database import Database

# As many of one domain as a run takes for that domain's policy (`trouble.py`); fewer are refused for themselves.
_TOGETHER = 3
# Never of those that nobody has tried: they may be a million, and say nothing.
_REFUSED = (
    "SELECT email, reply, due_at FROM deliveries WHERE mailing_id = ? AND state = 'waiting' AND due_at > '' "
    "AND reply GLOB '5[0-9][0-9] 5.7.*' ORDER BY due_at"
)
# Whoever was put off untried was so until the end of their domain's rest.
_THERE = (
    "SELECT count(*), min(iif(attempts = 0 AND due_at > '', due_at, NULL)) FROM deliveries "
    "WHERE mailing_id = ? AND state = 'waiting' AND substr(lower(email), -length(?2)) = ?2"
)


@dataclass(frozen=True, slots=True)
class Unwelcome:
    """A domain that refused `refused` of us by its policy; `waiting` wait there, and those are due from `until` on."""

    domain: str
    refused: int
    waiting: int
    reply: str
    until: str


def resting_domains(db: Database, mailing_id: int) -> list[Unwelcome]:
    """The domains that a mailing leaves in peace, by name."""
    found = defaultdict[str, list[tuple[str, str]]](list)
    for email, reply, due in db.conn.execute(_REFUSED, (mailing_id,)):
        found[domain_of(email)].append((reply, due))
    resting = []
    for domain, refused in sorted(found.items()):
        if len(refused) >= _TOGETHER:
            reply, due = refused[0]
            waiting, until = db.conn.execute(_THERE, (mailing_id, f"@{domain}")).fetchone()
            resting.append(Unwelcome(domain, len(refused), waiting, reply, max(due, until or "")))
    return resting
