"""People whose address has letters beyond ASCII before the @: imported, written to, and found, as they are typed."""

import email
import email.policy
import json
import subprocess
import sys
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import forked
import pytest
from postroom import postroom

from newsletter.database import create_database

ISSUE = """\
title: News of the study
date: 30 September 2022
preheader: Two papers and an event
lists: [partners]
sections:
  - title: News of the summer
    body: We have news.
"""
ORDER = ("--list", "partners", "--basis", "consent", "--source", "sheet", "--given-on", "2022-06-14")
PEOPLE = "email,name\nada@example.org,Ada Obi\n用户@例え.jp,用户 山田\nJürgen@Example.org,Jürgen Ott\n"
NOTE = "Note: 2 addresses have letters beyond A to Z before the @"
WHY = "the mail server does not offer SMTPUTF8 (RFC 6531), which this address needs"
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def newsletter(folder: Path) -> Run:
    """Runs a command in a workspace with an issue and a database."""
    (folder / "issues" / "2022-09.yaml").write_text(ISSUE, encoding="utf-8")
    create_database(folder / "contacts.db").conn.close()

    def run(*arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "newsletter", *arguments]
        return forked.run(command, cwd=folder, input=typed)

    return run


def brought_in(newsletter: Run, folder: Path, people: str = PEOPLE) -> subprocess.CompletedProcess[str]:
    (folder / "people.csv").write_text(people, encoding="utf-8")
    run = newsletter("contacts", "import", "people.csv", *ORDER)
    assert run.returncode == 0, run.stderr
    return run


def sent(newsletter: Run, folder: Path, port: int) -> subprocess.CompletedProcess[str]:
    settings = (folder / "newsletter.toml").read_text(encoding="utf-8")
    (folder / "newsletter.toml").write_text(settings.replace("2525", str(port)), encoding="utf-8")
    run = newsletter("approve", "2022-09", "--as", "Ada Example", "--role", "study lead", "--yes")
    assert run.returncode == 0, run.stderr
    return newsletter("send", "2022-09", "--yes")


