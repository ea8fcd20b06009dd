"""One row of a file as a person with what they agreed to, or the reason why it cannot be taken."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from newsletter.addresses import Address, BadAddress, parse_address
from newsletter.contacts.dates import effective, parse_day, past_day, said
from newsletter.contacts.fields import CLEAN, CLEAN_EACH, BadField, distinct, one_line
from newsletter.contacts.ledger import BASES, DOUBLE_OPT_IN
from newsletter.contacts.people import NewContact
from newsletter.contacts.transfer.columns import Columns
from newsletter.contacts.wordings import Wording, read_wording
from newsletter.errors import InputError, near

#: Fields that hold several texts: their column, and what else may stand between them.
_SEVERAL = {"organisations": ("organisation", ()), "roles": ("role", ()), "tags": ("tags", (",",))}
#: The columns that say what was agreed to; most rows of a file say the same.
_CONSENT = ("list", "basis", "given_on", "expires_on", "source", "channel", "wording")
_KNOWN_LIMIT = 1000
Values = Mapping[str, str]  # field -> text, without those that are empty

_PARTS = (";", "|")
_LABELS = {
    *("email", "name", "given name", "organisation", "position", "role", "tag", "language", "format"),
    *(
        "postal address",
        "subscriber",
        "notes",
        "list",
        "basis",
        "given on",
        "expires on",
        "source",
        "channel",
    ),
}


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """What the operator asked for: the file, and what holds for rows that do not say it themselves.

    `today` is the day in the workspace's time zone; `root` is where wordings lie.
    """

    path: Path
    root: Path
    recorder: str
    today: dt.date
    lists: tuple[str, ...] = ()
    basis: str = ""
    source: str = ""
    given_on: str = ""
    wording: str = ""
    channel: str = ""
    skip_bad: bool = False


@dataclass(frozen=True, slots=True)
class Given:
    """What a row says that somebody agreed to on one list."""

    list: str
    basis: str
    effective_at: str
    source: str
    channel: str
    wording: Wording | None
    expires_at: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row that can be taken."""

    line: int
    contact: NewContact
    address: Address
    given: tuple[Given, ...]


@dataclass(slots=True)
class RowReader:
    """Turns rows into people; remembers what many rows have in common, so that it is read once."""

    order: ImportOrder
    columns: Columns
    lists: Mapping[str, str]  # what a list may be called -> its name
    now: dt.datetime
    _known: dict[tuple[str, ...], tuple[Given, ...]] = field(default_factory=dict)
    _days: dict[str, str] = field(default_factory=dict)
    _wordings: dict[str, Wording | None] = field(default_factory=dict)
    _parted: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

    def read(self, line: int, cells: Sequence[str]) -> Row:
        """The person in a row. Raises InputError with field and reason."""
        width = self.columns.width
        if len(cells) < width or any(cell.strip() for cell in cells[width:]):
            raise BadField(f"it has {len(cells)} fields, where the headings are {width}; is a quote missing?")
        values = self.columns.values(cells)
        address = self._address(values)
        said = tuple(values.get(name, "") for name in _CONSENT)
        given = self._known.get(said)
        if given is None:
            given = self._given(values)
            if len(self._known) < _KNOWN_LIMIT:
                self._known[said] = given
        return Row(line, self._contact(values), address, given)

    def _address(self, values: Values) -> Address:
        text = values.get("email", "")
        if not text.strip():
            raise BadField("email: it is empty; people without one are added with `newsletter contacts add`")
        try:
            return parse_address(text)
        except BadAddress as error:
            raise BadField(f"email: {error.message}") from None

    def _contact(self, values: Values) -> NewContact:
        known: dict[str, Any] = {
            name: clean(text) for name, clean in CLEAN.items() if (text := values.get(name))
        }
        known["name"] = known.get("name") or self._whole_name(values)
        for name, (column, marks) in _SEVERAL.items():
            if text := values.get(column):
                parted = self._parted.get((name, text))
                if parted is None:
                    parted = distinct(_parts(text, *marks), CLEAN_EACH[name])
                    if len(self._parted) < _KNOWN_LIMIT:
                        self._parted[name, text] = parted
                known[name] = parted
        return NewContact(**known)

    def _whole_name(self, values: Values) -> str:
        parts = (values.get(name, "").strip() for name in ("given_name", "surname"))
        return CLEAN["name"](" ".join(part for part in parts if part))

    def _given(self, values: Values) -> tuple[Given, ...]:
        named = _parts(values.get("list", ""), ",") or self.order.lists
        if not named:
            return ()
        basis = self._basis(values)
        source = one_line(values.get("source", ""), "source") or self.order.source
        if not source and basis != "unknown":
            raise BadField("source: it is missing; say where this comes from, in a column or with --source")
        day = self._day(values, basis)
        rest = (source, self._channel(values), self._wording(values), self._end(values, day))
        return tuple(Given(name, basis, day, *rest) for name in dict.fromkeys(map(self._list, named)))

    def _list(self, text: str) -> str:
        found = self.lists.get(text.casefold())
        if found is None:
            known = sorted(set(self.lists.values()))
            raise BadField(
                f"list: there is none called {text!r}{near(text, known)}; there are: {', '.join(known)}"
            )
        return found

    def _basis(self, values: Values) -> str:
        text = one_line(values.get("basis", ""), "basis") or self.order.basis
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

    def _wording(self, values: Values) -> Wording | None:
        text = values.get("wording", "").strip() or self.order.wording
        if text not in self._wordings:
            self._wordings[text] = read_wording(Path(text), self.order.root) if text else None
        return self._wordings[text]


def reason_of(error: InputError) -> tuple[str, str]:
    """The field and what is wrong with it, from an error raised by `RowReader.read`."""
    head, colon, rest = error.message.partition(": ")
    return (head, rest) if colon and head in _LABELS else ("", error.message)


def _parts(text: str, *also: str) -> tuple[str, ...]:
    if not text:
        return ()
    for mark in (*_PARTS[1:], *also):
        text = text.replace(mark, _PARTS[0])
    return tuple(part for part in (piece.strip() for piece in text.split(_PARTS[0])) if part)
