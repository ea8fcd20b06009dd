"""Commands whose output is closed, goes to nobody, is in another encoding, or is a terminal that data would steer."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import forked
import pytest
from postroom import Postroom, postroom
from terminal import in_a_terminal

from newsletter.contacts import ConsentEvent, NewContact, add_contact, record_consent, sync_lists
from newsletter.database import Database, open_database

PROGRAM = [sys.executable, "-m", "newsletter"]
#: A letter of Latin-1, one of no small encoding, and one beyond the first 65,536.
HARD = "Zoë Łuć \U0001f600"
ISSUE = """\
title: News of the study → and more
date: 30 September 2022
preheader: Two papers and an event
lists: [partners]
sections:
  - title: News of the summer
    body: We have news.
"""
#: What Python writes in: named, and as it follows from the locale.
ENCODINGS = {
    "cp1252": {"PYTHONIOENCODING": "cp1252"},
    "C": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}
Run = Callable[..., "subprocess.CompletedProcess[Any]"]


@pytest.fixture
def room() -> Iterator[Postroom]:
    with postroom() as server:
        yield server


@pytest.fixture
def cast(folder: Path, db: Database, workspace: Any, now: Any, room: Postroom) -> dict[str, int]:
    """A workspace with an approved issue and two who get it; one has a name that few encodings can write."""
    (folder / "issues" / "2022-09.yaml").write_text(ISSUE, encoding="utf-8")
    settings = (folder / "newsletter.toml").read_text(encoding="utf-8")
    (folder / "newsletter.toml").write_text(settings.replace("2525", str(room.port)), encoding="utf-8")
    sync_lists(db, workspace.config, now)
    ids = {}
    for email, name in (("ada@example.org", "Ada"), ("zoe@łuć.example.org", HARD)):
        ids[email] = add_contact(db, NewContact(email=email, name=name), now)
        given = ConsentEvent(ids[email], "partners", "given", "consent", "2022-06-14", "paper", "tester")
        record_consent(db, given, now)
    db.conn.close()
    words = ("approve", "2022-09", "--as", "Ada", "--role", "lead", "--yes")
    done = forked.run([*PROGRAM, *words], cwd=folder)
    assert done.returncode == 0, done.stderr
    return ids


@pytest.fixture
def shell(folder: Path, cast: dict[str, int]) -> Run:
    """Runs a line of a shell in the workspace, in which `newsletter` is a process of its own."""

    def run(line: str, **env: str) -> "subprocess.CompletedProcess[Any]":
        defined = f'newsletter() {{ "{sys.executable}" -m newsletter "$@"; }}\n{line}'
        return subprocess.run(
            ["bash", "-c", defined],
            cwd=folder,
            env=os.environ | env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=120,
            check=False,
        )

    return run


@pytest.fixture
def unread(folder: Path, cast: dict[str, int]) -> Run:
    """Runs a command whose stdout, or both of its outputs, go into a pipe that nobody reads any more."""

    def run(*words: str, both: bool = False, **env: str) -> "subprocess.CompletedProcess[Any]":
        reading, writing = os.pipe()
        os.close(reading)
        try:
            return subprocess.run(
                [*PROGRAM, *words],
                cwd=folder,
                env=os.environ | env,
                stdin=subprocess.DEVNULL,
                stdout=writing,
                stderr=writing if both else subprocess.PIPE,
                timeout=120,
                check=False,
            )
        finally:
            os.close(writing)

    return run


@pytest.mark.parametrize("closed", ["2>&-", "<&- >&- 2>&-"])
def test_an_issue_is_sent_though_the_shell_has_closed_the_outputs(
    closed: str, shell: Run, room: Postroom, folder: Path
) -> None:
    run = shell(f"newsletter send 2022-09 --yes {closed}")
    assert run.returncode == 0, run.stderr
    assert len(room.recipients()) == 2
    assert (b"2 candidates = 2 sent" in run.stdout) == (">&- " not in closed)
    with closing(open_database(folder / "contacts.db").conn) as conn:
        assert conn.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_a_command_whose_stdout_is_closed_ends_well(shell: Run) -> None:
    run = shell("newsletter send 2022-09 --yes && newsletter status >&- && newsletter report 2022-09 >&-")
    assert run.returncode == 0, run.stderr
    assert b"Traceback" not in run.stderr


def test_an_error_keeps_its_exit_code_though_nobody_can_be_told(shell: Run) -> None:
    assert shell("newsletter build 2030-01 >&- 2>&-").returncode == 2


@pytest.mark.parametrize("encoding", ENCODINGS.values(), ids=ENCODINGS)
def test_json_is_json_in_any_encoding(encoding: dict[str, str], shell: Run, room: Postroom) -> None:
    commands = ("contacts find Zo", "send 2022-09 --dry-run", "send 2022-09 --yes")
    run = shell(" && ".join(f"newsletter {command} --json" for command in commands), **encoding)
    assert run.returncode == 0, run.stderr
    assert len(room.recipients()) == 2
    people, *reports = every_json(run.stdout.decode("ascii"))
    assert HARD in json.dumps(people, ensure_ascii=False)
    for report in reports:
        assert "zoe@łuć.example.org" in [one["email"] for one in report["recipients"]]


def every_json(text: str) -> list[Any]:
    """All that stands there, one after another."""
    found, text = [], text.strip()
    while text:
        one, end = json.JSONDecoder().raw_decode(text)
        found.append(one)
        text = text[end:].strip()
    return found


@pytest.mark.parametrize("encoding", ENCODINGS.values(), ids=ENCODINGS)
def test_what_an_encoding_lacks_is_shown_in_another_way(
    encoding: dict[str, str], shell: Run, cast: dict[str, int]
) -> None:
    commands = (
        "send 2022-09 --yes",
        "send 2022-09 --dry-run",
        "check 2022-09",
        f"why {cast['zoe@łuć.example.org']} 2022-09",
        "contacts find Zo",
        "report 2022-09",
    )
    run = shell(" && ".join(f"newsletter {command}" for command in commands), **encoding)
    assert run.returncode == 0, run.stderr
    assert b"Traceback" not in run.stderr
    assert b"\\u0141u\\u0107 \\U0001f600" in run.stdout  # as the table of people has it


def test_an_answer_that_somebody_chose_for_lacking_characters_stays(shell: Run) -> None:
    run = shell("newsletter contacts find Zo", PYTHONIOENCODING="ascii:xmlcharrefreplace")
    assert run.returncode == 0, run.stderr
    assert b"&#321;" in run.stdout


@pytest.mark.parametrize(("both", "unbuffered"), [(False, "1"), (True, "")])
def test_an_issue_is_sent_to_its_end_though_nobody_reads_about_it(
    both: bool, unbuffered: str, unread: Run, room: Postroom
) -> None:
    run = unread("send", "2022-09", "--yes", both=both, PYTHONUNBUFFERED=unbuffered)
    assert run.returncode == 0, run.stderr
    assert len(room.recipients()) == 2
    assert both or b"BrokenPipe" not in run.stderr


def test_the_exit_code_tells_of_the_sending_though_nobody_reads_about_it(unread: Run, room: Postroom) -> None:
    assert unread("send", "2022-09", "--yes", "--limit", "1").returncode == 75
    assert len(room.recipients()) == 1


@pytest.mark.parametrize(
    "command",
    [
        "status",
        "why ada@example.org 2022-09",
        "contacts export -",
        "report --by list --csv",
        "--help",
    ],
)
def test_a_command_that_nobody_reads_ends_well_and_in_silence(command: str, unread: Run) -> None:
    run = unread(*command.split())
    assert run.returncode == 0, run.stderr
    assert b"BrokenPipe" not in run.stderr


def test_the_first_line_alone_can_be_read(shell: Run) -> None:
    run = shell("set -o pipefail; newsletter send 2022-09 --dry-run | head -1")
    assert run.returncode == 0, run.stderr
    assert run.stdout == b"Dry run of 2022-09: nothing is sent.\n"


def test_what_does_not_fit_on_the_disk_is_still_said(shell: Run) -> None:
    run = shell("newsletter status > /dev/full")
    assert run.returncode == 78
    assert b"no room left on the disk" in run.stderr


def test_a_reason_cannot_steer_the_terminal_and_stays_on_one_line(shell: Run, folder: Path) -> None:
    assert shell(r"newsletter send 2022-09 --limit 1 --yes").returncode == 75
    given = r"$'x\e[31mRED\e[0m\nbelow \e]0;title\a\x9b2J'"
    assert shell(rf"newsletter pause 2022-09 --reason {given}").returncode == 0
    code, shown = in_a_terminal([*PROGRAM, "send", "2022-09", "--yes"], folder)
    assert code == 77
    assert "\x1b[31m\x1b[1merror\x1b[0m: " in shown  # the colour that is ours
    assert shown.count("\x1b") == 3
    assert "x [31mRED [0m below ]0;title" in shown
    status = shell("newsletter status").stdout.decode()
    (line,) = [line for line in status.splitlines() if "RED" in line]
    assert "newsletter resume 2022-09" in line


def test_findings_for_a_code_host_cannot_steer_its_page(shell: Run, folder: Path) -> None:
    wrong = ISSUE.replace("lists: [partners]", r'lists: ["\e]0;title\a"]')
    (folder / "issues" / "2022-09.yaml").write_text(wrong, encoding="utf-8")
    for words in ("check 2022-09 --annotate github", "check 2022-09"):
        run = shell(f"newsletter {words}")
        assert b"]0;title" in run.stdout + run.stderr
        assert b"\x1b]" not in run.stdout + run.stderr


def test_a_reason_that_an_older_version_kept_cannot_either(shell: Run, folder: Path) -> None:
    assert (
        shell("newsletter send 2022-09 --limit 1 --yes; newsletter pause 2022-09 --reason x").returncode == 0
    )
    with closing(open_database(folder / "contacts.db").conn) as conn, conn:
        conn.execute(
            "UPDATE mailings SET stopped = json_set(stopped, '$.why', char(27) || '[2J' || char(10) || 'y')"
        )
    for words in (
        ("send", "2022-09", "--yes"),
        ("send", "2022-09", "--dry-run"),
        ("status",),
        ("report", "2022-09"),
    ):
        shown = in_a_terminal([*PROGRAM, *words], folder)[1]
        assert "\x1b[2J" not in shown
    assert "[2J y" in shown
