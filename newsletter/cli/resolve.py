"""`newsletter resolve`: decide about messages that may have arrived."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from newsletter.cli.console import json_option, now, opened, print_json, print_table, takes_workspace
from newsletter.cli.report import slug_of
from newsletter.errors import InputError

if TYPE_CHECKING:
    from newsletter.config import Workspace
    from newsletter.outbox import Recipient


@click.command()
@click.argument("issue")
@click.option("--delivered", multiple=True, metavar="ID", help="This one arrived.")
@click.option("--send-again", "again", multiple=True, metavar="ID", help="This one did not: send it again.")
@click.option("--all-delivered", "every", is_flag=True, help="All of them arrived.")
@json_option
@takes_workspace
def resolve(
    issue: str,
    delivered: tuple[str, ...],
    again: tuple[str, ...],
    every: bool,
    as_json: bool,
    workspace: "Workspace",
) -> None:
    """Decide about messages that may have arrived.

    When the line to the mail server breaks before it answers, nobody here can know whether it took
    the message. Such messages are never sent again by themselves. Look for the Message-ID in the
    server's log or ask the recipient, then say what is true. ID is the number in the first column,
    or the Message-ID. A message that is sent again is the same to the last byte.

    \b
    Example:
      newsletter resolve 2022-10
      newsletter resolve 2022-10 --delivered 17 --send-again 23
    """
    from newsletter.outbox import doubtful_of, only_sender, recover, settle_doubts

    slug = slug_of(issue)
    with opened(workspace) as db, only_sender(db):
        recover(db, now())
        found = doubtful_of(db, slug)
        chosen = [(one, True) for one in (found if every else _named(found, delivered))]
        chosen += [(one, False) for one in _named(found, again)]
        _refuse_contradictions(chosen)
        settle_doubts(db, {one.id: arrived for one, arrived in chosen}, now())
        left = doubtful_of(db, slug)
    if as_json:
        print_json([{"id": one.id, **one.as_dict()} for one in left])
    else:
        _tell(slug, chosen, left)


def _named(found: "Sequence[Recipient]", ids: Sequence[str]) -> "list[Recipient]":
    known = {name: one for one in found for name in (str(one.id), one.message_id, one.message_id.strip("<>"))}
    if unknown := [name for name in ids if name not in known]:
        raise InputError(
            f"no message in doubt has the id {unknown[0]!r}",
            remedy="There are: " + (", ".join(str(one.id) for one in found) or "none"),
        )
    return [known[name] for name in ids]


def _refuse_contradictions(chosen: "Sequence[tuple[Recipient, bool]]") -> None:
    both = {one.id for one, arrived in chosen if arrived} & {one.id for one, arrived in chosen if not arrived}
    if both:
        raise InputError(f"message {min(both)} cannot have arrived and be sent again; nothing was changed")


def _tell(slug: str, chosen: "Sequence[tuple[Recipient, bool]]", left: "Sequence[Recipient]") -> None:
    for one, arrived in chosen:
        click.echo(f"{one.email}: {'noted as delivered' if arrived else 'waiting to be sent again'}")
    if any(not arrived for _, arrived in chosen):
        click.echo(f"Next: newsletter send {slug}")
    if not left:
        click.echo(f"Nothing of {slug} is in doubt{' any more' if chosen else ''}.")
        return
    click.echo(f"{len(left)} may have arrived:")
    rows = [(one.id, one.email, one.message_id, one.reply) for one in left]
    print_table(("id", "who", "Message-ID", "what is known"), rows)
    click.echo(f"\nSay what is true with `newsletter resolve {slug} --delivered ID` or `--send-again ID`.")
