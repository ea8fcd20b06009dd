"""`newsletter login`, as it is typed."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import forked
import pytest
from postroom import postroom

SECRET = "correct horse battery staple"
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def login(folder: Path) -> Run:
    """Runs the command with a password on standard input."""

    def run(
        *arguments: str, typed: str = SECRET + "\n", port: int = 1, user: str = "news"
    ) -> subprocess.CompletedProcess[str]:
        path = folder / "newsletter.toml"
        settings = path.read_text(encoding="utf-8").replace("port = 2525", f'port = {port}\nuser = "{user}"')
        path.write_text(settings, encoding="utf-8")
        command = [sys.executable, "-m", "newsletter", "login", *arguments]
        return forked.run(command, cwd=folder, input=typed)

    return run


def test_the_password_is_kept_and_never_shown(login: Run, home: Path, folder: Path) -> None:
    run = login()
    assert run.returncode == 0, run.stderr
    kept = home / "secrets" / "smtp-news@127.0.0.1.secret"
    assert str(kept) in run.stdout
    assert kept.read_text(encoding="utf-8").strip() == SECRET
    assert kept.stat().st_mode & 0o777 == 0o600
    assert SECRET not in run.stdout + run.stderr + (folder / "newsletter.toml").read_text(encoding="utf-8")


def test_the_login_can_be_tried(login: Run) -> None:
    with postroom(password=SECRET) as room:
        run = login("--check", port=room.port)
    assert run.returncode == 0, run.stderr
    assert "127.0.0.1 accepts it" in run.stdout


def test_a_wrong_password_is_said_without_showing_it(login: Run) -> None:
    with postroom(password=SECRET) as room:
        run = login("--check", typed="wrong horse\n", port=room.port)
    assert run.returncode == 77
    assert "wrong horse" not in run.stdout + run.stderr


@pytest.mark.parametrize(("odd", "code"), [({"typed": ""}, 2), ({"user": ""}, 78)])
def test_without_a_password_or_a_user_nothing_is_kept(
    login: Run, home: Path, odd: dict[str, str], code: int
) -> None:
    assert login(**odd).returncode == code
    assert not (home / "secrets").exists()
