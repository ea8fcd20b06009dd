"""Seen as somebody: made up, or a contact with what allows them to get it; and a test to one address."""

from pathlib import Path
from typing import Any

import pytest
from desk import Cast, email, find, opened, saved, send
from postroom import Postroom

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed here")
expect = sync_api.expect
pytestmark = pytest.mark.browser


def test_seen_as_a_contact_who_gets_it(cast: Cast, preview: Any) -> None:
    find(preview, "ada")
    preview.get_by_role("link", name="Ada Example").click()
    expect(email(preview).get_by_text("Dear Ada,")).to_be_visible()
    expect(email(preview).get_by_text("you asked on 14 June 2022")).to_be_attached()
    expect(email(preview).get_by_role("heading", name="Only partners read this")).to_be_attached()
    expect(preview.locator("#reader")).to_contain_text("Project partners")
    assert "ada" not in preview.url


@pytest.mark.parametrize(("name", "reason"), [("Ben", "left the list"), ("Cleo", "not on the list")])
def test_seen_as_a_contact_who_does_not_get_it_there_is_no_email(
    cast: Cast, preview: Any, name: str, reason: str
) -> None:
    find(preview, f"{name.lower()}@example.org")
    preview.get_by_role("link", name=f"{name} Example").click()
    expect(preview.locator("#reader")).to_contain_text(reason)
    expect(email(preview).get_by_text("would not get this issue")).to_be_visible()
    expect(email(preview).get_by_text("Everybody reads this")).to_have_count(0)


def test_somebody_made_up_sees_what_their_lists_allow(cast: Cast, preview: Any, issue: Path) -> None:
    expect(email(preview).get_by_text("Only partners read this")).not_to_have_count(0)
    preview.get_by_label("Project partners").uncheck()
    preview.get_by_label("Called").fill("Siân <b>")
    preview.get_by_role("button", name="See it so").click()
    expect(email(preview).get_by_text("Dear Siân <b>,")).to_be_visible()
    expect(email(preview).get_by_text("Only partners read this")).to_have_count(0)
    text = issue.read_text(encoding="utf-8")
    saved(issue, text.replace("Everybody reads this", "Everybody reads that"))
    expect(email(preview).get_by_role("heading", name="Everybody reads that")).to_be_attached(timeout=30_000)
    expect(email(preview).get_by_text("Only partners read this")).to_have_count(0)


def test_nobody_is_found_and_that_is_said(cast: Cast, preview: Any) -> None:
    find(preview, "zebedee")
    expect(preview.locator("#matches")).to_contain_text("Nobody was found for ‘zebedee’.")


def test_without_a_database_contacts_are_left_out_with_the_reason(preview: Any) -> None:
    expect(preview.get_by_text("There is no contacts.db")).to_have_count(2)
    expect(preview.get_by_label("A contact, by name or address")).to_have_count(0)
    expect(preview.get_by_role("button", name="Send")).to_be_disabled()


def test_without_a_mail_server_no_test_can_be_sent_and_that_is_said(
    cast: Cast, folder: Path, start: Any, tab: Any
) -> None:
    settings = folder / "newsletter.toml"
    settings.write_text(settings.read_text().replace('host = "127.0.0.1"', 'host = ""'), encoding="utf-8")
    opened(start(), tab)
    expect(tab.get_by_role("button", name="Send")).to_be_disabled()
    expect(tab.locator("#test-form")).to_contain_text("smtp.host")


def test_a_test_goes_to_a_colleague_marked_as_one(room: Postroom, cast: Cast, start: Any, tab: Any) -> None:
    opened(start(), tab)
    send(tab, "colleague@example.org")
    expect(tab.locator("#test-result")).to_contain_text("A test went to colleague@example.org")
    (post,) = room.taken
    assert post.recipients == ("colleague@example.org",)
    assert b"Subject: [Test] " in post.content


@pytest.mark.parametrize("name", ["ben", "cleo"])
def test_no_test_goes_to_somebody_on_file_who_has_not_agreed(
    room: Postroom, cast: Cast, start: Any, tab: Any, name: str
) -> None:
    opened(start(), tab)
    send(tab, f"{name}@example.org")
    expect(tab.locator("#test-result")).to_contain_text("Not done:")
    assert room.taken == []


def test_what_the_mail_server_says_is_shown(room: Postroom, cast: Cast, start: Any, tab: Any) -> None:
    room.say("RCPT", "550 5.1.1 no such <b>colleague</b>")
    opened(start(), tab)
    send(tab, "colleague@example.org")
    expect(tab.locator("#test-result")).to_contain_text("no such <b>colleague</b>")
