"""Samples, each named for what is odd in it: what is found, in which line, and with which mend."""

import datetime as dt
from pathlib import Path

import pytest

from newsletter.errors import IssueError
from newsletter.issue import SECTION_TYPES, Event, Link, Place, Publications, When, read_issue

LISTS = ("partners", "contributors")

#: sample -> every problem, as `line: field: what was found … what is wanted` (parts, in their order).
FAULTS: dict[str, list[tuple[str, ...]]] = {
    "a-list": [(":1: the file holds a list", "title: …")],
    "ampersand-first": [(":1: '&Co' was taken", "put quotes round")],
    "apostrophe-first": [(":1: title: the text goes on after its closing quote", '" quotes')],
    "at-first": [(":1: title: no plain text may begin with @", "quotes")],
    "backslash-in-quotes": [(":1: title: inside double quotes a backslash", "single quotes")],
    "backtick-first": [(":1: title: no plain text may begin with `", "quotes")],
    "bold-first": [(":1: title: the text begins with '**News**'", "quotes")],
    "braces-first": [(":1: title: ", "quotes")],
    "bracket-first": [(":1: title: no plain text may begin with [", "quotes")],
    "bracket-open": [(":2: lists: the bracket that opens here is not closed", "close it")],
    "colon-in-title": [(":1: title: the text has a colon in it", 'title: "Study: an update"')],
    "colon-without-blank": [(":1: there is no space after the colon of title", "'title: News'")],
    "colon-without-blank-later": [(":2: there is no space after the colon of date", "'date: 2022-09-30'")],
    "comma-first": [(":1: title: no plain text may begin with ,", "quotes")],
    "dash-first": [(":1: title: a list begins in the middle of a line", "line of its own")],
    "directive": [(":1: the file begins with a %",)],
    "duplicate-key": [
        (":5: title: the key 'title' stands here and in line 1",),
        (":8: sections.0.title: the key 'title' stands here and in line 7", "'- '"),
    ],
    "event-dates": [
        (":7: sections.0.end: the end comes before the start",),
        (":9: sections.1.start: 15 June 2022 is not a Monday", "Wednesday"),
        (":11: sections.2.start: 'sometime in June' is not understood", "15 June 2022, 2pm"),
        (":13: sections.3.start: '2022-06-15 25:00': there is no such time",),
        (":15: sections.4.start: ", "time zone", "newsletter.toml"),
        (":17: sections.5.start: a list stands here", "June 2022"),
    ],
    "exclamation-first": [(":1: title: the text begins with '!'", "quotes")],
    "greater-first": [(":1: title: a text that begins with > or |", "quotes")],
    "hash-and-second-line": [(":1: title: YAML drops '#2'", "quotes")],
    "hash-first": [(":1: title: YAML drops '#hashtag'", "quotes")],
    "hash-in-title": [
        (":1: title: YAML drops '#2 of the year'", "quotes", "two spaces"),
        (":4: intro: YAML drops '# and welcome'", "quotes"),
    ],
    "hidden-characters": [
        (":1: title: stands on several lines", "one line"),
        (":4: subject: holds a control character (U+0000)",),
        (":5: preheader: holds an invisible mark that turns", "U+202E"),
        (":6: intro: 'lone \\ud800' holds half of a character",),
        (":8: sections.0.title: holds an invisible line separator (U+2028)",),
        (":9: sections.0.author: stands on several lines", "'>'"),
    ],
    "hyphen-without-blank": [(":5: sections: '-type' has no space after its hyphen", "'- type: …'")],
    "hyphen-without-blank-in-list": [(":4: lists: ", "put a space after the hyphen: '- partners'")],
    "include-faulty": [
        ("include-faulty.yaml:7: sections.2.include: there is no file issues/absent.yaml",),
        ("include-faulty.yaml:8: sections.3.include: issues/pictures/walk.png is no .yaml file",),
        ("issues/faulty-part.yaml:4: sections.2.items.0.label: is missing", "what it counts"),
        ("issues/faulty-part.yaml:5: sections.2.items.0.lable: ", "did you mean 'label'?"),
    ],
    "include-loop": [(":5: sections.0.include: the file includes itself",)],
    "key-of-another-type": [
        (":6: sections.0.start: ", "type: event; this one is article"),
        (":7: sections.0.place: ", "type: event"),
    ],
    "line-without-key": [(":2: 'and more' belongs to no key", "colon")],
    "link-schemes": [
        (":9: sections.0.body: a link begins with javascript:", "https://"),
        (":10: sections.0.link: 'javascript:alert(1)' is not a link", "https://"),
        (":12: sections.1.link: ", "write https://www.example.org/page"),
        (":14: sections.2.link.url: 'data:text/html,hello' is not a link", "https://"),
    ],
    "many-faults": [
        (":1: title: is missing",),
        (":1: titel: ", "did you mean 'title'?"),
        (":2: date: there is no 30 February 2022", "28 days"),
        (":3: lists: there is no list 'partnres' in newsletter.toml (did you mean 'partners'?)",),
        (":4: preheadr: ", "did you mean 'preheader'?"),
        (":6: sections.0.type: there is no section type 'pubications' (did you mean 'publications'?)", "figures"),
        (":8: sections.1.start: is missing", "June 2022"),
        (":9: sections.1.titel: ", "did you mean 'title'?"),
        (":12: sections.2.items.0: the entry has no title", "doi: "),
        (":13: sections.2.items.1.doi: '11.1/x' is not a DOI", "10.1111/"),
        (":16: sections.3.milestones: 'soon' stands here", "a list"),
        (":18: sections.4.button.url: is missing",),
        (":21: sections.5.body: a list stands here; write text", "quotes"),
        (":23: sections.5.images.0.src: there is no file issues/pictures/absent.png",),
        (":24: sections.5.audience: there is no list 'everyone'", "partners, contributors"),
        (":25: sections.5.start: ", "type: event"),
        (":26: sections.6: 'plain text' stands here", "keys"),
    ],
    "markdown-not-indented": [(":4: 'Hello there' belongs to no key", "indent it further")],
    "nothing-to-read": [(":1: sections: there is nothing to read",)],
    "only-comments": [("only-comments.yaml: the file is empty", "newsletter new")],
    "out-of-line": [(":6: 'body: B' does not line up", "same column")],
    "percent-first": [(":1: title: no plain text may begin with %", "quotes")],
    "plain-text": [(":1: the file holds plain text", "title: …")],
    "question-first": [(":1: title: no plain text may begin with '? '", "quotes")],
    "reserved-keys": [(":4: slug: ",), (":5: path: ",), (":6: pictures: ",)],
    "rule-in-body": [(":6: a line of --- begins a second document", "indent it")],
    "star-first": [(":1: title: the text begins with '*News*'", "quotes")],
    "tab-indent": [(":3: a tab stands here", "spaces")],
    "tag": [(":4: intro: the text begins with '!'", "tag")],
    "text-after-quote": [(":1: title: the text goes on after its closing quote", "' quotes")],
    "too-far-in": [(":2: this line stands further in than the one above", "same column")],
    "two-documents": [(":5: a line of --- begins a second document",)],
    "unclosed-quote": [(":1: title: the quote that opens here is not closed",)],
    "unknown-people": [(":7: sections.0.people.0: 'Adda Example' is not in people.yaml (did you mean 'Ada Example'?)",)],
}  # fmt: skip
SOUND = {"every-section", "scalars-yaml-would-change"}
PARTS = {"acknowledgements", "faulty-part", "people"}


