"""`newsletter sync`, and what `send` does first: whoever left by the public pages or by mail is heard."""

import contextlib
import datetime as dt
import io
import json
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest
from arriving import link
from postroom import Postroom, postroom

from newsletter import outbox
from newsletter.cli import newsletter, send
from newsletter.cli.beforehand import Unheard
from newsletter.cli.console import explained
from newsletter.cli.ending import Course
from newsletter.cli.waiting import Attempt
from newsletter.contacts import (
    ConsentEvent,
    NewContact,
    add_contact,
    find_contacts,
    read_wording,
    record_consent,
    standing,
    sync_lists,
)
from newsletter.database import Database, create_database, open_database
from newsletter.outbox import Report
from newsletter.replies import (
    PAGE,
    Inbox,
    There,
    open_inbox,
    read_removal,
    reason_to_refuse,
    sealing_key,
    write_page,
)
from newsletter.tokens import sync_secret

ISSUE = """\
title: News of the study
date: 30 September 2022
preheader: Two papers and an event
lists: [partners]
sections:
  - title: News of the summer
    body: We have news.
"""
MAIL = """\
From: Ben <ben@example.org>
To: study@example.org
Subject: unsubscribe {token}
Message-ID: <1@example.org>
Date: Fri, 30 Sep 2022 09:00:00 +0000

Please.
"""


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Types a command in the workspace; in this process, since starting one takes as long as most of them."""
    out, err = io.StringIO(), io.StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        patch.setattr(sys, "argv", ["newsletter", *words])
        patch.chdir(folder)
        code = explained(newsletter)
    return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())


@pytest.fixture
def room() -> Iterator[Postroom]:
    with postroom() as server:
        yield server


@pytest.fixture
def study(folder: Path, room: Postroom, workspace, now) -> Path:
    """Ada and Ben are on the partners' list, and an issue for it is agreed to."""
    settings = (folder / "newsletter.toml").read_text(encoding="utf-8")
    (folder / "newsletter.toml").write_text(settings.replace("2525", str(room.port)), encoding="utf-8")
    (folder / "issues" / "2022-09.yaml").write_text(ISSUE, encoding="utf-8")
    (folder / "consent" / "partners-v1.md").write_text("I would like to get news.\n", encoding="utf-8")
    with closing((made := create_database(folder / "contacts.db")).conn):
        sync_lists(made, workspace.config, now)
        for name in ("ada", "ben"):
            contact = add_contact(made, NewContact(email=f"{name}@example.org", name=name.title()), now)
            record_consent(
                made,
                ConsentEvent(contact, "partners", "given", "consent", "2022-06-14", "paper", "t"),
                now,
            )
    return folder


def agree(study: Path) -> None:
    assert run(study, "approve", "2022-09", "--as", "Ada", "--role", "lead", "--yes").returncode == 0


def settle(study: Path, part: str) -> None:
    with (study / "newsletter.toml").open("a", encoding="utf-8") as file:
        file.write(part)


@contextmanager
def rows(study: Path) -> Iterator[Database]:
    with closing((db := open_database(study / "contacts.db")).conn):
        yield db


def arrive(study: Path, kind: str, **data: object) -> None:
    """Puts something into the inbox of pages that run here."""
    with rows(study) as db, open_inbox(study / "inbox.db", sealing_key(db.key)) as inbox:
        inbox.add(kind, data, dt.datetime.now(dt.UTC))


def joining(study: Path) -> dict[str, object]:
    digest = read_wording(study / "consent" / "partners-v1.md", study).digest
    return {"email": "dora@example.org", "lists": ["partners"], "wording": {"partners": digest}}


def stop_of(study: Path, name: str) -> str:
    with rows(study) as db:
        return link(db, *find_contacts(db, f"{name}@example.org"))


def test_who_joins_is_asked_by_mail_and_is_on_the_list_once_they_have_said_yes(study, room):
    assert run(study, "sync").returncode == 78
    arrive(study, "subscribe", **joining(study))
    dry = json.loads(run(study, "sync", "--dry-run", "--json").stdout)
    assert dry == {"waiting": {"subscribe": 1}, "more": False, "aside": {}, "to_confirm": 0}
    done = run(study, "sync")
    assert done.returncode == 0, done.stderr
    assert (
        "1 arrival taken over:\n  joining: 1 to be asked by mail\n1 message that asks to confirm sent.\n"
        in done.stdout
    )
    assert room.recipients() == ["dora@example.org"]
    text = message_from_bytes(room.taken[0].content, policy=default).get_body(("plain",)).get_content()
    token = re.search(r"confirm%20(\w+)", text)[1]
    arrive(study, "confirm", token=token, one_click=False)
    told = json.loads(run(study, "sync", "--json").stdout)
    assert (told["taken"], told["outcomes"]) == (1, {"confirm": {"done": 1}})
    assert told["confirmations"] == {"sent": 0, "skipped": 0, "refused": 0, "waiting": 0, "in_doubt": 0}
    with rows(study) as db:
        assert standing(db, *find_contacts(db, "dora@example.org"), "partners").state == "given"


