"""Markdown as HTML and as plain text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.edition import markdown
from newsletter.edition.markdown import MarkdownError, allowed_url, clean, render_markdown
from newsletter.edition.plain import columns, underline_text, wrap_text


def html(text: str, top: int = 3) -> str:
    return render_markdown(text, top).html


def text(markdown: str) -> str:
    return render_markdown(markdown).text


def test_headings_lie_below_the_sections_and_skip_no_level() -> None:
    assert [part[:3] for part in html("# A\n\n#### B\n\n# C\n\n## D").split("<")[1::2]] == [
        "h3>",
        "h4>",
        "h3>",
        "h4>",
    ]
    assert html("### A", top=2) == "<h2>A</h2>"


def test_a_table_says_what_its_headings_head() -> None:
    assert '<th scope="col">a</th>' in html("|a|b|\n|-|-:|\n|1|2|")
    assert '<td align="right">2</td>' in html("|a|b|\n|-|-:|\n|1|2|")


def test_words_on_two_lines_do_not_run_together() -> None:
    # mrml drops white space between elements that holds a line end
    assert "</strong> <em>" in html("**a**\n*b*")


def test_code_keeps_its_lines() -> None:
    assert "<pre><code>a\n\n b\n</code></pre>" in html("```\na\n\n b\n```")


def test_a_picture_in_the_text_is_refused_with_its_mend() -> None:
    with pytest.raises(MarkdownError, match=r"a\.png.*'images:'"):
        html("![x](a.png)")


def test_eight_levels_of_lists_are_fine_and_nine_are_not() -> None:
    def nested(depth: int) -> str:
        return "\n".join("  " * level + "- x" for level in range(depth))

    assert html(nested(8)).count("<ul>") == 8
    with pytest.raises(MarkdownError, match="more than 8 deep"):
        html(nested(9))


@pytest.mark.parametrize(
    "url", ["https://x.example/a?b=1#c", "http://x.example", "mailto:a@example.org", "tel:+4412"]
)
def test_links_that_work_from_a_mail_are_kept(url: str) -> None:
    assert allowed_url(url)
    assert f'href="{url}"' in html(f"[a]({url})")


@pytest.mark.parametrize(
    "url", ["", "https:", "https://", "javascript:x", "//x.example", "a b", 'https://x.example/"', "tel:"]
)
def test_other_links_are_not(url: str) -> None:
    assert not allowed_url(url)


def test_what_no_medium_can_carry_is_taken_out() -> None:
    assert clean("a\x00b\ufdd0c\x1b[31m\r\nd\rä") == "abc[31m\nd\nä"


def test_a_paragraph_is_wrapped_and_an_address_is_not() -> None:
    long = "https://example.org/" + "x" * 100
    lines = text("word " * 40 + f"\n\n<{long}>").split("\n")
    assert max(len(line) for line in lines[:-1]) <= 72
    assert lines[-1] == long


def test_a_link_is_followed_by_its_address() -> None:
    assert text("See [our page](https://example.org/page).") == "See our page <https://example.org/page>."
    assert text("[ada@example.org](mailto:ada@example.org)") == "ada@example.org"
    assert text("[Write](mailto:ada@example.org)") == "Write <ada@example.org>"


def test_lists_keep_their_signs_and_hang() -> None:
    assert text("- one\n- two\n  - three") == "- one\n- two\n  - three"
    assert text("9. nine\n10. ten") == "9.  nine\n10. ten"
    assert text("- " + "word " * 20).split("\n")[1].startswith("  word")
    assert text("- a\n\n- b") == "- a\n\n- b"


def test_quotations_headings_rules_and_code() -> None:
    assert text("> a\n>\n> b") == "> a\n>\n> b"
    assert text("# Title") == "Title\n-----"
    assert text("a\n\n---\n\nb") == "a\n\n* * *\n\nb"
    assert text("    x  y") == "    x  y"


def test_a_hard_break_breaks_and_a_soft_one_does_not() -> None:
    assert text("a  \nb\nc") == "a\nb c"


def test_emphasis_leaves_no_signs() -> None:
    assert text("**a** *b* `c` ~~d~~") == "a b c d"


def test_a_narrow_table_stands_in_columns_and_a_wide_one_in_records() -> None:
    assert text("|a|bb|\n|-|-|\n|11|2|") == "a   bb\n--  --\n11  2"
    wide = text(f"|a|b|\n|-|-|\n|{'x ' * 30}|{'y ' * 30}|")
    assert wide.startswith("a: x x")
    assert "\nb: y y" in wide


def test_wide_signs_take_two_columns() -> None:
    assert columns("日本") == 4
    assert columns("e\u0301") == 1
    assert underline_text("日本") == "日本\n----"


def test_an_empty_text_is_empty_in_both_media() -> None:
    assert (html(""), text("")) == ("", "")
    assert wrap_text("") == ""


@given(st.text("ab Zé1.,:-\n=@$—'’()!?%/+\n\n\n_*&<\"#|~"))
def test_texts_without_marks_come_out_as_the_parser_has_them(written: str) -> None:
    prose = markdown._prose(written)
    if prose is not None:
        assert prose == markdown._parsed(written, 3)


def test_plain_paragraphs_need_no_parser() -> None:
    prose = markdown._prose("We met (again), 10% of us.\n\nIt’s a link-worker study: yes!\n")
    assert prose is not None
    assert prose == markdown._parsed("We met (again), 10% of us.\n\nIt’s a link-worker study: yes!\n", 3)
