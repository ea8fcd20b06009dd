"""What a row says that somebody agreed to or took back, list by list."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import astuple, dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from newsletter.contacts.dates import add_months, effective, parse_day, past_day, said
from newsletter.contacts.fields import BadField, one_line
from newsletter.contacts.ledger import BASES, DOUBLE_OPT_IN
from newsletter.contacts.transfer.headings import EVIDENCE
from newsletter.contacts.transfer.order import ImportOrder, parts
from newsletter.contacts.wordings import Wording, read_wording
from newsletter.errors import near

#: The columns that say what was agreed to; most rows of a file say the same.
CONSENT = (
    *("list", "basis", "given_on", "expires_on", "source", "channel", "wording"),
    *("status", "opted_out", "left_on", "basis_else"),
)
#: What other programs say of somebody -> what it means here.
STATUSES: Mapping[str, str] = {
    **dict.fromkeys(("subscribed", "confirmed", "active", "enabled", "given", "yes"), "given"),
    **dict.fromkeys(
        ("unconfirmed", "pending", "disabled", "inactive", "transactional", "unknown"), "unknown"
    ),
    **dict.fromkeys(("unsubscribed", "optedout", "optout", "withdrawn", "left", "no"), "withdrawn"),
    **dict.fromkeys(("cleaned", "bounced", "undeliverable"), "bounced"),
    **dict.fromkeys(("complained", "complaint", "spam", "abuse"), "complaint"),
    **dict.fromkeys(("blocklisted", "blacklisted", "blocked", "suppressed"), "request"),
}
_YES = {"1", "yes", "y", "true", "x", "ja", "oui", "sí", "si", "ie", "ydw"}
_NO = {"0", "no", "n", "false", "nein", "non", "na", "nac ydw"}
_KNOWN_LIMIT = 5000
Values = Mapping[str, str]  # field -> text, without those that are empty


@dataclass(frozen=True, slots=True)
class Given:
    """What a row says that somebody agreed to ('given') or took back ('withdrawn') on one list.

    `wording` is its digest; `dated` tells whether the file has the day or it is the import's own.
    """

    list: str
    basis: str
    effective_at: str
    source: str
    channel: str
    wording: str
    expires_at: str
    kind: str = "given"
    dated: bool = True
    evidence: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Agreed:
    """All that a row says of consent: as text for the staging, and why never to write ('' = may)."""

    text: str
    suppress: str = ""


@dataclass(slots=True)
class AgreementReader:
    """Reads what rows say of consent; remembers what many have in common, so that it is read once.

    `learned` is the day on which a file was first known to say what has no date in it; `asked` tells
    whether it has a column of people's status, so that an empty cell there is no yes.
    """

    order: ImportOrder
    lists: Mapping[str, str]  # what a list may be called -> its name
    now: dt.datetime
    learned: dt.date
    asked: bool = False
    wordings: dict[str, Wording] = field(default_factory=dict)
    _known: dict[tuple[str, ...], Agreed] = field(default_factory=dict)
    _days: dict[str, str] = field(default_factory=dict)
    _paths: dict[str, str] = field(default_factory=dict)

    def read(self, values: Values) -> Agreed:
        """What the row says. Raises BadField or BadDate."""
        told = [values.get(name, "") for name in CONSENT]
        evidence = tuple((n.removeprefix(EVIDENCE), t) for n, t in values.items() if n.startswith(EVIDENCE))
        key = (*told, *(text for pair in evidence for text in pair))
        known = self._known.get(key)
        if known is None:
            known = self._read(values, evidence)
            if len(self._known) < _KNOWN_LIMIT:
                self._known[key] = known
        return known

    def _read(self, values: Values, evidence: tuple[tuple[str, str], ...]) -> Agreed:
        status = _status(values, asked=self.asked)
        if status in ("bounced", "complaint", "request"):
            return Agreed("", status)
        named = parts(values.get("list", ""), ",") or self.order.lists
        lists = dict.fromkeys(map(self.list_name, named))
        if not lists:
            return Agreed("")
        one = self._withdrawn(values) if status == "withdrawn" else self._given(values, status)
        one = replace(one, evidence=tuple((name, one_line(text, name)) for name, text in evidence))
        return Agreed(as_text(tuple(self._lasting(replace(one, list=name)) for name in lists)))

    def _lasting(self, given: Given) -> Given:
        """With the end that consents to this list have where the file names none."""
        months = self.order.lasts.get(given.list, 0)
        if given.kind != "given" or given.basis != "consent" or given.expires_at or not months:
            return given
        day = dt.date.fromisoformat(given.effective_at[:10])
        return replace(given, expires_at=add_months(day, months).isoformat())

    def _given(self, values: Values, status: str) -> Given:
        basis = "unknown" if status == "unknown" else self._basis(values)
        source = one_line(values.get("source", ""), "source") or self.order.source
        if not source and basis != "unknown":
            raise BadField("source: it is missing; say where this comes from, in a column or with --source")
        day = self._day(values, basis)
        end = self._end(values, day)
        return Given("", basis, day, source, self._channel(values), self._wording(values), end)

    def _withdrawn(self, values: Values) -> Given:
        text = values.get("left_on", "").strip()
        day = past_day(text, self.order.today, "left on") if text else self.learned
        source = one_line(values.get("source", ""), "source") or self.order.source
        channel = self._channel(values)
        left = Given("", "unknown", effective(day, self.now), source, channel, "", "")
        return replace(left, kind="withdrawn", dated=bool(text))

    def list_name(self, text: str) -> str:
        """The list that a text names. Raises BadField with the nearest."""
        found = self.lists.get(text.casefold())
        if found is None:
            known = sorted(set(self.lists.values()))
            raise BadField(
                f"list: there is none called {text!r}{near(text, known)}; there are: {', '.join(known)}"
            )
        return found

    def _basis(self, values: Values) -> str:
        text = one_line(values.get("basis", ""), "basis") or self.order.basis or values.get("basis_else", "")
        basis = text.casefold().replace(" ", "-").replace("_", "-")
        if not basis:
            raise BadField("basis: it is missing; say it in a column or with --basis ('unknown' where it is)")
        if basis not in BASES:
            raise BadField(f"basis: {text!r} is not one of {', '.join(BASES)}{near(basis, BASES)}")
        return basis

    def _day(self, values: Values, basis: str) -> str:
        text = values.get("given_on", "").strip() or self.order.given_on
        if not text and basis != "unknown":
            raise BadField("given on: it is missing; say it in a column or with --given-on")
        if text not in self._days:
            day = past_day(text, self.order.today, "given on") if text else self.order.today
            if len(self._days) > _KNOWN_LIMIT:
                self._days.clear()
            self._days[text] = effective(day, self.now)
        return self._days[text]

    def _end(self, values: Values, given_on: str) -> str:
        text = values.get("expires_on", "").strip()
        end = parse_day(text, "expires on").isoformat() if text else ""
        if end and end < given_on[:10]:
            raise BadField(f"expires on: {said(end)} lies before {said(given_on)}")
        return end

    def _channel(self, values: Values) -> str:
        channel = one_line(values.get("channel", ""), "channel", 60) or self.order.channel or "import"
        if channel.casefold() == DOUBLE_OPT_IN:
            raise BadField(f"channel: {channel!r} waits for a click, which no file can give; write 'web'")
        return channel

    def _wording(self, values: Values) -> str:
        text = values.get("wording", "").strip() or self.order.wording
        if not text:
            return ""
        if text not in self._paths:
            wording = read_wording(Path(text), self.order.root)
            self.wordings[wording.digest] = wording
            self._paths[text] = wording.digest
        return self._paths[text]


def as_text(given: tuple[Given, ...]) -> str:
    """What was agreed to, as the staging keeps it; '' for nothing."""
    return json.dumps([astuple(one) for one in given], ensure_ascii=False) if given else ""


@lru_cache(maxsize=5000)
def agreements(text: str) -> tuple[Given, ...]:
    """What `as_text` wrote."""
    found = json.loads(text) if text else ()
    return tuple(replace(Given(*one[:-1]), evidence=tuple(map(tuple, one[-1]))) for one in found)


def _status(values: Values, *, asked: bool) -> str:
    """'given', 'unknown', 'withdrawn', or the reason for a suppression."""
    if text := values.get("opted_out", "").strip():
        word = text.casefold()
        if word not in _YES | _NO:
            raise BadField(f"opted out: {text[:60]!r} is neither yes nor no")
        if word in _YES:
            return "withdrawn"
    if text := values.get("status", "").strip():
        word = "".join(char for char in text.casefold() if char.isalnum())
        if word not in STATUSES:
            raise BadField(f"status: {text[:60]!r} is not one of {', '.join(STATUSES)}{near(word, STATUSES)}")
        return STATUSES[word]
    if "left_on" in values:
        return "withdrawn"
    return "unknown" if asked else "given"
