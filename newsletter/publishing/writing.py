"""The archive's files into its folder: what has not changed is not touched, and what is not ours stays."""

import contextlib
import json
import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from newsletter.errors import InputError

#: What we wrote into the folder, so that only that is ever taken away again.
MANIFEST = ".newsletter-files.json"


@dataclass(frozen=True, slots=True)
class Written:
    """The paths that are new or other than before, those that stay as they are, and those taken away."""

    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]


def plan_writing(folder: Path, files: Mapping[str, bytes]) -> Written:
    """What `write_files` would do. Raises InputError where a file of somebody else's lies in the way."""
    ours = _ours(folder)
    for name in files:
        path = folder / name
        if name not in ours and path.exists():
            raise InputError(
                f"{path} is in the way: `newsletter publish` did not make it",
                remedy="Move it away, or publish into another folder with --into.",
            )
    same = {name for name, data in files.items() if _holds(folder / name, data)}
    gone = sorted(name for name in ours - set(files) if (folder / name).is_file())
    return Written(tuple(name for name in files if name not in same), tuple(sorted(same)), tuple(gone))


def write_files(folder: Path, files: Mapping[str, bytes]) -> Written:
    """Make the folder hold these files, each whole at every moment; again, nothing is written.

    Raises InputError as `plan_writing`, and where the folder cannot be written.
    """
    planned = plan_writing(folder, files)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Noted first: after a crash in between, the next run knows its own again.
        if planned.changed or planned.removed:
            _note(folder, {*_ours(folder), *files})
        for name in planned.changed:
            _replace(folder / name, files[name])
        for name in planned.removed:
            _remove(folder, name)
        if planned.changed or planned.removed:
            _note(folder, files)
    except OSError as error:
        raise InputError(f"{error.filename or folder} cannot be written: {error.strerror or error}") from None
    return planned


def _ours(folder: Path) -> set[str]:
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return set()
    except (OSError, ValueError) as error:
        raise InputError(
            f"{folder / MANIFEST} cannot be read: {error}",
            remedy="Empty the folder, then publish again: everything in it is made anew.",
        ) from None
    # Somebody may have written into it: nothing outside of the folder is ever touched.
    names = (str(name) for name in found) if isinstance(found, list) else ()
    return {name for name in names if not Path(name).is_absolute() and ".." not in Path(name).parts}


def _note(folder: Path, names: Iterable[str]) -> None:
    _replace(folder / MANIFEST, (json.dumps(sorted(names), indent=1) + "\n").encode())


def _holds(path: Path, data: bytes) -> bool:
    try:
        return path.read_bytes() == data
    except OSError:
        return False


def _replace(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        fresh.write_bytes(data)
        os.replace(fresh, path)  # noqa: PTH105  # over an old one too, on every system
    finally:
        fresh.unlink(missing_ok=True)


def _remove(folder: Path, name: str) -> None:
    """The file, and its folders where nothing is left in them."""
    path = folder / name
    path.unlink(missing_ok=True)
    for parent in path.relative_to(folder).parents:
        with contextlib.suppress(OSError):
            if parent != Path():
                (folder / parent).rmdir()
