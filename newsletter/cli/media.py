"""`newsletter media`: who allows what to be shown of them in an issue, until when; given and taken back."""

from dataclasses import asdict
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
from newsletter.cli.evidence import Shown, evidence_options
from newsletter.cli.people import consent_event, people_of, today, who_in_words

if TYPE_CHECKING:
    from newsletter.cli.showing import Affected
    from newsletter.config import Workspace
    from newsletter.contacts import Permission


@click.group()
def media() -> None:
    """Permissions of people who are shown in an issue: photo, name, quote; kept in the consent ledger.

    \b
    Example:
      newsletter media add M-12 --person ada@example.org --covers photo,name --given-on 2022-09-01 \\
          --until 2024-08-31 --wording consent/media-v1.md --source "form at the workshop"
      newsletter media withdraw M-12
    """


@media.command()
@click.argument("permission")
@click.option("--person", required=True, metavar="ADDRESS-OR-ID", help="Who may be shown.")
@click.option("--covers", required=True, help="What may be shown: photo, name, quote; with commas between.")
@click.option("--given-on", "--on", default="", help="The day it was given (default: today).")
@click.option("--until", default="", help="The last day on which it holds, if an end was agreed.")
@click.option("--wording", default="", help="The file in consent/ with the words they agreed to.")
@click.option("--source", default="", help="Where this is known from: 'form at the workshop'.")
@click.option("--channel", default="paper", show_default=True, help="paper, web, email, phone …")
@click.option("--title", default="", help="What it is about: 'portrait in the garden'.")
@evidence_options
@takes_workspace
def add(
    workspace: "Workspace",
    permission: str,
    person: str,
    covers: str,
    given_on: str,
    until: str,
    wording: str,
    source: str,
    channel: str,
    title: str,
    shown: Shown,
) -> None:
    """Record that somebody allows to be shown; PERMISSION is the word that the issue will name.

    It makes nobody a reader: no list changes. Said again, it takes the place of what was covered
    before; after a withdrawal, only if it was given later.

    \b
    Example:
      newsletter media add M-12 --person ada@example.org --covers photo,name --given-on 2022-09-01 \\
          --until 2024-08-31 --wording consent/media-v1.md --source "form at the workshop" \\
          --evidence scans/m-12.pdf
    """
    from newsletter.contacts import Actor, give_permission, operation, the_contact, the_permission

    said = {
        "basis": "consent",
        "given_on": given_on,
        "source": source,
        "channel": channel,
        "wording": wording,
    }
    said |= {"expires": until, "obtained": "", "could_refuse": ""}
    with people_of(workspace) as db:
        contact_id = the_contact(db, person)
        with operation(db, Actor(operator()), "media add", now()), shown.kept(workspace.root) as detail:
            about = {"contact_id": contact_id, "list": f"media:{permission}", "kind": "given"}
            event = consent_event(db, workspace, said, detail, **about)
            number = give_permission(db, permission, covers.split(","), event, now(), title=title)
        found = the_permission(db, permission)
        name = who_in_words(db, found.contact_id)
    click.echo(printable(f"{permission} of {name}: {_in_words(found, today(workspace).isoformat())}."))
    if found.sequence != number:
        why = "the withdrawal is later, and stands" if found.state == "withdrawn" else "a later word stands"
        click.echo(f"What you recorded is kept, but changes nothing: {why}.", err=True)
    elif not found.reason_not_to_show(today(workspace).isoformat()):
        click.echo(f"In the issue, beside what is shown: permission: {permission}")


@media.command("list")
@click.option(
    "--within", default="", metavar="DAYS", help="Only those that run out within so many days: 90d."
)
@click.option("--person", default="", metavar="ADDRESS-OR-ID", help="Only those of this person.")
@json_option
@takes_workspace
def list_(workspace: "Workspace", within: str, person: str, as_json: bool) -> None:
    """List the permissions, what they cover, and whether they hold today.

    \b
    Example:
      newsletter media list
      newsletter media list --within 90d
    """
    import datetime as dt

    from newsletter.cli.engagements import days_in
    from newsletter.contacts import permissions, permissions_of, the_contact

    day = today(workspace)
    with people_of(workspace) as db:
        found = permissions_of(db, the_contact(db, person)) if person else permissions(db)
    if within:
        last = (day + dt.timedelta(days=days_in(within, "--within"))).isoformat()
        found = [
            one
            for one in found
            if not one.reason_not_to_show(day.isoformat()) and "" < one.expires_at <= last
        ]
    if as_json:
        print_json([_as_dict(one, day.isoformat()) for one in found])
    elif not found:
        click.echo(
            "No permission is kept that is like this. Record one with `newsletter media add`.", err=True
        )
    else:
        rows = (
            [one.permission, one.person, ", ".join(one.covers), _state(one, day.isoformat())] for one in found
        )
        print_table(["permission", "person", "covers", "today"], rows)


