"""The starter of a new issue reads as it stands, and with its commented sections switched on."""

import datetime as dt
import re
from collections.abc import Callable

import pytest

from newsletter.errors import InputError
from newsletter.issue import SECTION_TYPES, Issue, check_slug, check_title, starter

TODAY = dt.date(2022, 11, 22)
LISTS = ("partners", "contributors")
Read = Callable[[str], Issue]


def test_the_starter_reads_as_it_stands(read: Read) -> None:
    issue = read(starter("2022-10", LISTS, today=TODAY))
    assert issue.lists == LISTS
    assert issue.title == "October 2022 news"
    assert len(issue.sections) >= 5


def test_the_starter_reads_with_every_example_switched_on(read: Read) -> None:
    text = re.sub(r"^( *)# (?=( *)(- |[\w-]+:|  ))", r"\1", starter("2022-10", LISTS), flags=re.MULTILINE)
    text = re.sub(r"^ *- doi: 10.1234/another.*\n", "", text, flags=re.MULTILINE)
    text = text.replace("pictures/group.jpg", "pictures/walk.png").replace("Left out, it is", "It is")
    assert {section.type for section in read(text).sections} == set(SECTION_TYPES)


@pytest.mark.parametrize(
    ("slug", "date"),
    [
        ("2022-10", dt.date(2022, 10, 1)),
        ("2022-11", TODAY),
        ("2022-11-extra", TODAY),
        ("2022-13", TODAY),
        ("winter", TODAY),
        ("2023-02-correction", dt.date(2023, 2, 1)),
    ],
)
def test_the_starter_is_dated_today_or_in_the_month_of_its_name(slug: str, date: dt.date, read: Read) -> None:
    assert read(starter(slug, LISTS, today=TODAY)).date == date


@pytest.mark.parametrize(
    "title", ['A "quoted" title: with \\ and # marks', "'Tis", "- x", "NO", "{{ x }}", "été 😀"]
)
def test_any_title_is_written_so_that_it_reads(title: str, read: Read) -> None:
    assert read(starter("2022-10", LISTS, title=check_title(title), today=TODAY)).title == title


@pytest.mark.parametrize(
    "slug", ["", "..", ".", "../x", "a/b", "a\\b", "-x", ".x", "a b", "a\nb", "a\0b", "é", "a..b", "x" * 101]
)
def test_a_name_that_makes_no_file_is_refused(slug: str) -> None:
    with pytest.raises(InputError):
        check_slug(slug)


def test_a_title_with_a_line_break_is_refused() -> None:
    with pytest.raises(InputError, match="stands on several lines"):
        check_title("a\nb")