def test_requests_are_kept_once_with_their_day_for_people_known_and_unknown(study):
    for email in ("ada@example.org", "zoe@example.org"):
        arrive(study, "access", email=email, words="What do you have?")
        arrive(study, "access", email=email, words="Again")
    told = json.loads(run(study, "sync", "--json").stdout)
    assert told["outcomes"] == {"access": {"done": 2, "stood": 2}}
    kept = json.loads(run(study, "privacy", "request", "list", "--json").stdout)
    assert [one["kind"] for one in kept] == ["access", "access"]
    assert sorted(bool(one["contact_id"]) for one in kept) == [False, True]
    assert all("What do you have?" in one["note"] for one in kept)


def test_a_mail_server_that_is_away_makes_requests_wait_and_loses_none(study, room):
    settings = study / "newsletter.toml"
    right = settings.read_text()
    settings.write_text(right.replace(f"port = {room.port}", "port = 1"))
    arrive(study, "subscribe", **joining(study))
    done = run(study, "sync", "--json")
    assert (done.returncode, json.loads(done.stdout)["confirmations"]["waiting"]) == (69, 1)
    settings.write_text(right)
    assert run(study, "sync").returncode == 0
    assert room.recipients() == ["dora@example.org"]


def test_who_left_on_the_public_pages_gets_nothing_of_what_is_sent_after_it(study, room):
    agree(study)
    assert run(study, "send", "2022-09", "--yes", "--limit", "1").returncode == 75
    [gone, other] = sorted(("ada", "ben"), key=lambda name: f"{name}@example.org" in room.recipients())
    arrive(study, "unsubscribe", token=stop_of(study, gone), one_click=True)
    sent = run(study, "send", "2022-09", "--yes", "--json")
    told = json.loads(sent.stdout)
    assert (told["sent"], told["skipped"]) == (1, {"withdrawn": 1}), sent.stderr
    assert room.recipients() == [f"{other}@example.org"]


def test_nothing_is_sent_while_the_public_pages_cannot_be_reached(study, room):
    settle(study, '\n[public]\nurl = "http://127.0.0.1:1"\n')
    agree(study)
    dry = run(study, "send", "2022-09", "--dry-run")
    assert (dry.returncode, "Before it goes the public pages would be read" in dry.stderr) == (0, True)
    stopped = run(study, "send", "2022-09", "--yes")
    assert (stopped.returncode, "not known who has left" in stopped.stderr) == (69, True)
    assert "--without-reading" in stopped.stderr
    arrive(study, "erasure", email="ada@example.org")
    half = run(study, "sync")
    assert (half.returncode, "1 arrival taken over before it failed" in half.stderr) == (69, True)
    assert run(study, "consent", "renew", "--list", "partners", "--yes").returncode == 69
    assert room.taken == []
    done = run(study, "send", "2022-09", "--yes", "--without-reading")
    assert (done.returncode, len(room.taken)) == (0, 2), done.stderr
    assert "Not read before sending, as you said: the public pages." in done.stderr


def test_a_run_that_waits_goes_on_waiting_while_nobody_can_be_heard_unless_it_is_held(monkeypatch):
    def deaf(job, course):
        raise Unheard

    monkeypatch.setattr(send, "_attempt", deaf)
    monkeypatch.setattr(outbox, "hindrance", lambda *_: held)
    monkeypatch.setattr(outbox, "mailing_of", lambda *_: mailing)
    mailing, course = SimpleNamespace(id=1, not_after=""), Course(asked=False)
    config = SimpleNamespace(zone=dt.UTC)
    job = SimpleNamespace(db=None, slug="2022-09", workspace=SimpleNamespace(config=config))
    began, held = dt.datetime.now(dt.UTC), None
    before = Attempt(mailing, Report("2022-09", 2, waiting=2), moment=began)
    again = send._attempt_again(job, course, before)
    assert isinstance(again.found.stopped, Unheard)
    assert dt.timedelta(minutes=4) < again.moment - began < dt.timedelta(minutes=6)
    held = outbox.TooLate()
    with pytest.raises(outbox.TooLate):
        send._attempt_again(job, course, before)


