"""All visitors together: however many there are, only so many of their forms are kept, and nobody is told a lie."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from readersite import ReaderSite, token

from newsletter.config import Rate, read_config, read_workspace
from newsletter.webapp.limits import Limits
from newsletter.webapp.offers import offers

HOUR = 3600


@pytest.fixture
def crowded(site_at: Callable[[str], ReaderSite], folder: Path) -> ReaderSite:
    """The pages of a study that takes three forms an hour, and four a day."""
    settings = folder / "newsletter.toml"
    told = settings.read_text(encoding="utf-8")
    settings.write_text(told.replace("[public]\n", '[public]\nforms = "3/hour, 4/day"\n'), encoding="utf-8")
    return site_at("https://news.example.org")


@pytest.fixture
def join(crowded: ReaderSite, folder: Path) -> Callable[..., Any]:
    """Somebody from a place of their own asks to join."""
    config = read_workspace(folder).config
    proofs = {tag: [one.proof for one in offers(config, tag)] for tag in ("en", "cy", "ar")}

    def ask(number: int, language: str = "en", **changes: str) -> Any:
        crowded.client = f"192.0.2.{number}"
        fields: dict[str, Any] = {"email": f"p{number}@example.org", "lists": ["partners"], "format": "html"}
        return crowded.press(
            f"/subscribe?lang={language}", {**fields, "wording": proofs[language], **changes}
        )

    return ask


def asked(site: ReaderSite, number: int) -> int:
    site.client = f"192.0.2.{number}"
    fields = {"wish": "access", "email": f"p{number}@example.org", "words": ""}
    return site.press("/rights", fields).status_code


def test_no_more_are_kept_in_any_hour_or_day_than_the_settings_let(
    crowded: ReaderSite, join: Callable[..., Any]
) -> None:
    crowded.seconds = 5.0
    assert [join(number).status_code for number in range(5)] == [200, 200, 200, 429, 429]
    crowded.seconds += HOUR - 1
    found = join(5)
    assert (found.status_code, found.headers["retry-after"]) == (429, "1")
    crowded.seconds += 1
    assert [join(number).status_code for number in (6, 7)] == [200, 429]
    crowded.seconds += HOUR
    found = join(8)
    assert (found.status_code, found.headers["retry-after"]) == (429, str(22 * HOUR))
    crowded.seconds += 22 * HOUR
    assert join(9).status_code == 200
    assert [data["email"] for _, data in crowded.told()] == [f"p{n}@example.org" for n in (0, 1, 2, 6, 9)]


def test_a_flood_of_one_form_keeps_nobody_from_the_other_nor_from_leaving(
    crowded: ReaderSite, join: Callable[..., Any]
) -> None:
    assert [join(number).status_code for number in range(4)] == [200, 200, 200, 429]
    assert [asked(crowded, number) for number in range(4)] == [200, 200, 200, 429]
    assert crowded.press(f"/u/{token()}").status_code == 200
    assert crowded.get("/subscribe").status_code == 200


def test_what_is_not_kept_takes_nobodys_place(crowded: ReaderSite, join: Callable[..., Any]) -> None:
    assert [join(1, email="ada@").status_code for _ in range(5)] == [422] * 5
    assert [crowded.post("/subscribe", {"email": "p@example.org"}).status_code for _ in range(5)] == [422] * 5
    assert [join(n, email="ada@example.org").status_code for n in range(2)] == [200] * 2
    assert join(3).status_code == 200
    assert len(crowded.told()) == 3


def test_the_answer_is_the_same_whether_or_not_an_address_was_typed_before(
    crowded: ReaderSite, join: Callable[..., Any]
) -> None:
    assert [join(n, email="ada@example.org").status_code for n in range(3)] == [200] * 3
    assert join(4, email="ada@example.org").content == join(5).content
    assert join(5).status_code == 429


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "We cannot take this form just now"),
        ("cy", "Ni allwn dderbyn y ffurflen hon"),
        ("ar", "لا نستطيع قبول هذه الاستمارة"),
    ],
)
def test_it_is_said_kindly_in_the_readers_language_with_another_way(
    join: Callable[..., Any], language: str, said: str
) -> None:
    found = [join(number, language) for number in range(4)][-1]
    assert found.status_code == 429
    assert said in found.text
    assert "study@example.org" in found.text


def test_whoever_runs_the_pages_is_told_once_an_hour_and_of_nobody(
    crowded: ReaderSite, join: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        for number in range(9):
            join(number)
        assert len(caplog.records) == 1
        crowded.seconds += HOUR
        for number in range(9):
            join(number)
    assert len(caplog.records) == 2
    assert "public.forms" in caplog.text
    assert "example.org" not in caplog.text
    assert "192.0.2" not in caplog.text


def test_without_a_limit_nobody_waits_for_others() -> None:
    crowd = Limits(lambda: 0.0).of_all(())
    for _ in range(1000):
        assert crowd.wait() == 0
        crowd.count()


def test_the_limit_is_in_the_settings_and_has_a_usual_one() -> None:
    assert read_config("").public.form_rates == (Rate(200, "hour"), Rate(1000, "day"))
    assert read_config('[public]\nforms = "none"').public.form_rates == ()
