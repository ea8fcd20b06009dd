"""The door of the public pages: headers, bounds, how often somebody may ask, and nothing that tells who came."""

import asyncio
import hashlib
import logging
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from readersite import ONE_CLICK, PUBLIC, ReaderSite, token

from newsletter.errors import DatabaseProblem
from newsletter.replies import Inbox, InboxFull, proof_headers, read_page, write_removal
from newsletter.replies.sealing import ARRIVAL_LIMIT
from newsletter.webapp.forms import read_fields
from newsletter.webapp.limits import Allowance, Limits, network_of

EVERYWHERE = [
    "/",
    "/subscribe",
    "/rights",
    "/archive/",
    "/health",
    "/static/site.css",
    "/nowhere",
    "/u/x",
    "/sync",
]


@pytest.mark.parametrize("path", [*EVERYWHERE, f"/u/{token()}"])
def test_every_answer_is_guarded(site: ReaderSite, path: str) -> None:
    found = site.get(path, headers={"cookie": "a=b"})
    policy = found.headers["content-security-policy"]
    assert policy.startswith("default-src 'none';")
    assert not {"unsafe-inline", "unsafe-eval", "http", "data:", "*"} & set(policy.replace(";", " ").split())
    assert found.headers["referrer-policy"] == "no-referrer"
    assert found.headers["x-content-type-options"] == "nosniff"
    assert "max-age=" in found.headers["strict-transport-security"]
    assert "set-cookie" not in found.headers
    assert "server" not in found.headers
    if not path.startswith("/static"):
        assert found.headers["cache-control"] == "no-store"


def test_without_https_nobody_is_told_to_use_it(site: ReaderSite) -> None:
    assert "strict-transport-security" not in site.get("http://127.0.0.1:8025/").headers


@pytest.mark.parametrize(
    ("asked", "accepted", "language"),
    [
        ("", "", "en"),
        ("", "cy-GB,en;q=0.5", "cy"),
        ("ar", "cy", "ar"),
        ("xx", "cy", "cy"),
        ("", "\x80;q=z", "en"),
    ],
)
def test_the_reader_chooses_the_language(site: ReaderSite, asked: str, accepted: str, language: str) -> None:
    for path in ("/", "/nowhere"):
        found = site.get(
            path, params={"lang": asked}, headers={"accept-language": accepted.encode("latin-1")}
        )
        assert found.headers["content-language"] == language
        assert f'<html lang="{language}"' in found.text
        assert found.headers["vary"] == "Accept-Language"


def test_below_a_path_of_its_own_pages_are_found_whatever_the_proxy_cuts_off(
    site_at: Callable[[str], ReaderSite],
) -> None:
    site = site_at("https://example.org/news/")
    for root in ("", "/news"):
        page = site.get(f"{root}/u/{token()}")
        assert page.status_code == 200
        assert f'action="/news/u/{token()}' in page.text
        assert site.press(f"{root}/u/{token()}").status_code == 200
    assert site.get("/news").status_code == 200
    assert site.get("/newsletter").status_code == 404


@pytest.mark.parametrize(
    "path", [f"/u/{token()}", "/subscribe", "/rights", f"/preferences/{token('preferences')}", "/sync"]
)
def test_a_body_is_bounded(site: ReaderSite, path: str) -> None:
    def trickling() -> Any:
        async def pieces() -> Any:
            for _ in range(100):
                yield b"a" * 1000

        return pieces()

    assert site.ask("POST", path, content=b"a" * 100_000).status_code == 413
    assert site.ask("POST", path, content=trickling()).status_code == 413
    assert site.ask("POST", path, content=b"", headers={"content-length": "9" * 5000}).status_code == 413
    assert site.told() == []


