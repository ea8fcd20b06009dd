"""Public pages and a mailbox, and what comes in by them."""

import datetime as dt
import hashlib

import pytest
from arriving import person, queued
from joiners import WORDS
from returning import Round, sent_round

from newsletter.config import Workspace
from newsletter.contacts import sync_lists
from newsletter.database import Database
from newsletter.replies import Desk, Here, open_inbox, sealing_key, take_over


@pytest.fixture
def sent(db: Database, workspace: Workspace, now: dt.datetime) -> Round:
    """An issue that has gone out to Ada and Dora."""
    sync_lists(db, workspace.config, now)
    return sent_round(db, workspace, now)


@pytest.fixture
def ada(db, workspace, now):
    """Ada, to whom an issue for the partners was queued."""
    sync_lists(db, workspace.config, now)
    ada = person(db, "Ada", now)
    queued(db, workspace, now)
    return ada


@pytest.fixture
def wording(workspace, now):
    """The digest of the words that readers were shown."""
    for name in ("partners", "contributors"):
        (workspace.consent / f"{name}-v1.md").write_text(WORDS, encoding="utf-8")
    return hashlib.sha256(WORDS.encode()).hexdigest()


@pytest.fixture
def inbox(db, workspace):
    with open_inbox(workspace.root / "inbox.db", sealing_key(db.key)) as opened:
        yield opened


@pytest.fixture
def rights():
    return []


@pytest.fixture
def desk(db, workspace, now, rights):
    sync_lists(db, workspace.config, now)

    def ask(kind, email, words, day):
        rights.append((kind, email, words, str(day)))
        return True

    return Desk(db, workspace.config, now + dt.timedelta(hours=1), ask)


@pytest.fixture
def sync(desk, inbox, now, wording):
    """Puts one arrival into the inbox and syncs; what was counted."""

    def run(kind="", *, at=now, desk=desk, **data):
        if kind:
            inbox.add(kind, data, at)
        taken = take_over(desk, [Here(inbox)])
        return {f"{what} {word}": number for (what, word), number in taken.counts.items()}

    return run
