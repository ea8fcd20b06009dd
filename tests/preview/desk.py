"""What the tests of the preview share: an issue, a save, and how the page is looked at."""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SECONDS = 30_000  # milliseconds that a busy machine may need
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

    process: subprocess.Popen[str]
    link: str

    @property
    def base(self) -> str:
        return self.link.partition("/enter")[0]


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
