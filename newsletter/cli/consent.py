"""`newsletter consent`: record, withdraw, look up and verify what people agreed to."""

from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.asking import ask, confirm, refresh, renew
from newsletter.cli.bases import bases
from newsletter.cli.completing import list_names
from newsletter.cli.console import counted, json_option, now, operator, print_json, printable, takes_workspace
from newsletter.cli.endings import expire, expiring, void
from newsletter.cli.evidence import Shown, evidence_options, print_evidence
from newsletter.cli.people import (
    changing,
    consent_event,
    consent_options,
    people_of,
    state_in_words,
    today,
    who_in_words,
)
from newsletter.cli.wordings import wordings

if TYPE_CHECKING:
    from newsletter.config import Workspace

_WHO = "ADDRESS-OR-ID"


@click.group()
def consent() -> None:
    """The consent ledger: who agreed to what, when, how, in which words; nothing in it is ever changed.

    \b
    Example:
      newsletter consent withdraw ben@example.org --list partners
      newsletter consent verify
    """


@consent.command()
@click.argument("who", metavar=_WHO)
@click.option(
    "--list",
    "lists",
    multiple=True,
    required=True,
    shell_complete=list_names,
    help="The list (again for more).",
)
@click.option(
    "--kind",
    type=click.Choice(["given", "confirmed", "refreshed", "expired"]),
    default="given",
    show_default=True,
    help="What happened.",
)
@consent_options
@evidence_options
@takes_workspace
def record(
    workspace: "Workspace",
    who: str,
    lists: tuple[str, ...],
    kind: str,
    consent: dict[str, Any],
    shown: "Shown",
) -> None:
    """Record that somebody agreed; also after a withdrawal, if they changed their mind.

    Of evidence the file's SHA-256 and its place are kept, with --keep a copy in evidence/ too.

    \b
    Example:
      newsletter consent record ada@example.org --list partners --given-on "14 June 2022" \\
          --channel phone --source "call with Ada" --wording consent/partners-v1.md
      newsletter consent record ada@example.org --list partners --source "sign-up form" --channel web \\
          --evidence scans/ada.pdf --keep --answer "May we write to you?=Yes"
    """
    from newsletter.contacts import Actor, contact_card, operation, record_consent, standing, the_contact

    with people_of(workspace) as db:
        contact_id = the_contact(db, who)
        before = {name: standing(db, contact_id, name).sequence for name in lists}
        with operation(db, Actor(operator()), "consent record", now()), shown.kept(workspace.root) as detail:
            for name in lists:
                about = {"contact_id": contact_id, "list": name, "kind": kind}
                record_consent(db, consent_event(db, workspace, consent, detail, **about), now())
        unchanged = {n for n in lists if before[n] and standing(db, contact_id, n).sequence == before[n]}
        name = who_in_words(db, contact_id)
        standings = [info for info in contact_card(db, contact_id, now()).lists if info.list in lists]
    for info in standings:
        words = state_in_words(info.state, info.basis, info.since, info.channel)
        click.echo(printable(f"{name} and {info.list}: {words}."))
        if info.list in unchanged or info.state == "none":
            why = _why_unchanged(kind, info.state, consent["channel"])
            click.echo(f"What you recorded is kept, but changes nothing: {why}.", err=True)


def _why_unchanged(kind: str, state: str, channel: str) -> str:
    if kind != "given":
        waiting = {"confirmed": "nothing waited to be confirmed", "refreshed": "nothing was agreed to before"}
        return waiting.get(kind, "nothing was in force")
    if state != "withdrawn":
        return "what they agreed to later, or on a firmer basis, is in force"
    if channel == "double-opt-in":
        return "the withdrawal stands until they confirm"
    return "it is older than the withdrawal, which stands"


