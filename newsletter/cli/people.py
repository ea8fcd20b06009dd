"""What the commands about people share: the database with its lists, consent options, states in words."""

import datetime as dt
import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.console import now, opened, operator

if TYPE_CHECKING:
    from newsletter.config import Workspace
    from newsletter.contacts import ConsentEvent
    from newsletter.database import Database

_CHANNELS = {
    "paper": "on paper",
    "web": "on the web",
    "email": "by email",
    "phone": "by phone",
    "in-person": "in person",
    "import": "as an imported list says",
    "double-opt-in": "by double opt-in",
    "one-click": "by the mail program's unsubscribe button",
    "undo": "by undoing a change",
    "correction": "as a correction",
    "complaint": "by a complaint",
    "calendar": "by the calendar",
    "newer-database": "as the newer database says",
}
_GROUNDS = {
    "legitimate-interests": "on the basis of legitimate interests",
    "public-task": "for a public task",
    "contract": "under a contract",
    "soft-opt-in": "by the soft opt-in",
    "charitable-soft-opt-in": "by the charitable soft opt-in",
}


@contextmanager
def people_of(workspace: "Workspace") -> Iterator["Database"]:
    """The workspace's database, open, with the lists as newsletter.toml has them."""
    from newsletter.contacts import sync_lists

    with opened(workspace) as db:
        sync_lists(db, workspace.config, now())
        yield db


@contextmanager
def changing(workspace: "Workspace", command: str) -> Iterator["Database"]:
    """As `people_of`, for a change: all or nothing, kept under the operator's name and the command's."""
    from newsletter.contacts import Actor, operation

    with people_of(workspace) as db, operation(db, Actor(operator()), command, now()):
        yield db


def today(workspace: "Workspace") -> dt.date:
    """Today, where the workspace is."""
    return now().astimezone(workspace.config.zone).date()


def day_or_today(workspace: "Workspace", text: str, option: str) -> dt.date:
    """The day that was said, which must not lie ahead; today where none was. Raises BadDate."""
    from newsletter.contacts import past_day

    return past_day(text, today(workspace), option) if text else today(workspace)


def consent_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say what somebody agreed to; passed on as `consent`, a mapping."""
    options = (
        click.option("--basis", default="consent", show_default=True, help="The lawful basis, or 'unknown'."),
        click.option("--given-on", "--on", default="", help="The day, such as 2022-06-14 (default: today)."),
        click.option("--source", default="", help="Where this is known from: 'workshop sign-up sheet'."),
        click.option("--channel", default="paper", show_default=True, help="paper, web, email, phone …"),
        click.option("--wording", default="", help="The file in consent/ with the words they agreed to."),
        click.option("--expires", default="", help="The last day on which it holds, if an end was agreed."),
        click.option(
            "--obtained", default="", help="For a soft opt-in: in which dealings they gave the address."
        ),
        click.option(
            "--could-refuse",
            is_flag=True,
            help="For a soft opt-in: they were given the chance to refuse then.",
        ),
    )
    names = ("basis", "given_on", "source", "channel", "wording", "expires", "obtained", "could_refuse")

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, consent={name: kwargs.pop(name) for name in names}, **kwargs)

    wrapped: Callable[..., Any] = wrapper
    for option in reversed(options):
        wrapped = option(wrapped)
    return wrapped


def consent_event(
    db: "Database",
    workspace: "Workspace",
    said: Mapping[str, Any],
    shown: Mapping[str, object] | None = None,
    **about: Any,
) -> "ConsentEvent":
    """The event that the consent options describe; `about` has contact_id, list and kind, `shown` is evidence.

    Raises InputError where the source is missing, and BadBasis where the basis is not supported.
    """
    from pathlib import Path

    from newsletter.contacts import ConsentEvent, effective, record_wording

    day = day_or_today(workspace, said["given_on"], "--given-on")
    if about["kind"] in ("given", "confirmed", "refreshed"):
        _supported(db, said, day.isoformat(), about["contact_id"])
    grounds = {"obtained": said["obtained"], "could_refuse": said["could_refuse"]}
    return ConsentEvent(
        **about,
        basis=said["basis"],
        effective_at=effective(day, now()),
        channel=said["channel"],
        recorder=operator(),
        wording_digest=record_wording(db, Path(said["wording"]), now()) if said["wording"] else "",
        expires_at=_end(workspace, said, day, **about),
        detail={"source": said["source"], **{k: v for k, v in grounds.items() if v}, **(shown or {})},
    )


def _end(
    workspace: "Workspace", said: Mapping[str, Any], given_on: dt.date, *, list: str, kind: str, **_: object
) -> str:
    """The last day of a consent: as it was said, else as long as consents to this list last; '' for no end."""
    from newsletter.contacts import add_months, parse_day

    if said["expires"]:
        return parse_day(said["expires"], "--expires").isoformat()
    settings = workspace.config.lists.get(list)
    lasts = settings.consent_months if settings and kind in ("given", "confirmed", "refreshed") else 0
    return add_months(given_on, lasts).isoformat() if lasts and said["basis"] == "consent" else ""


def _supported(db: "Database", said: Mapping[str, Any], given_on: str, contact_id: int) -> None:
    """Raises where what was said does not support the basis; says what speaks against using it for this person."""
    from newsletter.contacts import doubt_about, require_basis
    from newsletter.errors import InputError

    if not said["source"]:
        raise InputError("--source is missing: say where this is known from, such as a form or a call")
    require_basis(
        said["basis"], given_on=given_on, obtained=said["obtained"], could_refuse=said["could_refuse"]
    )
    row = db.one("SELECT subscriber FROM contacts WHERE id = ?", contact_id)
    if row and (doubt := doubt_about(said["basis"], row["subscriber"])):
        click.echo(f"Think again: {doubt}. It is recorded as you said.", err=True)


def channel_in_words(channel: str) -> str:
    """'on paper', 'by phone'; an unusual channel as it stands."""
    return _CHANNELS.get(channel, f"by {channel}")


def state_in_words(state: str, basis: str, since: str, channel: str) -> str:
    """'agreed on 14 June 2022, on paper'."""
    from newsletter.contacts import said

    how = f", {channel_in_words(channel)}" if channel else ""
    if state == "given" and basis == "unknown":
        return f"nobody knows on what basis, recorded for {said(since)}{how}"
    if state == "given" and basis != "consent":
        return f"written to {_GROUNDS.get(basis, basis)} since {said(since)}{how}"
    words = {
        "given": "agreed on",
        "unconfirmed": "asked, and has not confirmed yet, on",
        "withdrawn": "withdrew on",
        "expired": "ran out on",
    }
    return f"{words[state]} {said(since)}{how}" if state in words else "nothing is on record"


def who_in_words(db: "Database", contact_id: int) -> str:
    """The name of a contact for a sentence: name and address, or whichever there is."""
    row = db.one(
        "SELECT c.name, coalesce(a.email, '') FROM contacts c "
        "LEFT JOIN addresses a ON a.contact_id = c.id AND a.is_primary = 1 WHERE c.id = ?",
        contact_id,
    )
    name, email = row or ("", "")
    return f"{name} <{email}>" if name and email else name or email or f"contact {contact_id}"
