"""How fast messages may leave, to all and to each domain: what is left of each rate, kept across runs."""

import datetime as dt
from collections.abc import Iterable

from newsletter.config import Rate, Smtp
from newsletter.database import Database
from newsletter.outbox.limits import Limit, limit_of

#: A row of the table `rates`.
Row = tuple[str, float, str]

_MANY = 20_000  # so many domains are known at once, before those that wait for nothing are forgotten
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)
_LONGEST = dt.timedelta(days=1)  # after so long every rate is as if nothing had gone


class Buckets:
    """What is left of each rate. For one thread: whoever asks `wait` and tells `take` asks `changed` too.

    A message may go when `wait` gives 0.0; `take` then counts it. What `changed` gives must be on the
    disk before the message can have arrived, with its claim, or a crash would forget that it went.
    """

    def __init__(self, settings: Smtp, kept: Iterable[Row] = ()) -> None:
        self._settings = settings
        self._kept = {name: (tokens, micros(dt.datetime.fromisoformat(at))) for name, tokens, at in kept}
        self._sender = self._limits("sender", settings.rates, "")
        self._everywhere = bool(settings.rates_to(""))
        self.limited = bool(self._sender or settings.domains or self._everywhere)
        self._domains: dict[str, tuple[Limit, ...]] = {}
        self._changed: dict[str, Limit] = {}

    @classmethod
    def read(cls, db: Database, settings: Smtp, now: dt.datetime) -> "Buckets":
        """As the last run left them; what is older than every rate is left where it is."""
        since = _stamp(micros(now - _LONGEST))
        rows = db.conn.execute("SELECT name, tokens, at FROM rates WHERE at > ?", (since,))
        return cls(settings, [(row["name"], row["tokens"], row["at"]) for row in rows])

    def wait(self, domain: str, now: dt.datetime) -> float:
        """In how many seconds a message to this domain may go; 0.0: now."""
        if not self.limited:
            return 0.0
        at, longest = micros(now), 0
        for limit in self._sender:
            longest = max(longest, limit.wait(at))
        for limit in self._limits_of(domain, at):
            longest = max(longest, limit.wait(at))
        return longest / 1e6

    def take(self, domain: str, now: dt.datetime) -> None:
        """A message to this domain goes now. It counts even where it should have waited."""
        if not self.limited:
            return
        at = micros(now)
        for limit in (*self._sender, *self._limits_of(domain, at)):
            limit.take(at)
            self._changed[limit.name] = limit

    def changed(self) -> list[Row]:
        """The rows of `rates` to keep, since this was last asked."""
        if not self._changed:
            return []
        taken, self._changed = self._changed, {}
        return [
            (name, tokens, _stamp(at)) for limit in taken.values() for name, tokens, at in limit.changed()
        ]

    def holds(self, domain: str, now: dt.datetime) -> str:
        """The rate that a message to this domain waits for the longest, in words; '' where it may go."""
        at = micros(now)
        waits = [(limit.wait(at), limit.told) for limit in (*self._sender, *self._limits_of(domain, at))]
        longest, told = max(waits, default=(0, ""))
        return told if longest else ""

    def of_sender(self) -> tuple[Limit, ...]:
        """What limits all messages, to try things out with."""
        return tuple(limit.copy() for limit in self._sender)

    def of_domain(self, domain: str) -> tuple[Limit, ...]:
        """What limits the messages to this domain beside that, to try things out with."""
        limits = self._domains.get(domain) or self._new_limits(domain)
        return tuple(limit.copy() for limit in limits)

    def _limits_of(self, domain: str, at: int) -> tuple[Limit, ...]:
        known = self._domains.get(domain)
        if known is None:
            known = self._new_limits(domain)
            if known:
                self._make_room(at)
                self._domains[domain] = known
        return known

    def _new_limits(self, domain: str) -> tuple[Limit, ...]:
        if not self._everywhere and domain not in self._settings.domains:
            return ()
        return self._limits(f"domain:{domain}", self._settings.rates_to(domain), f" to {domain}")

    def _limits(self, name: str, rates: Iterable[Rate], place: str) -> tuple[Limit, ...]:
        return tuple(limit_of(rate, name, f"{rate}{place}", self._kept) for rate in rates)

    def _make_room(self, at: int) -> None:
        """Forget the domains that wait for nothing, so that a million domains take no more room than many."""
        if len(self._domains) < _MANY:
            return
        self._domains = {
            domain: limits
            for domain, limits in self._domains.items()
            if any(limit.name in self._changed or not limit.unused(at) for limit in limits)
        }


def tidy_rates(db: Database, now: dt.datetime) -> None:
    """At the start of a run: forget what is older than every rate, and date back what the future wrote.

    Domains are of people, and are kept no longer than they serve. What a clock that ran ahead wrote
    would hold everything back until that time comes; dated now, it does so for one day at most.
    """
    since, present = _stamp(micros(now - _LONGEST)), _stamp(micros(now))
    db.conn.execute("DELETE FROM rates WHERE at <= ?", (since,))
    db.conn.execute("UPDATE rates SET at = ? WHERE at > ?", (present, present))


def keep_rates(db: Database, rows: Iterable[Row]) -> None:
    """Write what `Buckets.changed` gave; the caller commits it with the claims."""
    db.conn.executemany(
        "INSERT INTO rates (name, tokens, at) VALUES (?, ?, ?) "
        "ON CONFLICT (name) DO UPDATE SET tokens = excluded.tokens, at = excluded.at",
        rows,
    )


def micros(now: dt.datetime) -> int:
    """`now` in whole microseconds since 1970."""
    return (now - _EPOCH) // _MICROSECOND


def _stamp(at: int) -> str:
    """As `times.stamp`, to the microsecond: a second is much for a rate of ten a second."""
    return (_EPOCH + at * _MICROSECOND).isoformat(timespec="microseconds").replace("+00:00", "Z")
