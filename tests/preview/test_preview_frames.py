"""The frames: each as wide as what it stands for, dark, without pictures, as text; and by the keyboard alone."""

import re
from pathlib import Path
from typing import Any

import pytest
from desk import BILINGUAL, ISSUE, SECONDS, Standing, email, opened, saved, status

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed here")
expect = sync_api.expect
pytestmark = pytest.mark.browser

PICTURE = "  - type: article\n    title: A picture\n    images: [{src: dot.png, alt: A small dot}]\n"


@pytest.fixture
def preview(shared: Any) -> Any:
    return shared


@pytest.fixture
def issue(standing: Standing) -> Path:
    return standing.issue


def inner_width(tab: Any) -> int:
    return int(tab.frame(url=lambda url: "/frame" in url).evaluate("window.innerWidth"))


@pytest.mark.parametrize(("name", "width"), [("Phone", 375), ("Tablet", 768), ("Desktop", 1200)])
def test_a_frame_is_as_wide_as_what_it_stands_for(preview: Any, name: str, width: int) -> None:
    preview.get_by_role("tab", name=name).click()
    expect(preview.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")
    expect(email(preview).get_by_role("heading", name="Everybody reads this")).to_be_visible()
    assert inner_width(preview) == width
    expect(preview.locator("#frame")).to_have_attribute("title", f"The email as {name}")


def test_tabs_and_switches_work_by_the_keyboard_alone(preview: Any) -> None:
    preview.get_by_role("tab", name="Reading pane").focus()
    preview.keyboard.press("ArrowRight")
    expect(preview.get_by_role("tab", name="Desktop")).to_be_focused()
    preview.keyboard.press("End")
    expect(email(preview).locator("pre")).to_contain_text("Link workers listen first.")
    preview.keyboard.press("Tab")
    dark = preview.get_by_role("switch", name="Dark")
    expect(dark).to_be_focused()
    preview.keyboard.press("Space")
    expect(dark).to_have_attribute("aria-checked", "true")
    preview.reload()
    expect(preview.get_by_role("tab", name="Text")).to_have_attribute("aria-selected", "true")
    expect(dark).to_have_attribute("aria-checked", "true")


def test_a_frame_whose_answer_comes_late_does_not_take_the_place_of_the_one_chosen_after_it(
    preview: Any,
) -> None:
    late: list[Any] = []
    preview.route(re.compile(r"/\?.*show=desktop"), lambda route: late.append(route))
    preview.get_by_role("tab", name="Desktop").click()
    preview.get_by_role("tab", name="Text").click()
    expect(email(preview).locator("pre")).to_contain_text("Link workers listen first.", timeout=SECONDS)
    with preview.expect_response(re.compile(r"/\?.*show=desktop")) as answer:
        late[0].continue_()
    answer.value.finished()
    preview.wait_for_timeout(500)  # what would be wrong is that something happens
    expect(email(preview).locator("pre")).to_contain_text("Link workers listen first.")
    expect(preview.get_by_role("tab", name="Text")).to_have_attribute("aria-selected", "true")


def test_a_frame_chosen_before_the_first_has_come_is_what_is_seen(chromium: Any, standing: Standing) -> None:
    standing.restore()
    context = chromium.new_context()
    standing.let_in(context)
    tab, first = context.new_page(), []
    # Only what the frame itself loads is held back, not what the page fetches for it.
    tab.route(
        re.compile("/frame"),
        lambda route: first.append(route) if route.request.is_navigation_request() else route.continue_(),
    )
    tab.goto(standing.running.base, wait_until="commit")
    with tab.expect_response(re.compile(r"/frame\?.*show=text")):
        tab.get_by_role("tab", name="Text").click()
    tab.wait_for_timeout(500)  # for the page to put it there too early, if it would
    first[0].continue_()
    expect(email(tab).locator("pre")).to_contain_text("Link workers listen first.", timeout=SECONDS)
    context.close()


def test_the_first_stop_leads_past_everything_to_the_email(preview: Any) -> None:
    preview.keyboard.press("Tab")
    expect(preview.get_by_role("link", name="Skip to the email")).to_be_focused()
    expect(preview.get_by_role("link", name="Skip to the email")).to_be_in_viewport()


def test_dark_hangs_on_the_switch_and_not_on_the_machine(preview: Any) -> None:
    body = "getComputedStyle(document.querySelector('.nl-paper') || document.body).backgroundColor"
    frame = preview.frame(url=lambda url: "/frame" in url)
    light = frame.evaluate(body)
    preview.emulate_media(color_scheme="dark")
    assert frame.evaluate(body) == light
    with preview.expect_response(lambda answer: "/frame" in answer.url):
        preview.get_by_role("switch", name="Dark").click()
    expect(preview.get_by_role("switch", name="Dark")).to_have_attribute("aria-checked", "true")
    expect(email(preview).locator("meta[name=color-scheme]")).to_have_attribute("content", "dark")
    assert frame.evaluate(body) != light


def test_without_pictures_the_words_for_them_stand_there(preview: Any, issue: Path) -> None:
    from PIL import Image

    Image.new("RGB", (40, 40), "teal").save(issue.parent / "dot.png")
    saved(issue, ISSUE.replace("sections:\n", f"sections:\n{PICTURE}"))
    picture = email(preview).get_by_role("img", name="A small dot")
    expect(picture).to_have_attribute("src", "/picture/" + picture.get_attribute("src").split("/")[-1])
    frame = preview.frame(url=lambda url: "/frame" in url)
    frame.wait_for_selector("img[alt='A small dot']")
    expect(picture).to_have_js_property("naturalWidth", 40, timeout=SECONDS)
    preview.get_by_role("switch", name="No pictures").click()
    expect(picture).to_have_js_property("naturalWidth", 0, timeout=SECONDS)
    expect(picture).to_have_attribute("alt", "A small dot")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong(
    chromium: Any, standing: Standing, issue: Path, axe: str, scheme: str
) -> None:
    standing.restore()
    context = chromium.new_context(bypass_csp=True, color_scheme=scheme)
    standing.let_in(context)
    tab = opened(standing.running, context.new_page())
    saved(issue, BILINGUAL.replace("to the museum", "TODO to the museum"))
    expect(tab.get_by_label("Reading in")).to_be_visible(timeout=SECONDS)
    expect(tab.locator("#found")).to_contain_text("TODO", timeout=SECONDS)
    for faulty in (False, True):
        if faulty:
            saved(issue, ISSUE.replace("date: 30 September", "date: 31 September"))
            status(tab, "to mend")
        tab.evaluate(axe)
        found = tab.evaluate("axe.run(document, {iframes: false})")["violations"]
        assert [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found] == []
    context.close()


@pytest.mark.parametrize("width", [320, 375, 480, 1280, 1920])
def test_nothing_sticks_out_at_any_width(preview: Any, width: int) -> None:
    # 480 is 1440 at 300 % zoom.
    preview.set_viewport_size({"width": width, "height": 800})
    assert preview.evaluate("document.documentElement.scrollWidth") <= width


def test_without_javascript_the_page_works_by_reloading(chromium: Any, standing: Standing) -> None:
    standing.restore()
    context = chromium.new_context(java_script_enabled=False)
    standing.let_in(context)
    tab = context.new_page()
    tab.goto(standing.running.link)
    assert "<noscript>" in tab.content()
    expect(email(tab).get_by_role("heading", name="Everybody reads this")).to_be_visible()
    tab.get_by_role("link", name="Text").click()
    expect(email(tab).locator("pre")).to_contain_text("Link workers listen first.")
    expect(email(tab).locator("pre")).to_contain_text("Only partners")
    tab.get_by_label("Project partners").uncheck()
    tab.get_by_role("button", name="See it so").click()
    expect(email(tab).locator("pre")).not_to_contain_text("Only partners")
    context.close()