@pytest.mark.parametrize("name", FAULTS)
def test_a_faulty_sample_tells_every_problem_with_its_line_and_mend(name: str, samples: Path) -> None:
    with pytest.raises(IssueError) as caught:
        read_issue(samples / f"{name}.yaml", samples.parent, LISTS)
    lines = [str(problem) for problem in caught.value.problems]
    assert len(lines) == len(FAULTS[name]), "\n".join(lines)
    for line, wanted in zip(lines, FAULTS[name], strict=True):
        assert line.startswith("issues/")
        at = -1
        for part in wanted:
            at = line.find(part, at + 1)
            assert at >= 0, f"{part!r} is not in {line!r}"


def test_every_problem_is_an_error_of_the_issue_check_and_ends_with_2(samples: Path) -> None:
    with pytest.raises(IssueError) as caught:
        read_issue(samples / "many-faults.yaml", samples.parent, LISTS)
    assert caught.value.exit_code == 2
    assert {(problem.check, problem.level) for problem in caught.value.problems} == {("issue", "error")}


def test_no_word_of_the_validating_library_reaches_the_reader(samples: Path) -> None:
    for name in FAULTS:
        with pytest.raises(IssueError) as caught:
            read_issue(samples / f"{name}.yaml", samples.parent, LISTS)
        text = str(caught.value)
        for jargon in (
            "Input should",
            "Extra inputs",
            "Field required",
            "Value error",
            "pydantic",
            "string_type",
        ):
            assert jargon not in text


