"""How wide a page becomes in a browser, whatever the names in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from looking import Ask, Cast

CHROMIUM = Path("/usr/bin/chromium")


@contextmanager
def tab(width: int) -> Iterator[Any]:
    """A tab of this width. Opened after the pages were asked for: it has an event loop of its own."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not on this machine")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser.new_page(viewport={"width": width, "height": 800})
        browser.close()


@pytest.mark.parametrize("width", [1200, 375])
def test_a_name_without_a_blank_pushes_nothing_out_of_sight(cast: Cast, look: Ask, width: int) -> None:
    cast.person(99, "n" * 300, email="n@example.org")
    page = look("/contacts/people").text
    style = look("/-/static-plugins/newsletter/browse.css").text
    with tab(width) as opened:
        opened.set_content(page.replace("</head>", f"<style>{style}</style></head>"))
        table = "document.querySelector('.table-wrapper')"
        assert opened.evaluate(f"{table}.scrollWidth <= {table}.clientWidth")
        assert opened.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
