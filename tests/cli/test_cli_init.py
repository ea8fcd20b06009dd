"""`newsletter init` as it is typed: what it makes, what it leaves alone, what it takes back."""

import stat
import subprocess
import sys
from pathlib import Path

import forked
import pytest

from newsletter.cli.catcher import mail_catcher
from newsletter.cli.workspace import with_sender, with_words
from newsletter.config import Colours, Fonts, Sender, read_config, read_workspace, shipped
from newsletter.database import open_database


def typed(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return forked.run(
        [sys.executable, "-m", "newsletter", *words],
        cwd=cwd,
    )  # fmt: skip


def test_a_workspace_has_settings_folders_wordings_and_a_private_database(tmp_path: Path) -> None:
    done = typed("init", "study", "--yes", cwd=tmp_path)
    root = tmp_path / "study"
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in root.iterdir()) == [
        ".gitignore", "consent", "contacts.db", "issues", "newsletter.toml", "templates",
    ]  # fmt: skip
    assert (root / "consent" / "partners-v1.md").is_file()
    assert (root / "consent" / "contributors-v1.md").is_file()
    assert "contacts.db*" in (root / ".gitignore").read_text()
    assert stat.S_IMODE((root / "contacts.db").stat().st_mode) == 0o600
    assert "cd study" in done.stdout


def test_a_folder_that_a_program_copies_is_named_before_there_are_people_in_it(tmp_path: Path) -> None:
    done = typed("init", "OneDrive - University/study", "--yes", cwd=tmp_path)
    assert done.returncode == 0
    assert "Nothing can be sent from here: contacts.db lies in a folder that OneDrive copies" in done.stdout


def test_it_says_where_the_key_is_kept(tmp_path: Path, home: Path) -> None:
    done = typed("init", "study", "--yes", cwd=tmp_path)
    assert f"The key of contacts.db is in the file {home / 'secrets'}" in done.stdout


def test_the_lists_of_the_settings_are_in_the_database(tmp_path: Path) -> None:
    typed("init", "study", "--yes", cwd=tmp_path)
    db = open_database(tmp_path / "study" / "contacts.db")
    assert [row["list"] for row in db.conn.execute("SELECT list FROM lists ORDER BY list")] == [
        "contributors",
        "partners",
    ]
    db.conn.close()


