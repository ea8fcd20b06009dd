"""Links that end with a token, put together from what is everybody's in them: as if encoded whole."""

import html

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newsletter.outbox.linked import linked
from newsletter.outbox.quoted import joinable, quote
from newsletter.tokens import TOKEN_LENGTH

TOKENS = st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=TOKEN_LENGTH, max_size=TOKEN_LENGTH).filter(
    str.islower
)


@given(before=st.text("https://w.=&<\"'%é .-F\r\n", max_size=200), token=TOKENS)
@example(before="https://news.example.org/u/", token="f" * TOKEN_LENGTH)
@example(before="mailto:study@example.org?subject=unsubscribe%20", token="ab3d" + "z" * (TOKEN_LENGTH - 4))
def test_a_link_is_as_if_it_were_encoded_whole(before: str, token: str) -> None:
    link = before + token
    assert linked(link) == (joinable(quote(link)), joinable(quote(html.escape(link))))


@given(length=st.integers(0, 160), token=TOKENS)
def test_wherever_the_ends_of_lines_fall(length: int, token: str) -> None:
    link = "x" * length + token
    assert linked(link) == (joinable(quote(link)), joinable(quote(link)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Dear Ada",
        "abc" * 10,
        "https://example.org/" + "A" * TOKEN_LENGTH,
        "https://example.org/" + "é" * TOKEN_LENGTH,
        "https://example.org/" + "a" * (TOKEN_LENGTH - 1) + "=",
        "https://example.org/" + "2" * TOKEN_LENGTH,
    ],
)
def test_what_does_not_end_with_a_token_is_encoded_as_other_text_is(text: str) -> None:
    assert linked(text) is None
