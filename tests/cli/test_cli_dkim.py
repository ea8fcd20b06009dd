"""`newsletter keys dkim`: a key is made once, and its record told as often as it is wanted."""

import re
import sys
from pathlib import Path

import forked
import pytest


def run(folder: Path, *words: str, stdin: bytes = b"") -> tuple[int, str, str]:
    command = [sys.executable, "-m", "newsletter", "keys", "dkim", *words]
    done = forked.run(command, cwd=folder, input=stdin, text=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_a_new_key_is_kept_and_its_record_printed_again(folder: Path) -> None:
    code, record, told = run(folder, "new")
    assert code == 0, told
    assert record.startswith("newsletter._domainkey.example.org. IN TXT (")
    assert 'domain = "example.org"' in told, "what to write next is said"
    assert run(folder, "show")[1] == record
    code, _, told = run(folder, "new")
    assert code == 78
    assert "already" in told
    assert run(folder, "show")[1] == record


def test_the_private_key_is_printed_nowhere(folder: Path, home: Path) -> None:
    _, out, told = run(folder, "new")
    (kept,) = (home / "secrets").iterdir()
    assert "PRIVATE KEY" in kept.read_text(encoding="ascii")
    assert kept.stat().st_mode & 0o077 == 0
    secret_lines = [line for line in kept.read_text(encoding="ascii").splitlines() if "-" not in line]
    assert not [line for line in secret_lines if line in out + told]
    assert not list(folder.rglob("*dkim*"))


def test_a_key_made_elsewhere_is_taken_in(folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, record, _ = run(folder, "new")
    (kept,) = (home / "secrets").iterdir()
    monkeypatch.setenv("NEWSLETTER_SECRETS", str(home / "other-machine"))
    assert run(folder, "show")[0] == 78
    assert run(folder, "import", stdin=b"hello")[0] == 2
    assert run(folder, "import", str(kept))[:2] == (0, record)


def test_once_it_is_on_nothing_is_said_of_turning_it_on(folder: Path) -> None:
    settings = folder / "newsletter.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(f'{text}\n[dkim]\ndomain = "example.org"\nselector = "news2"\n', encoding="utf-8")
    code, record, told = run(folder, "new")
    assert code == 0
    assert record.startswith("news2._domainkey.example.org.")
    assert not re.search(r"^\s+\[dkim\]", told, re.MULTILINE)
