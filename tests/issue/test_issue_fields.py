"""What a field may hold: links, addresses, DOIs, authors, one-line texts."""

from collections.abc import Callable

import pytest

from newsletter.errors import Problem
from newsletter.issue import Issue
from newsletter.issue.fields import (
    authors,
    email_address,
    language_tag,
    many_lines,
    one_line,
    orcid,
    web_link,
)

HEAD = "title: News\ndate: 30 September 2022\nlists: [partners]\n"
Read = Callable[[str], Issue]
Refuse = Callable[[str], list[Problem]]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Stephanie Example et al.", ["Stephanie Example", "et al."]),
        ("Ada Example, et al", ["Ada Example", "et al."]),
        ("Ada Example, Ben Example and Cleo Example", ["Ada Example", "Ben Example", "Cleo Example"]),
        ("Ada Example, Ben Example, and Cleo Example", ["Ada Example", "Ben Example", "Cleo Example"]),
        ("Ada Example & Ben Example", ["Ada Example", "Ben Example"]),
        ("Example, A., Sample, B. K. and Specimen, C", ["Example, A.", "Sample, B. K.", "Specimen, C"]),
        ("Example, Ada; Sample, Ben", ["Example, Ada", "Sample, Ben"]),
        (["Ada Example", "World Health Organization"], ["Ada Example", "World Health Organization"]),
        (["Example", "A.", "Sample", "B."], ["Example, A.", "Sample, B."]),
        ("Alexandra Andrews", ["Alexandra Andrews"]),
    ],
)
def test_authors_are_told_apart_however_they_are_written(written: object, read: list[str]) -> None:
    assert authors(written) == read


@pytest.mark.parametrize(
    "link",
    [
        "https://example.org",
        "http://example.org/a?b=c&d#e",
        "HTTPS://EXAMPLE.ORG",
        "https://example.org/caf%C3%A9",
        "https://bücher.example/ü",
        "mailto:study@example.org?subject=Hello%20there",
        "tel:+441865289300",
    ],
)
def test_ordinary_links_are_taken_as_they_are(link: str) -> None:
    assert web_link(link) == link


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        " javascript:alert(1)",
        "java\tscript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "ftp://example.org",
        "//example.org",
        "www.example.org",
        "example",
        "https:",
        "https://",
        "https:///path",
        "http://[broken",
        "https://example.org:99999",
        "https://exa mple.org",
        "https://example.org\\@evil.example",
        'https://example.org/"onclick="x',
        "https://example.org\r\nBcc: all@example.org",
        "mailto:",
        "mailto:a@example.org?subject=x%0d%0aBcc:b@example.org",
    ],
)
def test_links_that_lead_elsewhere_or_nowhere_are_refused(link: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        web_link(link)


@pytest.mark.parametrize(
    "char", list("\r\n\0\x0b\x0c\x1b\x1c\x7f\x85\u2028\u2029\u202a\u202e\u2066\u2069\ud800\uffff\t")
)
def test_nothing_that_could_break_a_header_stands_in_one_line(char: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        one_line(f"before{char}after")


@pytest.mark.parametrize(
    "text", ["naïve café", "שלום \u200f!", "👩‍🔬 at work", "non\u00a0breaking", "e\u0301", "𝒳"]
)
def test_letters_of_any_writing_stand_in_one_line(text: str) -> None:
    assert one_line(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "[a](javascript:alert(1))",
        "[a]( <javascript:alert(1)>)",
        "![a](data:image/png;base64,AAAA)",
        "<javascript:alert(1)>",
        "text\n\n[name]: vbscript:x",
    ],
)
def test_markdown_links_of_other_schemes_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a link begins with"):
        many_lines(text)


@pytest.mark.parametrize(
    "text",
    [
        "[a](https://example.org)",
        "<https://example.org>",
        "<me@example.org>",
        "[1]: done",
        "a <b> c",
        "[note]: see below",
    ],
)
def test_markdown_that_only_looks_like_a_link_is_left_alone(text: str) -> None:
    assert many_lines(text) == text


@pytest.mark.parametrize(
    ("written", "read"), [("NO", "no"), ("en-gb", "en-GB"), ("zh-hant", "zh-Hant"), ("PT-br", "pt-BR")]
)
def test_a_language_is_put_in_its_usual_case(written: str, read: str) -> None:
    assert language_tag(written) == read


def test_a_language_by_its_name_is_refused() -> None:
    with pytest.raises(ValueError, match="not a language tag"):
        language_tag("English")


def test_an_orcid_is_checked_by_its_last_digit() -> None:
    assert orcid("https://orcid.org/0000-0002-1694-233x") == "0000-0002-1694-233X"
    for wrong in ("0000-0002-1825-0098", "0000-0002-1825", "x"):
        with pytest.raises(ValueError, match="not an ORCID"):
            orcid(wrong)


def test_an_address_that_cannot_be_written_to_is_refused() -> None:
    assert email_address("Ada@Example.org") == "Ada@example.org"
    with pytest.raises(ValueError, match="not an email address"):
        email_address("ada@")


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ("lists: []\nintro: x", "lists"),
        ("lists: [partners]\nintro: [x]", "intro"),
        ("lists: {a: b}\nintro: x", "lists"),
        ("lists: [partners]\nintro: x\nlanguage: english-language", "language"),
        ("lists: [partners]\nintro: x\ncorrects: ../2022", "corrects"),
        ("lists: [partners]\nsections:\n- images:\n  - alt: x", "sections.0.images.0.src"),
        ("lists: [partners]\nsections:\n- images: a.png", "sections.0.images"),
        ("lists: [partners]\nsections:\n- type: progress\n  milestones:\n  - {label: x, state: soon}", "sections.0.milestones.0.state"),
        ("lists: [partners]\nsections:\n- type: contact\n  people:\n  - {name: A, email: nobody}", "sections.0.people.0.email"),
        ("lists: [partners]\nsections:\n- type: meet-the-team\n  members:\n  - {name: A, orcid: x}", "sections.0.members.0.orcid"),
        ("lists: [partners]\nsections:\n- images:\n  - {src: pictures/walk.png, decorative: perhaps}", "sections.0.images.0.decorative"),
        ("lists: [partners]\nsections:\n- link: {url: 'https://example.org'}", "sections.0.link.label"),
        ("lists: [partners]\nsections: soon", "sections"),
        ("lists: [partners]\nsections:\n- type: [event]", "sections.0.type"),
    ],
)  # fmt: skip
def test_a_wrong_shape_is_told_at_its_field(said: str, field: str, refused: Refuse) -> None:
    problems = refused(f"title: News\ndate: 30 September 2022\n{said}\n")
    assert [problem.field for problem in problems] == [field]
    assert problems[0].line > 2
    assert problems[0].remedy


