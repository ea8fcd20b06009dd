"""The pages that a newsletter names are asked once, and their Date tells whether the clock is right."""

import datetime as dt
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from newsletter.doctor import Case, Finding
from newsletter.doctor.pages import Visit, check, clock_finding

One = Callable[[Sequence[Finding], str], Finding]


@contextmanager
def website(status: int = 200, *, ahead: dt.timedelta = dt.timedelta(0), age: int = 0) -> Iterator[str]:
    """A page on loopback whose clock is `ahead` of ours, seen through a store that kept it for `age` seconds."""

    class Page(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response_only(status)
            there = dt.datetime.now(dt.UTC) + ahead - dt.timedelta(seconds=age)
            self.send_header("Date", format_datetime(there, usegmt=True))
            if age:
                self.send_header("Age", str(age))
            self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def here(address: str, port: int) -> bool:
    return address == "127.0.0.1"


def looked(make_case: Callable[..., Case], url: str, **odd: object) -> list[Finding]:
    case = make_case(f'[sender]\nwebsite = "{url}"\n', **({"allowed": here} | odd))
    return list(check(case))


def test_a_page_that_answers_is_well_and_so_is_the_clock(make_case: Callable[..., Case], told: One) -> None:
    with website() as url:
        findings = looked(make_case, url)
    assert told(findings, "pages.website").level == "ok"
    assert told(findings, "machine.clock").level == "ok"


@pytest.mark.parametrize(
    ("ahead", "level", "said"),
    [
        (dt.timedelta(minutes=10), "warning", "10 minutes behind"),
        (dt.timedelta(minutes=-10), "warning", "10 minutes ahead of"),
        (dt.timedelta(hours=5), "error", "5 hours behind"),
        (dt.timedelta(days=400), "error", "400 days behind"),
    ],
)
def test_a_clock_that_is_off_is_told_by_how_much(
    make_case: Callable[..., Case], told: One, ahead: dt.timedelta, level: str, said: str
) -> None:
    with website(ahead=ahead) as url:
        found = told(looked(make_case, url), "machine.clock")
    assert found.level == level
    assert said in found.found


def test_an_answer_out_of_a_store_is_not_taken_for_a_wrong_clock(
    make_case: Callable[..., Case], told: One
) -> None:
    with website(age=7200) as url:
        assert told(looked(make_case, url), "machine.clock").level == "ok"


@pytest.mark.parametrize(("status", "level"), [(404, "warning"), (500, "warning"), (403, "ok"), (301, "ok")])
def test_a_page_that_is_gone_is_warned_of_and_one_for_people_only_is_not(
    make_case: Callable[..., Case], told: One, status: int, level: str
) -> None:
    with website(status) as url:
        assert told(looked(make_case, url), "pages.website").level == level


def test_a_page_inside_a_private_network_is_not_asked(make_case: Callable[..., Case], told: One) -> None:
    with website() as url:
        findings = looked(make_case, url, allowed=lambda address, port: False)
    assert "private network" in told(findings, "pages.website").found
    assert told(findings, "machine.clock").level == "note"


def test_a_page_that_is_not_there_is_warned_of(make_case: Callable[..., Case], told: One) -> None:
    assert told(looked(make_case, "http://127.0.0.1:1/"), "pages.website").level == "warning"


def test_examples_are_not_asked_and_without_a_page_the_clock_is_left_to_the_reader(
    make_case: Callable[..., Case],
) -> None:
    assert [(found.check, found.level) for found in looked(make_case, "https://study.example.org")] == [
        ("machine.clock", "note")
    ]
    assert clock_finding([Visit("https://x.test", trouble="no")]).level == "note"
