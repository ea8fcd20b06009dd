"""An issue in several languages: seen in each, by a contact in theirs, and sent as a test in the one seen."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from desk import BILINGUAL, ISSUE, SECONDS, Cast, Standing, email, find, opened, saved, send, status
from postroom import Postroom

from newsletter.contacts import ConsentEvent, NewContact, add_contact, record_consent
from newsletter.database import Database

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed here")
expect = sync_api.expect
pytestmark = pytest.mark.browser


def test_a_language_is_chosen_and_stays_through_saves_frames_and_reloads(
    shared: Any, standing: Standing
) -> None:
    expect(shared.get_by_label("Reading in")).to_have_count(0)
    saved(standing.issue, BILINGUAL)
    language = shared.get_by_label("Reading in")
    expect(language).to_have_value("en", timeout=SECONDS)
    expect(email(shared).get_by_role("heading", name="A walk")).to_be_visible()
    shared.get_by_role("tab", name="Phone").click()
    language.select_option("Welsh")
    shared.get_by_role("button", name="See it so").click()

    welsh = email(shared).get_by_role("heading", name="Taith gerdded")
    expect(welsh).to_be_visible()
    expect(shared.locator("#inbox")).to_contain_text("Yr olaf o’n saith safle")
    expect(shared.get_by_role("tab", name="Phone")).to_have_attribute("aria-selected", "true")
    saved(standing.issue, BILINGUAL.replace("Taith gerdded", "Taith hir"))
    expect(email(shared).get_by_role("heading", name="Taith hir")).to_be_visible(timeout=SECONDS)
    shared.get_by_role("tab", name="Text").click()
    expect(email(shared).locator("pre")).to_contain_text("Cerddon ni")
    shared.reload()
    expect(email(shared).locator("pre")).to_contain_text("Cerddon ni")
    expect(language).to_have_value("cy")

    saved(standing.issue, ISSUE)
    status(shared, "Redrawn at")
    expect(email(shared).locator("pre")).to_contain_text("Link workers listen first.", timeout=SECONDS)
    expect(language).to_have_count(0)


def test_all_languages_in_one_message_are_seen_with_each_greeting(shared: Any, standing: Standing) -> None:
    saved(
        standing.issue,
        BILINGUAL.replace("languages: [en, cy]", "languages: [en, cy]\nlanguages_together: yes"),
    )
    shared.get_by_label("Reading in").select_option("Welsh", timeout=SECONDS)
    shared.get_by_label("Called").fill("Nia")
    shared.get_by_role("button", name="See it so").click()
    expect(shared.locator("#made-language")).to_contain_text("All in one message: Welsh, then English.")
    texts = email(shared).locator("body").inner_text()
    assert 0 < texts.index("Annwyl Nia") < texts.index("Taith gerdded") < texts.index("Dear Nia")
    assert texts.index("Dear Nia") < texts.index("A walk")


def test_two_tabs_show_two_languages_and_each_follows(
    cast: Cast, db: Database, now: dt.datetime, issue: Path, preview: Any
) -> None:
    nia = add_contact(db, NewContact(email="nia@example.org", given_name="Nia", language="cy"), now)
    record_consent(
        db, ConsentEvent(nia, "partners", "given", "consent", "2022-06-14", "paper", "tester"), now
    )
    saved(issue, BILINGUAL)
    expect(preview.get_by_label("Reading in")).to_be_visible(timeout=SECONDS)
    preview.reload()
    other = preview.context.new_page()
    other.goto(preview.url)
    find(other, "nia@example.org")
    other.get_by_role("link", name="nia@example.org").click()
    expect(email(other).get_by_text("Annwyl Nia")).to_be_visible()
    expect(other.locator("#reader")).to_contain_text("It comes in Welsh.")
    expect(email(preview).get_by_role("heading", name="A walk")).to_be_visible()
    saved(issue, BILINGUAL.replace("A walk", "A stroll").replace("Taith gerdded", "Taith hir"))
    expect(email(preview).get_by_role("heading", name="A stroll")).to_be_visible(timeout=SECONDS)
    expect(email(other).get_by_role("heading", name="Taith hir")).to_be_visible(timeout=SECONDS)


def test_a_test_goes_in_the_language_seen(
    room: Postroom, cast: Cast, issue: Path, start: Any, tab: Any
) -> None:
    saved(issue, BILINGUAL)
    opened(start(), tab)
    tab.get_by_label("Reading in").select_option("Welsh")
    tab.get_by_role("button", name="See it so").click()
    expect(tab.locator("#test-form")).to_contain_text("It goes in Welsh, as you see it here.")
    send(tab, "colleague@example.org")
    expect(tab.locator("#test-result")).to_contain_text("A test went to colleague@example.org")
    (post,) = room.taken
    assert b"Content-Language: cy" in post.content or b'lang=3D"cy"' in post.content
