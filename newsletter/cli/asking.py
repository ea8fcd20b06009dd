"""`newsletter consent ask`, `confirm`, `renew` and `refresh`: ask for consent by message, and take the answers."""

from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.beforehand import foretell_hearing, hear_readers, without_reading_option
from newsletter.cli.completing import list_names
from newsletter.cli.console import (
    ask_to_type,
    json_option,
    now,
    operator,
    print_json,
    printable,
    takes_workspace,
    yes_option,
)
from newsletter.cli.evidence import evidence_options
from newsletter.cli.owed import require_no_crowd
from newsletter.cli.people import changing, people_of, who_in_words
from newsletter.cli.report import ended_with, print_equation, print_people, print_report, print_report_json
from newsletter.cli.running import run_mailing, tell_by_mail
from newsletter.errors import InputError, NotAllowed

if TYPE_CHECKING:
    from newsletter.cli.evidence import Shown
    from newsletter.config import Workspace
    from newsletter.contacts import Answered
    from newsletter.database import Database
    from newsletter.outbox import Mailing, Report, Round


@click.command()
@click.argument("address")
@click.option(
    "--list", "list_name", required=True, shell_complete=list_names, help="The list that they asked for."
)
@click.option("--source", default="", help="Where they asked: 'form on the website'.")
@click.option("--wording", default="", help="The file in consent/ with the words they are shown.")
@click.option("--name", default="", help="Their name, if they are not known yet.")
@click.option("--language", default="", help="Their language, if they are not known yet: en, cy.")
@evidence_options
@json_option
@takes_workspace
def ask(
    workspace: "Workspace", address: str, list_name: str, shown: "Shown", as_json: bool, **said: str
) -> int:
    """Double opt-in: note that somebody asked to be on a list, and send them a message to confirm it.

    Until they confirm they get nothing more. One message a request: typed again, it goes on where it
    stopped, or says that it waits for the answer. A request that nobody confirms lapses.

    \b
    Example:
      newsletter consent ask dora@example.org --list partners --source "form on the website"
    """
    from newsletter.outbox import only_sender, queue_confirmation, recipients_of, require_server

    config = workspace.config
    with people_of(workspace) as db, only_sender(db):
        require_server(config)
        entry, fresh = _requested(db, workspace, (address, list_name), said, shown)
        mailing = queue_confirmation(db, entry, config, now(), config.consent.confirm_within)
        again = f"consent ask {address} --list {list_name}"
        found = _run(db, mailing, workspace, again=again, quiet=True)
        if as_json:
            print_report_json(found, recipients_of(db, mailing.issue))
        else:
            _tell_request(found, fresh=fresh, again=again)
    return ended_with(found)


@click.command()
@click.argument("token")
@click.option("--channel", default="email", show_default=True, help="How the answer came: email, web.")
@json_option
@takes_workspace
def confirm(workspace: "Workspace", token: str, channel: str, as_json: bool) -> None:
    """Take the answer to a request: from now on they get what goes to the list.

    TOKEN is what their message has in its subject, with or without the word before it. A token that
    was not made here, is for something else, came too late or was used changes nothing (77).

    \b
    Example:
      newsletter consent confirm 5d0fcabc...
    """
    from newsletter.contacts import confirm_request

    days = workspace.config.consent.confirm_within
    with changing(workspace, "consent confirm") as db:
        how = _how(workspace, channel)
        took = confirm_request(db, _bare(token, "confirm"), now(), days=days, **how)
        _tell_answer(db, took, "confirmed", as_json=as_json)


