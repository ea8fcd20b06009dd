"""What the long proofs share: a driver, prepared workspaces, and a server for each."""

import itertools
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scripted import EXTENSIONS, Scripted, scripted
from stage import Driver, Stage, build, settle

PLAIN = EXTENSIONS - {"PIPELINING"}
#: Gives, for a while, a fresh workspace with so many readers and its server.
Stages = Callable[..., Any]


def stages(root: Path) -> Iterator[Stages]:
    """Workspaces are made once for each number of readers, and copied; commands start from one driver."""
    driver, numbers = Driver(), itertools.count(1)
    templates: dict[int, Path] = {}

    def template(readers: int) -> Path:
        if readers not in templates:
            templates[readers] = build(root / f"of-{readers}", readers)
            if len(templates) == 1:
                driver.order(warm=str(templates[readers] / "study"))
        return templates[readers]

    @contextmanager
    def opened(
        readers: int, *, server: dict[str, Any] | None = None, **smtp: Any
    ) -> Iterator[tuple[Stage, Scripted]]:
        made = template(readers)
        at = root / f"stage-{next(numbers)}"
        at.mkdir()
        with scripted(at / "taken.log", **(server or {})) as room:
            yield settle(at / "here", made, driver, room.port, **smtp), room
        shutil.rmtree(at)

    try:
        yield opened
    finally:
        driver.close()


def told_over(stage: Stage, port: int, host: str = "localhost") -> None:
    """Have the lead told by a notice over this server."""
    path = stage.folder / "newsletter.toml"
    path.write_text(
        path.read_text(encoding="utf-8")
        + f'\n[notice]\nemail = "lead@example.org"\n[notice.smtp]\nhost = "{host}"\nport = {port}\nsecurity = "none"\n',
        encoding="utf-8",
    )
