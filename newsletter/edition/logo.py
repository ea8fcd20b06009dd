"""The logo in the masthead: read within the workspace, made fit to travel, with its size on the page."""

import functools
from dataclasses import dataclass
from pathlib import Path

from newsletter.config import Config
from newsletter.edition.model import EditionPicture
from newsletter.edition.pictures import edition_picture
from newsletter.edition.theme import settings_place
from newsletter.errors import ConfigError, InputError, Problem
from newsletter.issue import read_picture

#: A logo keeps its shape within this space on the page, in CSS pixels.
MOST_WIDE, MOST_HIGH = 260, 64


@dataclass(frozen=True, slots=True)
class Logo:
    """A logo as it is sent, and how many CSS pixels wide and high it is shown."""

    picture: EditionPicture
    width: int
    height: int


def load_logos(config: Config) -> dict[str, Logo]:
    """The logos that newsletter.toml names, under `light` and `dark`.

    Raises ConfigError with file and key for one that is missing, outside of the workspace or no
    picture, and for a logo that is not told in words.
    """
    theme = config.theme
    if theme.logo and not theme.logo_alt:
        raise _refused(
            config, "logo_alt", "is missing", "say in words what the logo shows: the organisation's name"
        )
    if theme.logo_dark and not theme.logo:
        raise _refused(config, "logo_dark", "stands without logo", "name the logo by day too")
    named = {"light": ("logo", theme.logo), "dark": ("logo_dark", theme.logo_dark)}
    return {mode: _load(config, key, value) for mode, (key, value) in named.items() if value}


def _load(config: Config, key: str, value: str) -> Logo:
    root = config.folder
    if root is None:
        raise _refused(
            config, key, f"{value!r} cannot be found without a workspace", "read the settings from one"
        )
    path = (root / value).resolve()
    if not path.is_relative_to(root.resolve()):
        raise _refused(config, key, f"{value!r} lies outside of the workspace", "copy it into templates/")
    if not path.is_file():
        raise _refused(config, key, f"there is no file {value!r}", "name it as seen from newsletter.toml")
    try:
        return _read(path, path.stat().st_mtime_ns)
    except InputError as error:
        raise _refused(config, key, error.message, error.remedy) from None


@functools.lru_cache(maxsize=8)
def _read(path: Path, changed: int) -> Logo:
    picture, width, height = edition_picture(read_picture(path))
    scale = min(1.0, MOST_WIDE / width, MOST_HIGH / height)
    return Logo(picture, max(1, round(width * scale)), max(1, round(height * scale)))


def _refused(config: Config, key: str, found: str, wanted: str) -> ConfigError:
    path, line, field = settings_place(config, "theme", key)
    return ConfigError(problems=[Problem("theme", "error", path, line, field, found, wanted)])
