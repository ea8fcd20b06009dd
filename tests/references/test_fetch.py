"""What a registry may answer, and what is made of it."""

import itertools
import json
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.internet import Names
from newsletter.references import NotAdded, NotReached, add_references

DOI = "10.1000/example.1"
HTML = "text/html"


@pytest.fixture
def path(folder: Path) -> Path:
    return folder / "issues" / "references.json"


@pytest.fixture
def answer(server):
    """The class of the answers, from the server's own module."""
    server.says(DOI)
    return type(server.answers[DOI])


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ({"status": 404}, "there is no such DOI"),
        ({"status": 406}, "no record that can be used (406)"),
        ({"body": b"<html>", "kind": HTML}, "answered with text/html"),
        ({"body": b"{"}, "record is broken"),
        ({"body": b"[" * 100_000}, "record is broken"),
        ({"body": b"\xff\xfe{}"}, "record is broken"),
        ({"body": b'{"n": ' + b"9" * 5000 + b"}"}, "record is broken"),
        ({"body": b"[]"}, "record is none"),
        ({"body": b"{}"}, "a record without a DOI"),
        ({"body": b'{"DOI": "10.1000/other"}'}, "a record of another DOI: 10.1000/other"),
        ({"body": b'{"DOI": "10.1000/example.1"}'}, "has no title"),
        ({"body": b" " * 3_000_000}, "bigger than 2,097,152 bytes"),
        (
            {"status": 302, "headers": {"Location": "/10.1000/example.1"}},
            "from address to address without end",
        ),
        (
            {"status": 302, "headers": {"Location": "http://example.org/x"}},
            "an address that is not encrypted",
        ),
        ({"status": 302, "headers": {"Location": "https://10.0.0.1/x"}}, "inside a private network"),
        ({"status": 302, "headers": {"Location": "https://169.254.169.254/x"}}, "inside a private network"),
        ({"status": 302, "headers": {"Location": "file:///etc/passwd"}}, "an address that is none"),
        ({"status": 302, "headers": {"Location": ""}}, "without end"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_reason(
    server, answer, path: Path, made: dict, said: str
) -> None:
    server.answers[DOI] = answer(**made)
    with pytest.raises(NotAdded) as caught:
        add_references(path, [DOI], server.registry())
    assert said in str(caught.value)
    assert caught.value.exit_code == 2
    assert not path.exists()


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_registry_in_trouble_is_asked_three_times(server, answer, path: Path, status: int) -> None:
    server.answers[DOI] = answer(status=status)
    with pytest.raises(NotReached, match="cannot answer now") as caught:
        add_references(path, [DOI], server.registry())
    assert len(server.asked) == 3
    assert caught.value.exit_code == 69


def test_trouble_that_passes_does_no_harm(server, answer, path: Path) -> None:
    server.answers[DOI] = [answer(status=503, headers={"Retry-After": "1"}), server.answers[DOI]]
    assert add_references(path, [DOI], server.registry()).added


def test_a_redirect_is_followed(server, answer, path: Path) -> None:
    server.answers["there"] = server.answers[DOI]
    server.answers[DOI] = answer(status=303, headers={"Location": "/there"})
    assert add_references(path, [DOI], server.registry()).added


def test_a_registry_that_never_finishes_is_left(server, answer, path: Path) -> None:
    clock = itertools.count(0, 40)
    with pytest.raises(NotReached, match="did not answer in time"):
        add_references(path, [DOI], server.registry(clock=lambda: float(next(clock))))


def test_hostile_words_are_kept_as_words(server, path: Path) -> None:
    title = "<script>alert(1)</script>{{ 7*7 }} {% raw %} &lt;b&gt; \u202eevil\x00 \ue002x"
    server.says(
        DOI, title=title, author=[{"family": "<b>X</b>", "given": 5}, "text", {"given": None}], issued="x"
    )
    (row,) = add_references(path, [DOI], server.registry()).added
    assert row["title"] == "alert(1){{ 7*7 }} {% raw %} <b> evil \ue002x"
    assert row["author"] == [{"family": "X", "given": "5"}]
    assert "issued" not in row


def test_notices_of_the_record_are_kept(server, path: Path) -> None:
    server.says(
        DOI,
        **{
            "updated-by": [{"type": "retraction", "DOI": "10.1000/Notice", "label": "Retraction"}],
            "relation": {
                "is-preprint-of": [{"id-type": "doi", "id": "10.1000/paper"}],
                "has-review": [{"id": "x"}],
            },
        },
    )
    (row,) = add_references(path, [DOI], server.registry()).added
    assert row["custom"]["changed_by"] == [
        {"type": "publication", "DOI": "10.1000/paper"},
        {"type": "retraction", "DOI": "10.1000/notice"},
    ]
    again = json.loads(path.read_text())
    assert again == [row]


def test_a_name_that_leads_into_a_private_network_is_not_asked(server, answer, path: Path) -> None:
    server.answers[DOI] = answer(status=302, headers={"Location": "https://innocent.example.org/x"})
    registry = replace(
        server.registry(), names=Names(look_up=_looks_up({"innocent.example.org": "10.0.0.7"}))
    )
    with pytest.raises(NotAdded, match="inside a private network"):
        add_references(path, [DOI], registry)


def test_from_the_web_nothing_leads_to_this_machine(server, path: Path) -> None:
    registry = replace(
        server.registry(),
        resolver="https://doi.example.org/",
        names=Names(look_up=_looks_up({"doi.example.org": "127.0.0.1"})),
    )
    with pytest.raises(NotAdded, match="inside a private network"):
        add_references(path, [DOI], registry)
    assert server.asked == []


def test_another_port_of_this_machine_is_not_asked(server, answer, path: Path) -> None:
    server.answers[DOI] = answer(status=302, headers={"Location": "http://127.0.0.1:9/x"})
    with pytest.raises(NotAdded, match="inside a private network"):
        add_references(path, [DOI], server.registry())


@pytest.mark.parametrize(
    ("headers", "paused"),
    [
        ({"Retry-After": "7"}, [7.0, 7.0]),
        ({"Retry-After": "25"}, [25.0, 25.0]),
        ({"Retry-After": "3600"}, []),
        ({"Retry-After": "Sun, 06 Nov 2044 08:49:37 GMT"}, []),
        ({"Retry-After": "soon"}, [1.0, 2.0]),
    ],
)
def test_a_registry_is_left_alone_for_as_long_as_it_asks(
    server, answer, path: Path, headers: dict, paused: list
) -> None:
    server.answers[DOI] = answer(status=429, headers=headers)
    pauses: list[float] = []
    with pytest.raises(NotReached, match="cannot answer now"):
        add_references(path, [DOI], replace(server.registry(), pause=pauses.append))
    assert pauses == paused


def _looks_up(known: dict[str, str]):
    return lambda host, port, **_: [(2, 1, 6, "", (known.get(host, host), port))]
