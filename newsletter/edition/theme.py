"""The look by name: the theme's file, what newsletter.toml puts in its place, every colour proven readable."""

import functools
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from newsletter.config import FILE_NAME, Colours, Config, Fonts, line_of, shipped
from newsletter.edition.contrast import SHAPE, TEXT, contrast, is_colour, luminance, nearest_passing
from newsletter.edition.templating import template_path
from newsletter.errors import ConfigError, Problem, near

#: What a theme leaves out is as in this one.
_FIRST = "paper"
_MODES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
_SHAPE = re.compile(r"\d{1,2}px|[a-z]+")

#: What stands on what, and how well it must be told apart; text on boxes may be any of the first three.
_PAIRS: tuple[tuple[str, str, float], ...] = (
    *((text, ground, TEXT) for text in ("text", "heading", "quiet", "accent") for ground in ("paper", "tint", "warm_tint")),
    *((text, "footer", TEXT) for text in ("quiet", "accent")),
    *(("on_warm", ground, TEXT) for ground in ("paper", "warm_tint")),
    ("on_accent", "accent", TEXT),
    ("on_masthead", "masthead", TEXT),
    ("masthead_quiet", "masthead", TEXT),
    ("now", "paper", SHAPE),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Look:
    """A theme as templates use it: `values` by table (fonts, shape, light, dark) and key."""

    name: str
    values: Mapping[str, Mapping[str, str]]


def load_theme(config: Config, templates: Path | None) -> Look:
    """The theme that newsletter.toml names, with its own colours and fonts in place.

    Raises ConfigError, naming file and key, for what is no theme, no colour, or cannot be read well.
    """
    name = config.theme.name
    values = {table: dict(part) for table, part in _read_theme(_FIRST, None).items()}
    for table, part in _read_theme(name, templates).items():
        values[table].update(part)
    given = _given(config)
    for table, part in given.items():
        values[table].update(part)
    if "accent" in given["light"] and "accent" not in given["dark"]:
        values["dark"]["accent"] = _at_night(values["dark"], given["light"]["accent"])
    problems = [problem for mode in _MODES for problem in _faint(mode, values[mode], config, given[mode])]
    if problems:
        raise ConfigError(problems=problems)
    return Look(name, values)


def needs_plate(look: Look) -> bool:
    """Whether a logo made for the masthead by day would be lost on the one by night."""
    day, night = (luminance(look.values[mode]["masthead"]) for mode in _MODES)
    return day > 0.4 and night < 0.2


def _given(config: Config) -> dict[str, dict[str, str]]:
    parts: dict[str, Colours | Fonts] = {
        "fonts": config.theme.fonts,
        "light": config.theme.colours,
        "dark": config.theme.dark,
    }
    return {table: part.model_dump(exclude_none=True) for table, part in parts.items()}


def _at_night(dark: Mapping[str, str], accent: str) -> str:
    """A study's own colour for links, in the lightness that dark grounds ask for."""
    wanted = [(dark[other], ratio) for other, ratio in _against("accent")]
    passes = all(contrast(accent, other) >= ratio for other, ratio in wanted)
    return accent if passes else nearest_passing(accent, wanted) or dark["accent"]


def _against(key: str) -> Iterator[tuple[str, float]]:
    """Each colour that `key` must be told apart from, with the contrast wanted."""
    for text, ground, wanted in _PAIRS:
        if key in {text, ground}:
            yield (ground if key == text else text), wanted


def _faint(
    mode: Literal["light", "dark"], colours: Mapping[str, str], config: Config, given: Mapping[str, str]
) -> Iterator[Problem]:
    """A problem for each pair that is too faint; the colour that newsletter.toml gives is the one to change."""
    told: set[str] = set()
    for text, ground, wanted, ratio in _too_close(tuple(colours.items())):
        key = text if text in given or ground not in given else ground
        if key in told:
            continue
        told.add(key)
        others = [(colours[other], least) for other, least in _against(key)]
        mend = nearest_passing(colours[key], others)
        # Cut, not rounded: 4.499 must not be told as 4.5.
        found = f"{int(ratio * 100) / 100:.2f}"
        message = (
            f"{colours[text]} ({text}) on {colours[ground]} ({ground}) has a contrast of {found} to 1; "
            f"{wanted} to 1 is wanted{' by readers who see less well' if wanted == TEXT else ''}"
        )
        other = text if key == ground else ground
        remedy = f'write {key} = "{mend}"' if mend else f"change {other} too: no lightness of {key} will do"
        path, line, field = _source(mode, key, config, in_settings=key in given)
        yield Problem("theme", "error", path, line, field, message, remedy)


@functools.lru_cache(maxsize=32)
def _too_close(colours: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str, float, float], ...]:
    """The pairs that cannot be told apart, with the contrast wanted and the one found."""
    by_name = dict(colours)
    measured = (
        (text, ground, wanted, contrast(by_name[text], by_name[ground])) for text, ground, wanted in _PAIRS
    )
    return tuple(pair for pair in measured if pair[3] < pair[2])


