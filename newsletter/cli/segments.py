"""`newsletter segments`: questions about people, kept under a name."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.console import (
    counted,
    json_option,
    now,
    operator,
    print_json,
    print_table,
    printable,
    takes_workspace,
)
from newsletter.cli.people import people_of

if TYPE_CHECKING:
    from newsletter.config import Workspace
    from newsletter.contacts import Segment

_KINDS = {
    "role": "A role, while it lasts: contributor, partner …",
    "organisation": "An organisation they belong to.",
    "tag": "A tag.",
    "list": "A list they are on.",
    "language": "The language they read: en, cy …",
    "format": "How they get it: html, text, print, large-print.",
    "region": "The field 'region'; short for --field region=….",
}


def _asking(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add every criterion, and its opposite."""
    wrapped = function
    field = "A field of your own, as NAME=VALUE."
    for name, text in reversed([*_KINDS.items(), ("field", field)]):
        metavar = "NAME=VALUE" if name == "field" else "TEXT"
        for option, said in ((f"--not-{name}", f"Only people without it. {text}"), (f"--{name}", text)):
            wrapped = click.option(option, multiple=True, metavar=metavar, help=said)(wrapped)
    return wrapped


@click.group()
def segments() -> None:
    """Segments: questions about people, kept under a name, to send to and to export by.

    \b
    Example:
      newsletter segments add north --role contributor --region North --not-tag press
      newsletter send 2022-10 --segment north --dry-run
    """


@segments.command()
@click.argument("name")
@_asking
@click.option("--replace", is_flag=True, help="Give a segment that is there a new meaning.")
@json_option
@takes_workspace
def add(workspace: "Workspace", name: str, replace: bool, as_json: bool, **asked: tuple[str, ...]) -> None:
    """Keep a segment: the same option again means any of them, different options mean all.

    Nobody is put into a segment: who meets its criteria is in it, today and when it is next asked.

    \b
    Example:
      newsletter segments add north --role contributor --region North --not-tag press
      newsletter segments add paper-cy --language cy --format print --format large-print
    """
    from newsletter.contacts import Actor, add_segment, count_segment, operation

    with people_of(workspace) as db:
        with operation(db, Actor(operator()), "segments add", now()) as running:
            segment, warnings = add_segment(
                db, name, _criteria(asked), now(), recorder=operator(), replace=replace
            )
            running.summary["segment"] = name
        number = count_segment(db, segment.criteria, now())
    for warning in warnings:
        click.echo(f"{click.style('warning', fg='yellow')}: {printable(warning)}", err=True)
    if as_json:
        print_json(_as_dict(segment, number) | {"warnings": warnings})
    else:
        click.echo(
            printable(f"{name}: {segment.in_words}. {counted(number, 'person', 'people')} in it today.")
        )


@segments.command("list")
@json_option
@takes_workspace
def list_(workspace: "Workspace", as_json: bool) -> None:
    """List all segments, with how many people are in each today.

    \b
    Example:
      newsletter segments list
    """
    from newsletter.contacts import all_segments, count_segment

    with people_of(workspace) as db:
        found = [(one, count_segment(db, one.criteria, now())) for one in all_segments(db)]
    if as_json:
        print_json([_as_dict(one, number) for one, number in found])
    elif found:
        print_table(["segment", "who", "people"], ([one.name, one.in_words, number] for one, number in found))
    else:
        click.echo("There are no segments yet; `newsletter segments add --help`.", err=True)


@segments.command()
@click.argument("name")
@click.option(
    "--limit", default=50, show_default=True, type=click.IntRange(0, 100_000), help="How many people to list."
)
@json_option
@takes_workspace
def show(workspace: "Workspace", name: str, limit: int, as_json: bool) -> None:
    """Show a segment: what it asks, how many people are in it, and who.

    \b
    Example:
      newsletter segments show north
    """
    from newsletter.contacts import count_segment, find_segment, segment_people

    with people_of(workspace) as db:
        segment = find_segment(db, name)
        number = count_segment(db, segment.criteria, now())
        people = segment_people(db, segment.criteria, now(), limit)
    if as_json:
        print_json(_as_dict(segment, number) | {"listed": [person.as_dict() for person in people]})
        return
    click.echo(printable(f"{segment.name}: {segment.in_words}. {counted(number, 'person', 'people')}."))
    if people:
        print_table(
            ["id", "name", "email", "organisation"], ([p.id, p.name, p.email, p.organisation] for p in people)
        )
    if number > len(people):
        click.echo(f"… and {number - len(people):,} more; `--limit` lists them.", err=True)


@segments.command()
@click.argument("name")
@takes_workspace
def remove(workspace: "Workspace", name: str) -> None:
    """Forget a segment; the people stay, and mailings keep the meaning that it had.

    \b
    Example:
      newsletter segments remove north
    """
    from newsletter.contacts import Actor, operation, remove_segment

    with people_of(workspace) as db, operation(db, Actor(operator()), "segments remove", now()) as running:
        segment = remove_segment(db, name)
        running.summary["segment"] = name
    click.echo(printable(f"Removed {name}. It meant: {segment.in_words}"))


def _criteria(asked: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """The options as criteria: `not_tag` is 'not tag', `region` and `field` are fields of the team's own."""
    found: dict[str, tuple[str, ...]] = {}
    for option, texts in asked.items():
        negated = "not " * option.startswith("not_")
        kind = option.removeprefix("not_")
        for text in texts:
            name, value = _field(text) if kind == "field" else (kind, text)
            key = negated + (f"field:{name}" if kind in ("field", "region") else name)
            found[key] = (*found.get(key, ()), value)
    return found


def _field(text: str) -> tuple[str, str]:
    name, equals, value = (part.strip() for part in text.partition("="))
    if not (name and equals):
        raise click.UsageError(f"--field: {text!r} says nothing; write NAME=VALUE, such as profession=nurse")
    return name, value


def _as_dict(segment: "Segment", number: int) -> dict[str, object]:
    return {
        "segment": segment.name,
        "criteria": {key: list(texts) for key, texts in segment.criteria.items()},
        "in_words": segment.in_words,
        "people": number,
    }
