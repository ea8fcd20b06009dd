"""`newsletter sync`: take over what readers did on the public pages, and ask those who joined to confirm."""

import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.beforehand import channels
from newsletter.cli.coming import (
    Asked,
    intakes,
    send_confirmations,
    take_over_from,
    tell_aside,
    tell_asked,
    tell_taken,
)
from newsletter.cli.console import counted, json_option, now, opened, print_json, takes_workspace
from newsletter.errors import ConfigError, NewsletterError, ServerUnavailable

if TYPE_CHECKING:
    from newsletter.config import Workspace
    from newsletter.database import Database
    from newsletter.replies import Taken

_SHOWN_EVERY = 50  # arrivals


@click.command()
@click.option("--from", "url", metavar="URL", default="", help="Where the public pages are, if not as set.")
@click.option("--dry-run", is_flag=True, help="Only say how much waits; take over and send nothing.")
@click.option("--no-send", is_flag=True, help="Take over, and let messages that ask to confirm wait.")
@click.option("--forget-aside", is_flag=True, help="Give up what lies aside, after you have looked why.")
@json_option
@takes_workspace
def sync(
    workspace: "Workspace", url: str, dry_run: bool, no_send: bool, forget_aside: bool, as_json: bool
) -> int:
    """Take over what readers did on the public pages, and ask those who joined to confirm.

    Joining, confirming, going on, leaving, preferences, and requests about one's data: each counts from
    when it came in, and once, however often this runs or is cut off. Where the pages are served on this
    machine their inbox lies beside contacts.db; else it is fetched from [public] url over HTTPS. `send`
    does all this by itself before it begins. The exit code is 69 where the pages cannot be reached, 75
    while messages that ask to confirm wait, 1 where one may have arrived.

    \b
    Example:
      newsletter sync
      newsletter sync --from https://news.example.org
      newsletter sync --dry-run --json
    """
    if not (url or channels(workspace).pages):
        raise ConfigError(
            f"nothing can come in here: there is no {workspace.inbox.name}, and newsletter.toml names no [public] url",
            remedy="Serve the public pages with `newsletter serve` (docs/serving.md), or name them with --from URL.",
        )
    with opened(workspace) as db:
        if dry_run:
            return _look(workspace, db, url, as_json=as_json)
        gone = _forget(db) if forget_aside else 0
        taken = _take(workspace, db, url, quiet=as_json)
        asked = Asked() if no_send else send_confirmations(workspace, db)
        if as_json:
            print_json(_as_dict(taken, asked) | {"forgotten": gone})
        else:
            _tell(db, taken, asked, gone)
    return _exit_code(asked)


def _take(workspace: "Workspace", db: "Database", url: str, *, quiet: bool) -> "Taken":
    """What was taken over; it is told also where that comes to no end."""
    from newsletter.replies import Taken

    taken = Taken()

    def tell(number: int) -> None:
        if number % _SHOWN_EVERY == 0 and sys.stderr.isatty() and not quiet:
            click.echo(f"\r{number:,} taken over …", nl=False, err=True)

    try:
        return take_over_from(workspace, db, url, tell, taken)
    except NewsletterError:
        if taken.total:
            click.echo(f"{counted(taken.total, 'arrival')} taken over before it failed:", err=True)
            tell_taken(taken, err=True)
        raise


def _look(workspace: "Workspace", db: "Database", url: str, *, as_json: bool) -> int:
    from newsletter.outbox import due_confirmations
    from newsletter.replies import PAGE, count_aside

    told: dict[str, Any] = {"waiting": {}, "more": False}
    kinds: Counter[str] = Counter()
    with intakes(workspace, db, url) as found:
        for one in found:
            waiting = one.waiting()
            kinds.update(sealed.kind for sealed in waiting)
            told["more"] |= len(waiting) == PAGE
    told |= {
        "waiting": dict(kinds),
        "aside": count_aside(db),
        "to_confirm": len(due_confirmations(db, now())),
    }
    if as_json:
        print_json(told)
        return 0
    number = counted(kinds.total(), "arrival") + (" or more" if told["more"] else "")
    click.echo(f"{number} would be taken over{': ' if kinds else '.'}" + _row(kinds))
    ask = counted(told["to_confirm"], "message that asks", "messages that ask")
    click.echo(f"{ask} to confirm would go. Nothing was done.")
    return 0


def _row(kinds: Counter[str]) -> str:
    return ", ".join(f"{kind} {number:,}" for kind, number in sorted(kinds.items()))


def _forget(db: "Database") -> int:
    from newsletter.replies import forget_aside

    return forget_aside(db, now())


def _as_dict(taken: "Taken", asked: Asked) -> dict[str, Any]:
    outcomes: dict[str, dict[str, int]] = {}
    for (kind, word), number in sorted(taken.counts.items()):
        outcomes.setdefault(kind, {})[word] = number
    states = ("sent", "skipped", "refused", "waiting", "in_doubt")
    return {
        "taken": taken.total,
        "again": taken.again,
        "outcomes": outcomes,
        "refused": dict(taken.refused),
        "aside": taken.aside,
        "confirmations": {state: asked.states[state] for state in states},
        "stopped": asked.stopped.message if asked.stopped else "",
    }


def _tell(db: "Database", taken: "Taken", asked: Asked, gone: int) -> None:
    if gone:
        click.echo(f"{counted(gone, 'arrival')} that lay aside given up.")
    click.echo(
        f"{counted(taken.total, 'arrival')} taken over{'.' if not taken.total else ':'}"
        + (f" ({taken.again:,} had been before.)" if taken.again else "")
    )
    tell_taken(taken)
    tell_aside(taken)
    tell_asked(asked)
    _tell_work(db, taken)


def _tell_work(db: "Database", taken: "Taken") -> None:
    """What a person has to do now."""
    from newsletter.replies import ON_PAPER, wants

    if any(taken.counts[kind, "done"] for kind in ("access", "erasure")):
        click.echo(
            "Requests about their data: see the days with `newsletter privacy request list`.", err=True
        )
    for shape in ON_PAPER:
        row = db.one("SELECT count(*) FROM contact_tags WHERE tag = ?", wants(shape))
        if row and row[0] and taken.total:
            find = f'newsletter contacts export --tag "{wants(shape)}"'
            told = counted(row[0], "person wants", "people want")
            click.echo(f"{told} it on paper, and no postal address is known: `{find}`.", err=True)


def _exit_code(asked: Asked) -> int:
    if isinstance(asked.stopped, (ConfigError, ServerUnavailable)):
        return asked.stopped.exit_code
    if asked.states["waiting"]:
        return 75
    return int(bool(asked.states["in_doubt"]))
