"""An edition as files: pictures beside the page, and folders replaced whole."""

import re
from pathlib import Path

import pytest

from newsletter.config import Config
from newsletter.edition import edition_files, render_edition, replace_folder, sample_personal
from newsletter.issue import Issue


def test_the_page_finds_its_pictures_beside_it(rich: Issue, config: Config) -> None:
    files = edition_files(render_edition(rich, (), config), sample_personal(config))
    page = files["email.html"].decode()
    assert "cid:" not in page
    assert set(re.findall(r'src="([^"]*)"', page)) == {name for name in files if name.startswith("pictures/")}
    assert b"Dear Sam," in files["email.txt"]


def test_a_folder_is_replaced_and_nothing_of_the_old_one_stays(tmp_path: Path) -> None:
    replace_folder(tmp_path / "a" / "b", {"old.txt": b"1", "in/old.txt": b"2"})
    replace_folder(tmp_path / "a" / "b", {"new.txt": b"3"})
    assert [path.name for path in (tmp_path / "a").rglob("*")] == ["b", "new.txt"]


def test_what_a_link_leads_to_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "kept.txt").write_text("kept")
    (tmp_path / "b").symlink_to(tmp_path / "elsewhere")
    replace_folder(tmp_path / "b", {"new.txt": b"3"})
    assert (tmp_path / "elsewhere" / "kept.txt").read_text() == "kept"
    assert not (tmp_path / "b").is_symlink()


def test_what_cannot_be_written_leaves_the_old_folder(tmp_path: Path) -> None:
    replace_folder(tmp_path / "b", {"old.txt": b"1"})
    with pytest.raises(OSError, match=r"[Nn]ame too long"):
        replace_folder(tmp_path / "b", {"x" * 300: b"2"})
    assert [path.name for path in tmp_path.rglob("*")] == ["b", "old.txt"]
