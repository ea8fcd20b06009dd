"""`newsletter contacts duplicates` and `merge`: find people who are kept twice, and make them one."""

from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import TYPE_CHECKING

import click

from newsletter.cli.console import json_option, now, print_json, printable, takes_workspace, yes_option
from newsletter.cli.people import changing, people_of, state_in_words, who_in_words

if TYPE_CHECKING:
    from newsletter.config import Workspace
    from newsletter.contacts import Card, CardList, Merger

_PASSED_OVER = ("contact_id", "created_at", "updated_at", "lists", "history")


@click.command()
@json_option
@takes_workspace
def duplicates(workspace: "Workspace", as_json: bool) -> None:
    """Show people who may be kept twice, with the reason; nothing is changed.

    Looked for: one address but for its case, a part after a plus, or dots at Gmail; one name in one
    organisation or at one postal address. Two people with different names may share an address.

    \b
    Example:
      newsletter contacts duplicates
    """
    from newsletter.contacts import find_duplicates

    with people_of(workspace) as db:
        if as_json:
            print_json([found.as_dict() for found in find_duplicates(db)])
            return
        count = 0
        for found in find_duplicates(db):
            count += 1
            click.echo(f"{found.reason}:")
            for person in found.people:
                click.echo(
                    printable(
                        f"  {person.id}  {person.name or '(no name)'}  {person.email}  {person.organisation}"
                    )
                )
    if count:
        click.echo(f"{count:,} in all. `newsletter contacts merge KEEP OTHER` makes them one.", err=True)
    else:
        click.echo("Nobody seems to be kept twice.", err=True)


@click.command()
@click.argument("keep", metavar="KEEP")
@click.argument("others", metavar="OTHER...", nargs=-1, required=True)
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@json_option
@yes_option
@takes_workspace
def merge(  # one argument an option
    workspace: "Workspace", keep: str, others: tuple[str, ...], dry_run: bool, as_json: bool, yes: bool
) -> None:
    """Make other contacts part of the one to keep; name each by address or id.

    What the one to keep lacks is filled, the rest joins it; its own address stays the one written to.
    Both histories stay: the other ids lead to it, and what any of them withdrew counts. Can be undone.

    \b
    Example:
      newsletter contacts merge ada@example.org 7349203112 --dry-run
    """
    from newsletter.contacts import merge_contacts, preview_merge, the_contact

    with people_of(workspace) as db:
        kept = the_contact(db, keep)
        ids = [the_contact(db, other) for other in others]
        preview = preview_merge(db, kept, ids, now())
        names = [who_in_words(db, number) for number in ids]
    if not as_json:
        title = f"{who_in_words_of(preview.before)} stays; {', '.join(names)} would become part of them:"
        click.echo(printable("\n".join([title, *_in_words(preview)])), err=not dry_run)
    if not dry_run:
        if not (yes or as_json):
            click.confirm("Go on?", abort=True, err=True)
        with changing(workspace, "contacts merge") as db:
            merge_contacts(db, kept, ids, now())
    if as_json:
        print_json({"kept": kept, "merged": ids, "done": not dry_run, "after": preview.after.as_dict()})
    elif not dry_run:
        click.echo("Merged. `newsletter contacts undo` takes it back.")


def who_in_words_of(card: "Card") -> str:
    """The name on a card for a sentence."""
    return f"{card.name} <{card.email}>" if card.name and card.email else card.name or card.email


def _in_words(preview: "Merger") -> Iterator[str]:
    before, after = preview.before, preview.after
    for field in fields(after):
        old, new = getattr(before, field.name), getattr(after, field.name)
        if field.name in _PASSED_OVER or old == new:
            continue
        label = field.name.replace("_", " ")
        if isinstance(new, tuple):
            yield f"  {label}: + {', '.join(_names(item for item in new if item not in old))}"
        else:
            yield f"  {label}: {old!r} becomes {new!r}" if old else f"  {label}: filled with {new!r}"
    yield from _lists(before.lists, after.lists)
    joining = len(after.history) - len(before.history)
    yield f"  entries of the ledger: {joining:,} join the {len(before.history):,} there are"


def _lists(before: "Iterable[CardList]", after: "Iterable[CardList]") -> Iterator[str]:
    stood = {info.list: info for info in before}
    for info in after:
        old = stood.get(info.list)
        if old is None or (old.state, old.since) != (info.state, info.since):
            was = _standing(old) if old else "not on it"
            yield f"  {info.list}: {was}; becomes: {_standing(info)}"


def _standing(info: "CardList") -> str:
    return state_in_words(info.state, info.basis, info.since, info.channel)


def _names(items: Iterable[object]) -> Iterator[str]:
    for item in items:
        yield str(getattr(item, "email", "") or getattr(item, "name", "") or item)
