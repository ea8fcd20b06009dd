"""The words people agreed to are kept by their digest, and come from inside the workspace only."""

import hashlib

import pytest

from newsletter.contacts import record_wording
from newsletter.errors import InputError


def test_the_same_text_is_kept_once_whatever_its_line_ends(db, folder, now):
    (folder / "consent/a.md").write_bytes(b"I agree.\nReally.\n")
    (folder / "consent/b.md").write_bytes(b"\xef\xbb\xbfI agree.\r\nReally.\r\n")
    digest = record_wording(db, folder / "consent/a.md", now)
    assert digest == hashlib.sha256(b"I agree.\nReally.\n").hexdigest()
    assert record_wording(db, folder / "consent/b.md", now) == digest
    assert db.one("SELECT count(*), min(name) FROM wordings")[:] == (1, "a.md")


def test_a_changed_text_is_another_wording(db, folder, now):
    (folder / "consent/a.md").write_text("One.")
    first = record_wording(db, folder / "consent/a.md", now)
    (folder / "consent/a.md").write_text("Two.")
    assert record_wording(db, folder / "consent/a.md", now) != first
    assert db.one("SELECT count(*) FROM wordings")[0] == 2


def test_files_that_cannot_be_a_wording_are_refused(db, folder, tmp_path, now):
    outside = tmp_path / "secret.txt"
    outside.write_text("not yours")
    (folder / "consent/link.md").symlink_to(outside)
    (folder / "consent/empty.md").write_text(" \n")
    (folder / "consent/picture.md").write_bytes(b"\x89PNG\xff")
    (folder / "consent/large.md").write_bytes(b"x" * 1_000_001)
    for name in ("../../secret.txt", "link.md", "empty.md", "picture.md", "large.md", "absent.md", "."):
        with pytest.raises(InputError):
            record_wording(db, folder / "consent" / name, now)
    assert db.one("SELECT count(*) FROM wordings")[0] == 0
