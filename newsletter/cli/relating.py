"""`relate` and `unrelate`, for people and for organisations."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from newsletter.cli.console import now, printable, takes_workspace
from newsletter.cli.own import day_of
from newsletter.cli.people import changing

if TYPE_CHECKING:
    from newsletter.config import Workspace
    from newsletter.contacts import End, Relationship
    from newsletter.database import Database


@click.command()
@click.argument("who", metavar="WHO")
@click.argument("kind", metavar="WHAT")
@click.argument("whom", metavar="WHOM")
@click.option("--since", default="", help="The day since when, such as 2021-05-01.")
@click.option("--until", default="", help="The day until when.")
@click.option("--note", default="", help="Anything else, on one line; they may ask to see it.")
@takes_workspace
def relate(  # one argument an option
    workspace: "Workspace", who: str, kind: str, whom: str, since: str, until: str, note: str
) -> None:
    """Keep what one person or organisation is to another, read from left to right.

    People are named by address or id, organisations by name. How it is read from the other end is
    known for many kinds ('line manager of', 'chair of', 'funds', 'part of'); add yours under
    [relationships] in newsletter.toml.

    \b
    Example:
      newsletter contacts relate ada@example.org "line manager of" ben@example.org --since 2021-05-01
      newsletter organisations relate "Exampleton Council" funds "Exampleton Museum"
    """
    from newsletter.contacts import NewRelationship, relate

    with changing(workspace, "contacts relate") as db:
        days = day_of(since, "--since"), day_of(until, "--until")
        number = relate(db, NewRelationship(_end(db, who), kind, _end(db, whom), *days, note), now())
    click.echo(printable(f"Kept as number {number}: {who} {kind} {whom}."))


@click.command()
@click.argument("number", type=int)
@takes_workspace
def unrelate(workspace: "Workspace", number: int) -> None:
    """Forget a relationship, by its number on the card. One that ended is kept with --until instead.

    \b
    Example:
      newsletter contacts unrelate 3
    """
    from newsletter.contacts import unrelate

    with changing(workspace, "contacts unrelate") as db:
        unrelate(db, number)
    click.echo(f"Relationship {number} is forgotten.")


def in_words(found: "Iterable[Relationship]") -> list[str]:
    """Each as a line: 'line manager of Ben Ng (since 1 May 2021; number 3)'."""
    from newsletter.contacts import said

    lines = []
    for one in found:
        days = (
            f"since {said(one.since)}" if one.since else "",
            f"until {said(one.until)}" if one.until else "",
        )
        more = "; ".join(text for text in (*days, one.note, f"number {one.id}") if text)
        what = f"{one.words} {one.name}" if one.words else f"{one.name}: {one.kind} them"
        lines.append(f"{what} ({more})")
    return lines


def as_dicts(found: "Iterable[Relationship]") -> list[dict[str, object]]:
    """The same as plain data."""
    return [asdict(one) for one in found]


def _end(db: "Database", named: str) -> "End":
    """The organisation of this name, else the person with this address or id."""
    from newsletter.contacts import End, NoSuchOrganisation, find_contacts, find_organisation, the_contact

    if "@" in named or find_contacts(db, named):
        return End(contact_id=the_contact(db, named))
    try:
        return End(organisation_id=find_organisation(db, named).id)
    except NoSuchOrganisation as error:
        error.remedy = "Organisations are added with `organisations add`; people are named by address or id."
        raise