@pytest.mark.parametrize("what", [InboxFull(), DatabaseProblem("inbox.db cannot be written to")])
def test_what_cannot_be_kept_is_not_said_to_be(
    site: ReaderSite, what: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> Future[str]:
        coming: Future[str] = Future()
        coming.set_exception(what)
        return coming

    monkeypatch.setattr(Inbox, "begin_adding", refuse)
    found = site.post(f"/u/{token()}", ONE_CLICK)
    assert found.status_code == 503
    assert int(found.headers["retry-after"]) > 0


def test_health_tells_whether_what_is_sent_could_be_kept(site: ReaderSite) -> None:
    assert site.get("/health").text == "ok"
    site.inbox.path.rename(site.inbox.path.with_name("elsewhere.db"))
    assert site.get("/health").status_code == 503


def test_health_tells_of_a_full_inbox(site: ReaderSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site.inbox, "_limit", ARRIVAL_LIMIT)
    assert site.get("/health").status_code == 200
    site.post(f"/u/{token()}", ONE_CLICK)
    assert site.get("/health").status_code == 503


def test_a_fault_of_ours_is_logged_without_a_word_of_the_readers(
    site: ReaderSite, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def break_down(_: object, kind: str, data: object, now: object) -> None:
        raise ValueError(f"{kind} {data}")

    monkeypatch.setattr(Inbox, "begin_adding", break_down)
    with caplog.at_level(logging.DEBUG):
        found = site.press("/rights", {"wish": "access", "email": "ada@example.org"})
    assert found.status_code == 500
    assert found.headers["content-security-policy"]
    ours = caplog.handler.format(next(one for one in caplog.records if one.name.startswith("newsletter")))
    assert "ValueError" in ours
    assert "readersite" not in found.text
    for secret in ("ada@example.org", "192.0.2.1", "/rights"):
        assert secret not in ours


@pytest.mark.parametrize("gone", ["while-sending", "before-the-answer"])
def test_who_goes_away_meanwhile_is_no_fault_of_ours(
    site: ReaderSite, gone: str, caplog: pytest.LogCaptureFixture
) -> None:
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/rights",
        "headers": [],
        "query_string": b"",
        "client": None,
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect" if gone == "while-sending" else "http.request", "body": b""}

    async def send(_: Any) -> None:
        raise RuntimeError("the line is broken")

    asyncio.run(site.app(scope, receive, send))
    assert [one for one in caplog.records if one.name.startswith("newsletter")] == []
    assert site.told() == []


def test_nothing_that_readers_do_leaves_a_line_in_the_log(
    site: ReaderSite, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        caplog.at_level(logging.DEBUG, logger="newsletter"),
        caplog.at_level(logging.DEBUG, logger="uvicorn"),
    ):
        site.post(f"/u/{token()}", ONE_CLICK)
        site.post("/u/forged", ONE_CLICK)
        site.press("/rights", {"wish": "access", "email": "ada@example.org"})
    assert [
        one for one in caplog.records if one.name.startswith(("newsletter", "uvicorn", "starlette"))
    ] == []


def test_somebody_who_asks_too_often_has_to_wait_and_nobody_else_has(site: ReaderSite) -> None:
    answers = [site.get("/nowhere").status_code for _ in range(245)]
    assert answers == [404] * 240 + [429] * 5
    assert int(site.get("/").headers["retry-after"]) >= 1
    site.client = "192.0.2.2"
    assert site.get("/").status_code == 200
    site.client, site.seconds = "192.0.2.1", 10.0
    assert site.get("/").status_code == 200


def test_a_provider_that_stops_for_thousands_is_never_made_to_wait(site: ReaderSite) -> None:
    for number in range(400):
        opaque = hashlib.sha256(bytes([number % 256, number // 256])).digest()[:10]
        assert site.post(f"/u/{token(opaque=opaque)}", ONE_CLICK).status_code == 200
    assert site.inbox.count() == 400


def test_the_same_link_over_and_over_is_kept_each_time_or_refused_but_never_passed_over(
    site: ReaderSite,
) -> None:
    answers = [site.post(f"/u/{token()}", ONE_CLICK).status_code for _ in range(12)]
    assert answers == [200] * 10 + [429] * 2
    assert site.inbox.count() == 10
    site.seconds += 61
    assert site.post(f"/u/{token()}", ONE_CLICK).status_code == 200


def test_ipv6_is_counted_by_household_and_the_buckets_are_bounded() -> None:
    assert network_of("2001:db8::1") == network_of("2001:db8::2:3") != network_of("2001:db8:0:1::1")
    assert network_of("::ffff:192.0.2.1") == "192.0.2.1"
    assert network_of("unix:") == "unix:"
    limits = Limits(lambda: 0.0)
    for number in range(60_000):
        limits.wait(Allowance(1, 60), str(number))
    assert len(limits._buckets) == 50_000
    assert b"59999" not in b"".join(limits._buckets)


@pytest.mark.parametrize("root", ["", "/news"])
def test_the_workspace_fetches_and_removes_and_nobody_else_does(
    site_at: Callable[[str], ReaderSite], root: str
) -> None:
    site = site_at(f"https://example.org{root}")
    site.post(f"/u/{token()}", ONE_CLICK)
    proof = proof_headers(PUBLIC.sync, "GET", f"{root}/sync", b"", site.now)
    found = site.get("/sync", headers=proof)
    (waiting,) = read_page(found.content)
    assert found.headers["cache-control"] == "no-store"
    body = write_removal([waiting.id])
    for secret, sent in ((b"x" * 32, body), (PUBLIC.sync, body + b" ")):
        stolen = proof_headers(secret, "POST", f"{root}/sync", body, site.now)
        assert site.ask("POST", "/sync", content=sent, headers=stolen).status_code == 403
    assert (
        site.get("/sync", headers=proof_headers(PUBLIC.sync, "GET", "/u", b"", site.now)).status_code == 403
    )
    assert site.inbox.count() == 1
    good = proof_headers(PUBLIC.sync, "POST", f"{root}/sync", body, site.now)
    assert site.ask("POST", "/sync", content=body, headers=good).status_code == 200
    assert site.inbox.count() == 0


def test_the_archive_is_what_was_published_and_nothing_beside_it(site: ReaderSite, folder: Path) -> None:
    assert site.get("/archive/").status_code == 200
    issue = folder / "public" / "2022-09"
    issue.mkdir(parents=True)
    (issue / "index.html").write_text("the issue", encoding="utf-8")
    (folder / "public" / ".secret").write_text("hidden", encoding="utf-8")
    (issue / "way-out").symlink_to(folder / "newsletter.toml")
    assert site.get("/archive/2022-09/").text == "the issue"
    assert site.get("/archive").headers["location"] == "/archive/"
    assert site.get("/archive/2022-09").headers["location"] == "/archive/2022-09/"
    for path in (
        "../newsletter.toml",
        "..%2fnewsletter.toml",
        "2022-09/..%2f..%2fnewsletter.toml",
        "%2e%2e/newsletter.toml",
        "..%5cnewsletter.toml",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "2022-09/way-out",
        ".secret",
        "nul%00",
        "a" * 5000,
    ):
        assert site.get(f"/archive/{path}").status_code == 404, path


@pytest.mark.parametrize(
    ("kind", "body", "fields"),
    [
        ("application/x-www-form-urlencoded", b"a=1&b=%C3%A9&a=2", {"a": ("1", "2"), "b": ("é",)}),
        ("text/plain", b"List-Unsubscribe=One-Click\r\n", {"List-Unsubscribe": ("One-Click",)}),
        ("", b"a=%FF", {"a": ("\ufffd",)}),
        ("application/x-www-form-urlencoded", b"&".join([b"a=1"] * 5000), {}),
        (
            'multipart/form-data; boundary="x y"',
            b'--x y\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x y--\r\n',
            {"a": ("1",)},
        ),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="f"; filename="x.txt"\r\n\r\n1\r\n--b--',
            {},
        ),
        ("multipart/form-data", b"--b\r\n\r\n--b--", {}),
        ("multipart/form-data; boundary=", b"", {}),
        ("multipart/form-data; boundary=b\r\nX: y", b"\xff\x00--b", {}),
    ],
)
def test_a_body_is_read_as_fields_or_as_nothing(
    kind: str, body: bytes, fields: dict[str, tuple[str, ...]]
) -> None:
    assert read_fields(kind, body) == fields
