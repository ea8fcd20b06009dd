"""What would reject every single row is said once, before any is read; and what ought to be known."""

from pathlib import Path

from newsletter.contacts.dates import past_day
from newsletter.contacts.ledger import BASES
from newsletter.contacts.lists import all_lists
from newsletter.contacts.transfer.columns import Columns
from newsletter.contacts.transfer.order import ImportOrder
from newsletter.contacts.transfer.ours import is_ours
from newsletter.contacts.transfer.source import Shape
from newsletter.contacts.wordings import read_wording
from newsletter.database import Database
from newsletter.errors import InputError, near

_ENCODINGS = {"cp1252": "Windows-1252", "mac_roman": "Mac Roman"}
_LEAVING = {"status", "opted_out", "left_on", "no_bulk", "no_email", "cleaned_on", "subscription"}


def check_order(db: Database, order: ImportOrder, shape: Shape, columns: Columns) -> list[str]:
    """What the operator should know of how the file is read. Raises InputError, BadDate or BadWording."""
    _check_settings(db, order)
    if is_ours(columns):
        return _check_ours(order, columns)
    notes = []
    if order.lists or "list" in columns.places:
        _check_consent(order, columns)
        _check_leaving(order, columns)
    elif _LEAVING & columns.places.keys():
        raise InputError(
            "--list is missing: the file says who left, and that is kept for a list",
            remedy="Name the list that this file's people were on: `--list NAME`.",
        )
    elif order.basis or order.given_on:
        raise InputError("--list is missing, and the file has no column for it: consent is given to a list")
    else:
        notes.append("no list was named: these people are added and may not be written to yet")
    if guessed := not order.encoding and _ENCODINGS.get(shape.encoding):
        notes.append(f"read as {guessed}, since it is not UTF-8; look whether accents came out right")
    return [*notes, *columns.notes]


def beyond_ascii(number: int) -> str:
    """What is to be known of so many addresses that have letters beyond ASCII before the @."""
    have, them = ("addresses have", "them") if number != 1 else ("address has", "it")
    return (
        f"{number:,} {have} letters beyond A to Z before the @: mail for {them} goes only through a mail server that "
        "offers SMTPUTF8 (`newsletter doctor` says whether yours does)"
    )


def _check_ours(order: ImportOrder, columns: Columns) -> list[str]:
    told = {"list": order.lists, "basis": order.basis, "given-on": order.given_on, "wording": order.wording}
    for option, value in told.items():
        if value:
            raise InputError(
                f"--{option}: an export of newsletter says itself who agreed to what, and when",
                remedy="Leave it out; or read the file as any other with `--from none`.",
            )
    return list(columns.notes)


def _check_consent(order: ImportOrder, columns: Columns) -> None:
    for field, option in (("basis", "--basis"), ("source", "--source"), ("given_on", "--given-on")):
        missing = not getattr(order, field) and field not in columns.places
        # What another program's export does not say is not known, and may be brought in as that.
        if missing and not columns.preset and (field == "basis" or order.basis != "unknown"):
            raise InputError(f"{option} is missing, and the file has no column for it")


def _check_leaving(order: ImportOrder, columns: Columns) -> None:
    """Nobody is taken as agreed while a column that may say the contrary is passed over unasked."""
    told = columns.preset or _LEAVING & columns.places.keys() or order.basis == "unknown"
    if columns.leaving and not told:
        heading = columns.leaving[0]
        raise InputError(
            f"the column {heading!r} may say who left, and nothing says how it is to be read",
            remedy=f"Say it: --map '{heading}=opted out' (or status, left on); --map '{heading}=ignore' "
            "where it says nothing of the kind.",
        )


def _check_settings(db: Database, order: ImportOrder) -> None:
    lists = all_lists(db)
    names = {text.casefold() for info in lists for text in (info.list, info.name)}
    for name in order.lists:
        if name.casefold() not in names:
            known = sorted(info.list for info in lists)
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
