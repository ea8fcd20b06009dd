"""Text is wrapped as Python's own textwrap does it."""

import textwrap

from hypothesis import given
from hypothesis import strategies as st

from newsletter.edition.plain import wrap_text


@given(
    text=st.text(st.sampled_from("ab-\u00a0\u0915 \t\n\r\v"), max_size=150)
    | st.lists(st.text("abcde-", min_size=1, max_size=30), max_size=30).map(" ".join),
    width=st.integers(1, 80),
)
def test_every_text_is_wrapped_as_textwrap_would(text: str, width: int) -> None:
    wanted: list[str] = []
    for line in text.split("\n"):
        wanted += textwrap.wrap(line, max(width, 20), break_long_words=False, break_on_hyphens=False) or [""]
    assert wrap_text(text, width) == "\n".join(wanted)