@media.command()
@click.argument("permission")
@json_option
@takes_workspace
def show(workspace: "Workspace", permission: str, as_json: bool) -> None:
    """Show one permission: whose it is, what happened to it, and which issues lean on it.

    \b
    Example:
      newsletter media show M-12
    """
    from newsletter.cli.entries import line_as_dict, line_in_words
    from newsletter.cli.showing import affected_by
    from newsletter.contacts import history, the_permission

    day = today(workspace).isoformat()
    with people_of(workspace) as db:
        found = the_permission(db, permission)
        lines = [line for line in history(db, found.contact_id) if line.entry.list == f"media:{permission}"]
        name = who_in_words(db, found.contact_id)
        affected = affected_by(db, workspace, permission)
    if as_json:
        print_json(
            _as_dict(found, day)
            | {
                "entries": [line_as_dict(line) for line in lines],
                "issues": [asdict(one) for one in affected],
            }
        )
        return
    click.secho(printable(f"{permission}  {name}"), bold=True)
    click.echo(printable(f"  {_in_words(found, day)}{f' ({found.title})' if found.title else ''}"))
    for line in lines:
        click.echo(printable(f"  {line_in_words(line)}"))
    for one in affected:
        click.echo(f"  issue {one.issue}: {one.told}")


@media.command()
@click.argument("permission")
@click.option("--on", default="", help="The day they said so (default: now).")
@click.option("--source", default="", help="How it is known: 'call of 3 May'.")
@click.option("--channel", default="email", show_default=True, help="email, phone, paper …")
@json_option
@takes_workspace
def withdraw(
    workspace: "Workspace", permission: str, on: str, source: str, channel: str, as_json: bool
) -> None:
    """Record that somebody no longer allows to be shown; it counts at once.

    Lists the issues that show them, and says of each what can still be done, and what cannot.

    \b
    Example:
      newsletter media withdraw M-12 --source "email of 3 May"
    """
    from newsletter.cli.showing import affected_by
    from newsletter.contacts import Actor, effective, operation, past_day, stamp, the_permission
    from newsletter.contacts import withdraw_permission as record

    day = past_day(on, today(workspace), "--on") if on else None
    with people_of(workspace) as db:
        with operation(db, Actor(operator()), "media withdraw", now()):
            changed = record(
                db,
                permission,
                now(),
                effective_at=effective(day, now()) if day else stamp(now()),
                channel=channel,
                recorder=operator(),
                source=source,
            )
        found = the_permission(db, permission)
        name = who_in_words(db, found.contact_id)
        affected = affected_by(db, workspace, permission)
    if as_json:
        print_json(
            {"permission": permission, "changed": changed, "issues": [asdict(one) for one in affected]}
        )
        return
    told = "is withdrawn" if changed else "had been withdrawn already"
    click.echo(printable(f"{permission} of {name} {told}."))
    _tell(affected)


def _tell(affected: "list[Affected]") -> None:
    for one in affected:
        click.echo(f"\n{one.issue}: {one.told}")
        for line in one.to_do:
            click.echo(f"  - {line}")
    if not affected:
        click.echo("No issue in this workspace names it, and none was approved or sent with it.")
    else:
        click.echo("\nWhat was printed or posted elsewhere, this program cannot know.")


def _in_words(found: "Permission", day: str) -> str:
    return f"{_covered(found)}, {_state(found, day)}"


def _covered(found: "Permission") -> str:
    return " and ".join(filter(None, [", ".join(found.covers[:-1]), found.covers[-1]]))


def _state(found: "Permission", day: str) -> str:
    from newsletter.contacts import said

    if reason := found.reason_not_to_show(day):
        return f"does not hold: {reason}"
    until = f" until {said(found.expires_at)}" if found.expires_at else ""
    return f"given on {said(found.since)}{until}"


def _as_dict(found: "Permission", day: str) -> dict[str, object]:
    reason = found.reason_not_to_show(day)
    return asdict(found) | {"in_force": not reason, "reason": reason}
