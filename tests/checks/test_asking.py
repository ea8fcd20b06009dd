"""Links are asked over the wire: politely, with redirects followed, and never in private networks."""

import socketserver
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from newsletter.checks.asking import ask, ask_links
from newsletter.internet import Names


class Pages(BaseHTTPRequestHandler):
    """A site with a page, one that has gone, one that has moved, one that HEAD cannot ask, and a loop."""

    seen: list[tuple[str, str, str]] = []  # noqa: RUF012  # emptied by the fixture
    onward = ""

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
        ways["/away"] = (302, self.onward)
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


class Drip(socketserver.BaseRequestHandler):
    """A letter of a header now and then, for as long as anybody listens."""

    def handle(self) -> None:
        self.request.recv(4096)
        self.request.sendall(b"HTTP/1.1 200 OK\r\nX: ")
        try:
            while not self.server.stopped.wait(0.05):  # type: ignore[attr-defined]
                self.request.sendall(b"x")
        except OSError:
            return


@pytest.fixture
def dripping() -> Iterator[str]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Drip) as server:
        server.daemon_threads = True
        server.stopped = threading.Event()  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.stopped.set()  # type: ignore[attr-defined]
        server.shutdown()


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
    "target", ["ftp://x.org/", "http://u:p@x.org/", "http:///x", "http://[::1", "javascript:alert(1)", ""]
)
def test_what_is_no_web_address_is_answered_in_words(target: str) -> None:
    answer = ask(target)
    assert answer.status == 0
    assert answer.trouble


def test_what_takes_too_long_says_so(site: str) -> None:
    (answer,) = ask_links([f"{site}/page"], allowed=here, seconds=-1).values()
    assert "no answer" in answer.trouble or answer.status == 200


def test_a_redirect_to_a_name_of_a_private_address_is_not_followed(site: str) -> None:
    port = int(site.rpartition(":")[2])
    names = Names(
        look_up=lambda host, *_, **__: [(2, 1, 6, "", (host if host[0] == "1" else "10.0.0.7", port))]
    )
    Pages.onward = f"http://innocent.example.org:{port}/page"
    answer = ask(f"{site}/away", allowed=here, names=names)
    assert answer.private
    assert "innocent.example.org" in answer.final


def test_a_name_is_looked_up_once_for_all_links_to_it(site: str) -> None:
    asked: list[str] = []

    def look_up(host: str, port: int, **_: object) -> list[object]:
        asked.append(host)
        return [(2, 1, 6, "", ("127.0.0.1" if len(asked) == 1 else "10.0.0.7", port))]

    names, base = Names(look_up=look_up), site.replace("127.0.0.1", "page.example.org")
    first = ask(f"{base}/page", allowed=here, names=names)
    again = ask(f"{base}/no-head", allowed=here, names=names)
    assert (first.status, again.status, asked) == (200, 200, ["page.example.org"])


def test_names_that_nobody_answers_hold_the_whole_for_a_moment_only() -> None:
    hanging = threading.Event()
    names = Names(look_up=lambda *_, **__: hanging.wait(30) and [], seconds=0.05)
    targets = [f"https://host{number}.example.org/" for number in range(200)]
    began = time.monotonic()
    answers = ask_links(targets, names=names)
    hanging.set()
    assert time.monotonic() - began < 5
    assert len(answers) == 200
    assert all("look" in answer.trouble and not answer.gone for answer in answers.values())


def test_a_server_that_drips_its_answer_is_left_in_time(dripping: str) -> None:
    began = time.monotonic()
    answer = ask(f"{dripping}/", allowed=here, seconds=0.4)
    assert time.monotonic() - began < 3
    assert "no answer within 0.4 seconds" in answer.trouble
