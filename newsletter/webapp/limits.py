"""How often one visitor may ask, and all of them together: counted in memory alone, and forgotten with the process."""

import hashlib
import hmac
import ipaddress
import secrets
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from newsletter.config import Rate

#: Buckets that are kept at once; the one that was asked about longest ago goes first.
_MOST_BUCKETS = 50_000
_TOLD_EVERY = 3600.0  # seconds


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many at once, and then one more each `seconds`."""

    at_once: int
    seconds: float


#: Looking at pages: far more than a reader does, and a nuisance to whoever tries tokens.
PAGES = Allowance(240, 0.5)
#: Forms that anybody can fill in without a link of ours: a meeting's worth of people behind one address.
FORMS = Allowance(30, 60.0)
#: Messages that one address may be sent because somebody typed it in.
ADDRESS = Allowance(3, 8 * 3600.0)
#: Looking at the same link's page.
LOOKS = Allowance(120, 1.0)
#: The same link answered over and over. It is kept each time, since they may have joined again between.
LINK = Allowance(10, 60.0)


class Limits:
    """Counts what was asked; `clock` gives seconds that never go back. Names are kept as keyed hashes alone."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock, self._key = clock, secrets.token_bytes(32)
        self._buckets: OrderedDict[bytes, tuple[float, float]] = OrderedDict()

    def wait(self, allowance: Allowance, *names: str) -> float:
        """0 where this may be done now, and it is counted; else the seconds after which it may."""
        name, now = self._name(*names), self._clock()
        level, at = self._buckets.pop(name, (float(allowance.at_once), now))
        level = min(float(allowance.at_once), level + (now - at) / allowance.seconds)
        allowed = level >= 1
        self._buckets[name] = (level - 1 if allowed else level, now)
        if len(self._buckets) > _MOST_BUCKETS:
            self._buckets.popitem(last=False)
        return 0.0 if allowed else (1 - level) * allowance.seconds

    def of_all(self, rates: Sequence[Rate]) -> "Crowd":
        """A count of what all visitors do together."""
        return Crowd(rates, self._clock)

    def _name(self, *names: str) -> bytes:
        return hmac.digest(self._key, "\0".join(names).encode("utf-8", "surrogatepass"), hashlib.sha256)[:16]


class Crowd:
    """Counts something that all visitors do: never more than the rates let in any stretch of so much time."""

    def __init__(self, rates: Sequence[Rate], clock: Callable[[], float]) -> None:
        self._rates, self._clock = rates, clock
        self._times = deque[float](maxlen=max((rate.number for rate in rates), default=0))
        self._told: float | None = None

    def wait(self) -> float:
        """The seconds after which one more may be let in; 0: now. It is not counted by this."""
        now, full = self._clock(), [rate for rate in self._rates if len(self._times) >= rate.number]
        return max([0.0, *(self._times[-rate.number] + rate.seconds - now for rate in full)])

    def count(self) -> None:
        """One was let in."""
        self._times.append(self._clock())

    def is_news(self) -> bool:
        """Whether nobody was told for an hour that there is no room; it is told now."""
        now = self._clock()
        if self._told is not None and now - self._told < _TOLD_EVERY:
            return False
        self._told = now
        return True


def network_of(client: str) -> str:
    """Whom an address is counted under: IPv6 by its /64, which one household has; anything else as it is."""
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return client
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return client