@consent.command()
@click.argument("who", metavar=_WHO)
@click.option(
    "--list", "lists", multiple=True, shell_complete=list_names, help="The list to leave (again for more)."
)
@click.option("--all", "everything", is_flag=True, help="All lists they are on.")
@click.option("--on", default="", help="The day they said so (default: now).")
@click.option("--source", default="", help="How it is known: 'call of 3 May'.")
@click.option("--channel", default="email", show_default=True, help="email, phone, paper …")
@takes_workspace
def withdraw(  # one argument an option
    workspace: "Workspace",
    who: str,
    lists: tuple[str, ...],
    everything: bool,
    on: str,
    source: str,
    channel: str,
) -> None:
    """Record that somebody wants no more; it counts at once.

    \b
    Example:
      newsletter consent withdraw ben@example.org --list partners
      newsletter consent withdraw ben@example.org --all
    """
    from newsletter.contacts import effective, past_day, stamp, the_contact, withdraw_consent

    if bool(lists) == everything:
        raise click.UsageError("say either --list LIST or --all")
    day = past_day(on, today(workspace), "--on") if on else None
    with changing(workspace, "consent withdraw") as db:
        contact_id = the_contact(db, who)
        outcomes = withdraw_consent(
            db,
            contact_id,
            None if everything else lists,
            now(),
            effective_at=effective(day, now()) if day else stamp(now()),
            channel=channel,
            recorder=operator(),
            source=source,
        )
        name = who_in_words(db, contact_id)
    if not outcomes:
        click.echo(printable(f"{name} is on no list; nothing was to be withdrawn."))
    for list_name, changed in outcomes.items():
        words = "is withdrawn and gets nothing more" if changed else "had been withdrawn already"
        click.echo(printable(f"{name} and {list_name}: {words}."))


@consent.command()
@click.argument("who", metavar=_WHO)
@click.option("--letter", is_flag=True, help="In words to send to a person who asks why you write to them.")
@json_option
@takes_workspace
def history(workspace: "Workspace", who: str, letter: bool, as_json: bool) -> None:
    """Show every entry about one person, oldest first.

    With --letter it is what you can answer to 'I never signed up': list by list what was agreed to,
    when, how, in which words, on which lawful basis, and what shows it. Look it over before it goes.

    \b
    Example:
      newsletter consent history ada@example.org
      newsletter consent history ada@example.org --letter
    """
    from newsletter.cli.entries import line_as_dict, line_in_words
    from newsletter.contacts import history, the_contact

    if letter and as_json:
        raise click.UsageError("--letter and --json do not go together")
    with people_of(workspace) as db:
        if letter:
            from newsletter.cli.letter import letter_to

            click.echo(printable(letter_to(db, the_contact(db, who), workspace.config, now())), nl=False)
            return
        lines = history(db, the_contact(db, who))
    if as_json:
        print_json([line_as_dict(line) for line in lines])
    elif lines:
        for line in lines:
            click.echo(printable(line_in_words(line)))
    else:
        click.echo("The ledger has no entry about this person.", err=True)


@consent.command()
@click.option("--evidence", "files", is_flag=True, help="Read the files of evidence too, and compare them.")
@json_option
@takes_workspace
def verify(workspace: "Workspace", files: bool, as_json: bool) -> int:
    """Prove that the ledger is whole, or name the first entry that is not; exit code 1 then.

    With --evidence it also says which files that entries name are missing or were changed; that
    ends with 1 as well.

    \b
    Example:
      newsletter consent verify
      newsletter consent verify --evidence
    """
    from newsletter.contacts import check_evidence, count_entries, verify_ledger
    from newsletter.database import open_database
    from newsletter.errors import ProofFailed

    db = open_database(workspace.database, whole=False)
    with closing(db.conn):
        broken, entries = verify_ledger(db), count_entries(db)
        found = list(check_evidence(db)) if files and not broken else []
    bad = [one for one in found if one.state != "whole"]
    if as_json:
        told = {"whole": broken is None, "entries": entries, "broken": asdict(broken) if broken else None}
        print_json(told | ({"evidence": [asdict(one) for one in found]} if files else {}))
    if broken:
        raise ProofFailed(
            f"the consent ledger is broken: {broken}",
            remedy="Send nothing. Compare with a backup (`newsletter restore` into another folder).",
        )
    if not as_json:
        click.echo(f"The ledger is whole, {counted(entries, 'entry', 'entries')}.")
        if files:
            print_evidence(found)
    return int(bool(bad))


for command in (ask, confirm, renew, refresh, void, expire, expiring, bases, wordings):
    consent.add_command(command)
