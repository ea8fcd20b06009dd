"""A workspace with an issue and the standing cast, the real command over it, and Chromium to look with."""

import contextlib
import datetime as dt
import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from desk import ISSUE, SECONDS, Cast, Running, Standing, opened, put_back, served
from postroom import Postroom, postroom

from newsletter.config import Workspace
from newsletter.contacts import ConsentEvent, NewContact, add_contact, record_consent, sync_lists
from newsletter.database import Database
from newsletter.database.unpacking import unpack

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"


@pytest.fixture
def issue(folder: Path) -> Path:
    path = folder / "issues" / "2022-10.yaml"
    path.write_text(ISSUE, encoding="utf-8")
    return path


@pytest.fixture
def cast(db: Database, workspace: Workspace, now: dt.datetime) -> Cast:
    """Ada has agreed to the partners' list, Ben took it back, Cleo is known and never asked."""
    sync_lists(db, workspace.config, now)
    ids = [
        add_contact(
            db, NewContact(email=f"{name}@example.org", name=f"{name.title()} Example", given_name=given), now
        )
        for name, given in (("ada", "Ada"), ("ben", "Ben"), ("cleo", "Cleo"))
    ]
    for contact, kind in ((ids[0], "given"), (ids[1], "given"), (ids[1], "withdrawn")):
        event = ConsentEvent(contact, "partners", kind, "consent", "2022-06-14", "paper", "tester")
        record_consent(db, event, now)
    return Cast(*ids)


@pytest.fixture
def room(folder: Path) -> Iterator[Postroom]:
    """A mail server of this machine, which newsletter.toml names."""
    settings = folder / "newsletter.toml"
    with postroom() as server:
        text = settings.read_text(encoding="utf-8").replace("port = 2525", f"port = {server.port}")
        settings.write_text(text, encoding="utf-8")
        yield server


@pytest.fixture
def start(workspace: Workspace, issue: Path) -> Iterator[Callable[[], Running]]:
    """Starts the command when the test has prepared what it needs."""
    with contextlib.ExitStack() as started:
        yield lambda: started.enter_context(served(workspace.root))


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    """One preview for all the tests of a module that need no contacts: starting it takes seconds."""
    root, home = tmp_path_factory.mktemp("standing") / "study", tmp_path_factory.mktemp("home")
    put_back(root)
    own = {"HOME": str(home), "XDG_STATE_HOME": str(home), "NEWSLETTER_SECRETS": str(home / "secrets")}
    with served(root, own) as running, httpx.Client(base_url=running.base, timeout=60) as colleague:
        assert colleague.get(running.link, follow_redirects=True).status_code == 200
        yield Standing(root, running, colleague)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A browser. Closed with its module, since Playwright's event loop stands in the way of others."""
    if not Path(CHROMIUM).exists():
        pytest.skip("Chromium is not installed here (Debian's package chromium)")
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed here")
    sync_api.expect.set_options(timeout=SECONDS)
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def tab(chromium: Any) -> Iterator[Any]:
    """A page of a fresh browser; it must ask nobody else for anything, and throw no error."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(SECONDS)
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert [url for url in asked if not re.match(r"http://127\.0\.0\.1:\d+/|cid:|blob:|about:", url)] == []
    assert errors == []


@pytest.fixture
def shared(standing: Standing, tab: Any) -> Any:
    """The standing preview in the browser, as if it had just been started."""
    standing.restore()
    standing.let_in(tab.context)
    return opened(standing.running, tab)


@pytest.fixture
def preview(start: Callable[[], Running], tab: Any) -> Any:
    """The preview in the browser, drawn and checked."""
    return opened(start(), tab)


#: As it was before tests moved HOME, so that npm finds its settings.
_ENVIRONMENT = dict(os.environ)


@pytest.fixture(scope="session")
def axe(request: pytest.FixtureRequest) -> str:
    """The source of axe-core, fetched once by npm and kept in pytest's cache."""
    cache = request.config.cache
    npm = shutil.which("npm")
    if npm is None or cache is None:
        pytest.skip("npm is not installed here, which brings axe-core")
    folder = Path(cache.mkdir("axe-core"))
    if not (folder / "package" / "axe.min.js").is_file():
        got = subprocess.run(
            [npm, "pack", "axe-core@4.10.3", "--silent"],
            cwd=folder, capture_output=True, text=True, env=_ENVIRONMENT, timeout=120, check=False,
        )  # fmt: skip
        if got.returncode:
            pytest.skip(f"npm cannot fetch axe-core here: {got.stderr.strip()[:200]}")
        with tarfile.open(folder / got.stdout.split()[-1]) as archive:
            unpack(archive, folder)
    return (folder / "package" / "axe.min.js").read_text(encoding="utf-8")