def test_lists_may_be_written_as_one_text(read: Read) -> None:
    text = HEAD.replace("[partners]", "partners, contributors, partners") + "intro: x\n"
    assert read(text).lists == ("partners", "contributors")


def test_the_month_is_not_said_twice_in_the_subject(read: Read) -> None:
    text = HEAD.replace("title: News", "title: News of September 2022") + "intro: x\n"
    assert read(text).subject == "News of September 2022"


def test_an_empty_value_is_as_if_it_were_not_written(read: Read) -> None:
    issue = read(f"{HEAD}intro: x\nsubject:\nlanguage: ''\nsections:\n  - title:\n    images:\n    body: y\n")
    assert (issue.subject, issue.language, issue.sections[0].images) == ("News: September 2022", "en", ())


def test_yes_and_no_are_taken_in_the_ways_they_are_written(read: Read) -> None:
    for word, meant in (("yes", True), ("True", True), ("NO", False), ("off", False)):
        image = f"sections:\n- images:\n  - {{src: pictures/walk.png, decorative: {word}}}\n"
        assert read(HEAD + image).sections[0].images[0].decorative is meant


def test_more_problems_than_anyone_reads_are_counted(read: Read) -> None:
    from newsletter.errors import IssueError

    keys = "".join(f"key{number}: x\n" for number in range(150))
    with pytest.raises(IssueError, match="There are 50 problems more"):
        read(f"{HEAD}intro: x\n{keys}")


def test_a_picture_in_a_text_is_told_on_its_own_line(refused: Refuse) -> None:
    body = "    body: |\n      Hello.\n\n      Look: ![a walk](walk.png)\n"
    (problem,) = refused(f"{HEAD}sections:\n  - title: Walks\n{body}    images: []\n")
    assert (problem.field, problem.line) == ("sections.0.body", 9)
    assert "![a walk](walk.png)" in problem.message
    assert problem.remedy == "name it under images:, with src: and alt:"


@pytest.mark.parametrize(
    "text",
    ["a \u202eb\u202c", "a \u2067b", "a \u2067b\n\nc\u2069", "a\u2069", "\u2066a\u202c\u2069", "\u202aa"],
)
def test_marks_that_turn_the_writing_round_are_refused_where_they_do_harm(text: str) -> None:
    with pytest.raises(ValueError, match="turns the direction of writing round"):
        many_lines(text)


@pytest.mark.parametrize("text", ["a \u2067שלום\u2069 b", "\u2068a \u202aen\u202c\u2069", "א\u200f!\u200e"])
def test_marks_that_keep_two_writings_apart_may_stand_in_a_text(text: str) -> None:
    assert many_lines(text) == text
