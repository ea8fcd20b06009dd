"""One preview while it runs: what was drawn last for whose eyes, and who is to be told of the next."""

import asyncio
import contextlib
import datetime as dt
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from newsletter.preview.drawing import Checked, Drawn, Eyes, Faulty, Order
from newsletter.preview.watching import Watch, template_names
from newsletter.preview.worker import Worker

#: Seconds that drawing may take, and all the checks together.
_DRAW_LIMIT, _CHECK_LIMIT = 5.0, 60.0
#: What nobody looks at any more is forgotten, the oldest first.
_MOST_SCENES = 16


@dataclass(frozen=True, slots=True)
class Scene:
    """What one pair of eyes sees: the last good version with its time, and what stands against a newer one."""

    version: int = 0
    drawn: Drawn | None = None
    drawn_at: dt.datetime | None = None
    faulty: Faulty | None = None


@dataclass(frozen=True, slots=True)
class News:
    """What open pages are told; the times are Unix milliseconds, for the benchmark."""

    version: int
    kind: str
    noticed: float = 0.0
    finished: float = 0.0
    reading: float = 0.0
    rendering: float = 0.0


@dataclass(eq=False)
class Onlooker:
    """An open page: what it looks at, and what it has still to be told; None ends it."""

    eyes: Eyes
    news: asyncio.Queue[News | None] = field(default_factory=asyncio.Queue)


class Session:
    """Draws an issue anew at each save, for those who look; opened by `start` and closed by `stop`."""

    def __init__(self, root: Path, path: Path, clock: Callable[[], dt.datetime]) -> None:
        self.root, self.path, self.clock = root, path, clock
        self.version, self.noticed = 1, 0.0
        self.checked: Checked | Faulty | None = None
        self.checked_version = 0
        self._scenes: dict[Eyes, Scene] = {}
        self._onlookers: set[Onlooker] = set()
        self._painter, self._checker = Worker(_DRAW_LIMIT), Worker(_CHECK_LIMIT)
        self._painting, self._checking = asyncio.Lock(), asyncio.Lock()
        self._watch = Watch(root, path, self.saved)
        self._templates = template_names(root / "templates")
        self._tasks: set[asyncio.Task[Any]] = set()

    async def start(self) -> None:
        """Start the workers, draw for the first time, and watch."""
        self._begin(self._look())
        self._begin(self._watch.run())

    async def stop(self) -> None:
        """End everything that `start` began; open pages are let go."""
        self.let_go()
        # A thread that waits for a worker ends with it; so workers end first.
        for worker in (self._painter, self._checker):
            worker.interrupt()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        async with self._painting, self._checking:
            for worker in (self._painter, self._checker):
                worker.close()

    def let_go(self) -> None:
        """End the streams of all open pages."""
        for onlooker in self._onlookers:
            onlooker.news.put_nowait(None)

    async def saved(self) -> None:
        """Draw anew for all who look, tell them, then check."""
        self.version += 1
        self.noticed = time.time() * 1000
        self._renew_templates()
        await self._look()

    async def scene(self, eyes: Eyes) -> Scene:
        """What these eyes see now; drawn where that was not done since the last save."""
        async with self._painting:
            known = self._scenes.pop(eyes, Scene())
            if known.version != self.version:
                known = await self._drawn(eyes, known)
            self._scenes[eyes] = known
            for old in list(self._scenes)[:-_MOST_SCENES]:
                del self._scenes[old]
        return known

    async def lists(self) -> tuple[str, ...]:
        """The lists that the issue goes to, as it was drawn last; () where it never could be."""
        drawn = next((scene.drawn for scene in reversed(self._scenes.values()) if scene.drawn), None)
        drawn = drawn or (await self.scene(Eyes())).drawn
        return drawn.lists if drawn else ()

    def picture(self, name: str) -> tuple[str, bytes] | None:
        """Media type and bytes of a picture of what was drawn last, by its name."""
        for scene in self._scenes.values():
            for picture in scene.drawn.edition.pictures if scene.drawn else ():
                if picture.name == name:
                    return picture.media_type, picture.data
        return None

    @contextlib.contextmanager
    def looking(self, eyes: Eyes) -> Iterator[Onlooker]:
        """An open page, for as long as it is open."""
        onlooker = Onlooker(eyes)
        self._onlookers.add(onlooker)
        try:
            yield onlooker
        finally:
            self._onlookers.discard(onlooker)

    async def _look(self) -> None:
        version = self.version
        wanted = {onlooker.eyes for onlooker in self._onlookers} or {Eyes()}
        for eyes in wanted:
            scene = await self.scene(eyes)
            self._tell(eyes, scene)
        if version != self.version:
            return
        if scene.faulty:
            self.checked = None  # what was found before may stand on other lines now
        else:
            self._begin(self._check(version))

    async def _drawn(self, eyes: Eyes, known: Scene) -> Scene:
        version, now = self.version, self.clock()
        order = Order(self.root, self.path, eyes)
        result = await asyncio.to_thread(self._painter.run, "draw", order, now)
        if isinstance(result, Faulty):
            return replace(known, version=version, faulty=result)
        assert isinstance(result, Drawn)  # noqa: S101  # what 'draw' gives
        self._watch.files = result.files
        return Scene(version, result, now)

    async def _check(self, version: int) -> None:
        async with self._checking:
            if version != self.version:
                return
            order = Order(self.root, self.path)
            result = await asyncio.to_thread(self._checker.run, "check", order, self.clock())
        if version == self.version and not isinstance(result, Drawn):
            self.checked, self.checked_version = result, version
            for onlooker in self._onlookers:
                onlooker.news.put_nowait(News(version, "checked"))

    def _tell(self, eyes: Eyes, scene: Scene) -> None:
        drawn = scene.drawn if scene.faulty is None else None
        times = (drawn.reading, drawn.rendering) if drawn else (0.0, 0.0)
        news = News(scene.version, "drawn", self.noticed, time.time() * 1000, *times)
        for onlooker in self._onlookers:
            if onlooker.eyes == eyes:
                onlooker.news.put_nowait(news)

    def _renew_templates(self) -> None:
        """Start the workers anew where a template came or went: Jinja keeps to those it has found."""
        names = template_names(self.root / "templates")
        if names != self._templates:
            self._templates = names
            self._painter.renew()
            self._checker.renew()

    def _begin(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
