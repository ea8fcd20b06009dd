"""What came in is taken over: by `newsletter sync`, and before anything is sent."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.console import counted, now, printable
from newsletter.errors import NewsletterError

if TYPE_CHECKING:
    from newsletter.config import Workspace
    from newsletter.database import Database
    from newsletter.outbox import Report
    from newsletter.replies import Desk, Intake, Taken

_KINDS = {
    "subscribe": "joining",
    "confirm": "confirming",
    "renew": "going on",
    "unsubscribe": "leaving",
    "preferences": "preferences",
    "access": "asking for their data",
    "erasure": "asking to be forgotten",
}
_WORDS = {
    "done": "taken down",
    "asked": "to be asked by mail",
    "stood": "as it was already",
    "held": "address that is not written to",
    "gone": "not on file any more",
    "refused": "refused",
    "aside": "set aside",
}


@dataclass
class Asked:
    """The messages that ask to confirm, as far as they went: counted by what became of them, and what stopped it."""

    states: Counter[str] = field(default_factory=Counter)
    stopped: NewsletterError | None = None

    def add(self, found: "Report") -> None:
        self.states.update(
            sent=found.sent,
            refused=found.refused,
            waiting=found.waiting,
            in_doubt=found.in_doubt,
            skipped=sum(found.skipped.values()),
        )
        self.stopped = self.stopped or found.stopped


@contextmanager
def intakes(workspace: "Workspace", db: "Database", url: str = "") -> Iterator[list["Intake"]]:
    """The inboxes to take from: the one beside contacts.db, then that of the public host; with `url` that one alone.

    While the pages are served on this machine, which is seen by their inbox being open, nobody else is asked.
    """
    from newsletter.replies import Here, There, open_inbox, sealing_key

    with ExitStack() as stack:
        found: list[Intake] = []
        path, served = workspace.inbox, False
        if path.exists() and not url:
            inbox = stack.enter_context(open_inbox(path, sealing_key(db.key)))
            found.append(Here(inbox))
            served = inbox.in_use()
        if (address := url or workspace.config.public.url) and not served:
            found.append(stack.enter_context(There(address, db.key, now)))
        yield found


def take_over_from(
    workspace: "Workspace",
    db: "Database",
    url: str = "",
    tell: Callable[[int], None] = lambda _: None,
    into: "Taken | None" = None,
) -> "Taken":
    """Take over all that came in, counted in `into`. Raises ServerUnavailable where an inbox cannot be read to its end."""
    from newsletter.replies import take_over

    with intakes(workspace, db, url) as found:
        return take_over(_desk(workspace, db), found, tell, into)


def _desk(workspace: "Workspace", db: "Database") -> "Desk":
    from newsletter.replies import Desk

    def ask_right(kind: Any, email: str, words: str, day: dt.date) -> bool:
        return _ask_right(db, kind, (email, words), day)

    return Desk(db, workspace.config, now(), ask_right)


def _ask_right(db: "Database", kind: str, said: tuple[str, str], day: dt.date) -> bool:
    """Keep what somebody asks about their data; False where the same waits for an answer already.

    Who asked is not proved: anybody can type an address. Whoever answers makes sure of it.
    """
    from newsletter.contacts import Actor
    from newsletter.privacy import add_request, all_requests

    email, words = said
    head = f"Asked on the public pages with the address {email}"
    note = f"{head}: {words}" if words else head
    waiting = [one for one in all_requests(db) if one.kind == kind]
    fresh = False
    for subject in _subjects(db, email):
        person = subject.contact_id if subject else 0
        if not any(
            (one.contact_id or 0) == person and (person or one.note.startswith(head)) for one in waiting
        ):
            add_request(db, kind, subject, day, Actor("reader", "pages"), now(), note)
            fresh = True
    return fresh


def _subjects(db: "Database", email: str) -> list[Any]:
    """Everybody who has this address, each as a subject; else the one who is known by nothing else, or nobody."""
    from newsletter.contacts import find_contacts
    from newsletter.errors import InputError
    from newsletter.privacy import find_subject, stranger

    try:
        return [find_subject(db, str(one)) for one in find_contacts(db, email)] or [stranger(db, email)]
    except InputError:
        return [None]


def send_confirmations(workspace: "Workspace", db: "Database") -> Asked:
    """Send the messages that ask to confirm and are due; what holds them up is kept in what is returned."""
    from newsletter.cli.running import run_mailing
    from newsletter.outbox import due_confirmations, mailing_of, read_secret, report_of, require_server

    asked, names = Asked(), due_confirmations(db, now())
    try:
        if names:
            require_server(workspace.config)
        for name in names:
            mailing = mailing_of(db, name)
            if mailing is None or asked.stopped:
                continue
            secret, total = read_secret(workspace.config), report_of(db, name).waiting
            asked.add(
                run_mailing(db, mailing, workspace, secret=secret, total=total, quiet=True, again="sync")
            )
    except NewsletterError as error:
        asked.stopped = error
    if asked.stopped:
        asked.states["waiting"] = sum(report_of(db, name).waiting for name in due_confirmations(db, now()))
    return asked


def tell_taken(taken: "Taken", *, err: bool = False) -> None:
    """What came in, by what it was and what came of it."""
    for kind, in_words in _KINDS.items():
        words = [
            f"{number:,} {_WORDS[word]}"
            for (what, word), number in sorted(taken.counts.items())
            if what == kind
        ]
        if words:
            click.echo(f"  {in_words}: {', '.join(words)}", err=err)
    for why, number in sorted(taken.refused.items()):
        click.echo(f"  {number:,} refused: {why}", err=err)


def tell_aside(taken: "Taken") -> None:
    """What lies aside, and what can be done about it."""
    for why, number in taken.aside.items():
        click.secho(f"{counted(number, 'arrival lies', 'arrivals lie')} aside: {why}.", fg="yellow", err=True)
    if taken.aside:
        click.echo("They are kept closed and tried again each time; docs/sync.md says what to do.", err=True)


def tell_asked(asked: Asked) -> None:
    """What became of the messages that ask to confirm."""
    states = asked.states
    if states["sent"]:
        told = counted(states["sent"], "message that asks", "messages that ask")
        click.echo(f"{told} to confirm sent.")
    for state, words in (("refused", "refused by the mail server"), ("in_doubt", "may have arrived")):
        if states[state]:
            click.echo(f"{counted(states[state], 'request')} to confirm: {words}.", err=True)
    if asked.stopped or states["waiting"]:
        why = printable(f": {asked.stopped.message}") if asked.stopped else ""
        told = f"{counted(states['waiting'], 'request')} to confirm waiting"
        click.echo(f"{told}{why}. `newsletter sync` goes on.", err=True)