def _source(mode: str, key: str, config: Config, *, in_settings: bool) -> tuple[str, int, str]:
    """File, line and field in which a colour stands."""
    if not in_settings:
        return f"templates/themes/{config.theme.name}.toml", 0, f"{mode}.{key}"
    return settings_place(config, "theme", "colours" if mode == "light" else "dark", key)


def settings_place(config: Config, *location: str) -> tuple[str, int, str]:
    """newsletter.toml, the line of a key there (0: not known), and the key."""
    path = config.folder / FILE_NAME if config.folder else None
    text = path.read_text(encoding="utf-8") if path and path.is_file() else ""
    return FILE_NAME, line_of(list(location), text), ".".join(location)


def _read_theme(name: str, templates: Path | None) -> dict[str, dict[str, str]]:
    """The tables of `themes/NAME.toml`."""
    path = template_path(f"themes/{name}.toml", templates) if re.fullmatch(r"[a-z0-9-]+", name) else None
    if path is None or not path.is_file():
        known = sorted({file.stem for file in _theme_files(templates)})
        raise ConfigError(
            f"{FILE_NAME}: theme.name: there is no theme {name!r}{near(name, known)}",
            remedy=f"Write one of {', '.join(known)}, or put templates/themes/NAME.toml into the workspace.",
        )
    return _parsed(path, path.stat().st_mtime_ns)


def _theme_files(templates: Path | None) -> Iterator[Path]:
    for folder in (shipped("templates"), *([templates] if templates else [])):
        yield from (folder / "themes").glob("*.toml")


@functools.lru_cache(maxsize=16)
def _parsed(path: Path, changed: int) -> dict[str, dict[str, str]]:
    shown = f"templates/themes/{path.name}"
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ConfigError(f"{shown}: this is not TOML: {error}") from None
    problems = [
        Problem("theme", "error", shown, 0, f"{table}.{key}" if key else table, *told)
        for table, part in tables.items()
        for key, told in _faults(table, part)
    ]
    if problems:
        raise ConfigError(problems=problems)
    return tables


def _faults(table: str, part: Any) -> Iterator[tuple[str, tuple[str, str]]]:
    """Each key of a theme's table that cannot be, with what was found and what is wanted."""
    if table not in _TABLES or not isinstance(part, dict):
        yield "", ("there is no such table", f"known are {', '.join(_TABLES)}")
        return
    sound, wanted = _TABLES[table]
    for key, value in part.items():
        if not isinstance(value, str) or not sound(value):
            yield key, (f"{value!r} stands here", f"write {wanted}")


def _sound_fonts(text: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9 ,'-]+", text) is not None


def _sound_shape(text: str) -> bool:
    return _SHAPE.fullmatch(text) is not None


_TABLES = {
    "fonts": (
        _sound_fonts,
        "names of fonts with commas between them, in single quotes where they have blanks",
    ),
    "shape": (_sound_shape, "a number of pixels such as '6px', or a word such as 'bold'"),
    "light": (is_colour, "# and six digits, such as '#0a665a'"),
    "dark": (is_colour, "# and six digits, such as '#0a665a'"),
}
