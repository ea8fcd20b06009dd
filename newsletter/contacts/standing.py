"""Where a person stands with a list: what the entries of the ledger lead to, one after another.

| state | how it is reached | what may follow |
|---|---|---|
| none | no entry, or all of them voided | given, unconfirmed, withdrawn |
| unconfirmed | given by double opt-in, which waits for the click | given (confirmed), withdrawn, expired |
| given | given or confirmed or refreshed | withdrawn, expired |
| expired | an end was recorded | given, unconfirmed, withdrawn |
| withdrawn | withdrawn, whatever stood before | given, by an act that is not older |

A withdrawal counts whatever its date. A consent that is older than the withdrawal is evidence and
no more, whatever came between them; and a basis that nobody knows says of nobody that they agreed
again. A double opt-in after a withdrawal changes nothing until it is confirmed: anybody can type
anybody's address into a form.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from newsletter.contacts.ledger import DOUBLE_OPT_IN, Entry

NO_END = "9999-12-31"


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of one person on one list, and the entry that brought it about."""

    state: str = "none"
    basis: str = ""
    since: str = ""
    expires_at: str = ""
    sequence: int = 0
    withdrawn_on: str = ""
    pending: Entry | None = None

    @property
    def agreed(self) -> bool:
        """Whether there is a known basis for writing to them, whatever its end."""
        return self.state == "given" and self.basis != "unknown"

    def holds_on(self, day: str) -> bool:
        """Whether they may be written to on a day (YYYY-MM-DD), as far as this list goes."""
        return self.agreed and (self.expires_at or NO_END) >= day


NOTHING = Standing()


def standing_of(entries: Iterable[Entry]) -> Standing:
    """The state to which these entries (of one person and list, oldest first) lead."""
    known = list(entries)
    voided = {entry.voids for entry in known}
    standing = NOTHING
    for entry in known:
        if entry.sequence not in voided:
            standing = after(standing, entry)
    if not standing.sequence and known:
        return replace(standing, sequence=known[-1].sequence)
    return standing


def after(standing: Standing, entry: Entry) -> Standing:
    """The state after one more entry."""
    found = _STEPS[entry.kind](standing, entry)
    return replace(found, withdrawn_on=standing.withdrawn_on) if not found.withdrawn_on else found


def _given(standing: Standing, entry: Entry) -> Standing:
    if _day(entry.effective_at) < _day(standing.withdrawn_on):
        return standing
    if standing.state == "withdrawn" and entry.basis == "unknown":
        return standing
    if entry.basis == "consent" and entry.channel == DOUBLE_OPT_IN:
        if standing.agreed or standing.state == "withdrawn":
            return replace(standing, pending=entry)
        return _stand("unconfirmed", entry, pending=entry)
    if standing.agreed and (entry.basis == "unknown" or _day(entry.effective_at) < _day(standing.since)):
        return standing
    return _stand("given", entry)


def _confirmed(standing: Standing, entry: Entry) -> Standing:
    asked = standing.pending
    if asked is None or _day(entry.effective_at) < _day(standing.withdrawn_on):
        return standing
    confirmed = _stand("given", entry)
    return replace(confirmed, basis=asked.basis, expires_at=entry.expires_at or asked.expires_at)


def _refreshed(standing: Standing, entry: Entry) -> Standing:
    if standing.state not in ("given", "expired"):
        return standing
    basis = standing.basis if entry.basis == "unknown" else entry.basis
    return replace(_stand("given", entry), basis=basis, pending=standing.pending)


def _withdrawn(standing: Standing, entry: Entry) -> Standing:
    latest = max(standing.withdrawn_on, entry.effective_at)
    return replace(_stand("withdrawn", entry), expires_at="", withdrawn_on=latest)


def _expired(standing: Standing, entry: Entry) -> Standing:
    return _stand("expired", entry) if standing.state in ("given", "unconfirmed") else standing


def _voided(standing: Standing, entry: Entry) -> Standing:
    return standing


_STEPS: dict[str, Callable[[Standing, Entry], Standing]] = {
    "given": _given,
    "confirmed": _confirmed,
    "refreshed": _refreshed,
    "withdrawn": _withdrawn,
    "expired": _expired,
    "voided": _voided,
}


def _stand(state: str, entry: Entry, pending: Entry | None = None) -> Standing:
    return Standing(state, entry.basis, entry.effective_at, entry.expires_at, entry.sequence, pending=pending)


def _day(effective_at: str) -> str:
    return effective_at[:10]
