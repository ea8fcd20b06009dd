"""Match a file's columns to the fields of a contact: by what was said, by the program, by their headings."""

import csv
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NoReturn

from newsletter.addresses import BadAddress, parse_address
from newsletter.contacts.transfer import presets
from newsletter.contacts.transfer.formulas import unguarded
from newsletter.contacts.transfer.headings import IGNORE, OWN, SPARE, field_of, may_say_who_left, plain
from newsletter.contacts.transfer.presets import Preset
from newsletter.contacts.transfer.source import (
    DELIMITERS,
    BadFile,
    Shape,
    as_addresses,
    holds_addresses,
    read_rows,
    refuse,
    sample,
)

#: What our own rejects files add, passed over without a word when they come back mended.
REJECTS = ("rejected line", "rejected because")
#: What a row without any text is made of.
_EMPTY = "".join(DELIMITERS) + ' \r\n"\ufeff'
_SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)
_SAMPLE_ROWS = 12


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is known beforehand: mapping (heading or number -> field), own fields, program ('' = look)."""

    mapping: Mapping[str, str] = field(default_factory=dict)
    own: Collection[str] = ()
    program: str = ""


@dataclass(frozen=True, slots=True)
class Columns:
    """How a file is laid out: where each field stands, what is passed over, where the people begin."""

    delimiter: str
    has_header: bool
    headings: tuple[str, ...]
    places: dict[str, int]
    ignored: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    preset: Preset | None = None
    leaving: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        return len(self.headings)

    def values(self, cells: Sequence[str]) -> dict[str, str]:
        """The texts of a row by field, without those that are empty."""
        found = {name: text for name, place in self.places.items() if (text := cells[place])}
        if self.headings[-len(REJECTS) :] == REJECTS:
            return {name: unguarded(text) for name, text in found.items()}
        return found


def find_columns(shape: Shape, wanted: Wanted | None = None) -> tuple[Shape, Columns]:
    """The layout of the file, and the file as it has to be read.

    Raises BadFile where no column can be told to hold addresses.
    """
    wanted = wanted or Wanted()
    if shape.kind == "addresses" or wanted.program == "bcc":
        return _list_of_addresses(shape)
    best: tuple[str, list[list[str]], int] = ("", [], 0)
    score = (False, 0)
    for delimiter, rows in _parsed(shape):
        for number, row in enumerate(rows):
            fields = _Fields(row, wanted).fields
            found = ("email" in fields, sum(map(bool, fields)))
            if found > score and found[0]:
                best, score = (delimiter, rows, number), found
    if score[0]:
        return shape, _matched(shape, best, wanted)
    return _without_header(shape, wanted)


class _Fields:
    """What each heading of a row means, and the program whose headings they are."""

    def __init__(self, headings: Sequence[str], wanted: Wanted) -> None:
        names = [plain(heading) for heading in headings]
        known = presets.PRESETS.get(wanted.program)
        self.preset = known or (None if wanted.program else presets.detect(frozenset(names)))
        said = {plain(heading): name for heading, name in wanted.mapping.items()}
        taken = {name for name in map(said.get, names) if name}
        own = {plain(name): OWN + name for name in wanted.own}
        self.fields = []
        self.said = []
        for heading, name in zip(headings, names, strict=True):
            meant = self.preset.headings.get(name) if self.preset else None
            meant = meant or own.get(name) or field_of(heading)
            # A column that the operator named takes the place of one that only seems to be it.
            self.fields.append(said.get(name) or ("" if meant in taken else meant))
            if name in said:
                self.said.append(f"{heading.strip()!r} as {said[name].replace('_', ' ')}")


def _parsed(shape: Shape) -> Iterator[tuple[str, list[list[str]]]]:
    """The first rows, once for each separator that may be meant."""
    if shape.kind in ("workbook", "json"):
        yield "", [cells for _, cells in islice(read_rows(shape, ""), _SAMPLE_ROWS)]
        return
    lines = sample(shape)
    told = _SEPARATOR_LINE.fullmatch(lines[0].lstrip("\ufeff")) if lines else None
    for delimiter in (told[1],) if told else DELIMITERS:
        yield delimiter, _parse(lines, delimiter)


def _matched(shape: Shape, found: tuple[str, list[list[str]], int], wanted: Wanted) -> Columns:
    delimiter, rows, at = found
    known = _Fields(rows[at], wanted)
    places, ignored = _places(shape, rows[at], known.fields, at + 1)
    notes = _above(rows[:at], delimiter)
    if known.preset:
        notes.insert(0, f"read as {known.preset.title}")
    if known.said:
        notes.append(f"read as you said: {', '.join(known.said)}")
    leaving = [heading for heading in ignored if may_say_who_left(heading)]
    if leaving:
        notes.append(
            f"does {leaving[0]!r} say who may not be written to? It was passed over; name it with "
            f"--map '{leaving[0]}=opted out' (or status, left on), or --map '{leaving[0]}=ignore'"
        )
    if shape.sheets[1:]:
        notes.append(
            f"read the sheet {shape.sheets[0]!r} alone; the others ({', '.join(shape.sheets[1:6])}) "
            "are read with --sheet"
        )
    about = (places, tuple(ignored), tuple(notes), known.preset, tuple(leaving))
    return Columns(delimiter, True, tuple(rows[at]), *about)


def _places(
    shape: Shape, headings: Sequence[str], fields: Sequence[str], line: int
) -> tuple[dict[str, int], list[str]]:
    places: dict[str, int] = {}
    ignored = []
    for place, (heading, name) in enumerate(zip(headings, fields, strict=True)):
        again = name in places
        if again and name not in SPARE:
            _refuse_twice(shape, line, (headings[places[name]], heading), name)
        if name and name != IGNORE and not again:
            places[name] = place
        elif name != IGNORE and heading.strip() and heading.strip() not in REJECTS:
            ignored.append(heading.strip())
    return places, ignored


def _refuse_twice(shape: Shape, line: int, both: tuple[str, str], name: str) -> NoReturn:
    first, second = both
    mend = "" if plain(first) == plain(second) else f", or pass it over: --map '{second}=ignore'"
    refuse(shape, line, f"the columns {first!r} and {second!r} both mean {name!r}", f"Rename one{mend}.")


def _above(rows: Sequence[Sequence[str]], delimiter: str) -> list[str]:
    """What is told of rows above the headings."""
    passed = [row for row in rows if any(cell.strip() for cell in row)]
    only_told = len(passed) == 1 and _SEPARATOR_LINE.fullmatch(delimiter.join(passed[0]))
    return [f"passed over {len(passed)} rows above the headings"] if passed and not only_told else []


def _without_header(shape: Shape, wanted: Wanted) -> tuple[Shape, Columns]:
    """A plain list of addresses is understood; anything else is asked to say its columns."""
    candidates = list(_parsed(shape))
    begins, first = _first_row(candidates)
    if not first:
        raise BadFile(f"{shape.shown}: the file is empty")
    numbered = {int(number): name for number, name in wanted.mapping.items() if number.isdigit()}
    if "email" in numbered.values():
        return shape, _by_number(candidates, numbered)
    whole = next((line for line in sample(shape) if line.strip(_EMPTY)), "") if shape.kind == "text" else ""
    if _is_address(whole.strip()):
        return shape, Columns(
            ",", False, ("email",), {"email": 0}, notes=("read as a list of addresses without headings",)
        )
    if not (whole and holds_addresses(whole)):
        _refuse_without_header(shape, begins, first)
    return _list_of_addresses(shape)


def _refuse_without_header(shape: Shape, begins: int, first: Sequence[str]) -> NoReturn:
    mend = "Put a first line with headings, such as: name,email,organisation"
    if any(_is_address(cell) for cell in first):
        told = "the first line holds an address where the headings should be"
        refuse(shape, begins, told, f"{mend}; or number the columns: --map 1=name --map 2=email")
    shown = ", ".join(repr(cell[:40]) for cell in first[:12])
    told = f"no heading says that its column holds email addresses; found: {shown}"
    refuse(shape, begins, told, f"{mend}; or say which one it is: --map {first[0][:40]!r}=email")


def _first_row(candidates: list[tuple[str, list[list[str]]]]) -> tuple[int, list[str]]:
    """The first row with text in it, by the separator that divides it; its number, and its cells with text."""
    found: tuple[int, list[str]] = (0, [])
    for _, rows in candidates:
        for number, row in enumerate(rows, 1):
            cells = [cell.strip() for cell in row if cell.strip(_EMPTY)]
            if cells:
                if not found[1] or (len(cells) > 1 and len(found[1]) < 2):
                    found = (number, cells)
                break
    return found


def _by_number(candidates: list[tuple[str, list[list[str]]]], numbered: dict[int, str]) -> Columns:
    delimiter, rows = max(candidates, key=lambda one: max((len(row) for row in one[1]), default=0))
    width = max(*numbered, *(len(row) for row in rows))
    places = {name: number - 1 for number, name in numbered.items() if name != IGNORE and number > 0}
    headings = tuple(numbered.get(number, f"column {number}") for number in range(1, width + 1))
    return Columns(delimiter, False, headings, places, notes=("read without headings, as you numbered",))


def _list_of_addresses(shape: Shape) -> tuple[Shape, Columns]:
    notes = ("read as addresses one after another, as in a Bcc field",)
    return as_addresses(shape), Columns("", False, ("name", "email"), {"name": 0, "email": 1}, notes=notes)


def _parse(lines: list[str], delimiter: str) -> list[list[str]]:
    try:
        rows = list(csv.reader(lines, delimiter=delimiter, skipinitialspace=True))
    except csv.Error:
        rows = []
    return rows or [[""]]


def _is_address(text: str) -> bool:
    if "@" not in text:
        return False
    try:
        parse_address(text, smtputf8=True)
    except BadAddress:
        return False
    return True
