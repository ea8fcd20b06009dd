"""`newsletter contacts undo`: take a change of people back, once it has been seen what that would do."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

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
from newsletter.cli.people import people_of

if TYPE_CHECKING:
    from newsletter.config import Workspace
    from newsletter.contacts import Undoing
    from newsletter.database import Database

_SHOWN = 10
_TYPED = "write to them again"


@click.command()
@click.argument("number", metavar="[CHANGE]", required=False, type=int)
@click.option(
    "--skip-changed", is_flag=True, help="Leave those who were changed since, and go on for the rest."
)
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--revive", is_flag=True, help="With --yes: also where people would be written to again.")
@json_option
@yes_option
@takes_workspace
def undo(  # one argument an option
    workspace: "Workspace",
    number: int | None,
    skip_changed: bool,
    dry_run: bool,
    revive: bool,
    as_json: bool,
    yes: bool,
) -> None:
    """Take a change back: the last one, or the one of this number in `contacts log`.

    People are put back as they were, and those who came with the change are removed, unless they
    were changed, written to or asked since. What was recorded about consent is struck out in the
    ledger, never deleted and never turned into a withdrawal. An undoing can be undone.

    \b
    Example:
      newsletter contacts undo --dry-run
      newsletter contacts undo 12 --skip-changed
    """
    from newsletter.contacts import Actor, last_operation, plan_undo, undo_operation

    with people_of(workspace) as db:
        plan = plan_undo(db, number or last_operation(db).number)
        if not as_json:
            click.echo(printable("\n".join(_in_words(db, plan))), err=not dry_run)
        # With nobody who may be put back, or some who may not, the door says so itself.
        if not dry_run:
            if not plan.left or skip_changed:
                _ask(plan, yes=yes or as_json, revive=revive)
            plan = undo_operation(db, plan.done.number, Actor(operator()), now(), skip_changed=skip_changed)
    if as_json:
        print_json(_as_dict(plan, done=not dry_run))
    elif not dry_run:
        click.echo(f"Undone. Change {plan.done.number} is taken back; `newsletter contacts log` shows it.")


def _ask(plan: "Undoing", *, yes: bool, revive: bool) -> None:
    """Raises click.Abort where the answer is no, NotAllowed where a script does not say that people are revived."""
    from newsletter.errors import NotAllowed

    if not plan.revives:
        if not yes:
            click.confirm("Go on?", abort=True, err=True)
    elif not yes:
        ask_to_type("This lets people be written to who had said no.", _TYPED, yes=False)
    elif not revive:
        raise NotAllowed(
            "this would let people be written to who had said no, so nothing was done",
            remedy="If that is meant, say `--revive` too.",
        )


def _in_words(db: "Database", plan: "Undoing") -> Iterator[str]:
    from newsletter.contacts import said

    done = plan.done
    yield f"Change {done.number}: {done.command}, {said(done.at)} {done.at[11:16]}, by {done.operator}. To undo it:"
    for ids, one, many in (
        (plan.remove, "person is removed", "people are removed"),
        (plan.change, "person is put back as they were", "people are put back as they were"),
        (plan.bring_back, "person is brought back", "people are brought back"),
    ):
        if ids:
            yield f"  {len(ids):>7,}  {one if len(ids) == 1 else many}{_some(db, ids)}"
    for kind, count in plan.voids.items():
        yield f"  {count:>7,}  {_entries(count)} of the ledger ({kind}) struck out"
    if plan.again:
        yield f"  {plan.again:>7,}  {_entries(plan.again)} that had been struck out, recorded again"
    if plan.gone:
        yield f"  {plan.gone:>7,}  no longer there, or part of somebody else now"
    if plan.withdrawn:
        yield f"  WITHDRAWALS: {plan.withdrawn:,} would be taken back; a consent from before them counts again"
    if plan.stopped:
        yield f"  STOPS: {plan.stopped:,} would be lifted"
    yield from _left(db, plan)


def _entries(count: int) -> str:
    return "entry" if count == 1 else "entries"


def _left(db: "Database", plan: "Undoing") -> Iterator[str]:
    from newsletter.contacts import found_people

    if not plan.left:
        return
    yield f"  {len(plan.left):>7,}  cannot be put back and would be left as they are:"
    shown = list(plan.left)[:_SHOWN]
    known = {person.id: person for person in found_people(db, shown)}
    for contact_id in shown:
        person = known.get(contact_id)
        name = f"{person.name or person.email} ({contact_id})" if person else str(contact_id)
        yield f"           {name}: {plan.left[contact_id]}"
    if len(plan.left) > _SHOWN:
        yield f"           and {len(plan.left) - _SHOWN:,} more; --json names them all"


def _some(db: "Database", ids: list[int]) -> str:
    """': Ada Obi, Ben Ng and 3 more', of those who are there."""
    from newsletter.contacts import found_people

    names = [person.name or person.email or str(person.id) for person in found_people(db, ids[:3])]
    more = f" and {len(ids) - len(names):,} more" if len(ids) > len(names) else ""
    return f": {', '.join(names)}{more}" if names else ""


def _as_dict(plan: "Undoing", *, done: bool) -> dict[str, object]:
    left = [{"id": contact_id, "why": why} for contact_id, why in plan.left.items()]
    about = {"change": plan.done.number, "command": plan.done.command, "done": done}
    return {**about, **plan.counts(), "left": left, "no_longer_there": plan.gone}
