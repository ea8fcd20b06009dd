"""`newsletter mailbox list`, `show` and `decide`: what waits for somebody, and the word that settles it."""

import datetime as dt
from typing import TYPE_CHECKING

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
    from newsletter.database import Database
    from newsletter.replies import Came

_LATELY = 30  # days
_KINDS = ("bounce", "complaint", "opt-out", "auto-reply", "reply", "other")
_WORDS = ("stop", "keep", "take-address", "dismiss")


@click.command("list")
@click.option("--all", "everything", is_flag=True, help="Also what nobody has to look at, the newest first.")
@click.option("--kind", type=click.Choice(_KINDS), default=None, help="Of this kind alone; means --all.")
@click.option(
    "--limit", type=click.IntRange(1), default=100, show_default=True, help="At most so many of all."
)
@json_option
@takes_workspace
def list_(workspace: "Workspace", everything: bool, kind: str | None, limit: int, as_json: bool) -> None:
    """Show what waits for somebody to read or decide, oldest first; whoever asks to stop is held back meanwhile.

    \b
    Example:
      newsletter mailbox list
      newsletter mailbox list --kind bounce
    """
    from newsletter.replies import count_open, latest_replies, open_replies

    with people_of(workspace) as db:
        found = open_replies(db)
        waiting, held = count_open(db)
        if everything or kind:
            chosen = [one for one in found if kind in (None, one.kind)]
            found = [*chosen, *(one for one in latest_replies(db, limit, kind or "") if one.state != "open")]
    if as_json:
        print_json([one.as_dict() for one in found])
        return
    if found:
        print_table(("no", "day", "who", "what"), [_row(one) for one in found])
    click.echo("" if found else "Nothing waits to be decided.", nl=not found)
    if waiting:
        meanwhile = f"; {counted(held, 'person', 'people')} held back meanwhile" if held else ""
        click.echo(f"\n{counted(waiting, 'message')} to look at{meanwhile}.")
        click.echo(
            f"Next: newsletter mailbox show {next(one.id for one in found if one.state == 'open')}"
            if any(one.state == "open" for one in found)
            else "Next: newsletter mailbox list"
        )


@click.command()
@click.argument("number", metavar="ID", type=int)
@json_option
@takes_workspace
def show(workspace: "Workspace", number: int, as_json: bool) -> None:
    """Show one thing that came back: whose it is, what it says, and what can be decided.

    \b
    Example:
      newsletter mailbox show 17
    """
    from newsletter.replies import choices_of, the_reply

    with people_of(workspace) as db:
        came = the_reply(db, number)
        choices = choices_of(db, came)
    if as_json:
        print_json(came.as_dict() | {"choices": list(choices)})
        return
    for label, text in _facts(came):
        if text:
            click.echo(f"  {label + ':':<14}{printable(text)}")
    if came.text:
        click.echo("\n" + "\n".join(f"  | {printable(line)}" for line in came.text.splitlines()))
    if choices:
        click.echo("\nYou can decide:")
        for word, meaning in choices.items():
            click.echo(f"  newsletter mailbox decide {number} {word:<13} {meaning}")


@click.command()
@click.argument("numbers", metavar="ID...", nargs=-1, type=int, required=True)
@click.argument("word", type=click.Choice(_WORDS))
@json_option
@takes_workspace
def decide(workspace: "Workspace", numbers: tuple[int, ...], word: str, as_json: bool) -> None:
    """Decide about what came back: of several either all or none.

    \b
    stop          nothing more to them: every list is withdrawn. After 'has left' or 'has moved':
                  nothing more to that address. A slip is taken back with `newsletter contacts undo`;
                  if they come back, record what they agree to, as of anybody.
    keep          leave all as it was; whoever was held back gets what their lists allow again.
    take-address  write to the new address that was named (`newsletter contacts undo` takes it back).
    dismiss       put it aside: it was read, or answered.

    \b
    Example:
      newsletter mailbox decide 17 stop
      newsletter mailbox decide 18 19 20 dismiss
    """
    from newsletter.contacts import Actor
    from newsletter.database import transaction
    from newsletter.replies import decide_reply

    with people_of(workspace) as db:
        with transaction(db):
            done = [decide_reply(db, number, word, Actor(operator()), now()) for number in numbers]  # type: ignore[arg-type]
        names = {one.came.id: _names(db, one.people) or one.came.who for one in done}
    if as_json:
        print_json([one.as_dict() for one in done])
        return
    for one in done:
        for what in one.did:
            click.echo(printable(f"{one.came.id} {names[one.came.id]}: {what}."))


def waiting_in_words(db: "Database") -> list[tuple[str, bool]]:
    """What came back and wants somebody, and whether it is bad; for `newsletter status`."""
    from newsletter.replies import REASONS, count_open, count_ours

    lines = []
    waiting, held = count_open(db)
    if waiting:
        meanwhile = f", {counted(held, 'person', 'people')} held back meanwhile" if held else ""
        lines.append(
            (
                f"{counted(waiting, 'message')} that came back to look at{meanwhile}. See: newsletter mailbox list",
                False,
            )
        )
    ours = count_ours(db, (now() - dt.timedelta(days=_LATELY)).date().isoformat())
    if ours:
        reasons = ", ".join(f"{REASONS.get(reason, reason)}: {number:,}" for reason, number in ours.items())
        lines.append(
            (
                f"{counted(sum(ours.values()), 'message')} came back in {_LATELY} days because of us, not of the readers "
                f"({reasons}). See: newsletter report",
                True,
            )
        )
    return lines


def _row(came: "Came") -> tuple[object, ...]:
    from newsletter.contacts import said
    from newsletter.replies import in_words

    mark = "*" if came.state == "open" else ""
    return f"{came.id}{mark}", said(came.at), came.who or "somebody unknown", in_words(came, waits=False)


def _facts(came: "Came") -> list[tuple[str, str]]:
    from newsletter.contacts import said
    from newsletter.replies import in_words

    contact = f" (contact {came.contact_id})" if came.contact_id else " (nobody whom you know)"
    return [
        ("what", in_words(came, waits=False)),
        ("about", (came.who or "somebody") + contact),
        ("issue", came.issue),
        ("day", said(came.at)),
        ("read", f"{said(came.recorded_at)}, {came.source}"),
        ("from", came.sender),
        ("subject", came.subject),
        ("new address", came.new_address),
        ("server said", came.diagnostic if came.kind == "bounce" else ""),
        ("note", came.diagnostic if came.kind != "bounce" else ""),
    ]


def _names(db: "Database", people: tuple[int, ...]) -> str:
    from newsletter.cli.people import who_in_words

    return ", ".join(who_in_words(db, person) for person in people)
