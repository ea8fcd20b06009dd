"""The pages for readers in a real browser: nothing for axe-core to find, no script needed, nothing out of sight."""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from readerpages import every_page, study

from newsletter.config import Config
from newsletter.publishing import assets
from newsletter.webapp.guard import POLICY
from newsletter.webapp.offers import offers
from newsletter.webapp.pages import Done, Fault, Page, Signing, Subscribe, render_page

pytestmark = pytest.mark.browser

CHROMIUM = Path("/usr/bin/chromium")
HOST = "https://news.example.org"
# Whoever is not found by a mouse: controls smaller than 24 by 24 CSS pixels (WCAG 2.2, 2.5.8), in no sentence.
SMALL = """() => [...document.querySelectorAll('nav a, .button, input:not([type=hidden]), .choice label, .skip:focus')]
    .filter(one => { const box = one.getBoundingClientRect(); return box.height < 24 || box.width < 24; })
    .map(one => one.outerHTML.slice(0, 100))"""


class Pages:
    """The study's pages as a browser gets them, with the headers of a strict host; what is sent is kept."""

    def __init__(self, config: Config) -> None:
        self.config, self.sent = config, list[list[tuple[str, str]]]()
        self.files = assets(config)
        self.html: dict[str, str] = {}

    def put(self, name: str, page: Page, language: str = "en") -> str:
        """Make it found under a name of its own; the address."""
        self.html[f"/{name}"] = render_page(page, language, self.config)
        return f"{HOST}/{name}"

    def answer(self, route: Any) -> None:
        request, path = route.request, urlsplit(route.request.url).path
        headers = {"content-security-policy": POLICY}
        if request.method == "POST":
            self.sent.append(parse_qsl(request.post_data or "", keep_blank_values=True))
            body = render_page(Done(path=path, outcome="subscribe"), "en", self.config)
        elif path.startswith("/static/") and path.removeprefix("/static/") in self.files:
            asset = self.files[path.removeprefix("/static/")]
            route.fulfill(body=asset.data, headers={"content-type": asset.media_type})
            return
        else:
            body = self.html.get(path, "")
        route.fulfill(body=body, headers=headers | {"content-type": "text/html; charset=utf-8"})


@pytest.fixture
def pages(folder: Path) -> Pages:
    return Pages(study(folder))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not on this machine")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield opened
        opened.close()


def tab(browser: Any, pages: Pages, **odd: Any) -> Any:
    context = browser.new_context(**odd)
    context.route("**/*", pages.answer)
    return context.new_page()


def judged(opened: Any, pages: Pages, language: str, axe: str, names: Collection[str]) -> list[object]:
    """What is wrong with these pages, by axe-core and by how wide and how small things are."""
    found: list[object] = []
    shown = every_page(pages.config, language)
    for name in names or shown:
        opened.goto(pages.put(name, shown[name], language))
        for box in opened.query_selector_all("input[type=checkbox], input[value=yes]"):
            box.check()
        if opened.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            found.append((name, "wider than the screen"))
        found += [(name, "too small", one) for one in opened.evaluate(SMALL)]
        opened.evaluate(axe)
        results = opened.evaluate("axe.run({rules: {'target-size': {enabled: true}}})")
        found += [
            (name, one["id"], [node["target"] for node in one["nodes"]][:3]) for one in results["violations"]
        ]
    return found


@pytest.mark.parametrize(
    ("language", "width", "scheme", "names"),
    [
        (
            "en",
            320,
            "light",
            ("home", "subscribe-wrong", "unsubscribe", "rights-wrong", "trouble-unavailable"),
        ),
        ("ar", 320, "dark", ("preferences-wrong", "done-unsubscribe")),
        pytest.param("en", 1280, "dark", (), marks=pytest.mark.soak),
        pytest.param("ar", 320, "dark", (), marks=pytest.mark.soak),
        pytest.param("cy", 320, "light", (), marks=pytest.mark.soak),
    ],
)
def test_axe_finds_nothing_and_nothing_is_too_small_or_out_of_sight(
    pages: Pages, browser: Any, axe: str, language: str, width: int, scheme: str, names: Collection[str]
) -> None:
    # The policy would keep axe out too; that the pages hold to it is seen in the next test.
    opened = tab(
        browser, pages, viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True
    )
    assert judged(opened, pages, language, axe, names) == []


def test_somebody_joins_by_keyboard_without_a_script_and_nothing_breaks_the_policy(
    pages: Pages, browser: Any
) -> None:
    to_choose = offers(pages.config, "en")
    opened = tab(browser, pages, java_script_enabled=False, viewport={"width": 320, "height": 640})
    said: list[str] = []
    opened.on("console", lambda message: said.append(message.text))
    opened.goto(pages.put("subscribe", Subscribe(csrf="now", offers=to_choose)))
    press = opened.keyboard.press

    press("Tab")
    assert opened.get_by_role("link", name="Skip to the page itself").bounding_box()["x"] >= 0
    press("Enter")
    press("Tab")
    opened.keyboard.type("ada@example.org")
    press("Tab")
    opened.keyboard.type("Ada")
    press("Tab")
    words = opened.get_by_text("never sell your address")
    assert not words.is_visible()
    press("Space")
    assert words.is_visible()
    press("Tab")  # the second list
    press("Tab")  # how
    press("ArrowDown")
    press("Tab")  # in which language
    press("Tab")
    press("Enter")
    opened.wait_for_url("**/subscribe?lang=en")

    assert opened.get_by_role("heading", level=1).inner_text() == "Now look in your email"
    (sent,) = pages.sent
    assert [pair for pair in sent if pair[0] != "wording"] == [
        ("csrf", "now"),
        ("email", "ada@example.org"),
        ("name", "Ada"),
        ("lists", "partners"),
        ("format", "text"),
        ("language", "en"),
    ]
    assert [value for name, value in sent if name == "wording"] == [one.proof for one in to_choose]
    assert said == []


def test_what_is_wrong_is_reached_from_the_top_and_everything_holds_at_twice_the_size(
    pages: Pages, browser: Any
) -> None:
    wrong = Subscribe(
        offers=offers(pages.config, "en"),
        entered=Signing(email="ada@"),
        faults=(Fault("email", "email-bad"), Fault("lists", "lists-missing")),
    )
    opened = tab(browser, pages, viewport={"width": 320, "height": 640}, bypass_csp=True)
    opened.goto(pages.put("subscribe", wrong))
    opened.add_style_tag(content="html { font-size: 200%; }")
    assert opened.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert not opened.evaluate(
        "[...document.querySelectorAll('.button, label, legend')].some(one => one.scrollWidth > one.clientWidth + 1)"
    )
    alert = opened.get_by_role("alert")
    alert.get_by_role("link").first.focus()
    opened.keyboard.press("Enter")
    opened.wait_for_function("document.activeElement.id === 'email'")
    assert opened.evaluate("document.activeElement.value") == "ada@"
    alert.get_by_role("link").last.focus()
    opened.keyboard.press("Enter")
    opened.wait_for_function("document.activeElement.name === 'lists'")
