"""`newsletter keys`: the key goes to stdout or comes from a file, and nowhere else."""

import subprocess
import sys
from pathlib import Path

import pytest

from newsletter.database import create_database
from newsletter.tokens import new_key


def run(folder: Path, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "newsletter", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, input=stdin)


@pytest.fixture
def study(folder: Path) -> Path:
    create_database(folder / "contacts.db").conn.close()
    return folder


def test_a_key_that_was_carried_over_opens_the_database(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exported = run(study, "keys", "export")
    assert exported.stdout.startswith("nlkey1-")
    assert "passwords" in exported.stderr
    monkeypatch.setenv("NEWSLETTER_SECRETS", str(study.parent / "other-machine"))
    assert run(study, "lists").returncode == 78
    taken = run(study, "keys", "import", stdin=exported.stdout)
    assert taken.returncode == 0, taken.stderr
    assert exported.stdout.strip() not in taken.stdout + taken.stderr
    assert run(study, "lists").returncode == 0


def test_a_key_is_read_from_a_file(study: Path) -> None:
    (study / "key.txt").write_text(run(study, "keys", "export").stdout)
    assert run(study, "keys", "import", "key.txt").returncode == 0


@pytest.mark.parametrize(
    "text", ["", "nonsense", "nlkey1-abc", new_key().export()], ids=["empty", "nonsense", "short", "another"]
)
def test_a_wrong_key_is_refused_and_the_right_one_stays(study: Path, text: str) -> None:
    assert run(study, "keys", "import", stdin=text).returncode == 78
    assert run(study, "lists").returncode == 0


def test_a_file_that_is_no_text_is_refused(study: Path) -> None:
    (study / "key.bin").write_bytes(b"\xff\xfe\x00")
    done = run(study, "keys", "import", "key.bin")
    assert done.returncode == 78
    assert "Traceback" not in done.stderr
