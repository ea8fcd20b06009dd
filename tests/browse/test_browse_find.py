"""The search in the masthead."""

from typing import Any

import pytest
from looking import Ask, words

from newsletter.browse.search import prefix_query


def test_the_beginning_of_a_name_is_enough(cast: Any, look: Ask) -> None:
    text = words(look("/find?q=okaf").text)

    assert "Found for “okaf”" in text
    assert "Ben Okafor ben@example.org" in text
    assert "Ada" not in text


def test_organisations_are_found_by_any_part(cast: Any, look: Ask) -> None:
    page = look("/find?q=museum").text

    assert '<a href="/organisations/2">A county museum service</a> <span>1 person' in page


def test_letters_are_found_without_their_marks(cast: Any, look: Ask) -> None:
    cast.person(50, "Zoë Ünal")

    assert "Zoë Ünal" in look("/find?q=zoe").text


@pytest.mark.parametrize(
    "wanted", ["", "%20", "%25", "_", "*", '"', "'", "%00", "AND OR NOT", "a:b", "(", "^x", "\\"]
)
def test_nothing_that_is_typed_breaks_it(cast: Any, look: Ask, wanted: str) -> None:
    assert look(f"/find?q={wanted}").status_code == 200


def test_a_sign_that_stands_for_anything_finds_nothing(cast: Any, look: Ask) -> None:
    assert "Nobody and no organisation was found" in look("/find?q=%25").text


def test_a_query_quotes_every_word() -> None:
    assert prefix_query('okaf "NEAR( ada') == '"okaf"* "NEAR("* "ada"*'
    assert prefix_query("* ()") == '""'
    assert prefix_query(None) == '""'
