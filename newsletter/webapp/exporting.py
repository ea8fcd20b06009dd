"""A folder to be served on another machine: settings, words, look and published issues, and no person at all."""

import json
import re
import shutil
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from newsletter.config import FILE_NAME, Workspace, read_workspace
from newsletter.errors import InputError, NotAllowed
from newsletter.keychain import write_private
from newsletter.publishing import assets
from newsletter.tokens import PublicKey
from newsletter.webapp.site import KEY_FILE

#: The parts of newsletter.toml that the pages read; of the mail server, the mailbox and people they know nothing.
_PARTS = ("timezone", "sender", "public", "theme", "lists", "consent")
_HOSTING = "hosting"
_NOTE = (
    "# Made by `newsletter serve --export`. Change the settings in the workspace and export them again.\n\n"
)


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written, and whether there are published issues in it."""

    folder: Path
    archive: bool


def export_site(workspace: Workspace, key: PublicKey, folder: Path) -> Exported:
    """Write what the pages need into `folder`, new or exported into before; its inbox stays as it is.

    Raises InputError where something else lies there, NotAllowed for a workspace, and ConfigError for a
    look that cannot be.
    """
    _require_ours(workspace, folder)
    assets(workspace.config)  # before anything is written: a logo may be missing, or lie outside
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    # First: by it the next export knows its own, however far this one comes.
    write_private(folder / KEY_FILE, key.export())
    for source in (workspace.consent, workspace.templates, workspace.archive):
        _renew(source, folder / source.name)
    for logo in (workspace.config.theme.logo, workspace.config.theme.logo_dark):
        if logo and not Path(logo).is_absolute():
            (folder / logo).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(workspace.root / logo, folder / logo)
    (folder / FILE_NAME).write_text(_NOTE + public_settings(workspace), encoding="utf-8")
    with resources.as_file(resources.files("newsletter.webapp").joinpath(_HOSTING)) as hosting:
        _renew(hosting, folder / _HOSTING)
    made = read_workspace(folder)  # what is not understood here would not be understood there
    assets(made.config)
    return Exported(folder, made.archive.is_dir())


def public_settings(workspace: Workspace) -> str:
    """The part of newsletter.toml that the pages read, as TOML."""
    data = tomllib.loads((workspace.root / FILE_NAME).read_text(encoding="utf-8"))
    return "\n".join(_table({name: data[name] for name in _PARTS if name in data}, ())) + "\n"


def _require_ours(workspace: Workspace, folder: Path) -> None:
    if folder.resolve() == workspace.root.resolve() or (folder / workspace.database.name).exists():
        raise NotAllowed(f"{folder} is a workspace: its people must not go with the pages")
    there = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    if (folder.exists() and not folder.is_dir()) or (
        KEY_FILE not in there and there - {workspace.inbox.name}
    ):
        raise InputError(
            f"{folder} holds something else, and was not touched",
            remedy="Name a folder that is not there yet, or one that was exported before.",
        )


def _renew(source: Path, target: Path) -> None:
    """`target` as `source` is now, so that what was taken back there is gone here."""
    shutil.rmtree(target, ignore_errors=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns(".*", "*~", "__pycache__"))


def _table(data: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    """TOML of values that TOML had: the plain ones first, then each table under its name."""
    if path:
        yield f"\n[{'.'.join(_key(name) for name in path)}]"
    for name, value in data.items():
        if not isinstance(value, dict):
            yield f"{_key(name)} = {_value(value)}"
    for name, value in data.items():
        if isinstance(value, dict):
            yield from _table(value, (*path, name))


def _value(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list):
        return f"[{', '.join(_value(one) for one in value)}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(name)} = {_value(one)}" for name, one in value.items()) + "}"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _text(name)


def _text(value: str) -> str:
    # A basic string of TOML is one of JSON, but for DEL, which must be escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