def test_without_a_terminal_nothing_is_asked(tmp_path: Path) -> None:
    done = typed("init", "study", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Still examples" in done.stdout


def test_what_is_said_stands_in_the_settings_and_in_the_wordings(tmp_path: Path) -> None:
    name = 'The "Gärten" \\ study'
    words = (
        "--name",
        name,
        "--email",
        "hallo@garten.example.org",
        "--privacy-notice",
        "https://g.example.org/p",
    )
    assert typed("init", "study", "--yes", *words, cwd=tmp_path).returncode == 0
    sender = read_workspace(tmp_path / "study").config.sender
    assert (sender.name, sender.email, sender.reply_to) == (name, words[3], words[3])
    wording = (tmp_path / "study" / "consent" / "partners-v1.md").read_text(encoding="utf-8")
    assert name in wording
    assert "https://g.example.org/p" in wording
    assert "The link worker study" not in wording


def test_a_whole_workspace_is_left_alone(tmp_path: Path) -> None:
    typed("init", "study", "--yes", cwd=tmp_path)
    before = (tmp_path / "study" / "newsletter.toml").read_bytes()
    again = typed("init", "study", "--yes", "--name", "Another", cwd=tmp_path)
    assert again.returncode == 2
    assert "is a workspace already" in again.stderr
    assert (tmp_path / "study" / "newsletter.toml").read_bytes() == before


def test_settings_without_a_database_get_the_database_alone(folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    done = typed("init", ".", cwd=folder)
    assert done.returncode == 0, done.stderr
    after = {path.name for path in folder.rglob("*") if path.is_file()} - {path.name for path in before}
    assert after == {"contacts.db"}
    assert all(path.read_bytes() == text for path, text in before.items())


def test_a_file_that_is_there_is_kept_and_said(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("mine\n")
    done = typed("init", "--yes", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / ".gitignore").read_text() == "mine\n"
    assert "Kept as it was: .gitignore" in done.stdout


def test_a_workspace_that_cannot_be_finished_is_taken_back(tmp_path: Path, home: Path) -> None:
    (tmp_path / "templates").write_text("a file where a folder should be\n")
    done = typed("init", ".", "--yes", cwd=tmp_path)
    assert done.returncode == 2
    assert "a workspace cannot be made here" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["templates"]
    assert not (home / "secrets").exists()


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [("--email", "no address", "not an email address"), ("--name", "a\r\nBcc: b", "one line")],
)
def test_what_cannot_be_a_setting_is_refused_before_anything_is_made(
    option: str, value: str, said: str, tmp_path: Path
) -> None:
    done = typed("init", "study", "--yes", option, value, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert not (tmp_path / "study").exists()


def test_the_shipped_settings_explain_every_key() -> None:
    """A key that config.py knows and the shipped file does not show would never be found."""
    text = shipped("newsletter.toml").read_text(encoding="utf-8")
    config = read_config(text)
    for table in ("sender", "smtp", "mailbox", "public", "theme"):
        part = text.partition(f"[{table}]")[2].partition("\n[")[0]
        for key in type(getattr(config, table)).model_fields:
            inner = f"\n[{table}.{key}]\n" in text or f"\n# [[{table}.{key}]]\n" in text
            # What a relay's name settles stands as a proposal: written out it would go before that.
            proposed = table == "smtp" and f"\n# {key} = " in part
            assert inner or proposed or f"\n{key} = " in part, f"[{table}] {key}"
    for table, model in {"colours": Colours, "fonts": Fonts}.items():
        part = text.partition(f"[theme.{table}]")[2].partition("\n[")[0]
        for key in model.model_fields:
            assert f"\n# {key} = " in part, f"[theme.{table}] {key}"
    assert "\ntimezone = " in text
    assert "\nmax_recipients = " in text


def test_every_comment_of_the_settings_stays() -> None:
    text = shipped("newsletter.toml").read_text(encoding="utf-8")
    changed = with_sender(
        text, Sender(name="A study with a rather long name, longer than the comment's column")
    )
    comments = [[line.partition("#")[2] for line in part.splitlines()] for part in (text, changed)]
    assert comments[0] == comments[1]


def test_an_answer_that_looks_like_another_example_is_not_replaced_again() -> None:
    old = Sender(name="Alpha", email="a@example.org")
    new = Sender(name="a@example.org", email="b@example.org")
    assert with_words("Alpha, a@example.org", old, new) == "a@example.org, b@example.org"


def test_a_first_issue_can_be_sent_with_what_init_wrote(tmp_path: Path) -> None:
    """Nothing but the mail server's port is changed between `init` and `send`."""
    root = tmp_path / "study"
    typed("init", "study", "--yes", cwd=tmp_path)
    with mail_catcher(tmp_path / "caught") as port:
        settings = (root / "newsletter.toml").read_text(encoding="utf-8")
        (root / "newsletter.toml").write_text(
            settings.replace("port = 2525", f"port = {port}"), encoding="utf-8"
        )
        for words in (
            ("new", "2022-10"),
            (
                "contacts",
                "add",
                "ada@example.org",
                "--name",
                "Ada",
                "--list",
                "partners",
                "--source",
                "a letter",
            ),
            ("build", "2022-10"),
            ("approve", "2022-10", "--as", "Sam Example", "--role", "Study lead", "--yes"),
            ("send", "2022-10", "--yes"),
            ("send", "2022-10", "--yes"),
        ):
            done = typed(*words, cwd=root)
            assert done.returncode == 0, done.stdout + done.stderr
    assert len(list((tmp_path / "caught").iterdir())) == 1
