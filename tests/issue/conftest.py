"""What the tests of reading stand on: a workspace to write issues into, and the samples."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.errors import IssueError, Problem
from newsletter.issue import Issue, read_issue

SAMPLES = Path(__file__).parents[1] / "data" / "issues"
LISTS = ("partners", "contributors")
HEAD = "title: News\ndate: 30 September 2022\nlists: [partners]\n"

Write = Callable[[str], Issue]
Refuse = Callable[[str], list[Problem]]


@pytest.fixture
def samples(folder: Path) -> Path:
    """The samples as the issues folder of a workspace."""
    shutil.copytree(SAMPLES, folder / "issues", dirs_exist_ok=True)
    return folder / "issues"


@pytest.fixture
def read(samples: Path) -> Write:
    """Reads a text as the issue 2022-09 of the workspace."""

    def reading(text: str) -> Issue:
        path = samples / "2022-09.yaml"
        path.write_text(text, encoding="utf-8")
        return read_issue(path, samples.parent, LISTS)

    return reading


@pytest.fixture
def refused(read: Write) -> Refuse:
    """The problems for which a text is refused."""

    def reading(text: str) -> list[Problem]:
        with pytest.raises(IssueError) as caught:
            read(text)
        return list(caught.value.problems)

    return reading
