"""One row of a file as a person with what they agreed to, or the reason why it cannot be taken."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from newsletter.addresses import Address, BadAddress, parse_address
from newsletter.contacts.fields import CLEAN, CLEAN_EACH, BadField, distinct, one_line
from newsletter.contacts.transfer import written
from newsletter.contacts.transfer.agreements import AgreementReader
from newsletter.contacts.transfer.columns import Columns
from newsletter.contacts.transfer.headings import OWN
from newsletter.contacts.transfer.order import parts
from newsletter.errors import InputError
from newsletter.tokens import Key, address_key

#: Fields that hold several texts: their column, and what else may stand between them.
_SEVERAL = {"organisations": ("organisation", ()), "roles": ("role", ()), "tags": ("tags", (",",))}
_POSTAL = ("street", "city", "postcode", "country")
_KNOWN_LIMIT = 1000
_ADDRESSES_LIMIT = 20
Values = Mapping[str, str]  # field -> text, without those that are empty
_LABELS = {
    *("email", "name", "given name", "organisation", "position", "role", "tag", "language", "format"),
    *("postal address", "subscriber", "stop", "notes", "list", "basis", "given on", "expires on", "source"),
    *("channel", "status", "opted out", "left on"),
}


class Row(NamedTuple):
    """A row that can be taken, as the staging keeps it; texts of several are on lines of their own.

    `key` is the keyed hash of the address, `normalised` '' where it is `email` itself; `own` is
    JSON, `given` what `agreements` reads, `suppress` why nobody may write to this address again,
    `ours` JSON of what only an export of ours says.
    """

    line: int
    key: str
    email: str
    normalised: str
    others: str
    name: str
    given_name: str
    position: str
    language: str
    format: str
    postal_address: str
    subscriber: str
    stop: str
    notes: str
    organisations: str
    roles: str
    tags: str
    own: str
    given: str
    suppress: str
    ours: str = ""


@dataclass(slots=True)
class RowReader:
    """Turns rows into people."""

    columns: Columns
    agreed: AgreementReader
    key: Key
    _parted: dict[tuple[str, str], str] = field(default_factory=dict)
    _own: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self._own = tuple(name for name in self.columns.places if name.startswith(OWN))

    def read(self, line: int, cells: Sequence[str]) -> Row:
        """The person in a row. Raises InputError with field and reason."""
        values = self._values(cells)
        address, beside, others = _addresses(values.get("email", ""))
        for name in ("other_emails", "more_emails"):
            if more := values.get(name):
                others += tuple(_parsed(one.email) for one in written.split_addresses(more))
        agreed = self.agreed.read(values)
        return Row(
            line,
            address_key(self.key, address.normalised),
            address.email,
            address.normalised if address.normalised != address.email else "",
            "\n".join(other.email for other in others),
            self._name(values) or beside,
            _clean(values, "given_name"),
            _clean(values, "position"),
            _clean(values, "language"),
            _clean(values, "format"),
            _clean(values, "postal_address"),
            _clean(values, "subscriber"),
            _clean(values, "stop"),
            _clean(values, "notes"),
            self._several(values, "organisations"),
            self._several(values, "roles"),
            self._several(values, "tags"),
            self._own_fields(values) if self._own else "",
            agreed.text,
            agreed.suppress,
        )

    def _values(self, cells: Sequence[str]) -> Values:
        width = self.columns.width
        if len(cells) < width:
            # Programs leave out the empty cells at the end; what is missing is missing there.
            cells = [*cells, *[""] * (width - len(cells))]
        elif len(cells) > width and any(cell.strip() for cell in cells[width:]):
            raise BadField(f"it has {len(cells)} fields, where the headings are {width}; is a quote missing?")
        values = self.columns.values(cells)
        if self.columns.preset:
            values = {name: text for name, text in values.items() if text.strip()}
            self.columns.preset.adapt(values)
        if "postal_address" not in values and (found := [values[n] for n in _POSTAL if n in values]):
            values["postal_address"] = "\n".join(found)
        return values

    def _name(self, values: Values) -> str:
        if name := values.get("name"):
            return CLEAN["name"](name)
        if "surname" not in values and "given_name" not in values:
            return ""
        told = (values.get(name, "").strip() for name in ("given_name", "surname"))
        return CLEAN["name"](" ".join(part for part in told if part))

    def _several(self, values: Values, name: str) -> str:
        column, marks = _SEVERAL[name]
        text = values.get(column)
        if not text:
            return ""
        parted = self._parted.get((name, text))
        if parted is None:
            parted = "\n".join(distinct(parts(text, *marks), CLEAN_EACH[name]))
            if len(self._parted) < _KNOWN_LIMIT:
                self._parted[name, text] = parted
        return parted

    def _own_fields(self, values: Values) -> str:
        found = {name: one_line(text, name[len(OWN) :]) for name in self._own if (text := values.get(name))}
        kept = {name[len(OWN) :]: text for name, text in found.items() if text}
        return json.dumps(kept, ensure_ascii=False) if kept else ""


def reason_of(error: InputError) -> tuple[str, str]:
    """The field and what is wrong with it, from an error raised by `RowReader.read`."""
    head, colon, rest = error.message.partition(": ")
    return (head, rest) if colon and head in _LABELS else ("", error.message)


def _clean(values: Values, name: str) -> str:
    text = values.get(name)
    if not text:
        return ""
    clean: Callable[[str], str] = CLEAN[name]
    return clean(text)


def _addresses(text: str) -> tuple[Address, str, tuple[Address, ...]]:
    """The address in a cell, the name beside it, and any further addresses. Raises BadField."""
    try:
        return parse_address(text, smtputf8=True), "", ()
    except BadAddress as error:
        reason = f"email: {error.message}"
    if not text.strip():
        raise BadField("email: it is empty; people without one are added with `newsletter contacts add`")
    found = written.split_addresses(text)
    # A line break may stand between addresses; beside one of them it is two lines of a header.
    broken = len(found) == 1 and text.strip(" \t") != "".join(text.splitlines()).strip(" \t")
    if broken or not 0 < len(found) <= _ADDRESSES_LIMIT:
        raise BadField(reason)
    try:
        first, *others = dict.fromkeys(_parsed(one.email) for one in found)
    except BadField:
        raise BadField(reason) from None
    return first, CLEAN["name"](found[0].name), tuple(others)


def _parsed(text: str) -> Address:
    try:
        return parse_address(text, smtputf8=True)
    except BadAddress as error:
        raise BadField(f"email: {error.message}") from None
