"""An issue goes to a bounded number of lists, since each set of them may see sections of its own."""

from pathlib import Path

import pytest

from newsletter.errors import IssueError
from newsletter.issue import read_issue


def write(folder: Path, number: int) -> Path:
    names = ", ".join(f"list-{n}" for n in range(number))
    path = folder / "issues" / "2022-10.yaml"
    path.write_text(f"title: News\ndate: 1 October 2022\nlists: [{names}]\nintro: Hello\n", encoding="utf-8")
    return path


def test_eight_lists_are_taken(folder: Path) -> None:
    assert len(read_issue(write(folder, 8), folder).lists) == 8


def test_nine_lists_are_refused_with_the_line(folder: Path) -> None:
    with pytest.raises(IssueError) as caught:
        read_issue(write(folder, 9), folder)
    assert "issues/2022-10.yaml:3: lists: an issue goes to at most 8 lists; found 9" in str(caught.value)
