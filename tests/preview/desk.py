"""What the tests of the preview share: an issue, the command, a save, and how the page is looked at."""

import json
import os
import re
import shutil
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import forked
import httpx
from samples import CONTRIBUTORS, PARTNERS, SENDER

SECONDS = 30_000  # milliseconds that a busy machine may need
#: The settings of a preview that stands for several tests; the others have those of all tests.
SETTINGS = f"""\
timezone = "Europe/London"

{SENDER}
{PARTNERS}
{CONTRIBUTORS}"""
ISSUE = """\
title: The link worker role
date: 30 September 2022
preheader: The last of our seven sites
lists: [partners, contributors]
intro: |
  Welcome to the September update.
sections:
  - type: article
    title: Everybody reads this
    body: |
      Link workers listen first.
  - type: article
    title: Only partners read this
    audience: [partners]
    body: Something for partners.
  - type: article
    title: A long story
    body: |
"""
ISSUE += "".join(f"      Paragraph {number} of a story that goes on for a while.\n\n" for number in range(60))
BILINGUAL = """\
title: {en: The link worker role, cy: Rôl y gweithiwr cyswllt}
date: 30 September 2022
preheader: {en: The last of our seven sites, cy: Yr olaf o’n saith safle}
languages: [en, cy]
lists: [partners, contributors]
sections:
  - title: {en: A walk, cy: Taith gerdded}
    body: {en: We walked to the museum., cy: Cerddon ni i’r amgueddfa.}
"""


@dataclass(frozen=True)
class Cast:
    ada: int
    ben: int
    cleo: int


@dataclass(frozen=True)
class Running:
    """The command as it runs: its process, the link that it printed, and the address of its pages."""

    process: forked.Begun
    link: str

    @property
    def base(self) -> str:
        return self.link.partition("/enter")[0]


@dataclass(frozen=True)
class Standing:
    """A preview that several tests use one after the other, and a client that has come in."""

    root: Path
    running: Running
    colleague: httpx.Client

    @property
    def issue(self) -> Path:
        return self.root / "issues" / "2022-10.yaml"

    def restore(self) -> None:
        """Put all files back, and wait until that is drawn."""
        found = re.search(r'data-version="(\d+)"', self.colleague.get("/").text)
        assert found
        if put_back(self.root):
            with self.colleague.stream("GET", f"/events?version={found[1]}") as news:
                assert next(line for line in news.iter_lines() if line == "event: drawn")

    def let_in(self, context: Any) -> None:
        """Give a browser the cookie: the link works once."""
        context.add_cookies(
            [
                {"name": name, "value": value, "url": self.running.base, "sameSite": "Strict"}
                for name, value in self.colleague.cookies.items()
            ]
        )


def put_back(root: Path) -> bool:
    """Make the workspace as a test expects it; whether anything was otherwise."""
    wanted = {root / "newsletter.toml": SETTINGS, root / "issues" / "2022-10.yaml": ISSUE}
    other = [path for path in root.rglob("*") if path.is_file() and path not in wanted]
    changed = [path for path, text in wanted.items() if not path.exists() or path.read_text() != text]
    for name in ("templates", "brand", "consent"):
        shutil.rmtree(root / name, ignore_errors=True)
    for path in other:
        path.unlink(missing_ok=True)
    for name in ("issues", "templates", "consent"):
        (root / name).mkdir(parents=True, exist_ok=True)
    for path in changed:
        path.write_text(wanted[path], encoding="utf-8")
    return bool(other or changed)


@contextmanager
def served(root: Path, environment: Mapping[str, str] = MappingProxyType({})) -> Iterator[Running]:
    """The real command over a workspace, until it is ended by Ctrl-C; it must throw no error."""
    command = [
        sys.executable,
        "-m",
        "newsletter",
        "preview",
        "2022-10",
        "--no-open",
        "--json",
        "-w",
        str(root),
    ]
    with forked.Begun(command, env={**os.environ, **environment}) as process:
        text = ""
        while not text.endswith("}\n"):
            line = process.stdout.readline()
            assert line, process.stderr.read() or "no link was printed"
            text += line
        try:
            yield Running(process, json.loads(text)["link"])
        finally:
            process.send_signal(signal.SIGINT)
            said = process.communicate(timeout=20)[1]
    assert "Traceback" not in said, said


def saved(path: Path, text: str) -> None:
    """Save as careful editors do: write another file, then give it the name."""
    fresh = path.with_name(f".{path.name}.tmp")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)


def opened(running: Running, tab: Any) -> Any:
    from playwright.sync_api import expect

    tab.goto(running.link)
    expect(tab.locator("#found")).not_to_contain_text("Checking", timeout=SECONDS)
    return tab


def email(tab: Any) -> Any:
    """The email in the frame."""
    return tab.frame_locator("#frame")


def status(tab: Any, *words: str) -> None:
    """Wait until the page says these words of what happened last."""
    from playwright.sync_api import expect

    for word in words:
        expect(tab.locator("#status")).to_contain_text(word, timeout=SECONDS)


def find(tab: Any, words: str) -> None:
    """Look for a contact."""
    tab.get_by_label("A contact, by name or address").fill(words)
    tab.keyboard.press("Enter")


def send(tab: Any, address: str) -> None:
    """Ask for a test."""
    tab.get_by_label("To one address").fill(address)
    tab.get_by_role("button", name="Send").click()