def test_every_sample_is_spoken_of() -> None:
    found = {path.stem for path in (Path(__file__).parents[1] / "data" / "issues").glob("*.yaml")}
    assert found == FAULTS.keys() | SOUND | PARTS


def test_every_section_type_is_read(samples: Path) -> None:
    issue = read_issue(samples / "every-section.yaml", samples.parent, LISTS)
    assert {section.type for section in issue.sections} == set(SECTION_TYPES)
    assert issue.title == "The link worker role: news"
    assert issue.subject == "The link worker role: news: September 2022"
    assert issue.date == dt.date(2022, 9, 30)
    assert issue.language == "en-GB"
    assert issue.slug == "every-section"
    assert issue.sections[0].type == "article"
    assert set(issue.pictures) == {"pictures/walk.png"}
    assert issue.pictures["pictures/walk.png"].media_type == "image/png"
    assert issue.sections[7].audience == ("partners",)


def test_an_event_takes_a_time_alone_as_the_end_of_the_same_day(samples: Path) -> None:
    event = read_issue(samples / "every-section.yaml", samples.parent, LISTS).sections[3]
    assert isinstance(event, Event)
    assert event.start == When(year=2022, month=6, day=15, hour=14, minute=0)
    assert event.end == When(year=2022, month=6, day=15, hour=16, minute=30)
    assert event.link == Link(label="Book a place", url="https://example.org/book")


def test_scalars_that_yaml_would_change_stay_as_written(samples: Path) -> None:
    issue = read_issue(samples / "scalars-yaml-would-change.yaml", samples.parent, LISTS)
    article, publications, contact, figures = issue.sections
    assert (issue.title, issue.preheader, issue.language, issue.intro) == ("NO", "=", "no", "12:30")
    assert (article.title, article.body, article.author) == ("0123", "1e3", "~")  # type: ignore[union-attr]
    assert isinstance(publications, Publications)
    entry = publications.items[0]
    assert (entry.title, entry.volume, entry.pages, entry.year) == ("null", "0x1F", "1_000", "2022.10")
    assert contact.people[0].phone == "01865 289300"  # type: ignore[union-attr]
    assert (figures.items[0].value, figures.items[0].label) == (".inf", "true")  # type: ignore[union-attr]


def test_places_know_the_line_of_every_field_also_in_included_files(samples: Path) -> None:
    issue = read_issue(samples / "every-section.yaml", samples.parent, LISTS)
    own = "issues/every-section.yaml"
    assert issue.place("title") == Place(own, 1)
    assert issue.place("sections.1.items.1.doi") == Place(own, 36)
    assert issue.place("sections.0.images.0.alt") == Place(own, 17)
    assert issue.place("sections.6.award") == Place("issues/acknowledgements.yaml", 4)
    assert issue.place("sections.5.people.0.email") == Place("issues/people.yaml", 3)
    assert issue.place("sections.0.no-such-field") == Place(own, 11)
    assert issue.place("no-such-field") == Place(own, 1)


def test_unknown_lists_are_left_alone_where_the_lists_are_not_known(samples: Path) -> None:
    path = samples / "2022-09.yaml"
    path.write_text("title: A\ndate: 2022-09-30\nlists: [others]\nintro: x\n", encoding="utf-8")
    assert read_issue(path, samples.parent).lists == ("others",)
