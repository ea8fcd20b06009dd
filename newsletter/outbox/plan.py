"""When the last message of a mailing will leave, at the rates that hold: played through before anything is sent."""

import datetime as dt
import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from newsletter.addresses import domain_of
from newsletter.config import Smtp
from newsletter.database import Database
from newsletter.outbox.audience import Reach, candidates
from newsletter.outbox.limits import Limit
from newsletter.outbox.mailings import Mailing
from newsletter.outbox.rates import Buckets, micros
from newsletter.outbox.times import horizon, read_stamp, stamp


class Addressed(Protocol):
    """Somebody who gets a message, or for a `reason` does not."""

    @property
    def email(self) -> str: ...

    @property
    def reason(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Forecast:
    """So many messages, of which the last leaves at `ends` if the server takes each at once; `rates` hold them back."""

    messages: int
    ends: dt.datetime
    rates: str


@dataclass(slots=True)
class _Flow:
    """Messages that are held back by the same limits beside the sender's."""

    left: int
    limits: tuple[Limit, ...]

    @property
    def urgency(self) -> float:
        """Microseconds that they need even if nothing else is sent: the longest are served first."""
        return self.left * max((limit.gap for limit in self.limits), default=0.0)


def foretell(
    db: Database,
    going: Mailing | Reach | Iterable[Addressed],
    settings: Smtp,
    now: dt.datetime,
    *,
    limit: int | None = None,
) -> Forecast | None:
    """When the last message would leave if sending began now, of at most `limit`; None where no rate holds any back.

    `going` is a mailing, of which what waits is counted; or for one that is not queued yet whom it is for, or
    the decisions about them.
    """
    buckets = Buckets.read(db, settings, now)
    if not buckets.limited:
        return None
    if not isinstance(going, Mailing):
        everybody = candidates(db, going, now) if isinstance(going, Reach) else going
        counts = Counter(domain_of(one.email) for one in islice(_allowed(everybody), limit))
        return Forecast(counts.total(), when_done(counts, buckets, now), _in_words(settings, counts))
    begins = max(now, read_stamp(going.not_before)) if going.not_before else now
    counts = _waiting(db, going, limit)
    ends = max(when_done(counts, buckets, begins), _latest(db, going, now))
    return Forecast(counts.total(), ends, _in_words(settings, counts))


def _allowed(decisions: Iterable[Addressed]) -> Iterator[Addressed]:
    return (decision for decision in decisions if not decision.reason)


def _in_words(settings: Smtp, counts: Mapping[str, int]) -> str:
    """The rates that hold these messages back: of all, of each domain, of those domains that have their own."""
    told = [str(rate) for rate in settings.rates]
    told += [f"{rate} to each domain" for rate in settings.rates_to("")]
    own = sorted(settings.domains.keys() & counts.keys())
    return ", ".join(
        [*told, *(f"{rate} to {domain}" for domain in own for rate in settings.rates_to(domain))]
    )


def when_done(count_by_domain: Mapping[str, int], buckets: Buckets, now: dt.datetime) -> dt.datetime:
    """When the last message leaves, at the microsecond, if none waits for anything but the rates.

    Played through message by message with copies of the very limits that will hold, each going as soon as
    it may. Of several that may go, one goes to the domain that needs the longest. `now` where nothing limits.
    """
    at = micros(now)
    last = max(_departures(_flows(count_by_domain, buckets), buckets.of_sender(), at), default=at)
    return now + dt.timedelta(microseconds=last - at)


def _departures(flows: list[_Flow], sender: tuple[Limit, ...], at: int) -> Iterator[int]:
    """When each message leaves, in order."""
    held = [(at + _wait(flow.limits, at), number) for number, flow in enumerate(flows)]
    heapq.heapify(held)
    ready: list[tuple[float, int]] = []
    free = at + _wait(sender, at)
    while held or ready:
        at = free if ready else max(free, held[0][0])
        while held and held[0][0] <= at:
            number = heapq.heappop(held)[1]
            heapq.heappush(ready, (-flows[number].urgency, number))
        number = heapq.heappop(ready)[1]
        flow = flows[number]
        for limit in (*sender, *flow.limits):
            limit.take(at)
        yield at
        flow.left -= 1
        free = at + _wait(sender, at)
        if flow.left:
            heapq.heappush(held, (at + _wait(flow.limits, at), number))


def _flows(count_by_domain: Mapping[str, int], buckets: Buckets) -> list[_Flow]:
    """Those that no rate of their domain holds back go together."""
    flows, free = list[_Flow](), 0
    for domain, count in count_by_domain.items():
        limits = buckets.of_domain(domain)
        if limits and count:
            flows.append(_Flow(count, limits))
        else:
            free += count
    return [*flows, _Flow(free, ())] if free else flows


def _wait(limits: tuple[Limit, ...], at: int) -> int:
    return max((limit.wait(at) for limit in limits), default=0)


def _waiting(db: Database, mailing: Mailing, limit: int | None) -> Counter[str]:
    """How many of a mailing wait, by the domain of their address."""
    # In the order of ids only where some are left out: all of a large list would be sorted in memory.
    first = "" if limit is None else "ORDER BY id LIMIT :limit"
    rows = db.conn.execute(
        "SELECT lower(substr(email, instr(email, '@') + 1)), count(*) FROM (SELECT email FROM deliveries "
        f"WHERE mailing_id = :mailing AND channel = 'email' AND state = 'waiting' {first}) GROUP BY 1",
        {"mailing": mailing.id, "limit": limit},
    )
    return Counter(dict(map(tuple, rows)))


def _latest(db: Database, mailing: Mailing, now: dt.datetime) -> dt.datetime:
    """When the last of those that were put off is tried again; `now` where none was."""
    row = db.one(
        "SELECT max(due_at) FROM deliveries WHERE mailing_id = ? AND state = 'waiting' AND due_at > ? AND due_at <= ?",
        mailing.id,
        stamp(now),
        horizon(now),
    )
    return read_stamp(row[0]) if row and row[0] else now
