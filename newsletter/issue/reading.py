"""One reading of one issue: the files it may look at, and all that it finds wrong on the way."""

import errno
import os
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from pydantic_core import PydanticCustomError

from newsletter.errors import Problem, near
from newsletter.issue.places import Place
from newsletter.issue.wording import clip, refuse

Found = TypeVar("Found")
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_REMOTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_ENCODED = re.compile(r"%(?:2e|2f|5c|00)", re.IGNORECASE)


@dataclass(frozen=True)
class Reading:
    """`root` is the workspace, outside which nothing is read; names are seen from `folder`."""

    root: Path
    folder: Path
    problems: list[Problem] = field(default_factory=list)

    def say(self, place: Place, name: str, found: str, wanted: str) -> None:
        """Note a problem, and go on to find the next."""
        self.problems.append(Problem("issue", "error", place.path, place.line, name, found, wanted))

    def shown(self, path: Path) -> str:
        """`path` as the operator should read it: relative to the workspace."""
        try:
            resolved = path.resolve()
        except (OSError, RuntimeError, ValueError):
            return str(path)
        return resolved.relative_to(self.root).as_posix() if resolved.is_relative_to(self.root) else str(path)

    def attempt(self, place: Place, name: str, step: Callable[[], Found]) -> Found | None:
        """What `step` gives; None after its refusal has been noted as a problem of the field `name`."""
        try:
            return step()
        except PydanticCustomError as error:
            context = error.context or {}
            self.say(place, name, context["found"], context["wanted"])
            return None

    def locate(self, text: str, place: Place, name: str) -> Path | None:
        """The file that `text` names, inside the workspace; None after the problem has been noted."""
        return self.attempt(place, name, lambda: self._inside(text))

    def locate_issue(self, path: Path, place: Place) -> Path | None:
        """The issue's own file, resolved; None after the problem has been noted."""
        return self.attempt(place, "", lambda: self._own(path))

    def bytes_of(self, path: Path, limit: int, place: Place, name: str) -> bytes | None:
        """What the file holds, up to `limit` bytes; None after the problem has been noted."""
        return self.attempt(place, name, lambda: self._read(path, limit))

    def _inside(self, text: str) -> Path:
        if error := _unfit(text):
            raise error
        try:
            path = _resolved(self.folder / text)
            inside, present, folder = path.is_relative_to(self.root), path.is_file(), path.is_dir()
        except (OSError, RuntimeError, ValueError):
            raise refuse(f"{clip(text)} cannot be opened", "name a file in the workspace") from None
        if not inside:
            copy = f"copy the file into {self.shown(self.folder)}/ and name it there"
            raise refuse(f"{clip(text)} leads outside the workspace", copy)
        if folder:
            raise refuse(f"{self.shown(path)} is a folder", "name a file in it")
        if not present:
            hint = _hint(path.name, _names_in(path.parent))
            raise refuse(f"there is no file {self.shown(path)}", f"put it there or correct the name{hint}")
        return path

    def _own(self, path: Path) -> Path:
        try:
            resolved, present = _resolved(path), path.is_file()
        except (OSError, RuntimeError, ValueError):
            raise refuse("the file cannot be opened", "name an issue of this workspace") from None
        if not present:
            raise refuse("there is no such file", "`newsletter new SLUG` writes a starter")
        if not resolved.is_relative_to(self.root):
            wanted = "put it into the workspace's issues folder, or name its workspace with --workspace"
            link = f": it leads to {resolved}" if path.is_symlink() or path.parent.is_symlink() else ""
            raise refuse(f"the file lies outside the workspace{link}", wanted)
        return resolved

    def _read(self, path: Path, limit: int) -> bytes:
        try:
            with path.open("rb") as file:
                data = file.read(limit + 1)
        except OSError as error:
            raise refuse(
                f"{self.shown(path)} cannot be read: {error.strerror}", "look at its rights"
            ) from None
        if len(data) > limit:
            raise refuse(f"{self.shown(path)} is too big", f"at most {limit >> 20} MB can be taken")
        return data


def _hint(name: str, names: Collection[str]) -> str:
    """The name that is there, where only its capitals differ (Linux tells them apart), or one that is near."""
    others = [there for there in names if there != name]
    same = next((there for there in others if there.casefold() == name.casefold()), "")
    return f" (did you mean '{same}'?)" if same else near(name, others)


def _names_in(folder: Path) -> Collection[str]:
    try:
        return sorted(path.name for path in folder.iterdir())
    except OSError:
        return ()


def _resolved(path: Path) -> Path:
    """The path without links. Raises OSError where they lead in a circle, which Python 3.13 leaves unsaid."""
    resolved = path.resolve()
    if resolved.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    return resolved


def _unfit(text: str) -> PydanticCustomError | None:
    """Why `text` cannot name a file of the workspace; None where it can."""
    relative = "name it as seen from the issue's folder, such as pictures/walk.jpg"
    if not text.isprintable():
        return refuse(f"{clip(text)} holds an invisible character", "type the file's name anew")
    on_one_computer = text.startswith(("/", "\\", "~")) or _DRIVE.match(text)
    if _REMOTE.match(text) and not on_one_computer:
        return refuse(
            f"{clip(text)} is an address, not a file", "copy the file into issues/ and write its name"
        )
    if on_one_computer:
        return refuse(f"{clip(text)} is a place on one computer only", relative)
    if "\\" in text:
        return refuse(f"{clip(text)} is written with backslashes", f"write {text.replace(chr(92), '/')}")
    if _ENCODED.search(text):
        return refuse(f"{clip(text)} is written in code", relative)
    return None
