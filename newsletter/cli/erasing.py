"""What `newsletter privacy erase` says and asks before, and tells afterwards."""

from typing import TYPE_CHECKING

import click

from newsletter.cli.console import ask_to_type, now, operator, print_json, print_table, printable
from newsletter.cli.people import people_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from newsletter.config import Workspace
    from newsletter.database import Database
    from newsletter.privacy import Erasure, Subject, Trace

_AGAIN = 75  # as where messages still wait: run it again
_FINISH = "newsletter privacy erase --finish"
_BEYOND = (
    "the Sent Items of your mail server, and the inboxes of those who were written to",
    "backups (*.newsletter-backup): after restoring one, run `newsletter privacy erase` again",
    "files that were exported or imported and lie outside this workspace, paper, and git history",
)
_DONE = {"delete": "deleted", "rows": "their rows taken out", "tell": "for you to mend or delete"}


def run_erase(
    workspace: "Workspace",
    who: str,
    *,
    dry_run: bool,
    bar_shared: bool,
    anyway: bool,
    as_json: bool,
    yes: bool,
) -> int:
    """Erase a person, once it has been shown and asked; 75 where something is left to finish."""
    from newsletter.contacts import Actor
    from newsletter.privacy import erase_person, plan_erasure, remove_traces, scrub, traces_of

    with people_of(workspace) as db:
        subject = _subject(db, who, anyway=anyway)
        plan, traces = plan_erasure(db, subject), traces_of(db, subject)
        if not as_json and (dry_run or not yes):
            _show_plan(workspace, plan, traces, bar_shared=bar_shared)
        if dry_run:
            return _dry(plan, traces, as_json=as_json)
        _ask(plan, who, yes=yes)
        plan = erase_person(db, subject, Actor(operator()), now(), bar_shared=bar_shared)
        failed = remove_traces(traces, subject)
        left = scrub(db)
    if as_json:
        print_json(_as_dict(plan, traces) | {"unfinished": [*left, *map(str, failed)]})
    else:
        _show_done(workspace, plan, traces)
    return finish_by_hand(left, failed)


def run_finish(workspace: "Workspace") -> int:
    """Write the database anew and empty its log; 75 where another program still holds it."""
    from newsletter.privacy import scrub

    with people_of(workspace) as db:
        left = scrub(db)
    if not left:
        click.echo("The database was written anew: nothing of what was erased is left in it.")
    return finish_by_hand(left, ())


def _subject(db: "Database", who: str, *, anyway: bool) -> "Subject":
    from newsletter.contacts import find_contacts
    from newsletter.errors import InputError
    from newsletter.privacy import find_subject, stranger

    known = find_contacts(db, who)
    if anyway and not known:
        return stranger(db, who)
    try:
        return find_subject(db, who)
    except InputError as error:
        remedy = (
            "To bar an address that is not known here: `newsletter privacy erase ADDRESS --suppress-anyway`."
        )
        raise type(error)(
            error.message, remedy=error.remedy if known else f"{error.remedy}\n{remedy}"
        ) from None


def _ask(plan: "Erasure", who: str, *, yes: bool) -> None:
    if plan.evidence and not yes:
        click.secho(
            f"\n{_many(plan.evidence, 'note')} of where their consent is known from, with any evidence, will go. "
            "If they say that they never signed up, or there is a dispute, you may need these, and may keep "
            "them for it (UK GDPR article 17(3)(e)): see `newsletter consent history` first, and "
            "`newsletter suppress add` stops all mail meanwhile.",
            fg="yellow",
            err=True,
        )
    ask_to_type("\nThis cannot be undone.", who, yes=yes)


def _show_plan(
    workspace: "Workspace", plan: "Erasure", traces: "Sequence[Trace]", *, bar_shared: bool
) -> None:
    name = plan.subject.name or "somebody whose name is not kept"
    click.echo(printable(f"{name}, {', '.join((*plan.subject.own, *plan.subject.shared)) or 'no address'}"))
    print_table(("what is kept", "rows", "what becomes of it"), _rows(plan))
    for line in (*_warnings(plan, bar_shared=bar_shared), *_files(workspace, traces)):
        click.echo(printable(line))


