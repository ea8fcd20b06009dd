"""Personal values stand as words, and are filled in one pass."""

from newsletter.config import Config
from newsletter.edition import Edition, Personal, Slot, fill_html, fill_text, sample_personal, split_slots

MARKER = "NLabcdefghijkl"
EDITION = Edition(
    issue="x",
    language="en",
    subject="s",
    preheader="",
    html=f'<p>{MARKER}GREETING</p><a href="{MARKER}STOP">{MARKER}REASON</a>',
    text=f"{MARKER}GREETING\n{MARKER}STOP\n",
    marker=MARKER,
)


def test_a_text_is_split_at_its_slots() -> None:
    assert split_slots(EDITION.text, MARKER) == ["", Slot("GREETING"), "\n", Slot("STOP"), "\n"]


def test_a_marker_before_another_word_is_no_slot() -> None:
    assert split_slots(f"{MARKER}ELSE", MARKER) == [f"{MARKER}ELSE"]


def test_values_are_escaped_where_they_stand() -> None:
    personal = Personal("Dear <Sam> & 'co',", '"r"', "https://x.example/?a=1&b=2")
    assert fill_html(EDITION, personal) == (
        "<p>Dear &lt;Sam&gt; &amp; &#x27;co&#x27;,</p>"
        '<a href="https://x.example/?a=1&amp;b=2">&quot;r&quot;</a>'
    )
    assert fill_text(EDITION, personal) == "Dear <Sam> & 'co',\nhttps://x.example/?a=1&b=2\n"


def test_a_name_that_looks_like_a_slot_is_a_name() -> None:
    filled = fill_text(EDITION, Personal(f"{MARKER}STOP {{0}} \\1", "", "https://x.example"))
    assert filled.startswith(f"{MARKER}STOP {{0}} \\1\n")


def test_samples_name_nobody_and_lead_nowhere(config: Config) -> None:
    personal = sample_personal(config)
    assert personal.greeting == "Dear Sam,"
    assert "‘Project partners’" in personal.reason
    assert ".invalid/" in personal.stop
    assert sample_personal() == sample_personal(None, "en")
