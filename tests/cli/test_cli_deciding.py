"""`newsletter mailbox list`, `show` and `decide`, and where else it is said that something came back."""

import datetime as dt
import json
import sys

import forked
import pytest
from returning import Round, sent_round

from newsletter.config import Workspace
from newsletter.contacts import sync_lists
from newsletter.database import Database
from newsletter.replies import Reply


@pytest.fixture
def sent(db: Database, workspace: Workspace, now: dt.datetime) -> Round:
    sync_lists(db, workspace.config, now)
    return sent_round(db, workspace, now)


def run(sent: Round, *words: str, code: int = 0) -> str:
    command = [sys.executable, "-m", "newsletter", *words]
    done = forked.run(command, cwd=sent.workspace.root)
    assert done.returncode == code, done.stderr
    return done.stdout + done.stderr


def test_a_wish_is_listed_shown_decided_and_told_everywhere(sent: Round) -> None:
    wish = Reply(
        "reply", sender="ada@example.org", subject="Re: News", text="Please stop \x1b[2J", asks_to_stop=True
    )
    number = str(sent.back(wish).ids[0])
    sent.back(
        sent.bounce(to=sent.dora, severity="policy", reason="blocked", status="5.7.1"),
        now=dt.datetime.now(dt.UTC),
    )

    listed = run(sent, "mailbox", "list")
    assert "ada@example.org" in listed
    assert "1 message to look at; 1 person held back meanwhile." in listed
    shown = run(sent, "mailbox", "show", number)
    assert "| Please stop \N{REPLACEMENT CHARACTER}[2J" in shown
    assert f"newsletter mailbox decide {number} keep" in shown
    assert "asks to stop" in run(sent, "contacts", "show", "ada@example.org")
    status = run(sent, "status")
    assert "1 message that came back to look at, 1 person held back meanwhile." in status
    assert "because of us, not of the readers (their server blocks ours: 1)" in status

    refused = run(sent, "mailbox", "decide", number, "dismiss", code=2)
    assert f"newsletter mailbox decide {number} stop" in refused
    done = run(sent, "mailbox", "decide", number, "stop")
    assert "every list is withdrawn" in done
    assert "taken back with `newsletter contacts undo`" in done
    told = json.loads(run(sent, "mailbox", "list", "--all", "--json"))
    assert [(one["kind"], one["state"], one["decision"]) for one in told] == [
        ("bounce", "done", ""),
        ("reply", "settled", "stop"),
    ]


def test_of_several_either_all_are_decided_or_none(sent: Round) -> None:
    words = Reply("reply", sender="ada@example.org", text="Lovely", message_id=sent.message_id(sent.ada))
    first = str(sent.back(words).ids[0])
    bounce = str(sent.back(sent.bounce()).ids[0])
    assert "nothing is to be decided" in run(sent, "mailbox", "decide", first, bounce, "dismiss", code=2)
    assert sent.row("state", int(first)) == "open"
    decided = json.loads(run(sent, "mailbox", "decide", first, "dismiss", "--json"))
    assert decided[0]["did"] == ["put aside"]