@click.command()
@click.option("--list", "list_name", required=True, shell_complete=list_names, help="The list.")
@click.option("--within", default="90d", show_default=True, help="Ask about what ends so soon: 90d, 6w, 3m.")
@click.option("--dry-run", is_flag=True, help="Show whom and in which words, and send nothing.")
@without_reading_option
@yes_option
@json_option
@takes_workspace
def renew(
    workspace: "Workspace",
    list_name: str,
    within: str,
    dry_run: bool,
    without_reading: bool,
    yes: bool,
    as_json: bool,
) -> int:
    """Ask those whose consent ends soon whether it may go on; only while it is in force, and only once.

    The words are those of templates/words (and templates/email/renewal.mjml, text/renewal.txt); they
    are kept as they were sent. Again: a round that was begun goes on. Nobody is asked after the end.
    What came in on the public pages and by mail is taken over first, as by `send`.

    \b
    Example:
      newsletter consent renew --list partners --within 90d --dry-run
      newsletter consent renew --list partners --within 90d
    """
    from newsletter.contacts import parse_span, require_list
    from newsletter.outbox import only_sender, plan_renewal, queue_renewal, recipients_of, unfinished_renewal

    days, config = parse_span(within, "--within"), workspace.config
    with people_of(workspace) as db:
        require_list(db, list_name)
        if dry_run:
            _tell_round(plan_renewal(db, list_name, days, config, now()), as_json=as_json)
            foretell_hearing(workspace)
            return 0
        hear_readers(workspace, db, without=without_reading, quiet=as_json)
        with only_sender(db):
            if unfinished_renewal(db, list_name) is None:
                _agree(workspace, list_name, plan_renewal(db, list_name, days, config, now()), yes=yes)
            mailing = queue_renewal(db, list_name, days, config, now())
            again = f"consent renew --list {list_name}"
            found = _run(db, mailing, workspace, again=again, quiet=as_json)
            tell_by_mail(workspace, found)
        if as_json:
            print_report_json(found, recipients_of(db, mailing.issue))
        else:
            print_people(recipients_of(db, mailing.issue, but="sent"))
            print_report(found, again=again, zone=workspace.config.zone)
    return ended_with(found)


@click.command()
@click.argument("token")
@click.option("--channel", default="email", show_default=True, help="How the answer came: email, web.")
@json_option
@takes_workspace
def refresh(workspace: "Workspace", token: str, channel: str, as_json: bool) -> None:
    """Take the answer to a renewal: what they agreed to goes on.

    It lasts as long as newsletter.toml says (consent_lasts), else as long as it was given for
    before. A token that is not whole, was used, or came after the end changes nothing (77).

    \b
    Example:
      newsletter consent refresh 5d0frabc...
    """
    from newsletter.contacts import renew_consent

    with changing(workspace, "consent refresh") as db:
        took = renew_consent(db, _bare(token, "renew"), now(), **_how(workspace, channel))
        _tell_answer(db, took, "agreed anew", as_json=as_json)


def _how(workspace: "Workspace", channel: str) -> dict[str, Any]:
    """How an answer came, who takes it, and for how long one about a list counts."""
    return {"channel": channel, "recorder": operator(), "months": lambda name: _months(workspace, name)}


def _bare(token: str, word: str) -> str:
    """The token without the word and the blanks that a subject has round it."""
    return token.strip().removeprefix(word).strip()


def _months(workspace: "Workspace", list_name: str) -> int:
    settings = workspace.config.lists.get(list_name)
    return settings.consent_months if settings else 0


def _requested(
    db: "Database", workspace: "Workspace", asked: tuple[str, str], said: dict[str, str], shown: "Shown"
) -> tuple[int, bool]:
    """The request that waits for an answer, or a new one; whether it is new."""
    from newsletter.contacts import Actor, find_contacts, open_request, operation, require_list

    address, list_name = asked
    require_list(db, list_name)
    known = find_contacts(db, address)
    if len(known) > 1:
        raise InputError(f"{address} is the address of {len(known)} people; name one by id")
    waiting = (
        open_request(db, known[0], list_name, now(), workspace.config.consent.confirm_within)
        if known
        else None
    )
    if waiting:
        return waiting.sequence, False
    if not said["source"]:
        raise InputError("--source is missing: say where they asked, such as a form on the website")
    with operation(db, Actor(operator()), "consent ask", now()), shown.kept(workspace.root) as detail:
        return _new_request(db, asked, known, said, detail), True


