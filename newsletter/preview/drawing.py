"""An issue read, drawn for one audience and checked, with every fault as findings: what the workers do."""

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from newsletter.config import Config, Workspace, read_workspace
from newsletter.edition import (
    Edition,
    audience_name,
    edition_name,
    render_all,
    render_edition,
    visible_sections,
)
from newsletter.errors import NewsletterError, Problem
from newsletter.issue import Issue, in_language, read_issue

#: Which of an issue's audiences: names of lists, () for the public, None for all of the issue's lists.
Audience = tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Eyes:
    """Whose eyes see an issue: those of an audience, in a language (BCP 47; '': the issue's first)."""

    audience: Audience = None
    language: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be drawn or checked: the workspace's folder, the issue's file, and for whom."""

    root: Path
    path: Path
    eyes: Eyes = Eyes()


@dataclass(frozen=True, slots=True)
class Drawn:
    """An issue as one audience sees it in one language. `shown` has the places of its sections in the file, from 0.

    `languages` are all that the issue is in, the first of them first. `files` are those it was read from, beside the templates; `reading` and `rendering` are milliseconds.
    """

    edition: Edition
    lists: tuple[str, ...]
    languages: tuple[str, ...]
    audience: tuple[str, ...]
    config: Config
    files: tuple[Path, ...]
    shown: tuple[int, ...]
    reading: float
    rendering: float


@dataclass(frozen=True, slots=True)
class Checked:
    """What the checks found, and the bytes of each audience's HTML."""

    problems: tuple[Problem, ...]
    sizes: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Faulty:
    """Why an issue cannot be drawn; `remedy` is a sentence for all of it, or ''."""

    problems: tuple[Problem, ...]
    remedy: str = ""


def draw(order: Order) -> Drawn:
    """The issue for the order's audience, in its language. Raises NewsletterError as reading and rendering do."""
    begun = time.perf_counter()
    workspace, issue = _read(order)
    wanted = issue.lists if order.eyes.audience is None else order.eyes.audience
    audience = tuple(name for name in issue.lists if name in wanted)
    read = time.perf_counter()
    view = in_language(issue, _language(issue, audience, order.eyes.language))
    edition = render_edition(view, audience, workspace.config, workspace.templates)
    rendered = time.perf_counter()
    return Drawn(
        edition=edition,
        lists=issue.lists,
        languages=issue.languages or (issue.language,),
        audience=audience,
        config=workspace.config,
        files=_files(workspace, issue),
        shown=_places(issue, audience),
        reading=(read - begun) * 1000,
        rendering=(rendered - read) * 1000,
    )


def check(order: Order, now: dt.datetime) -> Checked:
    """The findings about the issue for all its audiences. Raises as `draw`."""
    from newsletter.checks import check_issue

    workspace, issue = _read(order)
    editions = render_all(issue, workspace.config, workspace.templates)
    problems = check_issue(issue, editions, workspace.config, now)
    sizes = tuple((name, len(edition.html.encode())) for name, edition in editions.items())
    return Checked(tuple(problems), sizes)


def faults(error: NewsletterError, order: Order) -> Faulty:
    """The error as findings, each with a place; where it names none, that is the issue's own file."""
    shown = _shown(order.root, order.path)
    if error.problems:
        named = (replace(one, path=shown) if one.path == str(order.path) else one for one in error.problems)
        return Faulty(tuple(named), error.remedy)
    return Faulty((Problem("preview", "error", shown, 0, "", error.message, error.remedy),))


def attempted(step: Callable[[], Drawn | Checked], order: Order) -> Drawn | Checked | Faulty:
    """What `step` gives, or its faults."""
    try:
        return step()
    except NewsletterError as error:
        return faults(error, order)


def _read(order: Order) -> tuple[Workspace, Issue]:
    workspace = read_workspace(order.root)
    return workspace, read_issue(order.path, workspace.root, workspace.config.lists)


def _language(issue: Issue, audience: tuple[str, ...], wanted: str) -> str:
    """The language of the edition that sending would choose for a reader who wants `wanted`."""
    first = audience_name(audience)
    names = {f"{first}.{tag}": tag for tag in issue.translations} | {first: issue.language}
    return names[edition_name(names, audience, wanted)]


def _places(issue: Issue, audience: tuple[str, ...]) -> tuple[int, ...]:
    visible = {id(section) for section in visible_sections(issue, audience)}
    return tuple(index for index, section in enumerate(issue.sections) if id(section) in visible)


def _files(workspace: Workspace, issue: Issue) -> tuple[Path, ...]:
    """The files that the issue is made of: those its fields stand in, its pictures, and the logos."""
    root = workspace.root.resolve()
    texts = {root / place.path for place in issue.places.values()}
    pictures = {issue.path.resolve().parent / src for src in issue.pictures}
    theme = workspace.config.theme
    logos = {root / name for name in (theme.logo, theme.logo_dark) if name}
    return tuple(sorted(path.resolve() for path in texts | pictures | logos))


def _shown(root: Path, path: Path) -> str:
    try:
        return str(path.resolve().relative_to(root.resolve()))
    except ValueError:
        return str(path)
