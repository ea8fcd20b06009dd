"""A workspace with an issue and the standing cast, the real command over it, and Chromium to look with."""

import datetime as dt
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from desk import ISSUE, SECONDS, Cast, Running, opened
from postroom import Postroom, postroom

from newsletter.config import Workspace
from newsletter.contacts import ConsentEvent, NewContact, add_contact, record_consent, sync_lists
from newsletter.database import Database

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
    started: list[subprocess.Popen[str]] = []

    def begin() -> Running:
        command = [sys.executable, "-m", "newsletter", "preview", "2022-10", "--no-open", "--json"]
        process = subprocess.Popen(
            [*command, "-w", str(workspace.root)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        started.append(process)
        assert process.stdout is not None
        text = ""
        for line in process.stdout:
            text += line
            if line.startswith("}"):
                return Running(process, json.loads(text)["link"])
        raise AssertionError(process.stderr.read() if process.stderr else "no link was printed")

    yield begin
    for process in started:
        process.send_signal(signal.SIGINT)
        with process:
            said = process.communicate(timeout=20)[1]
        assert "Traceback" not in said, said


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    if not Path(CHROMIUM).exists():
        pytest.skip("Chromium is not installed here (Debian's package chromium)")
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed here")
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
        shutil.unpack_archive(folder / got.stdout.split()[-1], folder, "gztar", filter="data")
    return (folder / "package" / "axe.min.js").read_text(encoding="utf-8")