def test_opt_outs_by_mail_are_read_first_and_must_have_been_read_within_a_day(study, room):
    agree(study)
    for name in ("cur", "new", "tmp"):
        (study / "mail" / name).mkdir(parents=True)
    settle(study, f'\n[mailbox]\npath = "{study / "mail"}"\n')
    unread = run(study, "send", "2022-09", "--yes", "--without-reading")
    assert (unread.returncode, "have not been read ever" in unread.stderr) == (77, True)
    assert run(study, "send", "2022-09", "--yes", "--limit", "1").returncode == 75
    [gone] = {"ada", "ben"} - {one.partition("@")[0] for one in room.recipients()}
    (study / "mail" / "new" / "1").write_text(MAIL.format(token=stop_of(study, gone)))
    done = run(study, "send", "2022-09", "--yes", "--json")
    assert json.loads(done.stdout)["skipped"] == {"withdrawn": 1}, done.stderr
    assert run(study, "send", "2022-09", "--yes", "--without-reading").returncode == 0
    with rows(study) as db:
        db.conn.execute("UPDATE mailboxes SET read_at = '2022-01-01T00:00:00+00:00'")
    assert run(study, "send", "2022-09", "--yes", "--without-reading").returncode == 77


def test_a_workspace_with_neither_pays_nothing_for_it(study, room):
    agree(study)
    code = (
        "import sys, atexit\n"
        "atexit.register(lambda: print([n for n in sys.modules if n.startswith('newsletter.replies')]))\n"
        "sys.argv = ['newsletter', 'send', '2022-09', '--yes']\n"
        "from newsletter.cli import main\nmain()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=study, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines()[-1] == "[]"
    assert len(room.taken) == 2


@contextmanager
def served(pages: Inbox, secret: bytes) -> Iterator[str]:
    """An inbox on another machine, as the public pages hand it out; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer(b"", lambda body: write_page(pages.sealed(PAGE)))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.answer(body, lambda body: str(pages.remove(read_removal(body))).encode())

        def answer(self, body: bytes, made: Callable[[bytes], bytes]) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            now = dt.datetime.now(dt.UTC)
            refused = reason_to_refuse(secret, self.command, self.path, body, headers=headers, now=now)
            told = b"" if refused else made(body)
            self.send_response(403 if refused else 200)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_what_came_in_on_another_machine_is_fetched_and_removed_there(study, tmp_path):
    with rows(study) as db, open_inbox(tmp_path / "there.db", sealing_key(db.key)) as pages:
        for number in range(PAGE + 5):
            pages.add("unsubscribe", {"token": str(number)}, dt.datetime.now(dt.UTC))
        pages.add("erasure", {"email": "ada@example.org"}, dt.datetime.now(dt.UTC))
        with served(pages, sync_secret(db.key, 0)) as address:
            settle(study, f'\n[public]\nurl = "{address}"\n')
            dry = json.loads(run(study, "sync", "--dry-run", "--json").stdout)
            assert (dry["more"], pages.count()) == (True, PAGE + 6)
            told = json.loads(run(study, "sync", "--json").stdout)
            assert (told["taken"], pages.count()) == (PAGE + 6, 0)
            assert told["outcomes"] == {"unsubscribe": {"refused": PAGE + 5}, "erasure": {"done": 1}}
            assert json.loads(run(study, "sync", "--json").stdout)["taken"] == 0


def test_pages_with_the_public_key_of_an_earlier_rotation_are_fetched_from(study, tmp_path):
    with rows(study) as db, open_inbox(tmp_path / "there.db", sealing_key(db.key)) as pages:
        pages.add("erasure", {"email": "ada@example.org"}, dt.datetime.now(dt.UTC))
        with served(pages, sync_secret(db.key, 1)) as address:
            found = There(address, replace(db.key, rotation=3), lambda: dt.datetime.now(dt.UTC)).waiting()
    assert [one.kind for one in found] == ["erasure"]


def test_pages_of_somebody_else_and_pages_in_the_clear_are_refused(study, tmp_path):
    with open_inbox(tmp_path / "there.db", bytes(32)) as pages, served(pages, bytes(32)) as address:
        other = run(study, "sync", "--from", address)
    assert (other.returncode, "keys export --public" in other.stderr) == (78, True)
    plain = run(study, "sync", "--from", "http://news.example.org")
    assert (plain.returncode, "https" in plain.stderr) == (78, True)


def test_pages_that_are_served_here_are_not_asked_over_the_net(study):
    settle(study, '\n[public]\nurl = "http://127.0.0.1:1"\n')
    with rows(study) as db, open_inbox(study / "inbox.db", sealing_key(db.key)) as serving:
        serving.add("erasure", {"email": "ada@example.org"}, dt.datetime.now(dt.UTC))
        assert json.loads(run(study, "sync", "--json").stdout)["taken"] == 1
    assert run(study, "sync").returncode == 69
