"""`newsletter mailbox read`, as it is typed and as a mail server calls it, and the login for the mailbox."""

import io
import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path

import pytest
from dovecot import PASSWORD, USER, Dovecot
from mail import answer, bounce

from newsletter import keychain
from newsletter.cli import newsletter
from newsletter.cli.console import explained
from newsletter.database import Database

Typed = Callable[..., tuple[int, str, str]]
COMMAND = [sys.executable, "-m", "newsletter"]


@pytest.fixture
def typed(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    """Types a command in the workspace, with something on standard input; the exit code and what was printed."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr(signal, "signal", lambda number, handler: None)

    def run(*words: str, given: bytes = b"") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["newsletter", *words])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
        code = explained(newsletter)
        return code, *capsys.readouterr()

    return run


def count(folder: Path, what: str) -> int:
    with closing(sqlite3.connect(folder / "contacts.db")) as conn:
        return int(conn.execute(f"SELECT count(*) FROM {what}").fetchone()[0])


def test_a_look_needs_no_workspace_and_tells_scripts_all(
    tmp_path: Path, typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = tmp_path / "elsewhere"
    box.mkdir()
    (box / "1.eml").write_bytes(bounce(says="552 5.2.2 mailbox full", status="5.2.2"))
    (box / "2.eml").write_bytes(answer())
    monkeypatch.chdir(box)
    code, out, _ = typed("mailbox", "read", ".", "--dry-run", "--json")
    found = json.loads(out)
    assert code == 0
    assert [set(one) for one in found] == [{"file", "kind", "recipients", "message_id"}] * 2
    assert (found[0]["file"], found[0]["kind"]) == ("1.eml", "bounce")
    assert found[0]["recipients"] == [
        {"email": "gone@example.net", "severity": "soft", "reason": "mailbox-full", "status": "5.2.2"}
    ]
    code, out, _ = typed("mailbox", "read", "1.eml", "--dry-run")
    assert "mailbox-full" in out
    assert "Nothing was recorded" in out
    assert typed("mailbox", "read", "--dry-run")[0] == 78


def test_files_are_recorded_once(folder: Path, db: Database, tmp_path: Path, typed: Typed) -> None:
    path = tmp_path / "old.mbox"
    path.write_bytes(b"".join(b"From x Fri Sep 30 09:00:00 2022\n" + bounce(n) + b"\n" for n in range(3)))
    code, out, err = typed("mailbox", "read", str(path))
    assert (code, err) == (0, "")
    assert out.startswith("3 messages: 3 bounces (3 hard).")
    assert "3 of them known already" in typed("mailbox", "read", str(path))[1]
    assert count(folder, "replies") == 3
    assert typed("mailbox", "read", str(tmp_path / "nothing"))[0] == 2
    assert typed("mailbox", "read", str(path), "--again")[0] == 2
    code, _, err = typed("mailbox", "read")
    assert (code, "names no mailbox" in err) == (78, True)


def test_a_mail_server_is_told_to_keep_what_cannot_be_recorded_now(
    folder: Path, db: Database, typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = [*COMMAND, "mailbox", "read", "-", "--workspace", str(folder)]
    taken = subprocess.run(command, input=bounce(), capture_output=True, check=False, cwd="/")
    assert (taken.returncode, taken.stdout, taken.stderr) == (0, b"", b"")
    assert count(folder, "replies WHERE source = 'pipe'") == 1
    settings = folder / "newsletter.toml"
    good = settings.read_text(encoding="utf-8")
    settings.write_text("not [ toml", encoding="utf-8")
    assert typed("mailbox", "read", "-", given=bounce(2))[0] == 75
    settings.write_text(good, encoding="utf-8")
    with monkeypatch.context() as broken:
        broken.setattr("newsletter.replies.mailbox.taking.read_reply", lambda raw: 1 / 0)
        assert typed("mailbox", "read", "-", given=bounce(2))[0] == 75
    monkeypatch.setenv("NEWSLETTER_SECRETS", str(folder / "none"))
    code, _, err = typed("mailbox", "read", "-", given=bounce(2))
    assert (code, "hands it over again later" in err) == (75, True)
    assert count(folder, "replies") == 1


@pytest.fixture
def post(dovecot_server: Dovecot, folder: Path) -> Dovecot:
    """A mailbox at a server, empty, and named in newsletter.toml."""
    dovecot_server.forget()
    settings = folder / "newsletter.toml"
    more = f"""
[mailbox]
host = "127.0.0.1"
port = {dovecot_server.tls_port}
user = "{USER}"
ca_file = "{dovecot_server.ca_file}"
"""
    settings.write_text(settings.read_text(encoding="utf-8") + more, encoding="utf-8")
    return dovecot_server


def test_the_mailbox_is_read_with_the_login_that_was_given(
    post: Dovecot, folder: Path, db: Database, typed: Typed
) -> None:
    code, out, err = typed("login", "mailbox", "--check", given=f"{PASSWORD}\n".encode())
    assert (code, "127.0.0.1 accepts it" in out, err) == (0, True, "")
    assert PASSWORD not in out
    post.deliver(bounce(1))
    code, out, err = typed("mailbox", "read", "--dry-run", "--json")
    assert (code, [one["file"] for one in json.loads(out)], err) == (0, ["INBOX/1"], "")
    code, out, err = typed("mailbox", "read")
    assert (code, out.startswith("1 message: 1 bounce (1 hard)."), err) == (0, True, "")
    assert typed("mailbox", "read")[1] == "There is nothing new in the mailbox.\n"
    assert typed("mailbox", "read", "--dry-run", "--json")[1] == "[]\n"
    assert len(json.loads(typed("mailbox", "read", "--dry-run", "--json", "--again")[1])) == 1
    code, _, err = typed("mailbox", "read", "--of", "Nowhere")
    assert (code, "There are: INBOX" in err) == (78, True)
    shown = json.loads(typed("login", "mailbox", "--show", "--json")[1])
    assert shown["kept_in"].endswith(f"imap-{USER}@127.0.0.1.secret")
    assert typed("login", "mailbox", "--forget")[0] == 0
    code, _, err = typed("mailbox", "read")
    assert (code, "newsletter login mailbox" in err) == (78, True)


def test_the_password_of_the_server_for_notices_can_be_kept(folder: Path, home: Path, typed: Typed) -> None:
    settings = folder / "newsletter.toml"
    more = '[notice]\nemail = "it@example.org"\n[notice.smtp]\nhost = "smtp.example.com"\nuser = "it"\n'
    settings.write_text(settings.read_text(encoding="utf-8") + more, encoding="utf-8")
    assert typed("login", "notice", given=b"word\n")[0] == 0
    assert (home / "secrets" / "smtp-it@smtp.example.com.secret").read_text(encoding="utf-8") == "word\n"


@pytest.mark.parametrize(
    "moments", [(1, 101), pytest.param(range(1, 250, 7), marks=pytest.mark.soak)], ids=["twice", "often"]
)
def test_killed_at_any_moment_it_loses_nothing_and_counts_nothing_twice(
    post: Dovecot, folder: Path, db: Database, typed: Typed, moments: Sequence[int]
) -> None:
    keychain.write_secret(f"imap-{USER}@127.0.0.1", PASSWORD)
    number, codes = 250, list[int]()
    for each in range(number):
        post.deliver(bounce(each))
    for reached in moments:
        process = subprocess.Popen([*COMMAND, "mailbox", "read"], stdout=subprocess.DEVNULL)
        while count(folder, "replies") < reached and process.poll() is None:
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.01)
        process.kill()
        codes.append(process.wait())
    assert codes[0] == -signal.SIGKILL
    # Two at the same time do no harm either.
    both = [subprocess.Popen([*COMMAND, "mailbox", "read"], stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    assert count(folder, "replies") == count(folder, "(SELECT DISTINCT digest FROM replies)") == number
    marked = [path for path in (post.maildir() / "cur").iterdir() if path.name.endswith("a")]
    assert len(marked) == number, "each has the keyword"
    broken_off = count(folder, "readings WHERE ended_at = ''")
    assert 1 <= broken_off <= len(codes), "each that had begun is seen to have been broken off"
