"""Closed: to other names, to who did not come by the link, to other pages, and to what an issue holds."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from desk import ISSUE, Running, Standing, email, opened, saved, status

FORM = {"email": "colleague@example.org"}


@pytest.fixture
def running(standing: Standing) -> Running:
    return standing.running


@pytest.fixture
def colleague(standing: Standing) -> httpx.Client:
    return standing.colleague


def test_the_link_works_once_and_only_under_our_own_name(running: Running, colleague: httpx.Client) -> None:
    assert running.base.startswith("http://127.0.0.1:")
    for path in ("/", "/frame", "/events", "/picture/x.png", running.link.removeprefix(running.base)):
        assert httpx.get(running.base + path).status_code == 403
    for host in ("evil.example", "127.0.0.1", "evil.example:80"):
        assert colleague.get("/", headers={"host": host}).status_code == 421
    # Who has come in may use the link again.
    assert colleague.get(running.link).status_code == 303


def test_the_cookie_is_for_this_page_alone(start: Any) -> None:
    running = start()
    cookie = httpx.get(running.link).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert cookie.startswith(f"newsletter-preview-{running.base.rpartition(':')[2]}=")


def test_no_script_and_nothing_from_elsewhere_may_run(colleague: httpx.Client) -> None:
    page, frame = colleague.get("/"), colleague.get("/frame")
    assert "default-src 'none'; script-src 'self';" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]
    policy = frame.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert "sandbox allow-same-origin" in policy
    for answer in (page, frame, colleague.get("/nothing")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("path", ["/test", "/people"])
def test_another_page_cannot_post(running: Running, colleague: httpx.Client, path: str) -> None:
    ours = {"origin": running.base}
    assert colleague.post(path, data=FORM).status_code == 403
    assert colleague.post(path, data=FORM, headers={"origin": "https://evil.example"}).status_code == 403
    assert colleague.post(path, data=FORM, headers={"origin": "null"}).status_code == 403
    assert colleague.post(path, data=FORM, headers=ours).status_code == 403  # without the page's token
    assert colleague.get(path).status_code == 405
    assert colleague.post(path, content=b"x" * 20_000, headers=ours).status_code == 413


def test_who_begins_to_listen_after_the_checks_is_told_of_them(colleague: httpx.Client) -> None:
    shown = re.search(r'data-version="(\d+)"', colleague.get("/").text)
    assert shown
    with colleague.stream("GET", f"/events?version={int(shown[1]) - 1}") as news:
        assert next(line for line in news.iter_lines() if line == "event: checked")
    with colleague.stream("GET", f"/events?version={shown[1]}") as news:
        assert next(line for line in news.iter_lines() if line.startswith("event:")) == "event: checked"


def test_odd_addresses_do_not_end_it(colleague: httpx.Client) -> None:
    for query in ("contact=99", "contact=x", "made=1&list=nobody", "show=../..", "version=%00", "name=%ff"):
        assert colleague.get(f"/?{query}").status_code == 200
        assert colleague.get(f"/frame?{query}").status_code == 200
    assert colleague.get("/static/../pages.py").status_code == 404
    assert colleague.get("/static/%2e%2e/pages.py").status_code == 404
    assert colleague.get("/picture/..%2f..%2fetc%2fpasswd").status_code == 404


@pytest.mark.browser
def test_what_an_issue_holds_is_shown_and_never_run(issue: Path, start: Any, tab: Any) -> None:
    pytest.importorskip("playwright.sync_api", reason="Playwright is not installed here")
    from playwright.sync_api import expect

    asked: list[str] = []
    tab.on("dialog", lambda dialog: asked.append(dialog.message))
    script = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    hostile = ISSUE.replace("title: The link worker role", f"title: '{script}'")
    hostile = hostile.replace("Link workers listen first.", f"{script} [press](javascript:alert(3))")
    hostile = hostile.replace("preheader: The last", 'preheader: "</p><script>alert(4)</script>" #')
    saved(issue, hostile)
    opened(start(), tab)
    expect(tab.locator("#written")).to_contain_text("<script>alert(1)</script>")
    saved(
        issue,
        ISSUE.replace(
            "sections:\n",
            f"sections:\n  - type: \"{script}\"\n    '{script}': 1\n    include: '{script}.yaml'\n",
        ),
    )
    status(tab, "to mend")
    expect(tab.locator("#found")).to_contain_text("<script>")
    saved(issue, ISSUE.replace("Everybody reads this", script))
    status(tab, "Redrawn at")
    expect(email(tab).get_by_text("<script>alert(1)</script>").first).to_be_attached()
    assert asked == []
    assert tab.evaluate("[...document.scripts].map(script => script.src)") == [
        f"{tab.url.rstrip('/')}/static/preview.js"
    ]
    frame = tab.frame(url=lambda url: "/frame" in url)
    assert frame.evaluate("document.scripts.length") == 0
