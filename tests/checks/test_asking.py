"""Links are asked over the wire: politely, with redirects followed, and never in private networks."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from newsletter.checks.asking import ask, ask_links, is_public


class Pages(BaseHTTPRequestHandler):
    """A site with a page, one that has gone, one that has moved, one that HEAD cannot ask, and a loop."""

    seen: list[tuple[str, str, str]] = []  # noqa: RUF012  # emptied by the fixture

    def do_HEAD(self) -> None:
        self.answer(405 if self.path == "/no-head" else None)

    def do_GET(self) -> None:
        self.answer(None)

    def answer(self, status: int | None) -> None:
        self.seen.append((self.command, self.path, self.headers["User-Agent"]))
        ways = {
            "/old": (301, "/page"),
            "/now": (302, "/page"),
            "/loop": (302, "/loop"),
            "/file": (302, "file:///etc/passwd"),
        }
        ways["/inside"] = (302, f"http://127.0.0.2:{self.server.server_port}/secret")  # type: ignore[attr-defined]
        found, onward = ways.get(self.path, (200 if self.path in {"/page", "/no-head"} else 404, ""))
        self.send_response(status or found)
        if onward:
            self.send_header("Location", onward)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""


@pytest.fixture
def site() -> Iterator[str]:
    Pages.seen.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def here(address: str, port: int) -> bool:
    return address == "127.0.0.1"


def test_a_page_that_is_there_answers_200_and_is_told_who_asks(site: str) -> None:
    answer = ask(f"{site}/page", allowed=here)
    assert (answer.status, answer.moved, answer.trouble) == (200, False, "")
    assert [(method, agent.startswith("newsletter/")) for method, _, agent in Pages.seen] == [("HEAD", True)]


def test_a_server_that_knows_no_head_is_asked_with_get(site: str) -> None:
    assert ask(f"{site}/no-head", allowed=here).status == 200
    assert [method for method, _, _ in Pages.seen] == ["HEAD", "GET"]


def test_redirects_are_followed_and_only_permanent_ones_have_moved(site: str) -> None:
    answers = ask_links([f"{site}/old", f"{site}/now", f"{site}/gone"], allowed=here)
    assert [(a.status, a.moved) for a in answers.values()] == [(200, True), (200, False), (404, False)]
    assert answers[f"{site}/old"].final == f"{site}/page"


def test_a_loop_ends(site: str) -> None:
    assert "redirects" in ask(f"{site}/loop", allowed=here).trouble


def test_a_redirect_into_a_private_network_is_not_followed(site: str) -> None:
    assert ask(f"{site}/inside", allowed=here).private
    assert all(path != "/secret" for _, path, _ in Pages.seen)


def test_a_redirect_to_a_file_is_not_followed(site: str) -> None:
    assert "no web address" in ask(f"{site}/file", allowed=here).trouble


def test_this_machine_is_never_asked_by_default(site: str) -> None:
    assert ask(f"{site}/page").private
    assert Pages.seen == []


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "::1", "fe80::1",
        "fc00::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "224.0.0.1", "::",
        "fe80::1%eth0", "255.255.255.255", "fd00:ec2::254",
    ],
)  # fmt: skip
def test_no_address_of_a_private_network_is_public(address: str) -> None:
    assert not is_public(address, 443)


def test_an_address_of_the_open_internet_is_public_on_the_ports_of_the_web() -> None:
    assert is_public("8.8.8.8", 443)
    assert is_public("2606:4700::1111", 80)
    assert not is_public("8.8.8.8", 25)


@pytest.mark.parametrize(
    "target", ["ftp://x.org/", "http://u:p@x.org/", "http:///x", "http://[::1", "javascript:alert(1)", ""]
)
def test_what_is_no_web_address_is_answered_in_words(target: str) -> None:
    answer = ask(target)
    assert answer.status == 0
    assert answer.trouble


def test_what_takes_too_long_says_so(site: str) -> None:
    (answer,) = ask_links([f"{site}/page"], allowed=here, seconds=-1).values()
    assert "no answer" in answer.trouble or answer.status == 200
