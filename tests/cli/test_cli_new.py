"""`newsletter new`: writes once, says what to type next, refuses what cannot be."""

import subprocess
import sys
from pathlib import Path

import forked
import pytest

from newsletter.issue import read_issue


def _new(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "newsletter", "new", *arguments, "--workspace", str(folder)]
    return forked.run(command)


def test_new_writes_a_starter_that_reads_and_says_what_to_type_next(folder: Path) -> None:
    result = _new(folder, "2022-10")
    assert result.returncode == 0
    assert "Wrote issues/2022-10.yaml" in result.stdout
    assert "newsletter build 2022-10" in result.stdout
    issue = read_issue(folder / "issues" / "2022-10.yaml", folder, ["partners", "contributors"])
    assert issue.lists == ("partners", "contributors")


def test_new_puts_the_schema_where_the_first_line_says(folder: Path) -> None:
    _new(folder, "2022-10")
    first = (folder / "issues" / "2022-10.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=issue.schema.json"
    assert (folder / "issues" / "issue.schema.json").is_file()


def test_new_takes_a_title(folder: Path) -> None:
    assert _new(folder, "2022-10", "--title", 'What "they" told us: a #1').returncode == 0
    assert read_issue(folder / "issues" / "2022-10.yaml", folder).title == 'What "they" told us: a #1'


@pytest.mark.parametrize("name", ["2022-10.yaml", "2022-10.yml"])
def test_new_overwrites_nothing(name: str, folder: Path) -> None:
    (folder / "issues" / name).write_text("mine", encoding="utf-8")
    result = _new(folder, "2022-10")
    assert result.returncode == 2
    assert f"issues/{name} is there already" in result.stderr
    assert (folder / "issues" / name).read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("slug", ["../x", "a/b", "..", "a b"])
def test_new_refuses_a_name_that_leads_elsewhere(slug: str, folder: Path) -> None:
    result = _new(folder, slug)
    assert result.returncode == 2
    assert "cannot name an issue" in result.stderr
    assert list((folder / "issues").iterdir()) == []


def test_new_without_any_list_says_how_to_make_one(folder: Path) -> None:
    (folder / "newsletter.toml").write_text("", encoding="utf-8")
    result = _new(folder, "2022-10")
    assert result.returncode == 78
    assert "[lists.partners]" in result.stderr
