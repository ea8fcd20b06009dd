"""`newsletter engagement`: what happened with whom, what is to be done and by when, and who has gone quiet."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from newsletter.cli.console import (
    ask_to_type,
    json_option,
    now,
    operator,
    print_json,
    print_table,
    printable,
    takes_workspace,
    yes_option,
)
from newsletter.cli.engagements import days_in, in_a_line, since_day, what_follows, with_whom
from newsletter.cli.people import day_or_today, people_of, today

if TYPE_CHECKING:
    from newsletter.config import Workspace
    from newsletter.contacts import Engagement, Running
    from newsletter.database import Database

_KINDS = (
    "meeting, call, event, advice, co-authored-work, email, letter, visit, training, interview, note, other"
)
_WHO = "ADDRESS-OR-ID"


@click.group()
def engagement() -> None:
    """Engagement: meetings, calls, advice and more, with people and organisations; what follows, and by when.

    \b
    Example:
      newsletter engagement add "Talk about recruiting" --kind call --with ada@example.org \\
          --said "She knows two practices" --follow-up "Send her the leaflet" --due 2022-10-14
      newsletter engagement due
    """


@engagement.command()
@click.argument("title")
@click.option("--kind", default="meeting", show_default=True, help=f"What it was: {_KINDS}.")
@click.option("--with", "people", multiple=True, metavar=_WHO, help="Who took part (again for more).")
@click.option(
    "--organisation", "organisations", multiple=True, help="An organisation that took part (again for more)."
)
@click.option("--on", default="", help="The day it happened (default: today).")
@click.option("--said", default="", help="What was said, in as many lines as it needs.")
@click.option("--follow-up", default="", help="What follows from it.")
@click.option("--due", default="", help="The day by which that is to be done.")
@json_option
@takes_workspace
def add(
    workspace: "Workspace",
    title: str,
    kind: str,
    people: tuple[str, ...],
    organisations: tuple[str, ...],
    on: str,
    said: str,
    follow_up: str,
    due: str,
    as_json: bool,
) -> None:
    """Keep something that happened with people or organisations.

    What is written here about a person is theirs to read, should they ask what is kept about them.

    \b
    Example:
      newsletter engagement add "Advisory group" --kind meeting --with ada@example.org \\
          --organisation "Exampleton Museum" --on 2022-09-14 --follow-up "Send the minutes" --due 2022-09-21
    """
    from newsletter.contacts import NewEngagement, add_engagement, the_engagement

    day = day_or_today(workspace, on, "--on")
    with people_of(workspace) as db, _changing(db, "add") as running:
        new = NewEngagement(
            kind,
            day.isoformat(),
            title,
            _ids_of_people(db, people),
            _ids_of_organisations(db, organisations),
            said,
            follow_up,
            due,
        )
        number = add_engagement(db, new, now(), operator())
        kept = the_engagement(db, number)
        _sum_up(running, kept)
    if as_json:
        print_json(asdict(kept))
    else:
        click.echo(printable(f"Kept as engagement {number}: {in_a_line(kept)}."))


@engagement.command("list")
@click.option("--with", "who", default="", metavar=_WHO, help="Only what happened with this person.")
@click.option("--organisation", default="", help="Only what happened with this organisation.")
@click.option("--since", default="", help="Only since this day, or so many days: 2022-06-01, 180d.")
@click.option("--kind", default="", help=f"Only of this kind: {_KINDS}.")
@click.option("--open", "only_open", is_flag=True, help="Only where something is still to be done.")
@json_option
@takes_workspace
def list_(
    workspace: "Workspace",
    who: str,
    organisation: str,
    since: str,
    kind: str,
    only_open: bool,
    as_json: bool,
) -> None:
    """List what happened, newest first.

    \b
    Example:
      newsletter engagement list --with ada@example.org
      newsletter engagement list --kind meeting --since 180d
    """
    from newsletter.contacts import WantedEngagements, find_engagements, find_organisation, the_contact

    with people_of(workspace) as db:
        wanted = WantedEngagements(
            contact_id=the_contact(db, who) if who else None,
            organisation_id=find_organisation(db, organisation).id if organisation else None,
            since=since_day(since, today(workspace)).isoformat() if since else "",
            kind=kind,
            only_open=only_open,
        )
        found = find_engagements(db, wanted)
    if as_json:
        print_json([asdict(one) for one in found])
    elif not found:
        click.echo("Nothing is kept that is like this.", err=True)
    else:
        rows = (
            [one.id, one.happened_on, one.kind, one.title, with_whom(one), what_follows(one)] for one in found
        )
        print_table(["no.", "day", "kind", "what", "with", "what follows"], rows)


@engagement.command()
@click.argument("number", type=int)
@json_option
@takes_workspace
def show(workspace: "Workspace", number: int, as_json: bool) -> None:
    """Show one engagement, with all that was said.

    \b
    Example:
      newsletter engagement show 7
    """
    from newsletter.contacts import said, the_engagement

    with people_of(workspace) as db:
        found = the_engagement(db, number)
    if as_json:
        print_json(asdict(found))
        return
    click.secho(printable(found.title), bold=True)
    click.echo(printable(f"  {found.kind}, {said(found.happened_on)}, with {with_whom(found)}"))
    for line in found.said.splitlines():
        click.echo(printable(f"  {line}"))
    if what_follows(found):
        click.echo(printable(f"  Follows: {what_follows(found)}"))
    click.echo(printable(f"  Kept by {found.recorder}, last changed {said(found.updated_at)}"))


@engagement.command()
@click.option("--within", default="14d", show_default=True, help="How many days ahead.")
@json_option
@takes_workspace
def due(workspace: "Workspace", within: str, as_json: bool) -> None:
    """What is to be done, and by when; what is overdue comes first, in red.

    \b
    Example:
      newsletter engagement due
      newsletter engagement due --within 4w
    """
    from newsletter.contacts import WantedEngagements, due_engagements, find_engagements

    day = today(workspace)
    with people_of(workspace) as db:
        found = due_engagements(db, day, days_in(within, "--within"))
        undated = sum(not one.due_on for one in find_engagements(db, WantedEngagements(only_open=True)))
    if as_json:
        print_json([asdict(one) | {"overdue": one.due_on < day.isoformat()} for one in found])
        return
    if not found:
        click.echo(f"Nothing is to be done within {days_in(within, '--within')} days.")
    for one in found:
        late = one.due_on < day.isoformat()
        text = printable(f"{one.due_on}  {one.follow_up}  (no. {one.id}, {one.title}, with {with_whom(one)})")
        click.secho(f"{'overdue  ' if late else '         '}{text}", fg="red" if late else None)
    if undated:
        click.echo(f"And {undated} without a day: newsletter engagement list --open", err=True)


@engagement.command()
@click.argument("number", type=int)
@click.option("--on", default="", help="The day it was done (default: today).")
@takes_workspace
def done(workspace: "Workspace", number: int, on: str) -> None:
    """Say that what followed from an engagement has been done.

    \b
    Example:
      newsletter engagement done 7
    """
    from newsletter.contacts import finish_engagement

    day = day_or_today(workspace, on, "--on")
    with people_of(workspace) as db, _changing(db, "done") as running:
        found = finish_engagement(db, number, day, now())
        _sum_up(running, found)
    click.echo(printable(f"Done: {found.follow_up or found.title}."))


@engagement.command()
@click.argument("number", type=int)
@click.option("--title", help="What it was, in a few words.")
@click.option("--kind", help=f"What it was: {_KINDS}.")
@click.option("--on", "happened_on", help="The day it happened.")
@click.option("--said", help="What was said; takes the place of what is kept.")
@click.option("--follow-up", help="What follows from it; '' for nothing.")
@click.option("--due", "due_on", help="The day by which that is to be done; '' for none.")
@click.option("--with", "people", multiple=True, metavar=_WHO, help="Somebody who took part, too.")
@click.option("--not-with", "not_people", multiple=True, metavar=_WHO, help="Somebody who did not take part.")
@click.option("--organisation", "organisations", multiple=True, help="An organisation that took part, too.")
@click.option(
    "--not-organisation", "not_organisations", multiple=True, help="An organisation that did not take part."
)
@takes_workspace
def edit(
    workspace: "Workspace",
    number: int,
    people: tuple[str, ...],
    not_people: tuple[str, ...],
    organisations: tuple[str, ...],
    not_organisations: tuple[str, ...],
    **texts: str | None,
) -> None:
    """Correct an engagement; what is not named stays as it is.

    A new follow-up or a new day makes one that was done open again.

    \b
    Example:
      newsletter engagement edit 7 --due 2022-11-01 --with ben@example.org
    """
    from newsletter.contacts import EngagementChanges, edit_engagement

    given = {name: text for name, text in texts.items() if text is not None}
    if not (given or people or not_people or organisations or not_organisations):
        raise click.UsageError("say what is to be changed; --help lists it all")
    with people_of(workspace) as db, _changing(db, "edit") as running:
        changes = EngagementChanges(
            given,
            _ids_of_people(db, people),
            _ids_of_people(db, not_people),
            _ids_of_organisations(db, organisations),
            _ids_of_organisations(db, not_organisations),
        )
        found = edit_engagement(db, number, changes, now())
        _sum_up(running, found)
    click.echo(printable(f"Engagement {number} is now: {in_a_line(found)}."))


@engagement.command()
@click.argument("number", type=int)
@yes_option
@takes_workspace
def remove(workspace: "Workspace", number: int, yes: bool) -> None:
    """Forget an engagement for good; asks first, since this cannot be undone.

    \b
    Example:
      newsletter engagement remove 7
    """
    from newsletter.contacts import remove_engagement, the_engagement

    with people_of(workspace) as db:
        found = the_engagement(db, number)
        ask_to_type(printable(f"This is forgotten for good: {in_a_line(found)}."), str(number), yes=yes)
        with _changing(db, "remove") as running:
            remove_engagement(db, number)
            _sum_up(running, found)
    click.echo(f"Engagement {number} is forgotten.")


@engagement.command()
@click.option("--since", default="180d", show_default=True, help="A day, or so many days: 2022-06-01, 180d.")
@click.option(
    "--role", "roles", multiple=True, help="People in this role (again for more; default: partner)."
)
@click.option("--organisations", "of_organisations", is_flag=True, help="Organisations instead of people.")
@click.option(
    "--even-if-mailed", is_flag=True, help="Engagement alone counts; a newsletter that arrived does not."
)
@json_option
@takes_workspace
def quiet(
    workspace: "Workspace",
    since: str,
    roles: tuple[str, ...],
    of_organisations: bool,
    even_if_mailed: bool,
    as_json: bool,
) -> None:
    """Whom nobody has spoken to, or written to, for so long; the longest quiet first.

    Notes do not count, since nobody else took part in them, nor messages that came back. What
    happened with a person happened with their organisations. Those who must not be contacted are
    left out.

    \b
    Example:
      newsletter engagement quiet --since 180d
      newsletter engagement quiet --since 2022-01-01 --role funder --role press
      newsletter engagement quiet --organisations --even-if-mailed
    """
    from newsletter.outbox import quiet_organisations, quiet_people

    if roles and of_organisations:
        raise click.UsageError("--role is about people; --organisations leaves them out")
    day = today(workspace)
    first = since_day(since, day)
    with people_of(workspace) as db:
        if of_organisations:
            found = quiet_organisations(db, first, mailed=not even_if_mailed)
        else:
            found = quiet_people(db, first, day, roles=roles or ("partner",), mailed=not even_if_mailed)
    if as_json:
        print_json([asdict(one) | {"last": one.last} for one in found])
        return
    rows = (
        [one.name or "(no name)", one.email, one.engaged_on or "never", one.written_on or "–"]
        for one in found
    )
    if found:
        print_table(["name", "email", "last engagement", "last message"], rows)
    whom = "organisations" if of_organisations else " or ".join(roles or ("partner",))
    click.echo(f"{len(found)} quiet since {first.isoformat()} ({whom}).", err=True)


@contextmanager
def _changing(db: "Database", verb: str) -> Iterator["Running"]:
    from newsletter.contacts import Actor, operation

    with operation(db, Actor(operator()), f"engagement {verb}", now()) as running:
        yield running


def _sum_up(running: "Running", found: "Engagement") -> None:
    """What the record of changes keeps: nothing about anybody."""
    running.summary.update(
        engagement=found.id, kind=found.kind, people=len(found.people), organisations=len(found.organisations)
    )


def _ids_of_people(db: "Database", named: Sequence[str]) -> tuple[int, ...]:
    from newsletter.contacts import the_contact

    return tuple(the_contact(db, who) for who in named)


def _ids_of_organisations(db: "Database", named: Sequence[str]) -> tuple[int, ...]:
    from newsletter.contacts import find_organisation

    return tuple(find_organisation(db, name).id for name in named)
