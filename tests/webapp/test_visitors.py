"""The forms for whoever comes: what is kept of them, and that the answer never tells who is known."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from readerpages import close
from readersite import PUBLIC, ReaderSite

from newsletter.config import read_workspace
from newsletter.webapp.offers import offers
from newsletter.webapp.proofs import make_proof


@pytest.fixture
def wording(site: ReaderSite, folder: Path) -> dict[str, str]:
    """The digest of the words that are shown for each list."""
    return {one.list: one.digest for one in offers(read_workspace(folder).config, "en")}


def test_one_mailbox_is_typed_in_only_so_often_however_it_is_written(
    site: ReaderSite, wording: dict[str, str]
) -> None:
    for name in ("ada.b", "adab", "a.dab+1", "adab+2"):
        assert site.press("/subscribe", joining(wording, email=f"{name}@gmail.com")).status_code == 200
    assert len(site.told()) == 3


@pytest.mark.parametrize(
    ("typed", "kept"),
    [(" 用户@例え.jp ", "用户@例え.jp"), ("ju\u0308rgen@Example.org", "jürgen@example.org")],
)
def test_an_address_of_any_letters_joins_and_asks(
    site: ReaderSite, wording: dict[str, str], typed: str, kept: str
) -> None:
    assert site.press("/subscribe", joining(wording, email=typed)).status_code == 200
    assert site.press("/rights", {"wish": "access", "email": typed, "words": ""}).status_code == 200
    assert [data["email"] for _, data in site.told()] == [kept, kept]


@pytest.mark.parametrize(
    "typed", ["ü\u202ex@example.org", "用\u200b户@例え.jp", "o’neil@example.org", "ü\x1b@example.org"]
)
def test_letters_that_nobody_sees_or_that_deceive_are_not_kept(
    site: ReaderSite, wording: dict[str, str], typed: str
) -> None:
    assert site.press("/subscribe", joining(wording, email=typed)).status_code == 422
    assert site.told() == []


def test_what_is_asked_about_another_address_keeps_nobody_from_asking_about_theirs(site: ReaderSite) -> None:
    for name in ("ada+1", "ada+2", "ada+3", "ada"):
        site.press("/rights", {"wish": "erasure", "email": f"{name}@example.org", "words": ""})
    assert site.told()[-1][1]["email"] == "ada@example.org"


def joining(shown: dict[str, str], **changes: Any) -> dict[str, Any]:
    return {
        "email": "ada@example.org",
        "name": "Ada",
        "lists": ["partners"],
        "format": "html",
        "language": "en",
        "wording": [f"{name}:{digest}" for name, digest in shown.items()],
        **changes,
    }


def test_who_joins_is_kept_with_the_words_that_they_were_shown(
    site: ReaderSite, wording: dict[str, str]
) -> None:
    fields = joining(wording, email=" Ada@Example.ORG ", name=" Ada \t Novak ")
    assert site.press("/subscribe", fields).status_code == 200
    ((kind, data),) = site.told()
    assert kind == "subscribe"
    assert data == {
        "email": "Ada@example.org",
        "name": "Ada Novak",
        "lists": ["partners"],
        "format": "html",
        "language": "en",
        "wording": {"partners": wording["partners"]},
    }


def test_the_words_in_another_language_are_other_words(site: ReaderSite, wording: dict[str, str]) -> None:
    welsh = site.get("/subscribe", headers={"accept-language": "cy"}).text
    assert f"partners:{wording['partners']}" not in welsh
    assert site.press("/subscribe?lang=cy", joining(wording)).status_code == 422
    assert site.told() == []


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"email": ""}, "email"),
        ({"email": "ada@"}, "email"),
        ({"email": "ada@example.org\r\nBcc: ben@example.org"}, "email"),
        ({"name": "A" * 201}, "name"),
        ({"lists": []}, "lists"),
        ({"lists": ["nobodys"]}, "lists"),
        ({"lists": ["partners", "nobodys"]}, "lists"),
        ({"wording": []}, "lists"),
        ({"wording": ["partners:0000"]}, "lists"),
        ({"format": "pigeon"}, "format"),
    ],
)
def test_what_cannot_be_taken_is_shown_again_with_what_was_typed(
    site: ReaderSite, wording: dict[str, str], changes: dict[str, Any], fault: str
) -> None:
    found = site.press("/subscribe", joining(wording, **changes))
    assert found.status_code == 422
    assert f'id="{fault}-fault"' in found.text
    assert ("Ada" in found.text) or "name" in changes
    assert site.told() == []


@pytest.mark.parametrize("path", ["/subscribe", "/rights"])
def test_a_form_without_its_proof_is_asked_again(
    site: ReaderSite, wording: dict[str, str], path: str
) -> None:
    fields = joining(wording, wish="access")
    assert site.post(path, fields).status_code == 422
    assert (
        site.post(
            path, {**fields, "csrf": site.proof("/subscribe" if path == "/rights" else "/rights")}
        ).status_code
        == 422
    )
    assert site.told() == []


@pytest.mark.parametrize("wish", ["access", "erasure"])
def test_a_request_about_somebodys_data_is_kept(site: ReaderSite, wish: str) -> None:
    fields = {"wish": wish, "email": "ben@example.org", "words": "Please.\r\nThank you."}
    assert site.press("/rights", fields).status_code == 200
    assert site.told() == [(wish, {"email": "ben@example.org", "words": "Please.\nThank you."})]


def test_who_types_the_same_address_over_and_over_gets_the_answer_and_no_more_mail(
    site: ReaderSite, wording: dict[str, str]
) -> None:
    answers = set()
    for number in range(6):
        site.client = f"192.0.2.{number}"
        email = "ada@example.org" if number % 2 else "ADA@EXAMPLE.org"
        answers.add(site.press("/subscribe", joining(wording, email=email)).content)
    answers.add(site.press("/subscribe", joining(wording, email="cleo@example.org")).content)
    assert len(answers) == 1
    assert len(site.told()) == 3 + 1
    site.seconds += 9 * 3600
    site.press("/subscribe", joining(wording))
    assert len(site.told()) == 5


def test_a_list_without_words_to_agree_to_cannot_be_joined(
    site: ReaderSite, folder: Path, wording: dict[str, str]
) -> None:
    (folder / "consent" / "contributors-v1.md").unlink()
    assert 'value="contributors"' not in site.get("/subscribe").text
    assert site.press("/subscribe", joining(wording, lists=["contributors"])).status_code == 422
    assert site.told() == []


def test_a_list_that_is_not_public_is_offered_to_nobody_and_no_old_page_joins_it(
    site_at: Callable[[str], ReaderSite], folder: Path, wording: dict[str, str]
) -> None:
    close(folder, "contributors")
    site = site_at("https://news.example.org")
    form = site.get("/subscribe").text
    assert 'value="partners"' in form
    assert "ontributors" not in form
    found = site.press("/subscribe", joining(wording, lists=["partners", "contributors"]))
    assert found.status_code == 422
    assert "cannot be chosen here" in found.text
    assert 'name="lists" value="partners" aria-describedby="lists-purpose" checked' in found.text
    assert site.told() == []


def test_where_no_list_is_left_to_join_an_old_page_is_told_so(
    site_at: Callable[[str], ReaderSite], folder: Path, wording: dict[str, str]
) -> None:
    close(folder, "contributors")
    close(folder, "partners")
    site = site_at("https://news.example.org")
    found = site.post("/subscribe", {"csrf": make_proof(PUBLIC, "/subscribe", site.now), **joining(wording)})
    assert (found.status_code, site.told()) == (422, [])
    assert "nothing to sign up to here" in found.text
    assert 'href="#lists"' not in found.text
    assert "cannot be chosen here" in found.text


def test_words_that_were_changed_are_shown_without_starting_anew(
    site: ReaderSite, folder: Path, wording: dict[str, str]
) -> None:
    proof = site.proof("/subscribe")
    (folder / "consent" / "partners-v3.md").write_text("These are newer words.\n", encoding="utf-8")
    found = site.post("/subscribe", {"csrf": proof, **joining(wording)})
    assert found.status_code == 422
    assert "These are newer words." in found.text
    assert site.told() == []
