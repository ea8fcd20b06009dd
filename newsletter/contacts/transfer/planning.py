"""Work out what an import would do, without doing it: who is new, what would change, what cannot be."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from newsletter.addresses import Address
from newsletter.contacts.dates import past_day
from newsletter.contacts.ledger import BASES
from newsletter.contacts.lists import all_lists
from newsletter.contacts.people import NewContact
from newsletter.contacts.suppression import count_suppressions, is_suppressed
from newsletter.contacts.transfer.columns import Columns, find_columns
from newsletter.contacts.transfer.existing import consent_after, fills_of, match_person, would_join
from newsletter.contacts.transfer.lines import Given, ImportOrder, Row, RowReader, reason_of
from newsletter.contacts.transfer.source import Shape, inspect_file, read_rows
from newsletter.contacts.wordings import read_wording
from newsletter.database import Database
from newsletter.errors import InputError, Problem, near

Progress = Callable[[int, int], None]  # lines done, lines in all
_STEP = 500


@dataclass(slots=True)
class Person:
    """Somebody in the file: all their rows together, and what is to be done with them."""

    line: int
    contact: NewContact
    address: Address
    given: dict[str, Given]
    contact_id: int | None = None
    fills: dict[str, str] = field(default_factory=dict)
    joins: bool = False

    @property
    def changes(self) -> bool:
        return bool(self.fills or self.joins or self.given)


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that cannot be taken: its cells as they stood, and why."""

    line: int
    cells: tuple[str, ...]
    problem: Problem


@dataclass(slots=True)
class Plan:
    """What an import would do. `version` tells whether the database is still the one it was made for."""

    order: ImportOrder
    shape: Shape
    columns: Columns
    version: tuple[int, int]
    any_suppressed: bool
    people: list[Person] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    suppressed: list[int] = field(default_factory=list)
    kept_withdrawn: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def problems(self) -> list[Problem]:
        """Why rows were rejected, in the order of the file."""
        return [rejected.problem for rejected in sorted(self.rejected, key=lambda rejected: rejected.line)]

    def counts(self) -> dict[str, int]:
        """The summary: people added, changed and unchanged, consents, and what stays out."""
        kinds = Counter(_kind(person) for person in self.people)
        return {
            "added": kinds["added"],
            "changed": kinds["changed"],
            "unchanged": kinds["unchanged"],
            "consents": sum(len(person.given) for person in self.people),
            "kept_withdrawn": self.kept_withdrawn,
            "suppressed": len(self.suppressed),
            "rejected": len(self.rejected),
        }


def plan_import(db: Database, order: ImportOrder, now: dt.datetime, progress: Progress | None = None) -> Plan:
    """What importing the file would do; nothing is changed.

    Raises BadFile where the file cannot be read at all, InputError where the order cannot be.
    """
    version = version_of(db)
    shape = inspect_file(order.path)
    plan = Plan(order, shape, find_columns(shape), version, bool(count_suppressions(db)))
    _check_order(db, plan)
    known: dict[str, Person] = {}
    reader = RowReader(order, plan.columns, _list_names(db), now)
    for row in _rows(plan, reader, progress):
        _place(db, plan, known, row)
    for person in plan.people:
        if person.contact_id is not None:
            _compare(db, plan, person)
    _look_up_cells(plan)
    return plan


def version_of(db: Database) -> tuple[int, int]:
    """Changes with every change of the database, by this connection or by another program."""
    row = db.one("PRAGMA data_version")
    return (int(row[0]) if row else 0, db.conn.total_changes)


def _rows(plan: Plan, reader: RowReader, progress: Progress | None) -> Iterator[Row]:
    below = not plan.columns.has_header
    for line, cells in read_rows(plan.shape, plan.columns.delimiter):
        if progress and line % _STEP == 0:
            progress(line, plan.shape.lines)
        if not below:
            below = tuple(cells) == plan.columns.headings
            continue
        try:
            yield reader.read(line, cells)
        except InputError as error:
            _reject(plan, line, *reason_of(error), cells=cells)


def _place(db: Database, plan: Plan, known: dict[str, Person], row: Row) -> None:
    """Put a row with the person it belongs to."""
    key = row.address.normalised
    earlier = known.get(key)
    if earlier:
        _merge(plan, earlier, row)
        return
    if plan.any_suppressed and is_suppressed(db, key):
        plan.suppressed.append(row.line)
        return
    try:
        contact_id = match_person(db, key, row.contact.name)
    except InputError as error:
        _reject(plan, row.line, *reason_of(error))
        return
    given = {given.list: given for given in row.given}
    person = known[key] = Person(row.line, row.contact, row.address, given, contact_id)
    plan.people.append(person)