def read(content: bytes) -> EmailMessage:
    """A message, whose header section may have UTF-8 in it (RFC 6532)."""
    message = email.message_from_string(content.decode(), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_over_a_server_with_smtputf8_everybody_gets_it_and_it_reads_back_exactly(
    newsletter: Run, folder: Path
) -> None:
    assert NOTE in brought_in(newsletter, folder).stdout
    with postroom() as room:
        run = sent(newsletter, folder, room.port)
        assert "SMTPUTF8" in newsletter("doctor").stdout
    assert run.returncode == 0, run.stderr
    assert sorted(room.recipients()) == ["Jürgen@example.org", "ada@example.org", "用户@例え.jp"]
    asked = [one for one in room.heard if one.startswith("MAIL news@example.org SIZE=")]
    assert sorted(one.endswith(" BODY=8BITMIME SMTPUTF8") for one in asked) == [False, True, True]
    for post in room.taken:
        (to,) = read(post.content)["To"].addresses
        assert (to.addr_spec,) == post.recipients
        assert to.display_name == {"a": "Ada Obi", "J": "Jürgen Ott", "用": "用户 山田"}[to.addr_spec[0]]
        assert post.content.partition(b"\r\n\r\n")[0].isascii() is to.addr_spec.isascii()
        assert read(post.content)["List-Unsubscribe"].startswith("<mailto:study@example.org?")
    log = (folder / "build" / "2022-09" / "send.log.jsonl").read_text(encoding="utf-8")
    assert log.count('"state": "sent"') == 3
    assert not any(word in log for word in ("Jürgen", "用户", "ada@"))


def test_a_server_without_smtputf8_refuses_them_with_the_reason_and_nobody_else(
    newsletter: Run, folder: Path
) -> None:
    # More than a server may refuse in a row before that is about us.
    more = "".join(f"zoë{number}@example.org,Zoë\n" for number in range(30))
    brought_in(newsletter, folder, f"email,name\n{more}{PEOPLE.partition(chr(10))[2]}ben@example.org,Ben\n")
    with postroom(smtputf8=False) as room:
        run = sent(newsletter, folder, room.port)
        again = newsletter("send", "2022-09", "--yes")
        told = newsletter("doctor").stdout
    assert "and 32 of those in contacts.db are such" in " ".join(told.split())
    assert sorted(room.recipients()) == ["ada@example.org", "ben@example.org"]
    assert run.returncode == 1, run.stderr
    equation = "34 candidates = 2 sent + 0 skipped + 32 refused + 0 waiting + 0 in doubt"
    assert (equation in run.stdout, equation in again.stdout) == (True, True)
    assert not any("zo" in one or "用" in one for one in room.heard)
    report = json.loads(newsletter("report", "2022-09", "--json").stdout)
    whys = {one["email"]: one["reply"] for one in report["recipients"] if one["state"] == "refused"}
    assert (len(whys), set(whys.values())) == (32, {WHY})
    # They are not given up: over another server the next issue goes to them.
    assert "nothing, it would be sent" in newsletter("contacts", "show", "ZOË7@example.org").stdout
    assert "Nothing of 2022-09 is in doubt." in newsletter("resolve", "2022-09").stdout
    assert "32 refused" in newsletter("status").stdout


def test_they_are_added_edited_exported_suppressed_and_erased_as_others_are(
    newsletter: Run, folder: Path
) -> None:
    added = newsletter("contacts", "add", "उपयोगकर्ता@example.org", "--name", "Uma")
    assert added.returncode == 0, added.stderr
    assert "Note: 1 address has letters beyond A to Z before the @" in added.stdout
    assert "Note" not in newsletter("contacts", "add", "ada@bücher.example").stdout
    edited = newsletter("contacts", "edit", "उपयोगकर्ता@example.org", "--primary", "用户@例え.jp")
    assert edited.returncode == 0, edited.stderr
    assert json.loads(newsletter("contacts", "find", "用户", "--json").stdout)[0]["email"] == "用户@例え.jp"
    out = newsletter("contacts", "export", "people.json")
    assert out.returncode == 0, out.stderr
    same = newsletter("contacts", "import", "people.json")
    assert "2  people unchanged" in same.stdout, same.stdout + same.stderr
    assert "letters beyond" not in same.stdout
    assert newsletter("suppress", "add", "用户@xn--r8jz45g.jp").returncode == 0
    assert "never written to" in newsletter("contacts", "show", "用户@例え.jp").stdout
    assert newsletter("privacy", "export", "उपयोगकर्ता@example.org").returncode == 0
    assert newsletter("privacy", "erase", "用户@例え.jp", "--yes").returncode == 0
    (folder / "old.csv").write_text("email\n用户@例え.jp\n", encoding="utf-8")
    assert "left out, since" in newsletter("contacts", "import", "old.csv", *ORDER).stdout


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("zo\u202eë@example.org", "RIGHT-TO-LEFT OVERRIDE"),
        ("zo\u200bë@example.org", "invisible mark"),
        ("\u0430da@example.org", "look alike"),
        ("o’neil@example.org", "neither a letter nor a digit"),
        ("zoë\x1b[2J@example.org", "invalid characters"),
    ],
)
def test_a_line_with_what_is_unsafe_is_rejected_with_its_place_and_reason(
    newsletter: Run, folder: Path, cell: str, why: str
) -> None:
    (folder / "people.csv").write_text(f"email,name\nada@example.org,Ada\n{cell},Zoë\n", encoding="utf-8")
    run = newsletter("contacts", "import", "people.csv", *ORDER)
    assert run.returncode == 2
    assert "people.csv:3: email: " in run.stderr
    assert why in run.stderr
    assert not set(run.stdout + run.stderr) & {"\u202e", "\u200b", "\x1b"}
