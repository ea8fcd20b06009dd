"""Which program, if any, copies a folder to other computers: by what it wrote down, its marks and its names."""

import json
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

_LOCAL_PATH = re.compile(r"^\d+\\Folders(?:WithPlaceholders)?\\[^\\=]+\\localPath=(.+)$", re.MULTILINE)
#: Left by the program at the top of each folder that it copies.
_MARKS = {
    ".stfolder": "Syncthing",
    ".dropbox": "Dropbox",
    ".dropbox.cache": "Dropbox",
    ".tmp.drivedownload": "Google Drive",
    ".tmp.driveupload": "Google Drive",
    ".nextcloudsync.log": "Nextcloud",
    ".owncloudsync.log": "ownCloud",
}
#: Names that nothing else bears.
_NAMES = (
    (re.compile(r"OneDrive( ?- .+|-.+)?"), "OneDrive"),
    (re.compile(r"Dropbox( \(.+\))?"), "Dropbox"),
    (re.compile(r"Google Drive( \(.+\))?|GoogleDrive(-.+)?"), "Google Drive"),
    (re.compile(r"Mobile Documents|iCloudDrive|iCloud Drive"), "iCloud"),
    (re.compile(r"CloudStorage"), "a cloud program"),
    (re.compile(r"Box Sync"), "Box"),
)
#: Names that other folders bear too: they count where these programs put them, right in the home folder.
_AT_HOME = {"Box", "Nextcloud", "ownCloud", "pCloudDrive", "MEGA", "MEGAsync", "Seafile", "Proton Drive"}


def synced_by(folder: Path) -> tuple[str, Path] | None:
    """The program that copies `folder` (links followed) elsewhere and the top of what it copies, or None."""
    whole = folder.resolve()
    inside = (whole, *whole.parents)
    for program, top in _written_down():
        if top in inside:
            return program, top
    for top in inside[:-1]:
        if program := _by_mark(top) or _by_name(top):
            return program, top
    return None


def _by_mark(top: Path) -> str:
    home = Path.home().resolve()
    for mark, program in _MARKS.items():
        # ~/.dropbox is the program's own folder, with its settings, and no mark.
        if not (mark == ".dropbox" and top == home) and os.path.lexists(top / mark):
            return program
    return ""


def _by_name(top: Path) -> str:
    if top.parent.name == "CloudStorage":
        return re.split(r"[- ]", top.name)[0]
    for pattern, program in _NAMES:
        if pattern.fullmatch(top.name):
            return program
    at_home = top.parent == Path.home().resolve() or top.parent.parent.name.lower() in {"users", "home"}
    return top.name if at_home and top.name in _AT_HOME else ""


def _written_down() -> Iterator[tuple[str, Path]]:
    """The folders that the programs' own settings name."""
    for variable in ("OneDrive", "OneDriveCommercial", "OneDriveConsumer"):
        if named := os.environ.get(variable):
            yield from _tops("OneDrive", [named])
    for base in _settings_folders():
        for name in (".dropbox/info.json", "Dropbox/info.json"):
            yield from _of_dropbox(base / name)
        for program in ("Nextcloud", "ownCloud"):
            yield from _of_nextcloud(base / program / f"{program.lower()}.cfg", program)


def _settings_folders() -> Iterator[Path]:
    home = Path.home()
    yield home
    yield Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    yield home / "Library" / "Preferences"
    yield from (Path(os.environ[name]) for name in ("APPDATA", "LOCALAPPDATA") if os.environ.get(name))


def _of_dropbox(settings: Path) -> Iterator[tuple[str, Path]]:
    try:
        accounts = json.loads(settings.read_text(encoding="utf-8"))
        tops = [str(account["path"]) for account in accounts.values()]
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return  # no Dropbox here, or one of another kind
    yield from _tops("Dropbox", tops)


def _of_nextcloud(settings: Path, program: str) -> Iterator[tuple[str, Path]]:
    try:
        text = settings.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    yield from _tops(program, [top.strip() for top in _LOCAL_PATH.findall(text)])


def _tops(program: str, named: Iterable[str]) -> Iterator[tuple[str, Path]]:
    """Each folder that is named whole; a name such as '' or '.' would be wherever we happen to stand."""
    for name in named:
        if "\0" not in name and Path(name).is_absolute():
            yield program, Path(name).resolve()
