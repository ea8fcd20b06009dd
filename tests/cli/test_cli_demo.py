"""`newsletter demo` as it is typed: one run, looked at from many sides; and what it refuses to touch."""

import email
import email.policy
import os
import re
import subprocess
import sys
from email.message import EmailMessage
from pathlib import Path

import pytest

from newsletter.cli.catcher import lay_open, mail_catcher
from newsletter.cli.demo import MARKER, _clear
from newsletter.errors import InputError

GETS_NOTHING = ("ben@", "cleo@", "oluwaseun@", "tomas@", "margaret@")


def typed(*words: str, cwd: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "newsletter", *words],
        cwd=cwd, env=env, text=True, encoding="utf-8", capture_output=True,
        stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def env(place: Path) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("NEWSLETTER_", "XDG_"))}
    return {**kept, "HOME": str(place / "home"), "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}


@pytest.fixture(scope="module")
def run(place: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """The demo, twice: the second run begins with what the first one left."""
    first = typed("demo", "--yes", cwd=place, env=env)
    assert first.returncode == 0, first.stdout + first.stderr
    return typed("demo", "--yes", cwd=place, env=env)


@pytest.fixture(scope="module")
def caught(run: subprocess.CompletedProcess[str], place: Path) -> list[EmailMessage]:
    files = sorted((place / "newsletter-demo" / "caught").glob("*.eml"))
    return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in files]


def test_it_ends_well_the_second_time_too(run: subprocess.CompletedProcess[str]) -> None:
    assert run.returncode == 0, run.stdout + run.stderr


def test_each_command_is_printed_before_it_runs(run: subprocess.CompletedProcess[str]) -> None:
    lines = re.findall(r"^\$ (.*)$", run.stdout, re.MULTILINE)
    for command in (
        "init",
        "contacts import",
        "check",
        "build",
        "send 2022-09 --dry-run",
        "approve",
        "report",
    ):
        assert any(line.startswith(f"newsletter {command}") for line in lines), command
    assert lines.count("newsletter send 2022-09 --yes") == 2


def test_everyone_who_may_be_written_to_gets_one_message(caught: list[EmailMessage]) -> None:
    addresses = [message["To"].addresses[0].addr_spec for message in caught]
    assert len(addresses) == len(set(addresses)) == 11
    assert "ada@example.org" in addresses


def test_nobody_else_gets_anything(caught: list[EmailMessage]) -> None:
    addresses = " ".join(str(message["To"]) for message in caught)
    assert not [start for start in GETS_NOTHING if start in addresses]


def test_names_from_many_places_arrive_as_they_are_written(caught: list[EmailMessage]) -> None:
    names = {message["To"].addresses[0].display_name for message in caught}
    assert {"فاطمة الزهراء", "山田 花子", "Siân O'Connor", "Łukasz Wójcik"} <= names


def test_the_email_can_be_opened_in_a_browser(run: subprocess.CompletedProcess[str], place: Path) -> None:
    shown = place / "newsletter-demo" / "as-sent"
    page = (shown / "email.html").read_text(encoding="utf-8")
    sources = re.findall(r'<img[^>]*\ssrc="([^"]+)"', page)
    assert len(sources) == 4
    assert all((shown / source).is_file() for source in sources)
    assert "Ada" in page
    assert "Steven Markham" in (shown / "email.txt").read_text(encoding="utf-8")
    assert str(shown / "email.html") in run.stdout


@pytest.mark.parametrize(
    "words", [("report", "2022-09"), ("status",), ("contacts", "show", "ada@example.org")]
)
def test_what_it_says_to_type_works_afterwards(
    words: tuple[str, ...], run: subprocess.CompletedProcess[str], place: Path, env: dict[str, str]
) -> None:
    assert f"--workspace newsletter-demo {' '.join(words)}" in run.stdout
    done = typed("--workspace", "newsletter-demo", *words, cwd=place, env=env)
    assert done.returncode == 0, done.stdout + done.stderr


def test_one_key_is_left_after_two_runs(run: subprocess.CompletedProcess[str], place: Path) -> None:
    assert len(list((place / "home").rglob("key-*.secret"))) == 1


def test_git_does_not_see_the_demo(run: subprocess.CompletedProcess[str], place: Path) -> None:
    assert (place / "newsletter-demo" / ".gitignore").read_text() == "*\n"


def test_a_folder_that_is_not_the_demos_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="was not made by the demo"):
        _clear(tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_a_link_to_a_demo_folder_is_not_followed(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.mkdir()
    (real / MARKER).write_text("")
    (tmp_path / "link").symlink_to(real)
    with pytest.raises(InputError):
        _clear(tmp_path / "link")
    assert (real / MARKER).is_file()


def test_an_earlier_demo_is_emptied_without_following_links(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept.txt").write_text("kept")
    demo = tmp_path / "demo"
    (demo / "build").mkdir(parents=True)
    (demo / MARKER).write_text("")
    (demo / "link").symlink_to(outside)
    _clear(demo)
    assert [path.name for path in demo.iterdir()] == [MARKER]
    assert (outside / "kept.txt").read_text() == "kept"


def test_the_catcher_keeps_each_message_byte_for_byte(tmp_path: Path) -> None:
    import smtplib

    sent = b"Subject: one\r\nTo: ada@example.org\r\n\r\n.dots and\r\nlines\r\n"
    with mail_catcher(tmp_path / "caught") as port, smtplib.SMTP("127.0.0.1", port) as server:
        server.sendmail("news@example.org", ["ada@example.org"], sent)
    assert (tmp_path / "caught" / "message-01.eml").read_bytes() == sent


def test_a_message_is_laid_open_with_its_pictures(tmp_path: Path) -> None:
    message = EmailMessage()
    message["To"] = "Ada <ada@example.org>"
    message.set_content("Dear Ada")
    message.add_alternative('<p>Dear Ada <img alt="" src="cid:a.png@newsletter"></p>', subtype="html")
    part = message.get_payload()[1]
    part.add_related(b"\x89PNG", maintype="image", subtype="png", cid="<a.png@newsletter>")
    (tmp_path / "one.eml").write_bytes(message.as_bytes())
    lay_open(tmp_path / "one.eml", tmp_path / "open")
    assert 'src="pictures/' in (tmp_path / "open" / "email.html").read_text()
    assert [path.read_bytes() for path in (tmp_path / "open" / "pictures").iterdir()] == [b"\x89PNG"]
    assert (tmp_path / "open" / "email.txt").read_text().strip() == "Dear Ada"
