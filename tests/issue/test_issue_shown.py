"""Whom an issue shows, and what it names for that."""

import pytest

from newsletter.issue import names_person, permissions_named


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("M-12", ("M-12",)),
        ("M-12, M-13", ("M-12", "M-13")),
        (" M-12;M-13  M-12 ", ("M-12", "M-13")),
        ("", ()),
    ],
)
def test_several_permissions_stand_with_commas_between(words: str, named: tuple[str, ...]) -> None:
    assert permissions_named(words) == named


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Ada Example in a garden", True),
        ("here is ADA  example's garden", True),
        ("Ada, an example", False),
        ("Canada Example", False),
        ("", False),
    ],
)
def test_a_person_is_named_by_the_whole_name(words: str, found: bool) -> None:
    assert names_person(words, "Ada Example") is found
    assert not names_person(words, "")
