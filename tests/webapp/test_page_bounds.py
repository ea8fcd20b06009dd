"""What bounds the public pages: how often each thing may be asked, how long a body may take, and who may frame a page."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from readersite import OPAQUE, ReaderSite, token

from newsletter.webapp import guard
from newsletter.webapp.limits import FORMS, LINK, LOOKS, PAGES

OTHER = bytes(reversed(OPAQUE))


def test_no_other_site_can_show_a_page_in_a_frame_or_have_its_form_sent_elsewhere(site: ReaderSite) -> None:
    headers = site.get(f"/u/{token()}").headers
    rules = {rule.strip() for rule in headers["content-security-policy"].split(";")}
    assert {"frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"} <= rules
    assert headers["x-frame-options"] == "DENY"


def test_a_body_that_never_comes_to_its_end_is_not_waited_for(
    site: ReaderSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def trickling() -> AsyncIterator[bytes]:
        yield b"List-Unsubscribe="
        with suppress(TimeoutError):
            async with asyncio.timeout(5):
                await asyncio.Event().wait()
        yield b"One-Click"

    monkeypatch.setattr(guard, "_BODY_SECONDS", 0.01)
    found = site.ask("POST", f"/u/{token()}", content=trickling())
    assert (found.status_code, found.headers["connection"]) == (408, "close")
    assert site.told() == []


@pytest.mark.parametrize(
    ("path", "purpose", "fields"),
    [
        ("/u", "unsubscribe", {}),
        ("/confirm", "confirm", {}),
        ("/renew", "renew", {}),
        ("/preferences", "preferences", {"format": "text"}),
    ],
)
def test_the_same_button_pressed_over_and_over_has_to_wait_and_no_other_has(
    site: ReaderSite, path: str, purpose: str, fields: dict[str, str]
) -> None:
    own = f"{path}/{token(purpose)}"
    proven = {"csrf": site.proof(own), **fields}
    answers = [site.post(own, proven).status_code for _ in range(LINK.at_once + 2)]
    assert answers == [200] * LINK.at_once + [429] * 2
    assert len(site.told()) == LINK.at_once
    assert site.press(f"{path}/{token(purpose, OTHER)}", fields).status_code == 200


def test_the_same_link_looked_at_over_and_over_has_to_wait_and_no_other_has(site: ReaderSite) -> None:
    answers = [site.get(f"/u/{token()}").status_code for _ in range(LOOKS.at_once + 1)]
    assert answers == [200] * LOOKS.at_once + [429]
    assert site.get(f"/u/{token(opaque=OTHER)}").status_code == 200


@pytest.mark.parametrize("path", ["/subscribe", "/rights"])
def test_forms_that_need_no_link_are_sent_only_so_often_from_one_place(site: ReaderSite, path: str) -> None:
    answers = [site.post(path).status_code for _ in range(FORMS.at_once + 1)]
    assert answers == [422] * FORMS.at_once + [429]
    assert site.get(path).status_code == 200, "looking at it is another thing"
    site.client = "192.0.2.2"
    assert site.post(path).status_code == 422


def test_whoever_tries_out_links_has_to_wait(site: ReaderSite) -> None:
    answers = Counter(site.get(f"/u/{number:037}").status_code for number in range(PAGES.at_once + 1))
    assert answers == {404: PAGES.at_once, 429: 1}


def test_all_addresses_of_one_household_are_counted_together(site: ReaderSite) -> None:
    answers: Counter[int] = Counter()
    for number in range(PAGES.at_once + 1):
        site.client = f"2001:db8::{number:x}"
        answers[site.get("/nowhere").status_code] += 1
    assert answers == {404: PAGES.at_once, 429: 1}
    site.client = "2001:db8:0:1::1"
    assert site.get("/nowhere").status_code == 404


def test_a_slash_too_many_is_no_page_rather_than_a_redirect_that_loses_the_form(site: ReaderSite) -> None:
    found = site.post(f"/u/{token()}/", {"List-Unsubscribe": "One-Click"})
    assert (found.status_code, "location" in found.headers) == (404, False)
    assert site.told() == []
