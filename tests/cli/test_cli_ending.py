"""What is told, and to whom, where an error ends a `send`."""

import errno
import sqlite3
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest

from newsletter import outbox
from newsletter.cli import ending
from newsletter.cli.ending import Course, told_at_the_end
from newsletter.errors import InputError, NotAllowed
from newsletter.outbox import AnotherSender, Report

KNOWN = Report("2022-09", 3, sent=1, waiting=1, in_doubt=1)
ADDRESS = "ada@example.org"


@pytest.fixture
def mailed(monkeypatch: pytest.MonkeyPatch) -> list[Report]:
    """The notices that are mailed."""
    notices: list[Report] = []
    monkeypatch.setattr(ending, "tell_by_mail", lambda workspace, found: notices.append(found))
    monkeypatch.setattr(outbox, "report_of", lambda *_: KNOWN)
    return notices


def end(error: BaseException, **course: bool) -> None:
    config: Any = SimpleNamespace(zone=None)
    job: Any = SimpleNamespace(
        db=None, slug="2022-09", as_json=False, workspace=SimpleNamespace(config=config)
    )
    with pytest.raises(type(error)) as raised, told_at_the_end(job, Course(**{"asked": False} | course)):
        raise error
    assert raised.value is error


@pytest.mark.parametrize(
    ("error", "course", "told"),
    [
        (NotAllowed("no approval"), {}, True),
        (NotAllowed("no approval"), {"asked": True}, False),
        (NotAllowed("paused"), {"asked": True, "waited": True}, True),
        (OSError(errno.EIO, "broken"), {"asked": True, "begun": True}, True),
        (InputError("no such time"), {}, False),
        (InputError("gone meanwhile"), {"waited": True}, True),
        (click.Abort(), {"asked": True}, False),
        (click.UsageError("what?"), {}, False),
        (KeyboardInterrupt(), {"begun": True}, False),
        (click.exceptions.Exit(130), {"begun": True}, False),
    ],
)
def test_it_is_mailed_where_nobody_may_be_there_to_read_it(
    mailed: list[Report], error: BaseException, course: dict[str, bool], told: bool
) -> None:
    end(error, **course)
    assert bool(mailed) is told


def test_what_is_known_is_printed_where_some_left_but_after_a_second_ctrl_c(
    mailed: list[Report], capsys: pytest.CaptureFixture[str]
) -> None:
    end(KeyboardInterrupt(), begun=True)
    out = capsys.readouterr().out
    assert "3 candidates = 1 sent" in out
    assert "newsletter resolve 2022-09" in out
    end(click.exceptions.Exit(130), begun=True)
    end(NotAllowed("paused"))
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "no room left on the disk"),
        (FileNotFoundError(errno.ENOENT, "No such file", "key"), "key: No such file"),
        (sqlite3.OperationalError("database or disk is full"), "full"),
        (ValueError(ADDRESS), "something went wrong that nobody foresaw (ValueError)"),
    ],
)
def test_each_kind_of_error_has_words_for_a_notice(mailed: list[Report], error: Exception, said: str) -> None:
    end(error, begun=True)
    (found,) = mailed
    assert said in str(found.stopped)
    assert ADDRESS not in str(found.stopped)
    assert (found.sent, found.in_doubt) == (1, 1)


def test_the_numbers_of_another_sender_are_not_ours(
    mailed: list[Report], capsys: pytest.CaptureFixture[str]
) -> None:
    end(AnotherSender(), begun=True)
    assert mailed[0].candidates == 0
    assert capsys.readouterr().out == ""


def test_a_database_that_cannot_be_read_hides_nothing(
    mailed: list[Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(*_: object) -> Report:
        raise sqlite3.DatabaseError("malformed")

    monkeypatch.setattr(outbox, "report_of", unreadable)
    end(NotAllowed("too late"), begun=True)
    assert (mailed[0].candidates, str(mailed[0].stopped)) == (0, "too late")


def test_a_notice_that_fails_in_any_way_hides_nothing(
    folder: Path, workspace: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from newsletter.cli.running import tell_by_mail

    def broken(*_: object) -> None:
        raise RuntimeError("of a kind that nobody foresaw")

    monkeypatch.setattr(outbox, "notice_relay", broken)
    notice = workspace.config.notice.model_copy(update={"email": "lead@example.org"})
    told: Any = SimpleNamespace(config=workspace.config.model_copy(update={"notice": notice}))
    tell_by_mail(told, KNOWN)
    assert "could not be mailed: of a kind that nobody foresaw" in capsys.readouterr().err
