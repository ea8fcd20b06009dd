"""Tells when something that an issue is made of was saved: once for each save, however the editor saves."""

import asyncio
import logging
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from newsletter.config import FILE_NAME

_LOG = logging.getLogger(__name__)
#: Milliseconds of quiet that end a save: editors write a file twice, or write another and rename it.
_QUIET, _LONGEST = 20, 200
#: Seconds for which the issue may be away or empty in the middle of a save before that is taken for meant.
_AWAY, _LOOK = 0.15, 0.01
#: Seconds between two looks whether a folder has come or gone.
_ROUND = 1.0


class Watch:
    """Watches a workspace for one issue; `files` may grow while it runs, `saved` is awaited after each save."""

    def __init__(self, root: Path, issue: Path, saved: Callable[[], Any]) -> None:
        self.root, self.issue, self.saved = root.resolve(), issue.absolute(), saved
        self.files: Collection[Path] = ()
        self._polling = False
        self._watched: frozenset[Path] = frozenset()

    async def run(self) -> None:
        """Watch until cancelled. Folders that come and go are watched as they come."""
        while True:
            deep, flat = self._folders()
            self._watched = deep | flat
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(self._follow(deep, True)),
                    group.create_task(self._follow(flat, False)),
                ]
                done: Collection[object] = ()
                while self._folders() == (deep, flat) and not done:
                    done, _ = await asyncio.wait(tasks, timeout=_ROUND, return_when=asyncio.FIRST_COMPLETED)
                for task in tasks:
                    task.cancel()
            # What was saved between two watches would go unseen.
            await self._tell()

    async def _follow(self, folders: Collection[Path], recursive: bool) -> None:
        if not folders:
            await asyncio.Event().wait()
        try:
            await self._listen(folders, recursive)
        except FileNotFoundError:
            return  # a folder has gone; `run` sees which there are now
        except (OSError, RuntimeError) as error:
            # Linux gives each user so many watches, and network drives tell of nothing: then we look ourselves.
            _LOG.warning("the system does not tell of saved files (%s); looking for them instead", error)
            self._polling = True

    async def _listen(self, folders: Collection[Path], recursive: bool) -> None:
        from watchfiles import Change, awatch

        changes = awatch(
            *folders,
            watch_filter=lambda change, path: self._matters(Path(path)),
            step=_QUIET,
            debounce=_LONGEST,
            recursive=recursive,
            ignore_permission_denied=True,
            force_polling=self._polling or None,
        )
        async for seen in changes:
            if any(kind is Change.deleted and Path(path) in self._watched for kind, path in seen):
                return  # one that takes its place, as when a version is checked out, is another folder
            await self._tell()

    async def _tell(self) -> None:
        await self._steady()
        await self.saved()

    async def _steady(self) -> None:
        """Wait until the issue is there and holds something, for a moment at most."""
        for _ in range(round(_AWAY / _LOOK)):
            if _holds_something(self.issue):
                return
            await asyncio.sleep(_LOOK)

    def _folders(self) -> tuple[frozenset[Path], frozenset[Path]]:
        """The folders watched with all that is in them, and those watched alone."""
        deep = {path for path in (self.root / "issues", self.root / "templates") if path.is_dir()}
        others = {
            self.root,
            self.issue.parent,
            self.issue.resolve().parent,
            *(path.parent for path in self.files),
        }
        flat = {
            path for path in others if path.is_dir() and not any(path.is_relative_to(one) for one in deep)
        }
        return frozenset(deep), frozenset(flat)

    def _matters(self, path: Path) -> bool:
        """Whether a change of `path` may change what is drawn. contacts.db and what is built do not."""
        if _is_of_an_editor(path.name):
            return False
        folders = (self.root / "issues", self.root / "templates")
        ours = {self.root / FILE_NAME, self.issue, self.issue.resolve(), *self.files, *folders}
        return path in ours | self._watched or any(path.is_relative_to(folder) for folder in folders)


def template_names(folder: Path) -> frozenset[str]:
    """The templates of a workspace: where one comes or goes, another takes its place."""
    files = (path for path in folder.rglob("*") if path.is_file() and not _is_of_an_editor(path.name))
    return frozenset(str(path.relative_to(folder)) for path in files)


def _holds_something(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except OSError:
        return False


def _is_of_an_editor(name: str) -> bool:
    """Whether a file is an editor's own: vim's 4913 and .swp, Emacs's .#name and name~, others' .tmp."""
    return name.startswith((".#", ".~")) or name.endswith(("~", ".swp", ".swx", ".tmp")) or name == "4913"
