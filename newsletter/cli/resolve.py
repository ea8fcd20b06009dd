"""`newsletter resolve`: decide about messages that may have arrived, and about those that cannot be made again."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from newsletter.cli.completing import issue_names
from newsletter.cli.console import (
    json_option,
    now,
    opened,
    print_json,
    printable,
    takes_workspace,
)
from newsletter.cli.report import slug_of
from newsletter.errors import InputError

if TYPE_CHECKING:
    from newsletter.config import Workspace
    from newsletter.database import Database
    from newsletter.outbox import Mailing, Open

_CHANGED = "this address is not theirs any more; the message was made for it, and does not go again"
_ERASED = "this person was erased, and nothing is kept of who it was; nothing is sent to them again"
_KEYS = {"d": "delivered", "a": "again", "g": "given up", "s": ""}


@dataclass(frozen=True, slots=True)
class Word:
    """What the operator says of one message: 'delivered', 'again' or 'given up'."""

    about: "Open"
    says: str


@click.command()
@click.argument("issue", shell_complete=issue_names)
@click.option("--delivered", multiple=True, metavar="ID", help="This one arrived.")
@click.option("--send-again", "again", multiple=True, metavar="ID", help="This one did not: send it again.")
@click.option("--all-delivered", "every", is_flag=True, help="All of them arrived.")
@click.option(
    "--give-up", "given_up", multiple=True, metavar="ID", help="This one cannot be made again: no more tries."
)
@json_option
@takes_workspace
def resolve(
    issue: str,
    delivered: tuple[str, ...],
    again: tuple[str, ...],
    every: bool,
    given_up: tuple[str, ...],
    as_json: bool,
    workspace: "Workspace",
) -> None:
    """Decide about messages that may have arrived.

    When the line to the mail server breaks before it answers, nobody here can know whether it took
    the message. Such messages are never sent again by themselves. Look for the Message-ID or the
    queue id in the server's log or ask the recipient, then say what is true: in a terminal you are
    asked about each, and see the sum before anything is changed. ID is the number before the
    address, or the Message-ID. A message that is sent again is the same to the last byte.

    Messages that cannot be made into the same bytes again are shown too; --give-up ends them.

    \b
    Example:
      newsletter resolve 2022-10
      newsletter resolve 2022-10 --delivered 17 --send-again 23
    """
    from newsletter.outbox import doubtful_of, mend, only_sender, recover, stuck_of, the_mailing

    slug = slug_of(issue)
    with opened(workspace) as db, only_sender(db):
        mailing = the_mailing(db, slug)
        recover(db, now())
        mend(db, now())
        doubts, stuck = doubtful_of(db, slug), stuck_of(db, slug)
        words = [Word(one, "delivered") for one in (doubts if every else _named(doubts, delivered, stuck))]
        words += [Word(one, "again") for one in _named(doubts, again, stuck)]
        words += [Word(one, "given up") for one in _named(stuck, given_up, doubts)]
        _refuse_contradictions(words)
        if not words and not as_json and sys.stdin.isatty() and sys.stdout.isatty():
            words = _asked([*doubts, *stuck], workspace)
        _take(db, mailing, words)
        doubts, stuck = doubtful_of(db, slug), stuck_of(db, slug)
    if as_json:
        print_json([one.as_dict() for one in (*doubts, *stuck)])
        return
    _tell_words(mailing, words)
    _tell_open(slug, doubts, stuck, workspace, decided=bool(words))


def _named(found: "Sequence[Open]", ids: Sequence[str], others: "Sequence[Open]") -> "list[Open]":
    """Those that are called so. Raises InputError for one that is none of them; of `others` it says what they are."""
    known, elsewhere = _by_name(found), _by_name(others)
    for name in ids:
        if name in elsewhere:
            raise _misplaced(elsewhere[name])
        if name not in known:
            raise InputError(
                f"no such message has the id {name!r}; nothing was changed",
                remedy="There are: " + (", ".join(str(one.id) for one in found) or "none"),
            )
    return [known[name] for name in dict.fromkeys(ids)]


def _by_name(found: "Sequence[Open]") -> "dict[str, Open]":
    return {name: one for one in found for name in (str(one.id), one.message_id, one.message_id.strip("<>"))}


def _misplaced(one: "Open") -> InputError:
    """What is said where an option is for messages of the other kind."""
    if one.in_doubt:
        return InputError(
            f"message {one.id} is in doubt: it may have arrived, so it cannot be given up; nothing was changed",
            remedy=f"If it arrived: `--delivered {one.id}`. If it did not: `--send-again {one.id}`.",
        )
    return InputError(
        f"message {one.id} is not in doubt: it waits, and cannot be made again; nothing was changed",
        remedy=f"`--give-up {one.id}` ends it.",
    )


def _refuse_contradictions(words: Sequence[Word]) -> None:
    both = {one.about.id for one in words if one.says == "delivered"} & {
        one.about.id for one in words if one.says == "again"
    }
    if both:
        raise InputError(f"message {min(both)} cannot have arrived and be sent again; nothing was changed")


def _asked(found: "Sequence[Open]", workspace: "Workspace") -> list[Word]:
    """Ask about each; then show the sum, and ask once more. Raises click.Abort where that is not meant."""
    words = []
    for number, one in enumerate(found, 1):
        click.echo(f"\n{number} of {len(found)}")
        for name, text in _facts(one, workspace):
            click.echo(f"  {name:12}{printable(text)}")
        if one.in_doubt:
            keys, question = "das", "  d delivered, a send again, s skip"
        else:
            keys, question = "gs", "  g give it up, s skip"
        key = click.prompt(question, type=click.Choice(list(keys)), default="s", show_choices=False)
        if says := _KEYS[key]:
            words.append(Word(one, says))
    if words:
        told = ", ".join(
            f"{number} {says}"
            for says in ("delivered", "again", "given up")
            if (number := sum(word.says == says for word in words))
        )
        click.confirm(
            f"\nTo be noted: {told}; {len(found) - len(words)} left as they are. Right?", abort=True
        )
    return words


def _facts(one: "Open", workspace: "Workspace") -> list[tuple[str, str]]:
    from newsletter.outbox import said_moment

    facts = [
        ("id", str(one.id)),
        ("to", _to(one)),
        ("when", said_moment(one.since, workspace.config.zone) if one.since else ""),
        ("Message-ID", one.message_id),
        ("queue id", one.queue_id),
        ("known", one.reply),
        ("note", _why_not_again(one)),
    ]
    return [(name, text) for name, text in facts if text]


def _to(one: "Open") -> str:
    """To whom it went, as far as that is kept."""
    return one.email or ("somebody who was erased" if one.erased else "")


def _why_not_again(one: "Open") -> str:
    """Why it would not go again; '' where it would."""
    if one.erased:
        return _ERASED
    return _CHANGED if one.address_changed else ""


def _warn(words: Sequence[Word]) -> None:
    """Say beforehand of whom 'send again' sends nothing."""
    for word in words:
        if word.says == "again" and (why := _why_not_again(word.about)):
            click.echo(printable(f"{_to(word.about)}: {why}"), err=True)


def _take(db: "Database", mailing: "Mailing", words: Sequence[Word]) -> None:
    """All of it or nothing; what follows otherwise than it sounds is said before."""
    from newsletter.database import transaction
    from newsletter.outbox import give_up, mend, settle_doubts

    _warn(words)
    doubts = {one.about.id: one.says == "delivered" for one in words if one.says != "given up"}
    with transaction(db):
        settle_doubts(db, doubts, now())
        give_up(db, [one.about.id for one in words if one.says == "given up"], now())
        # Whoever would be sent one again of a mailing that was cancelled does not get it.
        mend(db, now())


def _tell_words(mailing: "Mailing", words: Sequence[Word]) -> None:
    slug, cancelled = mailing.issue, mailing.state == "cancelled"
    again = "did not arrive, and is not sent again: cancelled" if cancelled else "waiting to be sent again"
    said = {"delivered": "noted as delivered", "again": again, "given up": "given up"}
    for word in words:
        then = said[word.says]
        if word.says == "again" and not cancelled and (word.about.erased or word.about.address_changed):
            where = "them" if word.about.erased else "the old address"
            then = f"did not arrive, and does not go to {where} again"
        click.echo(printable(f"{_to(word.about)}: {then}"))
    if cancelled or all(word.says != "again" for word in words):
        return
    click.echo(f"Next: newsletter send {slug}")
    moved = (word.about.address_changed and not word.about.erased for word in words if word.says == "again")
    if any(moved):
        click.echo(f"Then: newsletter send {slug} --add-new, for those who have another address by now")


def _tell_open(
    slug: str, doubts: "Sequence[Open]", stuck: "Sequence[Open]", workspace: "Workspace", *, decided: bool
) -> None:
    if doubts:
        click.echo(f"{len(doubts)} may have arrived:")
        _print_open(doubts, workspace)
        click.echo(
            f"\nSay what is true with `newsletter resolve {slug} --delivered ID` or `--send-again ID`."
        )
    else:
        click.echo(f"Nothing of {slug} is in doubt{' any more' if decided else ''}.")
    if stuck:
        click.echo(f"{len(stuck)} cannot be made into the same bytes again, and wait:")
        _print_open(stuck, workspace)
        click.echo(
            f"\nSend with the version of newsletter that made them, or `newsletter resolve {slug} --give-up ID`."
        )


def _print_open(found: "Sequence[Open]", workspace: "Workspace") -> None:
    """Each with its facts below it, a line for each: no terminal is so narrow that a Message-ID is cut."""
    for one in found:
        click.echo(printable(f"{one.id:>5}  {_to(one)}"))
        for name, text in _facts(one, workspace):
            if name not in ("id", "to"):
                click.echo(f"       {name:12}{printable(text)}")
