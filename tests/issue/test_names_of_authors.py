"""Names of authors: initials are capital letters, whatever the alphabet."""

import pytest

from newsletter.issue import parse_name


@pytest.mark.parametrize(
    ("text", "given"),
    [("Tierney S", "S."), ("Tierney S.A.", "S. A."), ("Ólafsson Ó", "Ó."), ("Иванова О", "О.")],
)
def test_capitals_at_the_end_are_initials(text: str, given: str) -> None:
    assert parse_name(text) == {"family": text.split()[0], "given": given}


@pytest.mark.parametrize("text", ["Ana Sá", "Gwen Ó Sé", "نجيب مثال", "王 小明", "Ольга Иванова"])
def test_a_short_name_with_small_or_caseless_letters_is_not_initials(text: str) -> None:
    assert parse_name(text) == {"literal": text}
