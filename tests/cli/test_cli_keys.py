"""`newsletter keys`: the key goes to stdout or comes from a file, and nowhere else."""

import subprocess
import sys
from pathlib import Path

import forked
import pytest

from newsletter.database import create_database
from newsletter.tokens import make_token, new_key, read_key, read_public_key, read_public_token


def run(folder: Path, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "newsletter", *words]
    return forked.run(command, cwd=folder, input=stdin)


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


def test_the_public_part_is_written_for_its_owner_alone_and_says_nothing_of_the_key(study: Path) -> None:
    done = run(study, "keys", "export", "--public", "public.key")
    assert done.returncode == 0, done.stderr
    assert (study / "public.key").stat().st_mode & 0o777 == 0o600
    text, secret = (study / "public.key").read_text(), run(study, "keys", "export").stdout.strip()
    assert secret not in text + done.stdout
    token = make_token(read_key(secret), "unsubscribe", bytes(10))
    assert read_public_token(read_public_key(text), "unsubscribe", token) == bytes(10)


def test_the_public_part_is_written_over_itself_and_over_nothing_else(study: Path) -> None:
    settings = (study / "newsletter.toml").read_bytes()
    for name in ("newsletter.toml", "contacts.db"):
        done = run(study, "keys", "export", "--public", name)
        assert (done.returncode, f"{name} is no public key" in done.stderr) == (2, True)
    assert (study / "newsletter.toml").read_bytes() == settings
    assert run(study, "lists").returncode == 0
    assert run(study, "keys", "export", "--public", "public.key").returncode == 0
    assert run(study, "keys", "export", "--public", "public.key").returncode == 0


def test_a_rotated_key_is_the_same_key_and_its_public_part_knows_the_links_of_before(study: Path) -> None:
    before = run(study, "keys", "export").stdout
    refused = run(study, "keys", "rotate", stdin="n\n")
    assert refused.returncode == 130
    done = run(study, "keys", "rotate", "--yes")
    assert done.returncode == 0, done.stderr
    assert "1 time." in done.stdout
    assert run(study, "keys", "export").stdout == before
    run(study, "keys", "export", "--public", "public.key")
    public = read_public_key((study / "public.key").read_text())
    assert public.rotation == 1
    old = make_token(read_key(before), "unsubscribe", bytes(10))
    assert read_public_token(public, "unsubscribe", old) == bytes(10)
