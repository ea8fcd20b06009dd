"""The grid of influence and interest as an SVG picture: readable in the dark, without a mouse, and aloud.

Organisations that stand on the same place are written one under the other, and each row of the grid
is as high as its fullest field needs, so that no name ever lies on another.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise

from newsletter.contacts.dates import said
from newsletter.contacts.stances import LEAST, MOST, Stance, Standpoint

_CELL, _LEFT, _TOP = 168.0, 58.0, 66.0
_STRIP, _LINE, _GAP, _PAD, _LOWEST = 24.0, 15.0, 5.0, 10.0, 66.0
_DOT, _INDENT, _GHOST = 5.0, 28.0, 16.0
_MOST_LINES = 3
_LEGEND = (
    "A hollow dot: where an organisation stood before. An arrow leads to where it stood next, or stands now."
)
_STEPS = range(LEAST, MOST + 1)
_INK, _QUIET, _LINES = "#17262b", "#4d5d63", "#b9c4c8"
_TINTS = ("#ffffff", "#f3f7f7", "#e4f0ee")
#: Each at least 3:1 beside every tint, by day and (in the style) by night.
_MOVES = ("#0b6b60", "#9a3412", "#1d4e89", "#7a1f6b", "#5b5f00", "#b3123f")
_NIGHT_MOVES = ("#5fd0bf", "#ffb08a", "#8fc1ff", "#f0a3e3", "#d9dd6b", "#ff9db5")

#: What the picture looks like by night; `draw_grid(styled=False)` leaves it to the page.
GRID_STYLE = (
    "@media (prefers-color-scheme: dark) {\n"
    ".grid-paper { fill: #10191c } .grid-tint-0 { fill: #10191c } .grid-tint-1 { fill: #152226 } "
    ".grid-tint-2 { fill: #1a2e31 }\n"
    ".grid-cell { stroke: #3b4d53 } .grid-ink { fill: #eef4f4 } .grid-quiet { fill: #b7c5c8 }\n"
    ".grid-name { fill: #eef4f4; stroke: #152226 }\n"
    + "\n".join(
        f".grid-dot-{number} {{ fill: {colour} }} .grid-way-{number} {{ stroke: {colour} }}"
        for number, colour in enumerate(_NIGHT_MOVES)
    )
    + "\n}\n"
)


@dataclass(slots=True)
class _Field:
    """One place of the grid: who stands there, and the lines of each name; how many stood there before."""

    names: list[tuple[int, list[str]]] = field(default_factory=list)
    ghosts: int = 0

    @property
    def height(self) -> float:
        lines = sum(len(name) * _LINE + _GAP for _, name in self.names)
        rows = -(-self.ghosts // _ghosts_in_a_row())
        return max(_LOWEST, 2 * _PAD + lines + rows * _GHOST)


@dataclass(slots=True)
class _Plan:
    """Where everything lies: the fields, the top of each row, and the middle of each dot."""

    fields: dict[tuple[int, int], _Field]
    tops: dict[int, float]
    bottom: float
    dots: dict[int, tuple[float, float]] = field(default_factory=dict)


def draw_grid(points: Sequence[Standpoint], *, title: str, styled: bool = True, prefix: str = "grid") -> str:
    """The picture as an SVG document: interest to the right, influence upwards, movement as arrows.

    Its description says in words all that it shows. `prefix` begins its ids, for a page with several.
    """
    plan = _plan(points)
    width, height = _LEFT + len(_STEPS) * _CELL + 12, plan.bottom + _STRIP + 52
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" role="img" aria-labelledby="{prefix}-title {prefix}-desc" '
        'font-family="system-ui, -apple-system, Segoe UI, sans-serif" font-size="12">',
        f'<title id="{prefix}-title">{_text(title)}</title>',
        f'<desc id="{prefix}-desc">{_text(describe_grid(points))}</desc>',
        *([f"<style>{GRID_STYLE}</style>"] if styled else []),
        f'<rect class="grid-paper" width="{width:g}" height="{height:g}" fill="#ffffff"/>',
        _words(_LEFT, 30, title, size=18, bold=True),
        *([_words(_LEFT, 50, _LEGEND, quiet=True)] if any(point.moves for point in points) else []),
        *_frame(plan, empty=not points),
        *_ways(points, plan),
        *_dots(points, plan),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def describe_grid(points: Sequence[Standpoint]) -> str:
    """What the picture shows, in words: one sentence for each organisation."""
    if not points:
        return "No organisation has been placed on the grid yet."
    return " ".join(f"{_sentence(point)}." for point in points)


def _sentence(point: Standpoint) -> str:
    now = point.stance
    was = ", then ".join(
        f"influence {one.influence}, interest {one.interest} on {said(one.judged_on)}" for one in point.moves
    )
    before = f"; before: {was}" if was else ""
    return (
        f"{point.name}: influence {now.influence}, interest {now.interest}, as judged on {said(now.judged_on)}"
        f"{before}"
    )


def _plan(points: Sequence[Standpoint]) -> _Plan:
    fields = {(x, y): _Field() for x in _STEPS for y in _STEPS}
    for number, point in enumerate(points):
        fields[point.stance.place].names.append((number, _wrapped(point.name, _CELL - _INDENT - 8)))
        for stance in point.moves:
            fields[stance.place].ghosts += 1
    tops: dict[int, float] = {}
    top = _TOP + _STRIP
    for y in reversed(_STEPS):
        tops[y] = top
        top += max(fields[x, y].height for x in _STEPS)
    plan = _Plan(fields, tops, top)
    for (x, y), place in fields.items():
        down = tops[y] + _PAD
        for number, name in place.names:
            plan.dots[number] = (_left(x) + 14, down + _LINE / 2)
            down += len(name) * _LINE + _GAP
    return plan


def _frame(plan: _Plan, *, empty: bool) -> Iterator[str]:
    """The fields, what they mean, and the axes."""
    middle, right = _LEFT + len(_STEPS) * _CELL / 2, _LEFT + len(_STEPS) * _CELL
    ends = {**plan.tops, LEAST - 1: plan.bottom}
    for x, y in plan.fields:
        tint, top = (x > 3) + (y > 3), plan.tops[y]
        yield (
            f'<rect class="grid-cell grid-tint-{tint}" x="{_left(x):g}" y="{top:g}" width="{_CELL:g}" '
            f'height="{ends[y - 1] - top:g}" fill="{_TINTS[tint]}" stroke="{_LINES}"/>'
        )
    for y in _STEPS:
        yield _words(_LEFT - 10, (plan.tops[y] + ends[y - 1]) / 2 + 4, str(y), anchor="end", quiet=True)
    for x in _STEPS:
        yield _words(_left(x) + _CELL / 2, plan.bottom + _STRIP + 14, str(x), anchor="middle", quiet=True)
    for left, down, words, anchor in (
        (_LEFT, _TOP + 15, "Keep satisfied", "start"),
        (right, _TOP + 15, "Work closely with", "end"),
        (_LEFT, plan.bottom + 16, "Keep an eye on", "start"),
        (right, plan.bottom + 16, "Keep informed", "end"),
    ):
        yield _words(left, down, words, anchor=anchor, bold=True)
    yield _words(middle, plan.bottom + _STRIP + 38, "Interest, from little to much →", anchor="middle")
    down = (plan.tops[MOST] + plan.bottom) / 2
    yield (
        f'<text class="grid-ink" fill="{_INK}" transform="translate(20 {down:g}) rotate(-90)" '
        'text-anchor="middle">Influence, from little to much →</text>'
    )
    if empty:
        yield _words(middle, down, "No organisation has been placed yet.", anchor="middle", quiet=True)


def _ways(points: Sequence[Standpoint], plan: _Plan) -> Iterator[str]:
    """Where organisations came from: hollow dots, joined by lines that end in an arrow."""
    taken = dict.fromkeys(plan.fields, 0)
    for number, point in enumerate(points):
        if not point.moves:
            continue
        colour, kind = _MOVES[number % len(_MOVES)], number % len(_MOVES)
        ghosts = [_ghost(stance, plan, taken) for stance in point.moves]
        path = _path([*ghosts, _goal(number, plan, ghosts[-1])])
        rings = "".join(
            f'<circle cx="{x:g}" cy="{y:g}" r="4"><title>{_text(_was(point, stance))}</title></circle>'
            for (x, y), stance in zip(ghosts, point.moves, strict=True)
        )
        yield (
            f'<g class="grid-way-{kind}" fill="none" stroke="{colour}" stroke-width="1.6" '
            f'stroke-linecap="round" stroke-linejoin="round">{rings}<path d="{path}"/></g>'
        )


def _goal(number: int, plan: _Plan, start: tuple[float, float]) -> tuple[float, float]:
    """Where the last arrow ends: at the dot, or from the right at the end of the name, so as not to cross it."""
    x, y = plan.dots[number]
    if start[0] <= x:
        return x, y
    name = next(name for place in plan.fields.values() for which, name in place.names if which == number)
    return min(x + 14 + max(map(_width, name)), start[0]), y


def _was(point: Standpoint, stance: Stance) -> str:
    return f"{point.name} on {said(stance.judged_on)}: {stance.why}"


def _ghost(stance: Stance, plan: _Plan, taken: dict[tuple[int, int], int]) -> tuple[float, float]:
    """The middle of the next free hollow dot in a field: along its bottom from the right, row by row upwards."""
    place = taken[stance.place]
    taken[stance.place] += 1
    row, column = divmod(place, _ghosts_in_a_row())
    ends = {**plan.tops, LEAST - 1: plan.bottom}
    return (
        _left(stance.interest) + _CELL - 12 - column * _GHOST,
        ends[stance.influence - 1] - _PAD - row * _GHOST,
    )


def _ghosts_in_a_row() -> int:
    return int((_CELL - 14) // _GHOST)


def _path(stops: Sequence[tuple[float, float]]) -> str:
    """Lines from dot to dot, ending in an arrow beside the last of them."""
    words = []
    for (x1, y1), (x2, y2) in pairwise(stops):
        length = max(((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5, 1)
        along, across = (x2 - x1) / length, (y2 - y1) / length
        start = (x1 + along * 5, y1 + across * 5)
        tip = (x2 - along * 8, y2 - across * 8)
        words.append(f"M{start[0]:.1f} {start[1]:.1f}L{tip[0]:.1f} {tip[1]:.1f}")
        for side in (-1, 1):
            back = (tip[0] - along * 7 - side * across * 4, tip[1] - across * 7 + side * along * 4)
            words.append(f"M{tip[0]:.1f} {tip[1]:.1f}L{back[0]:.1f} {back[1]:.1f}")
    return "".join(words)


def _dots(points: Sequence[Standpoint], plan: _Plan) -> Iterator[str]:
    """Who stands where now: a dot and the name, with why it is judged so for those who point at it."""
    names = {number: name for place in plan.fields.values() for number, name in place.names}
    for number, point in enumerate(points):
        (x, y), kind = plan.dots[number], number % len(_MOVES)
        lines = "".join(
            f'<tspan x="{x + 14:g}" y="{y + 4 + row * _LINE:g}">{_text(line)}</tspan>'
            for row, line in enumerate(names[number])
        )
        yield (
            f"<g><title>{_text(f'{_sentence(point)}: {point.stance.why}')}</title>"
            f'<circle class="grid-dot-{kind}" cx="{x:g}" cy="{y:g}" r="{_DOT:g}" fill="{_MOVES[kind]}"/>'
            f'<text class="grid-name" fill="{_INK}" stroke="#f3f7f7" stroke-width="3" stroke-linejoin="round" '
            f'paint-order="stroke">{lines}</text></g>'
        )


def _words(  # noqa: PLR0913  # each keyword is one look of a text
    x: float,
    y: float,
    words: str,
    *,
    anchor: str = "start",
    size: int = 12,
    bold: bool = False,
    quiet: bool = False,
) -> str:
    look = ("grid-quiet", _QUIET) if quiet else ("grid-ink", _INK)
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text class="{look[0]}" fill="{look[1]}" x="{x:g}" y="{y:g}" text-anchor="{anchor}" '
        f'font-size="{size}"{weight}>{_text(words)}</text>'
    )


def _left(interest: int) -> float:
    return _LEFT + (interest - LEAST) * _CELL


def _text(words: str) -> str:
    return escape(" ".join(words.split()), quote=True)


def _wrapped(name: str, room: float) -> list[str]:
    """A name on at most three lines of so many units; what does not fit ends in an ellipsis."""
    lines, rest = [""], name.split()
    while rest:
        word = rest.pop(0)
        longer = f"{lines[-1]} {word}".strip()
        if _width(longer) <= room:
            lines[-1] = longer
        elif not lines[-1]:
            fits = _fitting(word, room)
            lines[-1] = word[:fits]
            rest.insert(0, word[fits:])
            lines.append("")
        else:
            lines.append("")
            rest.insert(0, word)
    lines = [line for line in lines if line]
    if len(lines) > _MOST_LINES:
        last = lines[_MOST_LINES - 1]
        lines = [*lines[: _MOST_LINES - 1], f"{last[: _fitting(last, room - 12)].rstrip()}…"]
    return lines or ["?"]


def _fitting(word: str, room: float) -> int:
    """How many letters of a word there is room for, at least one."""
    count = 1
    while count < len(word) and _width(word[: count + 1]) <= room:
        count += 1
    return count


def _width(words: str) -> float:
    """About how wide words are at 12 units, rather too wide than too narrow: the reader's font is not known."""
    return sum(_width_of(letter) for letter in words)


def _width_of(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in "WF":
        return 12.5
    if unicodedata.combining(letter):
        return 0.0
    if letter in "iIjl.,:;'|!()[] ft":
        return 4.3
    return 10.8 if letter in "mwMW@%&—" else 8.9 if letter.isupper() else 7.1
