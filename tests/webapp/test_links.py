"""Links in messages: a button that changes nothing before it is pressed, and the one click of a mail program."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from readerpages import close
from readersite import KEY, ONE_CLICK, OPAQUE, ReaderSite, token

from newsletter.tokens import PUBLIC_PURPOSES, PURPOSES, Key, read_token

PATHS = {"unsubscribe": "/u", "confirm": "/confirm", "renew": "/renew", "preferences": "/preferences"}
BUTTONS = ("unsubscribe", "confirm", "renew")


def link(purpose: str, **more: Any) -> str:
    return f"{PATHS[purpose]}/{token(purpose, **more)}"


@pytest.mark.parametrize("purpose", PUBLIC_PURPOSES)
@pytest.mark.parametrize(
    "headers",
    [{}, {"purpose": "prefetch"}, {"sec-purpose": "prefetch;prerender"}, {"x-moz": "prefetch"}],
    ids=["plain", "prefetch", "prerender", "moz"],
)
def test_looking_changes_nothing(site: ReaderSite, purpose: str, headers: dict[str, str]) -> None:
    for method, status in (("GET", 200), ("HEAD", 200), ("OPTIONS", 405), ("PUT", 405), ("DELETE", 405)):
        assert site.ask(method, link(purpose), headers=headers).status_code == status
    assert site.told() == []


@pytest.mark.parametrize("purpose", PUBLIC_PURPOSES)
@pytest.mark.parametrize(
    "body",
    [{}, {"List-Unsubscribe": "Yes"}, {"csrf": "x"}, {"list-unsubscribe-post": "One-Click"}],
    ids=["empty", "another-value", "no-proof", "another-field"],
)
def test_a_post_that_is_neither_one_click_nor_our_form_changes_nothing(
    site: ReaderSite, purpose: str, body: dict[str, str]
) -> None:
    found = site.post(link(purpose), body)
    assert found.status_code == 422
    assert '<form method="post"' in found.text, "the button is shown, to be pressed"
    assert site.told() == []


@pytest.mark.parametrize("body", [{"data": ONE_CLICK}, {"files": {"List-Unsubscribe": (None, "One-Click")}}])
def test_one_click_is_answered_in_one_round_and_again_the_second_time(
    site: ReaderSite, body: dict[str, Any]
) -> None:
    for times in (1, 2):
        found = site.ask("POST", link("unsubscribe"), **body)
        assert found.status_code == 200
        assert not {"location", "set-cookie"} & set(found.headers)
        assert site.told() == [("unsubscribe", {"token": token(), "one_click": True})] * times


@pytest.mark.parametrize("purpose", ["confirm", "renew", "preferences"])
def test_one_click_stops_and_does_nothing_else(site: ReaderSite, purpose: str) -> None:
    assert site.post(link(purpose), ONE_CLICK).status_code == 422
    assert site.told() == []


@pytest.mark.parametrize("purpose", BUTTONS)
def test_the_button_is_one_round_and_may_be_pressed_again(site: ReaderSite, purpose: str) -> None:
    path = link(purpose)
    for times in (1, 2):
        found = site.press(path)
        assert found.status_code == 200
        assert "<form" not in found.text
        assert site.told() == [(purpose, {"token": token(purpose), "one_click": False})] * times


def test_a_link_in_capitals_and_one_made_before_the_key_was_rotated_are_good(site: ReaderSite) -> None:
    old = token(key=Key(KEY.secret, 0))
    for written in (token().upper(), old, old.upper()):
        assert site.post(f"/u/{written}", ONE_CLICK).status_code == 200
    assert [data["token"] for _, data in site.told()] == [token(), old, old]


def damaged(purpose: str) -> dict[str, str]:
    """What is no link of ours for `purpose`, in the ways in which it can be none."""
    good = token(purpose)
    others = {other: token(other) for other in PURPOSES if other != purpose}
    return {
        "forged": good[:-1] + ("a" if good[-1] != "a" else "b"),
        "cut": good[:-1],
        "longer": f"{good}a",
        "another-key": token(purpose, key=Key(bytes(32))),
        "a-rotation-to-come": token(purpose, key=Key(KEY.secret, 2)),
        "inert": "inert" + "1" * 32,
        "letter-swapped": good[:4] + PURPOSES["delivery"] + good[5:],
        "blank": "%20",
        "not-ascii": "%C4%B1" * 37,
        "nul": f"{good}%00",
        **others,
    }


@pytest.mark.parametrize("purpose", PUBLIC_PURPOSES)
def test_whatever_is_no_link_of_ours_is_refused_alike(site: ReaderSite, purpose: str) -> None:
    answers = set()
    for text in damaged(purpose).values():
        for method, body in (("GET", None), ("POST", ONE_CLICK), ("POST", {"csrf": "x"})):
            found = site.ask(method, f"{PATHS[purpose]}/{text}", data=body)
            told = sorted((name, value) for name, value in found.headers.items() if name != "date")
            answers.add((found.status_code, found.text, str(told)))
    assert len(answers) == 1
    assert next(iter(answers))[0] == 404
    assert site.told() == []


def test_the_answer_hangs_on_the_signature_alone_and_not_on_who_it_stands_for(site: ReaderSite) -> None:
    answers = {
        site.post(f"/u/{token(opaque=opaque)}", ONE_CLICK).content
        for opaque in (OPAQUE, bytes(10), b"x" * 10)
    }
    assert len(answers) == 1


def test_a_proof_is_good_for_its_own_page_and_a_day(site: ReaderSite) -> None:
    path, other = link("unsubscribe"), link("confirm")
    proof = site.proof(path)
    assert site.post(other, {"csrf": proof}).status_code == 422
    for changed in (proof[:-1], proof[:-2] + "AA", "B" + proof[1:], proof.lower(), "é" * 40, ""):
        assert site.post(path, {"csrf": changed}).status_code == 422
    site.now += dt.timedelta(hours=25)
    assert site.post(path, {"csrf": proof}).status_code == 422
    site.now -= dt.timedelta(hours=26)
    assert site.post(path, {"csrf": proof}).status_code == 422, "one from the future"
    assert site.told() == []
    site.now += dt.timedelta(hours=23)
    assert site.post(path, {"csrf": proof}).status_code == 200


@pytest.mark.parametrize("sent_from", ["cross-site", "same-site"])
def test_a_form_on_another_site_changes_nothing_even_with_a_proof(site: ReaderSite, sent_from: str) -> None:
    headers = {"sec-fetch-site": sent_from}
    assert site.press(link("confirm"), headers=headers).status_code == 422
    assert site.told() == []


def test_the_page_to_stop_leads_to_preferences_and_back(site: ReaderSite) -> None:
    page = site.get(link("unsubscribe")).text
    assert f'"{link("preferences")}' in page
    assert f'"{link("unsubscribe")}' in site.get(link("preferences")).text
    assert read_token(KEY, "preferences", token("preferences")) == OPAQUE


def test_preferences_keep_what_is_to_change_and_nothing_else(site: ReaderSite) -> None:
    path = link("preferences")
    digest = {one.list: one.digest for one in offered(site)}
    proofs = [f"{name}:{value}" for name, value in digest.items()]
    wishes = {
        "list-partners": "yes",
        "list-contributors": "no",
        "pause": "3",
        "format": "",
        "wording": proofs,
    }
    assert site.press(path, wishes).status_code == 200
    assert site.press(path, {"format": "text", "language": "cy", "pause": "0"}).status_code == 200
    mine = token("preferences")
    assert site.told() == [
        (
            "preferences",
            {
                "token": mine,
                "lists": ["partners"],
                "wording": {"partners": digest["partners"]},
                "stop": ["contributors"],
                "pause_until": "2023-01-03",
            },
        ),
        ("preferences", {"token": mine, "format": "text", "language": "cy", "pause_until": "end"}),
    ]


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        ({}, "list-partners"),
        ({"list-partners": "perhaps", "format": "pigeon", "language": "xx", "pause": "999"}, "list-partners"),
        ({"list-partners": "yes", "wording": "partners:0000"}, "list-partners"),
        ({"list-nobody": "perhaps"}, "list-partners"),
    ],
    ids=["nothing", "not-offered", "other-words", "no-such-list"],
)
def test_preferences_that_cannot_be_taken_are_asked_again(
    site: ReaderSite, wishes: dict[str, str], said: str
) -> None:
    found = site.press(link("preferences"), wishes)
    assert found.status_code == 422
    assert f'id="{said}-fault"' in found.text
    assert site.told() == []


@pytest.mark.parametrize("name", ["contributors", "nobody"])
def test_a_list_that_is_not_offered_is_not_switched_on_and_nothing_else_of_that_form_is_taken(
    site_at: Callable[[str], ReaderSite], folder: Path, name: str
) -> None:
    close(folder, "contributors")
    site = site_at("https://news.example.org")
    assert "ontributors" not in site.get(link("preferences")).text
    found = site.press(link("preferences"), {f"list-{name}": "yes", "format": "text"})
    assert found.status_code == 422
    assert "cannot be chosen here" in found.text
    assert site.told() == []


def test_a_list_that_is_not_offered_any_more_can_still_be_left(
    site_at: Callable[[str], ReaderSite], folder: Path
) -> None:
    close(folder, "contributors")
    site = site_at("https://news.example.org")
    assert site.press(link("preferences"), {"list-contributors": "no"}).status_code == 200
    assert site.told() == [("preferences", {"token": token("preferences"), "stop": ["contributors"]})]


def test_what_is_not_named_can_be_left_together_where_there_is_such_a_list(
    site: ReaderSite, site_at: Callable[[str], ReaderSite], folder: Path
) -> None:
    assert 'name="others"' not in site.get(link("preferences")).text
    close(folder, "contributors")
    site = site_at("https://news.example.org")
    assert site.get(link("preferences")).text.count('name="others"') == 2
    assert site.press(link("preferences"), {"others": "no"}).status_code == 200
    assert site.told() == [
        ("preferences", {"token": token("preferences"), "stop_all_but": ["partners"]}),
    ]


def test_no_form_of_preferences_names_more_lists_than_there_can_be(site: ReaderSite) -> None:
    assert site.press(link("preferences"), {f"list-x{n}": "no" for n in range(150)}).status_code == 200
    ((_, data),) = site.told()
    assert len(data["stop"]) == 50  # type: ignore[arg-type]


def offered(site: ReaderSite) -> Any:
    from newsletter.config import read_workspace
    from newsletter.webapp.offers import offers

    return offers(read_workspace(site.inbox.path.parent / "study").config, "en")
