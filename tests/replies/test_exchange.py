"""Only the workspace may fetch what came in, and only for as long as its proof is fresh."""

import datetime as dt

import pytest

from newsletter.replies import (
    BadExchange,
    Sealed,
    proof_headers,
    read_page,
    read_removal,
    reason_to_refuse,
    write_page,
    write_removal,
)

NOW = dt.datetime(2022, 9, 30, 9, 0, tzinfo=dt.UTC)
SECRET = b"s" * 32


def judged(secret=SECRET, method="POST", path="/sync", body=b"x", now=NOW, **changed):
    headers = {
        name.lower(): value for name, value in proof_headers(SECRET, "POST", "/sync", b"x", NOW).items()
    }
    return reason_to_refuse(secret, method, path, body, headers=headers | changed, now=now)


def test_the_workspace_is_known_by_its_proof():
    assert judged() is None
    assert judged(now=NOW + dt.timedelta(minutes=4)) is None


@pytest.mark.parametrize(
    "other",
    [
        {"secret": b"t" * 32},
        {"method": "GET"},
        {"path": "/sync/"},
        {"body": b"y"},
        {"now": NOW + dt.timedelta(minutes=6)},
        {"now": NOW - dt.timedelta(minutes=6)},
        {"newsletter-proof": ""},
        {"newsletter-proof": "ü"},
        {"newsletter-time": ""},
        {"newsletter-time": "9" * 400},
        {"newsletter-time": "١٢"},
        {"newsletter-time": str(int(NOW.timestamp()) + 1)},
    ],
)
def test_anything_else_is_refused(other):
    assert judged(**other)


def test_what_is_handed_out_comes_over_whole():
    waiting = [Sealed("a", "confirm", "2022-09-30T09:00:00Z", bytes(range(256)))]
    assert read_page(write_page(waiting)) == waiting
    assert read_removal(write_removal(["a", "b"])) == ["a", "b"]


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"{}", b'{"arrivals": [1]}', b'{"arrivals": 3}', b"[" * 9999, b"\xff"]
)
def test_an_answer_that_is_something_else_is_said_to_be(body):
    with pytest.raises(BadExchange):
        read_page(body)
    with pytest.raises(BadExchange):
        read_removal(body)
