"""Files that are hostile, broken or no text at all: a clear answer, soon, and with a line."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.errors import IssueError, Problem
from newsletter.issue import Issue, read_issue

HEAD = "title: News\ndate: 30 September 2022\nlists: [partners]\nintro: x\n"
BOMB = "".join(
    f"a{level}: &a{level} [{', '.join([f'*a{level - 1}' if level else 'lol'] * 9)}]\n" for level in range(10)
)

HOSTILE: dict[str, tuple[bytes, str]] = {
    "aliases that swell": (BOMB.encode(), ":5: a4.1: references such as *a3 swell the file"),
    "aliases that go deep": (
        (HEAD + "x0: &x0 [y]\n" + "".join(f"x{i}: &x{i} [*x{i - 1}]\n" for i in range(1, 3000))).encode(),
        "swell the file",
    ),
    "brackets 3,000 deep": ((HEAD + "x: " + "[" * 3000).encode(), ":5: lists and groups lie more than 30 deep"),
    "braces 3,000 deep": ((HEAD + "x: " + "{a: " * 3000).encode(), ":5: lists and groups lie more than 30 deep"),
    "dashes 3,000 deep": ((HEAD + "x:\n" + "- " * 3000).encode(), ":6: lists and groups lie more than 30 deep"),
    "an alias to itself": ((HEAD + "x: &x [*x]\n").encode(), ":5: x.0: the text begins with '*x'"),
    "200,000 entries": ((HEAD + "x:\n" + "- a\n" * 200_000).encode(), "more than 20,000 entries"),
    "10 MB": (HEAD.encode() + b"#" * 10_000_000, "is too big; at most 1 MB"),
    "a line of 1 MB": ((HEAD + "x: " + "a" * 1_000_000).encode(), ":5: the line is 1,000,003 characters long"),
    "a tag of 19,000 characters": ((HEAD + "x: !" + "b" * 19_000).encode(), ":5: x: the text begins with '!'"),
    "a zero byte": (b"title: a\nintro: \0", ":2: the file holds a zero byte"),
    "UTF-16": (HEAD.encode("utf-16"), "saved as UTF-16; save it as UTF-8"),
    "UTF-16 without its mark": (HEAD.encode("utf-16-le"), ":1: the file holds a zero byte"),
    "Latin-1": ("title: ok\nintro: café\n".encode("latin-1"), ":2: the byte 0xe9 is not UTF-8"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "zero byte"),
    "an escape sequence": (b"title: \x1b[31mred\n", ":1: there is a control character (U+001B)"),
    "a line separator": ("title: a\nintro: one\u2028two\n".encode(), ":2: there is an invisible line separator (U+2028)"),
    "a code beyond Unicode": ((HEAD + 'x: "\\U00110000"\n').encode(), ":5: a code in double quotes"),
    "nothing": (b"", "the file is empty"),
    "a constructor": ((HEAD + "x: !!python/object/apply:os.system [id]\n").encode(), ":5: x: the text begins with '!'"),
    "9,000 repeated keys": ((HEAD + "a: b\n" * 9000).encode(), ":6: a: the key 'a' stands here and in line 5"),
}  # fmt: skip


def _problems(data: bytes, folder: Path) -> list[Problem]:
    path = folder / "issues" / "2022-09.yaml"
    path.write_bytes(data)
    with pytest.raises(IssueError) as caught:
        read_issue(path, folder)
    return list(caught.value.problems)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_gets_a_clear_answer_within_a_second_or_so(name: str, folder: Path) -> None:
    data, wanted = HOSTILE[name]
    began = time.process_time()
    problems = _problems(data, folder)
    # Well under a second on an idle machine; processor time, with room for a slow one.
    assert time.process_time() - began < 3
    assert wanted in str(problems[0])
    assert str(problems[0]).startswith("issues/2022-09.yaml:")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("12:30", "12:30"),
        ("0123", "0123"),
        ("NO", "NO"),
        ("2026-02-30", "2026-02-30"),
        ("=", "="),
        ("1_000", "1_000"),
    ],
)
def test_what_yaml_would_turn_into_something_else_stays_text(
    written: str, kept: str, read: Callable[[str], Issue]
) -> None:
    assert read(HEAD.replace("intro: x", f"intro: {written}")).intro == kept


def test_30_february_is_refused_as_a_date_with_its_line(folder: Path) -> None:
    problems = _problems(HEAD.replace("30 September 2022", "2026-02-30").encode(), folder)
    assert str(problems[0]).startswith("issues/2022-09.yaml:2: date: there is no 30 February 2026")


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_a_byte_order_mark_make_no_difference(ends: str, mark: str, folder: Path) -> None:
    path = folder / "issues" / "2022-09.yaml"
    path.write_bytes(
        (mark + HEAD + "sections:\n  - body: |\n      One\n      Two\n").replace("\n", ends).encode()
    )
    issue = read_issue(path, folder)
    assert issue.sections[0].body == "One\nTwo"
    assert issue.place("sections.0.body").line == 6


def test_two_hundred_sections_are_read_and_more_are_refused(folder: Path) -> None:
    path = folder / "issues" / "2022-09.yaml"
    path.write_text(HEAD + "sections:\n" + "  - title: A\n" * 200, encoding="utf-8")
    assert len(read_issue(path, folder).sections) == 200
    problems = _problems((HEAD + "sections:\n" + "  - title: A\n" * 201).encode(), folder)
    assert "there are more than 200 sections" in str(problems[0])


def test_an_issue_that_is_absent_or_a_folder_or_outside_is_refused(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.yaml"
    outside.write_text(HEAD, encoding="utf-8")
    link = folder / "issues" / "link.yaml"
    link.symlink_to(outside)
    loop = folder / "issues" / "loop.yaml"
    loop.symlink_to(loop)
    for path, wanted in (
        (folder / "issues" / "absent.yaml", "no such file"),
        (folder / "issues", "no such file"),
        (outside, "outside the workspace"),
        (link, "outside the workspace"),
        (loop, "cannot be opened"),
        (folder / "issues" / "a\0b.yaml", "cannot be opened"),
    ):
        with pytest.raises(IssueError, match=wanted):
            read_issue(path, folder)


def test_a_file_name_that_makes_no_slug_is_refused(folder: Path) -> None:
    path = folder / "issues" / "my issue.yaml"
    path.write_text(HEAD, encoding="utf-8")
    with pytest.raises(IssueError, match="'my issue' cannot name an issue"):
        read_issue(path, folder)
