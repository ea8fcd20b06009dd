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
    """So many messages, of which the last leaves at `ends` if the server takes each at once; `rates` hold them back.

    `late` of them leave after the time that was asked about.
    """

    messages: int
    ends: dt.datetime
    rates: str
    late: int = 0


@dataclass(slots=True)
class _Flow:
    """Messages that are held back by the same limits beside the sender's."""

    left: int
    limits: tuple[Limit, ...]

    @property
    def urgency(self) -> float:
        """Microseconds that they need even if nothing else is sent: the longest are served first."""
        return self.left * max((limit.gap for limit in self.limits), default=0.0)


def foretell(  # noqa: PLR0913  # what goes, how fast, and from when to when
    db: Database,
    going: Mailing | Reach | Iterable[Addressed],
    settings: Smtp,
    now: dt.datetime,
    *,
    limit: int | None = None,
    until: dt.datetime | None = None,
) -> Forecast | None:
    """When the last message would leave if sending began now, of at most `limit`; None where no rate holds any back.

    How many leave after `until` is counted. `going` is a mailing, of which what waits is counted; or for one that is not queued yet whom it is for, or
    the decisions about them.
    """
    buckets = Buckets.read(db, settings, now)
    if not buckets.limited:
        return None
    if not isinstance(going, Mailing):
        everybody = candidates(db, going, now) if isinstance(going, Reach) else going
        counts = Counter(domain_of(one.email) for one in islice(_allowed(everybody), limit))
        ends, late = _played(counts, buckets, now, until)
        return Forecast(counts.total(), ends, _in_words(settings, counts), late)
    begins = max(now, read_stamp(going.not_before)) if going.not_before else now
    counts = _waiting(db, going, limit)
    ends, late = _played(counts, buckets, begins, until)
    latest, put_off = _put_off(db, going, now, until)
    return Forecast(counts.total(), max(ends, latest), _in_words(settings, counts), max(late, put_off))


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
    return _played(count_by_domain, buckets, now, None)[0]


def _played(
    count_by_domain: Mapping[str, int], buckets: Buckets, now: dt.datetime, until: dt.datetime | None
) -> tuple[dt.datetime, int]:
    """When the last message leaves, and how many leave after `until`."""
    begins = last = micros(now)
    end, late = micros(until) if until else None, 0
    for last in _departures(_flows(count_by_domain, buckets), buckets.of_sender(), begins):
        late += end is not None and last > end
    return now + dt.timedelta(microseconds=last - begins), late


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


def _put_off(
    db: Database, mailing: Mailing, now: dt.datetime, until: dt.datetime | None
) -> tuple[dt.datetime, int]:
    """When the last of those that were put off is tried again, `now` where none was; and how many are after `until`."""
    asked = {
        "mailing": mailing.id,
        "now": stamp(now),
        "horizon": horizon(now),
        "until": stamp(until) if until else None,
    }
    last, late = db.conn.execute(
        "SELECT max(due_at), coalesce(sum(due_at > :until), 0) FROM deliveries "
        "WHERE mailing_id = :mailing AND state = 'waiting' AND due_at > :now AND due_at <= :horizon",
        asked,
    ).fetchone()
    return read_stamp(last) if last else now, late
