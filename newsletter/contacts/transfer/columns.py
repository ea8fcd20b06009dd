"""Match a file's columns to the fields of a contact, by their headings."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from newsletter.addresses import BadAddress, parse_address
from newsletter.contacts.transfer.source import DELIMITERS, BadFile, Shape, sample
from newsletter.errors import Problem

#: Field -> headings by which it goes, without blanks, case and punctuation.
HEADINGS: dict[str, tuple[str, ...]] = {
    "email": (
        *("email", "emailaddress", "mail", "mailaddress", "address1email", "contactemail", "primaryemail"),
        *("email1value", "youremail", "youremailaddress", "workemail", "adresseemail", "emailadresse"),
        *("ebost", "cyfeiriadebost", "courriel", "adresseélectronique", "mailadresse"),
    ),
    "name": ("name", "fullname", "displayname", "contactname", "yourname", "contact", "nom", "namen", "enw"),
    "given_name": (
        *("firstname", "givenname", "forename", "fname", "first", "vorname", "prenom", "prénom"),
        "enwcyntaf",
    ),
    "surname": (
        *("surname", "lastname", "familyname", "lname", "last", "nachname", "secondname"),
        *("cyfenw", "nomdefamille", "familienname"),
    ),
    "organisation": (
        *("organisation", "organization", "organisations", "organizations", "organisationname"),
        *("organizationname", "company", "companyname", "employer", "institution", "affiliation", "org"),
        *("sefydliad", "firma", "organisme"),
    ),
    "position": ("position", "jobtitle", "job", "jobrole"),
    "role": ("role", "roles", "studyrole"),
    "language": ("language", "lang", "locale", "preferredlanguage", "sprache", "langue", "iaith"),
    "format": ("format", "emailformat", "emailtype", "preferredformat"),
    "list": ("list", "lists", "mailinglist", "mailinglists", "newsletter", "newsletters"),
    "basis": ("basis", "lawfulbasis", "legalbasis"),
    "given_on": (
        *("givenon", "consentdate", "dateofconsent", "consentgiven", "consentgivenon", "consentedon"),
        *("dategiven", "optintime", "confirmtime", "signupdate", "signedup", "dateconsented", "subscribedon"),
    ),
    "expires_on": ("expireson", "expires", "consentexpires", "consentuntil"),
    "source": ("source", "consentsource", "howconsentwasgiven", "origin", "evidence"),
    "channel": ("channel", "consentchannel"),
    "wording": ("wording", "consentwording"),
    "notes": ("notes", "note", "comment", "comments", "remarks", "nodiadau"),
    "tags": ("tags", "tag", "labels"),
    "postal_address": ("postaladdress", "address", "mailingaddress", "streetaddress", "homeaddress"),
    "subscriber": ("subscriber", "subscribertype"),
}
_FIELDS = {heading: name for name, headings in HEADINGS.items() for heading in headings}
#: What our own rejects files add, passed over without a word when they come back mended.
REJECTS = ("rejected line", "rejected because")
#: What a row without any text is made of.
_EMPTY = "".join(DELIMITERS) + ' \r\n"\ufeff'
#: What makes a spreadsheet program run a cell as a formula (OWASP ASVS 1.2.10).
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Columns:
    """How a file is laid out: where each field stands, what is passed over, where the people begin."""

    delimiter: str
    has_header: bool
    headings: tuple[str, ...]
    places: dict[str, int]
    ignored: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def width(self) -> int:
        return len(self.headings)

    def values(self, cells: Sequence[str]) -> dict[str, str]:
        """The texts of a row by field, without those that are empty."""
        found = {name: text for name, place in self.places.items() if (text := cells[place])}
        if self.headings[-len(REJECTS) :] == REJECTS:
            return {name: _unguarded(text) for name, text in found.items()}
        return found


def guarded(cell: str) -> str:
    """A cell that no spreadsheet program runs as a formula: such a one with a quote before it."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def find_columns(shape: Shape) -> Columns:
    """The layout of the file. Raises BadFile where no column can be told to hold addresses."""
    lines = sample(shape)
    told = _SEPARATOR_LINE.fullmatch(lines[0].lstrip("\ufeff"))
    candidates = (told[1],) if told else DELIMITERS
    best, rows, at, score = "", [], 0, (0, 0)
    for delimiter in candidates:
        parsed = _parse(lines, delimiter)
        for number, row in enumerate(parsed):
            fields = [_FIELDS.get(_plain(cell), "") for cell in row]
            found = ("email" in fields, sum(map(bool, fields)))
            if found > score and found[0]:
                best, rows, at, score = delimiter, parsed, number, found
    if not best:
        return _without_header(shape, lines, candidates)
    return _matched(shape, best, rows, at)


def _matched(shape: Shape, delimiter: str, rows: list[list[str]], at: int) -> Columns:
    places: dict[str, int] = {}
    ignored = []
    for place, heading in enumerate(rows[at]):
        name = _FIELDS.get(_plain(heading))
        if name and name in places:
            first = rows[at][places[name]]
            _refuse(shape, at + 1, f"the columns {first!r} and {heading!r} both mean {name!r}", "Rename one.")
        if name:
            places[name] = place
        elif heading.strip() and heading.strip() not in REJECTS:
            ignored.append(heading.strip())
    passed = [row for row in rows[:at] if any(cell.strip() for cell in row)]
    only_told = len(passed) == 1 and _SEPARATOR_LINE.fullmatch(delimiter.join(passed[0]))
    notes = (f"passed over {len(passed)} rows above the headings",) if passed and not only_told else ()
    return Columns(delimiter, True, tuple(rows[at]), places, tuple(ignored), notes)


def _without_header(shape: Shape, lines: list[str], candidates: Sequence[str]) -> Columns:
    """A plain list of addresses, one a line, is understood; anything else is asked to say its columns."""
    first = next((line.strip() for line in lines if line.strip(_EMPTY)), "")
    if not first:
        raise BadFile(f"{shape.path}: the file is empty")
    if _is_address(first):
        return Columns(
            ",", False, ("email",), {"email": 0}, notes=("read as a list of addresses without headings",)
        )
    begins = next(number for number, line in enumerate(lines) if line.strip(_EMPTY))
    filled = lines[begins:]
    rows = next((rows for d in candidates if len((rows := _parse(filled, d))[0]) > 1), [[first]])
    cells = [cell.strip() for cell in rows[0] if cell.strip()]
    mend = "Put a first line with headings, such as: name,email,organisation"
    if any(_is_address(cell) for cell in cells):
        _refuse(shape, begins + 1, "the first line holds an address where the headings should be", mend)
    shown = ", ".join(repr(cell[:40]) for cell in cells[:12])
    _refuse(shape, begins + 1, f"no heading says that its column holds email addresses; found: {shown}", mend)
    raise AssertionError  # pragma: no cover


def _parse(lines: list[str], delimiter: str) -> list[list[str]]:
    try:
        rows = list(csv.reader(lines, delimiter=delimiter, skipinitialspace=True))
    except csv.Error:
        rows = []
    return rows or [[""]]


def _refuse(shape: Shape, line: int, message: str, remedy: str) -> None:
    raise BadFile(problems=[Problem("import", "error", str(shape.path), line, "", message, remedy)])


def _plain(heading: str) -> str:
    return re.sub(r"[\W_]", "", heading).casefold()


def _is_address(text: str) -> bool:
    if "@" not in text:
        return False
    try:
        parse_address(text)
    except BadAddress:
        return False
    return True