def _merge(plan: Plan, person: Person, row: Row) -> None:
    """A second row with the same address: the same person, unless it has another name."""
    old, new = person.contact, row.contact
    if old.name and new.name and old.name.casefold() != new.name.casefold():
        reason = f"line {person.line} has the same address under another name"
        _reject(plan, row.line, "email", f"{reason}; add the second person by hand")
        return
    together: dict[str, Any] = {name: getattr(old, name) or getattr(new, name) for name in _SINGLE}
    for name in _SEVERAL:
        together[name] = tuple(dict.fromkeys(getattr(old, name) + getattr(new, name)))
    person.contact = replace(old, **together)
    for given in row.given:
        person.given.setdefault(given.list, given)


_SINGLE = ("name", "given_name", "position", "language", "postal_address", "notes")
_SEVERAL = ("organisations", "roles", "tags")


def _compare(db: Database, plan: Plan, person: Person) -> None:
    """What of an existing person would change: empty fields are filled, and no withdrawal is undone."""
    assert person.contact_id is not None  # noqa: S101  # asked by the caller
    person.fills = fills_of(db, person.contact_id, person.contact)
    person.joins = would_join(db, person.contact_id, person.contact)
    for name, given in list(person.given.items()):
        outcome = consent_after(db, person.contact_id, given)
        if outcome != "record":
            del person.given[name]
        plan.kept_withdrawn += outcome == "kept-withdrawn"


def _kind(person: Person) -> str:
    if person.contact_id is None:
        return "added"
    return "changed" if person.changes else "unchanged"


def _reject(plan: Plan, line: int, field: str, reason: str, *, cells: Sequence[str] = ()) -> None:
    problem = Problem("import", "error", str(plan.order.path), line, field, reason)
    plan.rejected.append(Rejected(line, tuple(cells), problem))


def _look_up_cells(plan: Plan) -> None:
    """The cells of rows that were rejected only after they were read: the file is read once more for all."""
    wanted = {rejected.line for rejected in plan.rejected if not rejected.cells}
    if not wanted:
        return
    rows = read_rows(plan.shape, plan.columns.delimiter)
    found = {line: tuple(cells) for line, cells in rows if line in wanted}
    plan.rejected[:] = [replace(one, cells=one.cells or found.get(one.line, ())) for one in plan.rejected]


def _check_order(db: Database, plan: Plan) -> None:
    """What would reject every single row is said once."""
    order, places = plan.order, plan.columns.places
    _check_settings(order, _list_names(db))
    if order.lists or "list" in places:
        for field, option in (("basis", "--basis"), ("source", "--source"), ("given_on", "--given-on")):
            missing = not getattr(order, field) and field not in places
            if missing and (field == "basis" or order.basis != "unknown"):
                raise InputError(f"{option} is missing, and the file has no column for it")
    elif order.basis or order.given_on:
        raise InputError("--list is missing, and the file has no column for it: consent is given to a list")
    else:
        plan.notes.append("no list was named: these people are added and may not be written to yet")
    if plan.shape.encoding == "cp1252":
        plan.notes.append("read as Windows-1252, since it is not UTF-8; look whether accents came out right")
    plan.notes.extend(plan.columns.notes)


def _check_settings(order: ImportOrder, names: dict[str, str]) -> None:
    for name in order.lists:
        if name.casefold() not in names:
            known = sorted(set(names.values()))
            raise InputError(
                f"--list: there is no list called {name!r}{near(name, known)}",
                remedy=f"There are: {', '.join(known)}." if known else "Lists stand in newsletter.toml.",
            )
    if order.basis and order.basis not in BASES:
        raise InputError(
            f"--basis: {order.basis!r} is not one of {', '.join(BASES)}{near(order.basis, BASES)}"
        )
    if order.given_on:
        past_day(order.given_on, order.today, "--given-on")
    if order.wording:
        read_wording(Path(order.wording), order.root)


def _list_names(db: Database) -> dict[str, str]:
    """What a list may be called in a file: its name, or the title that people see."""
    lists = all_lists(db)
    titles = {info.name.casefold(): info.list for info in lists}
    return titles | {info.list.casefold(): info.list for info in lists}
