"""The log of a run: private, without addresses, put aside when it is large, and never in the way."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from newsletter.errors import NotAllowed
from newsletter.outbox import Change, Report, RunLog
from newsletter.outbox import log as module
from newsletter.outbox.receipt import read_receipt

NOW = dt.datetime(2022, 9, 30, 9, 0, tzinfo=dt.UTC)


def made(path: Path) -> RunLog:
    return RunLog(path, "2022-09", lambda: NOW)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_change_is_a_line_with_all_that_is_known_of_it(tmp_path: Path) -> None:
    path = tmp_path / "build" / "2022-09" / "send.log.jsonl"
    log = made(path)
    log.begin(7)
    receipt = read_receipt(550, b"5.1.1 <ada@example.org> is unknown")
    log.moved([Change(4, "refused", attempt=1, receipt=receipt, message_id="<t@example.org>")])
    log.end(Report("2022-09", 1, refused=1), None)
    begun, change, ended = lines(path)
    assert (begun["event"], begun["waiting"], begun["at"]) == ("begin", 7, "2022-09-30T09:00:00.000Z")
    assert change == {
        "at": "2022-09-30T09:00:00.000Z",
        "mailing": "2022-09",
        "delivery": 4,
        "state": "refused",
        "attempt": 1,
        "reason": "",
        "message_id": "<t@example.org>",
        "code": 550,
        "enhanced": "5.1.1",
        "reply": "5.1.1 <<address>> is unknown",
    }
    assert (ended["event"], ended["refused"], ended["stopped"]) == ("end", 1, "")
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_stopped_a_run_is_told_without_the_address_in_it(tmp_path: Path) -> None:
    path = tmp_path / "send.log.jsonl"
    log = made(path)
    log.end(None, NotAllowed("the login of ada@example.org was refused"))
    assert lines(path)[0]["stopped"] == "the login of <address> was refused"


def test_runs_are_added_one_behind_the_other(tmp_path: Path) -> None:
    path = tmp_path / "send.log.jsonl"
    for _ in range(2):
        log = made(path)
        log.begin(1)
        log.end(None, None)
    assert [line["event"] for line in lines(path)] == ["begin", "end"] * 2


def test_a_large_log_is_put_aside_and_the_oldest_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LARGEST", 300)
    path = tmp_path / "send.log.jsonl"
    log = made(path)
    for number in range(40):
        log.moved([Change(number, "sent")])
    names = sorted(file.name for file in tmp_path.iterdir())
    assert names == [*(f"send.log.{number}.jsonl" for number in range(1, 5)), "send.log.jsonl"]
    assert lines(path)[-1]["delivery"] == 39
    assert lines(tmp_path / "send.log.1.jsonl")[-1]["delivery"] < lines(path)[0]["delivery"]
    log.end(None, None)


def test_a_log_that_cannot_be_written_says_so_and_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "build").write_text("a file where a folder should be", encoding="utf-8")
    log = made(tmp_path / "build" / "2022-09" / "send.log.jsonl")
    log.begin(1)
    log.moved([Change(1, "sent")])
    log.end(None, None)
    assert log.failed
