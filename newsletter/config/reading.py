"""Reads `newsletter.toml`, with every problem and its line, and finds what comes with the package."""

import functools
import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from newsletter.config.parts import FooterLink, ListConfig, OwnField, Part
from newsletter.config.whole import Config, Workspace
from newsletter.errors import ConfigError, Problem, near

FILE_NAME = "newsletter.toml"
_PACKAGE = Path(__file__).parent.parent
_P = TypeVar("_P", bound=Part)


def read_workspace(root: Path) -> Workspace:
    """The workspace at `root`. Raises ConfigError, with every problem found, where there is none."""
    path = root / FILE_NAME
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(
            f"{root} is no workspace: it has no {FILE_NAME}",
            remedy="Make one with `newsletter init DIR`, or name one with `--workspace DIR`.",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from None
    config = _rooted(read_config(text, str(path)), root)
    config._folder = root
    return Workspace(root=root, config=config)


def read_config(text: str, path: str = FILE_NAME) -> Config:
    """The Config that the TOML in `text` gives. Raises ConfigError with every problem and its line."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: this is not TOML: {error}") from None
    try:
        return Config.model_validate(data)
    except ValidationError as error:
        problems = [_problem(item, text, path) for item in error.errors()]
        raise ConfigError(problems=problems) from None


def _rooted(config: Config, root: Path) -> Config:
    """The settings with the files that they name found from the workspace, wherever we are run."""
    relay = _beside(config.notice.smtp, root, "ca_file")
    return config.model_copy(
        update={
            "smtp": _beside(config.smtp, root, "ca_file"),
            "notice": config.notice.model_copy(update={"smtp": relay}),
            "mailbox": _beside(config.mailbox, root, "ca_file", "path"),
        }
    )


def _beside(part: _P, root: Path, *names: str) -> _P:
    named = {name: str(root / getattr(part, name)) for name in names if getattr(part, name)}
    return part.model_copy(update=named) if named else part


@functools.lru_cache(maxsize=32)
def shipped(name: str) -> Path:
    """A file or folder that comes with the package: in the wheel, or beside it in a checkout."""
    for base in (_PACKAGE, _PACKAGE / "demo", _PACKAGE.parent):
        if (base / name).exists():
            return base / name
    raise ConfigError(f"the installation is not whole: {name} is missing", remedy="Install newsletter again.")


def _problem(item: Any, text: str, path: str) -> Problem:
    location = [str(part) for part in item["loc"] if part != "[key]"]
    message = str(item["msg"]).removeprefix("Value error, ")
    if item["type"] == "extra_forbidden":
        message = f"this key is not known{near(location[-1], _known_keys(location[:-1]))}"
    return Problem("config", "error", path, line_of(location, text), ".".join(location), message)


def _known_keys(parents: list[str]) -> list[str]:
    part: Any = Config
    for name in parents:
        if part in (ListConfig, OwnField) or name.isdigit():
            continue
        if name not in part.model_fields:
            return _written(ListConfig)
        kinds: dict[str, Any] = {"lists": ListConfig, "links": FooterLink, "contact_fields": OwnField}
        part = kinds.get(name, part.model_fields[name].annotation)
    return _written(part)


def _written(part: type[BaseModel]) -> list[str]:
    """The keys of a part that somebody may write; a field with another name is made from those."""
    return [name for name, field in part.model_fields.items() if field.alias is None]


def line_of(location: list[str], text: str) -> int:
    """The line where the key stands, or its table, counted from 1; 0 where neither is found."""
    table, found, repeats = list[str](), 0, dict[str, int]()
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*(\[+)\s*([^\]]+?)\s*\]", line):
            table = header[2].split(".")
            if header[1] == "[[":
                # The parts of an array of tables are told by number, from 0.
                repeats[header[2]] = repeats.get(header[2], -1) + 1
                table.append(str(repeats[header[2]]))
        key = re.match(r"\s*(?:([\w-]+)|\"([^\"]+)\")\s*=", line)
        place = [*table, key[1] or key[2]] if key else table
        if key and place == location:
            return number
        if (key or header) and place == location[: len(place)]:
            found = number
    return found