def _new_request(
    db: "Database", asked: tuple[str, str], known: list[int], said: dict[str, str], detail: Any
) -> int:
    from pathlib import Path

    from newsletter.contacts import (
        ConsentEvent,
        NewContact,
        add_contact,
        find_suppression,
        record_wording,
        request_consent,
        stamp,
    )

    address, list_name = asked
    if find_suppression(db, address):
        raise NotAllowed(f"{address} must never be written to; nobody was asked")
    contact = (
        known[0]
        if known
        else add_contact(db, NewContact(email=address, name=said["name"], language=said["language"]), now())
    )
    wording = record_wording(db, Path(said["wording"]), now()) if said["wording"] else ""
    detail = {"source": said["source"], **detail}
    event = ConsentEvent(
        contact,
        list_name,
        "given",
        "consent",
        stamp(now()),
        "",
        operator(),
        wording_digest=wording,
        detail=detail,
    )
    return request_consent(db, event, now())


def _run(
    db: "Database", mailing: "Mailing", workspace: "Workspace", *, again: str, quiet: bool = False
) -> "Report":
    """Send what waits of a mailing; the report, at once where nothing waits."""
    from newsletter.outbox import read_secret, report_of

    before = report_of(db, mailing.issue)
    if not before.waiting:
        return before
    secret = read_secret(workspace.config)
    return run_mailing(db, mailing, workspace, secret=secret, total=before.waiting, quiet=quiet, again=again)


def _agree(workspace: "Workspace", list_name: str, found: "Round", *, yes: bool) -> None:
    """Show the words, and have the number typed. Raises NotAllowed above the limit."""
    from newsletter.outbox import require_server

    number = found.plan.to_send
    require_no_crowd(workspace.config, number, "would be asked")
    require_server(workspace.config)
    if number and not yes:
        _print_words(found, err=True)
        name = workspace.config.lists[list_name].name if list_name in workspace.config.lists else list_name
        ask_to_type(f"{number} people on ‘{name}’ are asked in these words.", str(number), yes=yes)


def _tell_round(found: "Round", *, as_json: bool) -> None:
    from newsletter.outbox import Report

    plan = found.plan
    report = Report("renewal", plan.candidates, skipped=plan.skipped, waiting=plan.to_send)
    if as_json:
        people = [{"email": one.email, "lists": one.lists, "reason": one.reason} for one in found.people]
        print_json({**report.as_dict(), "until": found.until, "recipients": people})
        return
    _print_words(found)
    for one in found.people:
        click.echo(printable(f"  {one.email or one.contact_id}: {one.reason or 'is asked'}"))
    print_equation(report)
    click.echo("Nothing is sent.")


def _print_words(found: "Round", *, err: bool = False) -> None:
    from newsletter.edition import fill_text, sample_asking

    for edition in found.editions.values():
        text = fill_text(edition, sample_asking(edition.language))
        click.echo(f"Subject: {edition.subject}\n\n{text}\n{'-' * 72}", err=err)


def _tell_request(found: "Report", *, fresh: bool, again: str) -> None:
    if found.sent:
        click.echo("Asked." if fresh else "They were asked already; the message waits for their answer.")
    else:
        print_report(found, again=again)


def _tell_answer(db: "Database", took: "Answered", what: str, *, as_json: bool) -> None:
    from newsletter.contacts import said

    if as_json:
        told = {
            "contact": took.contact_id,
            "list": took.list,
            "entry": took.sequence,
            "expires_at": took.expires_at,
            "also": took.also,
        }
        print_json(told)
        return
    until = f", until {said(took.expires_at)}" if took.expires_at else ""
    lists = " and ".join((took.list, *took.also))
    click.echo(printable(f"{who_in_words(db, took.contact_id)} and {lists}: {what}{until}."))