def _rows(plan: "Erasure") -> "list[tuple[str, int, str]]":
    from newsletter.privacy import REGISTER

    became = {"deleted": "goes", "follows": "goes", "emptied": "stays without the person", "kept": "stays"}
    # What has no name there only repeats, for the search and the pages, what stands in the others.
    told = {h.table: (h.holds, became[h.erased]) for h in REGISTER if h.holds}
    counts = plan.rows | plan.kept
    rows = [(told[table][0], count, told[table][1]) for table, count in counts.items() if table in told]
    texts = [
        (f"texts about others ({table.replace('_', ' ')})", count, "name and address are taken out")
        for table, count in plan.texts.items()
    ]
    return rows + texts


def _warnings(plan: "Erasure", *, bar_shared: bool) -> "list[str]":
    shared = ", ".join(plan.subject.shared)
    barred = (
        "it is barred all the same, so they get nothing there either"
        if bar_shared
        else ("it is not barred, since they may want mail there; --suppress-shared bars it")
    )
    numbers = ", ".join(map(str, plan.engagements))
    entries = ", ".join(map(str, plan.entries))
    lines = {
        f"{shared}: somebody else has this address too; {barred}.": bool(shared),
        f"{_many(plan.waiting, 'message')} to them still waiting will not go out.": bool(plan.waiting),
        f"Engagements with others stay; read them for more about the person: {numbers}.": bool(numbers),
        f"Other people's entries of the ledger mention them, and cannot be changed: {entries}.": bool(
            entries
        ),
        f"Issues that name them, as sent: {', '.join(plan.issues)}.": bool(plan.issues),
        f"The ledger keeps the words of their permissions: {', '.join(plan.permissions)}.": bool(
            plan.permissions
        ),
        "Their name is not looked for in other people's texts: it is one word, or somebody else's too.": bool(
            plan.subject.contact_id and not plan.subject.names
        ),
    }
    return [line for line, told in lines.items() if told]


def _files(workspace: "Workspace", traces: "Sequence[Trace]") -> "list[str]":
    return [f"{workspace.shown(trace.path)}: {_DONE[trace.what]}" for trace in traces]


def _dry(plan: "Erasure", traces: "Sequence[Trace]", *, as_json: bool) -> int:
    if as_json:
        print_json(_as_dict(plan, traces))
    else:
        click.echo("\nNothing was changed.")
    return 0


def _show_done(workspace: "Workspace", plan: "Erasure", traces: "Sequence[Trace]") -> None:
    click.echo(
        f"Forgotten: {_many(sum(plan.rows.values()), 'row')} deleted or emptied, "
        f"{_many(sum(plan.texts.values()), 'text')} of others mended. The ledger stays whole."
    )
    show_files(workspace, traces)


def show_files(workspace: "Workspace", traces: "Sequence[Trace]") -> None:
    """What became of files, and what cannot be reached from here."""
    for line in _files(workspace, traces):
        click.echo(printable(line))
    click.echo("\nWhat cannot be reached from here:")
    for beyond in _BEYOND:
        click.echo(f"  {beyond}")


def finish_by_hand(left: "Sequence[str]", failed: "Sequence[Path]") -> int:
    """Say what is left to do; the exit code."""
    for path in failed:
        click.echo(printable(f"{path} could not be deleted or mended: do it by hand."), err=True)
    if left:
        click.echo(
            f"Forgotten, but the bytes may still stand in the file: {'; '.join(left)}.\n"
            f"Close what has contacts.db open (`newsletter browse`, `newsletter send`), then: {_FINISH}",
            err=True,
        )
    return _AGAIN if left or failed else 0


def _as_dict(plan: "Erasure", traces: "Sequence[Trace]") -> dict[str, object]:
    return {
        "rows": plan.rows,
        "kept": plan.kept,
        "texts": plan.texts,
        "waiting": plan.waiting,
        "addresses": len(plan.subject.own),
        "shared_addresses": len(plan.subject.shared),
        "engagements_to_read": plan.engagements,
        "entries_that_mention": plan.entries,
        "issues_that_name": plan.issues,
        "permissions": plan.permissions,
        "files": [{"file": str(trace.path), "what": trace.what} for trace in traces],
        "beyond_reach": _BEYOND,
    }


def _many(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
