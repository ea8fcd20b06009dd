"""The pages in a real browser: nothing for axe-core to find, and a form filled in by keyboard without JavaScript."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from looking import Ask, Cast
from test_browse_width import CHROMIUM, tab

from newsletter.config import Workspace
from newsletter.contacts import NewContact, add_contact, sync_lists
from newsletter.database import Database

pytestmark = pytest.mark.browser

ADDRESSES = (
    *(
        "/",
        "/people/11",
        "/people/12",
        "/organisations/1",
        "/grid?since=2021-01-01",
        "/grid?since=never",
        "/due",
        "/mailings/1",
        "/lists",
    ),
    *(f"/people/11/write/{form}" for form in ("met", "agreed", "left", "pause", "stop", "details")),
    *("/contacts/people?_list=partners", "/contacts/who_gets_the_next_issue", "/contacts/consent_history"),
    *("/contacts/mailing_overview", "/contacts", "/contacts/contacts/11", "/find?q=ada", "/no/such/page"),
)


@pytest.mark.parametrize("width", [1200, 320])
def test_axe_finds_nothing_on_any_page_by_day_and_by_night(
    cast: Cast, group: int, look: Ask, axe: str, width: int
) -> None:
    style = (
        "".join(look(f"/-/static-plugins/newsletter/{name}").text for name in ("browse.css",))
        + look("/grid.css").text
    )
    pages = {address: look(address).text for address in ADDRESSES}
    found = []
    with tab(width) as opened:
        for address, page in pages.items():
            opened.set_content(page.replace("</head>", f"<style>{style}</style></head>"))
            if opened.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                found.append((address, "wider than the screen"))
            opened.evaluate(axe)
            for scheme in ("light", "dark"):
                opened.emulate_media(color_scheme=scheme)
                results = opened.evaluate("axe.run()")
                found += [
                    (address, scheme, one["id"], [node["target"] for node in one["nodes"]][:3])
                    for one in results["violations"]
                ]
    assert not found


@pytest.fixture
def served(workspace: Workspace, db: Database, now: Any) -> Iterator[tuple[str, int]]:
    """`newsletter browse --as Kim` over a workspace with Ada; its link, and Ada's number."""
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not on this machine")
    sync_lists(db, workspace.config, now)
    ada = add_contact(db, NewContact(email="ada@example.org", name="Ada Example"), now)
    command = [sys.executable, "-m", "newsletter", "-w", str(workspace.root), "browse", "--no-open", "--json"]
    process = subprocess.Popen([*command, "--as", "Kim"], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    text = ""
    while "}" not in text:
        text += process.stdout.readline()
    yield json.loads(text)["link"], ada
    process.terminate()
    process.wait()
    process.stdout.close()


def test_a_meeting_is_written_down_by_keyboard_without_javascript(
    served: tuple[str, int], db: Database
) -> None:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    link, ada = served
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = browser.new_context(java_script_enabled=False).new_page()
        page.goto(link)
        page.goto(re.sub(r"/-/.*", f"/people/{ada}", link))
        page.get_by_role("link", name="Met or spoke").focus()
        page.keyboard.press("Enter")
        page.get_by_label("In a few words").focus()
        page.keyboard.press("Enter")  # nothing is filled in yet
        page.get_by_role("alert").get_by_role("link", name="In a few words").focus()
        page.keyboard.press("Enter")
        # The link leads into the field, in Chromium's own time: what is typed before that is lost.
        playwright.expect(page.get_by_label("In a few words")).to_be_focused()
        page.keyboard.type("Planning the museum day")
        page.keyboard.press("Enter")
        said = page.get_by_role("status").inner_text()
        shown = page.get_by_role("main").inner_text()
        browser.close()

    assert said == "What happened was written down."
    assert "Meeting: Planning the museum day" in shown
    assert db.one("SELECT recorder FROM engagements")[0] == "Kim"
    assert tuple(db.one("SELECT operator, via FROM operations")) == ("Kim", "browser")
