"""`newsletter organisations stance` and `grid`: who has how much influence and interest, now and over time."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.console import (
    ask_to_type,
    json_option,
    now,
    operator,
    print_json,
    print_table,
    printable,
    takes_workspace,
    yes_option,
)
from newsletter.cli.people import day_or_today, people_of

if TYPE_CHECKING:
    from newsletter.config import Workspace
    from newsletter.contacts import Standpoint
    from newsletter.database import Database

_DEGREE = click.IntRange(1, 5)


@click.command()
@click.argument("name")
@click.option("--influence", type=_DEGREE, help="Its influence on the study, from 1 (little) to 5 (much).")
@click.option("--interest", type=_DEGREE, help="Its interest in the study, from 1 (little) to 5 (much).")
@click.option("--why", default="", help="Why it is judged so.")
@click.option("--on", default="", help="The day of the judgement (default: today).")
@click.option("--by", default="", help="Who judges (default: you).")
@click.option("--remove", type=int, metavar="NUMBER", help="Forget a judgement, by its number.")
@yes_option
@json_option
@takes_workspace
def stance(
    workspace: "Workspace",
    name: str,
    influence: int | None,
    interest: int | None,
    why: str,
    on: str,
    by: str,
    remove: int | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Say where an organisation stands; with its name alone, show where it stood and why.

    Judge organisations, never people: an opinion about a person is theirs to read, should they
    ask, and has no place on a grid. Earlier judgements stay, so that movement can be seen.

    \b
    Example:
      newsletter organisations stance "Exampleton Museum" --influence 4 --interest 2 \\
          --why "Its board decides about the rooms"
      newsletter organisations stance "Exampleton Museum"
    """
    from newsletter.contacts import find_organisation

    with people_of(workspace) as db:
        organisation = find_organisation(db, name)
        if remove is not None:
            _forget(db, organisation.id, remove, yes=yes)
        elif influence is not None and interest is not None:
            _judge(db, workspace, (organisation.id, influence, interest), why=why, on=on, by=by)
        elif influence is not None or interest is not None or why:
            raise click.UsageError("say --influence, --interest and --why together")
        _show(db, organisation.id, as_json=as_json)


def _judge(
    db: "Database", workspace: "Workspace", judged: tuple[int, int, int], *, why: str, on: str, by: str
) -> None:
    from newsletter.contacts import Actor, NewStance, add_stance, operation

    day = day_or_today(workspace, on, "--on")
    with operation(db, Actor(operator()), "organisations stance", now()) as running:
        new = NewStance(*judged, day.isoformat(), by or operator(), why)
        running.summary["stance"] = add_stance(db, new, now())


def _forget(db: "Database", organisation_id: int, number: int, *, yes: bool) -> None:
    from newsletter.contacts import Actor, operation, remove_stance

    ask_to_type(f"Judgement {number} is forgotten for good.", str(number), yes=yes)
    with operation(db, Actor(operator()), "organisations stance --remove", now()) as running:
        remove_stance(db, organisation_id, number)
        running.summary["stance"] = number


def _show(db: "Database", organisation_id: int, *, as_json: bool) -> None:
    from newsletter.contacts import stances_of

    found = stances_of(db, organisation_id)
    if as_json:
        print_json([asdict(one) for one in found])
    elif found:
        rows = ([s.id, s.judged_on, s.influence, s.interest, s.judged_by, s.why] for s in found)
        print_table(["no.", "day", "influence", "interest", "by", "why"], rows)
    else:
        click.echo("Nobody has judged yet where it stands.", err=True)


@click.command()
@click.option("--on", default="", help="As it stood on this day (default: today).")
@click.option("--since", default="", help="Show the movement since this day, too.")
@click.option(
    "--to",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.svg",
    help="Draw it into this file.",
)
@json_option
@takes_workspace
def grid(workspace: "Workspace", on: str, since: str, to: Path | None, as_json: bool) -> None:
    """The grid of influence and interest: as a table, and drawn as a picture.

    The picture is an SVG file that every browser opens; it says in words all that it shows.

    \b
    Example:
      newsletter organisations grid --to grid.svg
      newsletter organisations grid --since 2022-01-01 --to movement.svg
    """
    from newsletter.contacts import draw_grid, past_day, said, standpoints

    day = day_or_today(workspace, on, "--on")
    first = past_day(since, day, "--since") if since else None
    with people_of(workspace) as db:
        points = standpoints(db, day, first)
    if to:
        title = f"Influence and interest on {said(day.isoformat())}"
        to.write_text(draw_grid(points, title=title), encoding="utf-8")
    if as_json:
        print_json([asdict(point.stance) | {"before": [asdict(s) for s in point.before]} for point in points])
        return
    _print(points, moved=first is not None)
    if to:
        click.echo(f"Drawn: {to}", err=True)


def _print(points: "list[Standpoint]", *, moved: bool) -> None:
    if not points:
        click.echo(
            "No organisation has been placed yet. Place one with `newsletter organisations stance`.", err=True
        )
        return
    ranked = sorted(points, key=lambda p: (-p.stance.influence, -p.stance.interest, p.name.casefold()))
    headings = ["organisation", "influence", "interest", "judged", "by", "why", *["before"] * moved]
    rows = []
    for point in ranked:
        s = point.stance
        was = "; ".join(f"{o.influence}/{o.interest} on {o.judged_on}" for o in point.moves) or "–"
        rows.append(
            [s.organisation, s.influence, s.interest, s.judged_on, s.judged_by, s.why, *[was] * moved]
        )
    print_table(headings, [[printable(str(cell)) for cell in row] for row in rows])
