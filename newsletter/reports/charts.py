"""Columns drawn as SVG, which needs no script: what was gained above a line, what was lost below it.

Told apart by where they stand and by hatching, not by colour alone; each drawing says in words all that it shows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

_WIDTH = 544
#: For all columns together, above and below the line: an inch is as many people on either side of it.
_ROOM, _NUMBER, _FOOT = 118, 18, 34
_HEAD = 88  # of a drawing that stands alone: title and legend
_PLACES = 8  # for columns, at least: one alone is no wider than one of eight
#: Never thinner where there is anything at all: one withdrawal beside 400 agreements shows.
_THINNEST = 3.0

#: The colours of a drawing that stands alone, by day and by night; the pages have their own for the same classes.
STYLE = """
.paper { fill: #fff } text { font: 12px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #4a5a60; text-anchor: middle }
.up { fill: #0b6b60 } .down, .hatched { fill: #c98a12 } .stripe { stroke: #fff; stroke-width: 2 } .base { stroke: #7d8b90 }
.head { font-size: 16px; fill: #12303a; text-anchor: start } .key { text-anchor: start } .note { text-anchor: end }
@media (prefers-color-scheme: dark) {
.paper { fill: #172428 } text { fill: #a4b4b8 } .up { fill: #74cfc2 } .down, .hatched { fill: #e0a326 }
.stripe { stroke: #172428 } .head { fill: #eaf2f2 } }
"""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: a short label, its whole name, what stands above the line, and what hangs below it: two parts."""

    label: str
    name: str
    up: int
    down: int = 0
    more: int = 0


@dataclass(frozen=True, slots=True)
class Series:
    """What the parts of the columns are called; `more` is '' where there is none."""

    up: str
    down: str
    more: str = ""

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(part for part in (self.up, self.down, self.more) if part)


def draw_columns(  # noqa: PLR0913  # each keyword is one part of the drawing
    columns: Sequence[Column], series: Series, *, title: str, prefix: str, alone: bool = False, note: str = ""
) -> str:
    """The drawing as an SVG document. `prefix` begins its ids, for a page with several.

    `alone` gives it colours of its own, a heading, a legend and the `note`: for a file that is opened by itself.
    """
    top = _HEAD if alone else 0
    height = _ROOM + 2 * _NUMBER + _FOOT + top
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 {_WIDTH} {height}" role="img" '
        f'aria-labelledby="{prefix}-title {prefix}-desc">',
        f'<title id="{prefix}-title">{escape(title)}</title>',
        f'<desc id="{prefix}-desc">{escape(describe_columns(columns, series))}</desc>',
        _hatching(prefix) if series.more else "",
        *(_alone((title, note), series, prefix, height) if alone else ()),
        *_drawn(columns, prefix, top, height),
        "</svg>",
    ]
    return "\n".join(part for part in parts if part) + "\n"


def describe_columns(columns: Sequence[Column], series: Series) -> str:
    """What the drawing shows, in words: a sentence for each column that is not empty."""
    told = [
        f"{column.name}: " + ", ".join(f"{count:,} {part}" for count, part in _parts(column, series))
        for column in columns
        if column.up or column.down or column.more
    ]
    return ". ".join(told) + "." if told else "Nothing yet."


def _parts(column: Column, series: Series) -> Iterator[tuple[int, str]]:
    return zip((column.up, column.down, column.more), series.parts, strict=False)


def _hatching(prefix: str) -> str:
    return (
        f'<defs><pattern id="{prefix}-hatch" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect class="hatched" width="6" height="6"/>'
        '<line class="stripe" x1="0" y1="0" x2="0" y2="6"/></pattern></defs>'
    )


def _alone(words: tuple[str, str], series: Series, prefix: str, height: int) -> Iterator[str]:
    yield f"<style>{STYLE}</style>"
    yield f'<rect class="paper" width="{_WIDTH}" height="{height}"/>'
    yield f'<text class="head" x="8" y="22">{escape(words[0])}</text>'
    yield f'<text class="note" x="{_WIDTH - 8}" y="61">{escape(words[1])}</text>'
    fills = ('class="up"', 'class="down"', f'fill="url(#{prefix}-hatch)"')
    for place, (part, fill) in enumerate(zip(series.parts, fills, strict=False)):
        told, down = f"{'below' if place else 'above'} the line: {part}", 34 + place * 17
        yield f'<rect {fill} x="8" y="{down}" width="11" height="11"/>'
        yield f'<text class="key" x="24" y="{down + 10}">{escape(told)}</text>'


def _drawn(columns: Sequence[Column], prefix: str, top: int, height: int) -> Iterator[str]:
    """The columns, their numbers and labels, and the line on which they stand."""
    highest = max((column.up for column in columns), default=0)
    deepest = max((column.down + column.more for column in columns), default=0)
    unit = _ROOM / (highest + deepest or 1)
    base = round(top + _NUMBER + unit * highest, 1)
    step = _WIDTH / max(len(columns), _PLACES)
    for place, column in enumerate(columns):
        left, middle = place * step + step / 4, place * step + step / 2
        up, down, more = (_scaled(count, unit) for count in (column.up, column.down, column.more))
        if up:
            yield _bar('class="up"', left, base - up, step / 2, up)
            yield _words(middle, base - up - 5, _short(column.up))
        if down:
            yield _bar('class="down"', left, base + 2, step / 2, down)
        if more:
            yield _bar(f'fill="url(#{prefix}-hatch)"', left, base + 2 + down, step / 2, more)
        if down or more:
            yield _words(middle, base + down + more + 15, _short(column.down + column.more), "below")
        yield _words(middle, height - 5, column.label)
    yield f'<line class="base" x1="0" x2="{_WIDTH}" y1="{base + 0.5:g}" y2="{base + 0.5:g}"/>'


def _scaled(count: int, unit: float) -> float:
    return max(_THINNEST, round(count * unit, 2)) if count else 0.0


def _bar(fill: str, left: float, top: float, width: float, height: float) -> str:
    return f'<rect {fill} x="{left:.4g}" y="{top:.5g}" width="{width:.4g}" height="{height:.5g}"/>'


def _words(middle: float, down: float, words: str, kind: str = "") -> str:
    marked = f' class="{kind}"' if kind else ""
    return f'<text{marked} x="{middle:.5g}" y="{down:.5g}">{escape(words)}</text>'


def _short(count: int) -> str:
    """A number that fits above a column: 1204, 12k, 3.1m."""
    if count < 10_000:
        return str(count)
    return f"{count / 1000:.0f}k" if count < 999_500 else f"{count / 1_000_000:.1f}m"
