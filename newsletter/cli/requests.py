"""`newsletter privacy request`: what people ask of us as is their right, and by when."""

import datetime as dt
from typing import TYPE_CHECKING

import click

from newsletter.cli.console import (
    json_option,
    now,
    operator,
    print_json,
    print_table,
    printable,
    takes_workspace,
)
from newsletter.cli.people import day_or_today, people_of, today

if TYPE_CHECKING:
    from newsletter.config import Workspace
    from newsletter.database import Database
    from newsletter.privacy import Request

#: What was done at once, by kind.
_AT_ONCE = {
    "objection": "Nothing more is sent to them from now on, whatever the list.",
    "restriction": "Nothing is sent to them until `newsletter contacts edit … --stop none`; change nothing else.",
    "access": "Answer it with `newsletter privacy export`.",
    "portability": "Answer it with `newsletter privacy export`; the JSON file is theirs.",
    "erasure": "Answer it with `newsletter privacy erase`, which closes this too.",
    "rectification": "Answer it with `newsletter contacts edit`.",
    "complaint": "Tell them that it has arrived, then `newsletter privacy request acknowledge`.",
}
_KINDS = [*_AT_ONCE]
_on = click.option("--on", default="", help="The day, such as 2026-06-14 (default: today).")


@click.group()
def request() -> None:
    """Requests and complaints about people's rights, each with the day by which it is due.

    \b
    Example:
      newsletter privacy request add objection ben@example.org --note "call of 3 May"
      newsletter privacy request list
    """


@request.command()
@click.argument("kind", type=click.Choice(_KINDS))
@click.argument("who", metavar="ADDRESS-OR-ID", required=False, default="")
@click.option("--received", default="", help="The day on which it came (default: today).")
@click.option("--note", default="", help="What was asked, and how it came; they may ask to see it.")
@json_option
@takes_workspace
def add(workspace: "Workspace", kind: str, who: str, received: str, note: str, as_json: bool) -> None:
    """Keep a request; an objection or a restriction stops all news to them at once.

    Without an address it is kept as somebody's whom we do not know. It is due a month after it came,
    a complaint is to be acknowledged within 30 days.

    \b
    Example:
      newsletter privacy request add access ada@example.org --received 2026-05-03 --note "by email"
      newsletter privacy request add complaint --note "letter; wants to know where we have her name from"
    """
    from newsletter.contacts import Actor, find_contacts, said
    from newsletter.privacy import add_request, find_subject, stranger

    day = day_or_today(workspace, received, "--received")
    with people_of(workspace) as db:
        known = who and (kind != "objection" or find_contacts(db, who))
        subject = find_subject(db, who) if known else stranger(db, who) if who else None
        kept = add_request(db, kind, subject, day, Actor(operator()), now(), note)
    if as_json:
        print_json(kept.as_dict(today(workspace)))
        return
    wanted = "acknowledged" if kind == "complaint" else "answered"
    click.echo(f"Request {kept.id} is to be {wanted} by {said(kept.due_on)}. {_AT_ONCE[kind]}")


@request.command("list")
@click.option("--all", "closed", is_flag=True, help="Those too that were answered.")
@json_option
@takes_workspace
def list_(workspace: "Workspace", closed: bool, as_json: bool) -> None:
    """Show the requests that are open, what is due first on top.

    \b
    Example:
      newsletter privacy request list
    """
    from newsletter.privacy import all_requests

    with people_of(workspace) as db:
        requests = all_requests(db, closed=closed)
        rows = [_row(db, one, today(workspace)) for one in requests]
    if as_json:
        print_json([one.as_dict(today(workspace)) for one in requests])
    elif rows:
        print_table(("no", "kind", "who", "received", "due", "where it stands"), rows)
    else:
        click.echo("No request is open.")
    for one in requests:
        if one.is_overdue(today(workspace)) and not as_json:
            click.secho(f"Request {one.id} ({one.kind}) is overdue since {one.due_on}.", fg="red", err=True)


@request.command()
@click.argument("number", type=int)
@_on
@takes_workspace
def acknowledge(workspace: "Workspace", number: int, on: str) -> None:
    """Note that somebody was told that their request has arrived.

    \b
    Example:
      newsletter privacy request acknowledge 3
    """
    from newsletter.privacy import acknowledge_request

    with people_of(workspace) as db:
        kept = acknowledge_request(db, number, day_or_today(workspace, on, "--on"))
    rest = "; answer it without undue delay" if kept.kind == "complaint" else f"; it is due on {kept.due_on}"
    click.echo(f"Request {number} was acknowledged on {kept.acknowledged_on}{rest}.")


@request.command()
@click.argument("number", type=int)
@click.option(
    "--outcome",
    type=click.Choice(["done", "partly", "refused", "withdrawn"]),
    default="done",
    show_default=True,
    help="How it ended.",
)
@click.option("--note", default="", help="Why, where it was refused; they may ask to see it.")
@_on
@takes_workspace
def close(workspace: "Workspace", number: int, outcome: str, note: str, on: str) -> None:
    """Note that a request was answered, and how.

    \b
    Example:
      newsletter privacy request close 3
      newsletter privacy request close 4 --outcome refused --note "not the person; told so on 5 May"
    """
    from newsletter.privacy import close_request

    with people_of(workspace) as db:
        kept = close_request(db, number, day_or_today(workspace, on, "--on"), outcome, note)
    click.echo(f"Request {number} was closed on {kept.closed_on}: {kept.outcome}.")


def requests_in_words(db: "Database", day: dt.date) -> list[tuple[str, bool]]:
    """A line for each request that is open, and whether it is overdue; for `newsletter status`."""
    from newsletter.contacts import said
    from newsletter.privacy import all_requests

    lines = []
    for one in all_requests(db):
        late = one.is_overdue(day)
        when = "was due" if late else "is due"
        if one.kind == "complaint" and one.acknowledged_on:
            lines.append((f"Request {one.id} (complaint) was acknowledged, and waits for its answer.", False))
        else:
            lines.append((f"Request {one.id} ({one.kind}) {when} on {said(one.due_on)}.", late))
    return lines


def _row(db: "Database", one: "Request", day: dt.date) -> tuple[object, ...]:
    from newsletter.contacts import found_people, said

    found = found_people(db, [one.contact_id]) if one.contact_id else []
    who = found[0].name or found[0].email if found else "nobody we keep"
    state = f"closed: {one.outcome}" if one.closed_on else "acknowledged" if one.acknowledged_on else "open"
    if one.is_overdue(day):
        state = "OVERDUE"
    return one.id, one.kind, printable(who), said(one.received_on), said(one.due_on), state
