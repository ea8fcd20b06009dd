"""What `newsletter send` says beforehand: until when a rate will hold messages back."""

import datetime as dt
from dataclasses import dataclass

import pytest

from newsletter.cli import foreseeing
from newsletter.config import Config, Smtp, Workspace
from newsletter.database import Database


@dataclass(frozen=True)
class Somebody:
    email: str
    reason: str = ""


READERS = [Somebody(f"reader{number}@example.org") for number in range(500)]


@pytest.fixture
def say(
    db: Database,
    workspace: Workspace,
    now: dt.datetime,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> object:
    monkeypatch.setattr(foreseeing, "now", lambda: now)

    def run(
        limit: int | None = None, times: tuple[str, str] = ("", ""), readers: int = 3, **smtp: object
    ) -> tuple[str, str]:
        config: Config = workspace.config.model_copy(update={"smtp": Smtp(**smtp)})
        going = [*READERS[:readers], Somebody("ben@example.org", "withdrawn")]
        foreseeing.say_when(db, going, config, limit, times=times)
        said = capsys.readouterr()
        return said.out, said.err

    return run


def test_until_when_a_rate_holds_messages_back_is_said_beside_what_is_printed(say: object) -> None:
    assert callable(say)
    assert say(rate="1/minute") == (
        "",
        "At 1/minute, the last of 3 messages leaves on Friday 30 September 2022, 10:02 (Europe/London).\n",
    )


def test_nothing_is_said_where_nothing_holds_messages_back_for_a_minute(say: object) -> None:
    assert callable(say)
    assert say() == ("", "")
    assert say(rate="30/minute") == ("", "")
    assert say(1, rate="1/minute") == ("", "")


@pytest.mark.parametrize(
    ("rate", "readers", "late"),
    [
        ("1/minute", 3, "1 of 3"),
        ("1/minute", 500, "498 of 500"),
        ("60/minute", 500, "439 of 500"),
    ],
)
def test_how_many_come_too_late_is_told_by_the_pace(say: object, rate: str, readers: int, late: str) -> None:
    assert callable(say)
    begins, ends = "2022-10-01T08:00:00Z", "2022-10-01T08:01:00Z"
    _, told = say(times=(begins, ends), readers=readers, rate=rate)
    assert f"At this rate {late} will not get it before Saturday 1 October 2022, 09:01" in told


def test_nobody_comes_too_late_where_there_is_time_enough(say: object) -> None:
    assert callable(say)
    for rate in ("1/minute", "500/hour"):
        assert "will not get it" not in say(times=("", "2022-09-30T09:02:00Z"), rate=rate)[1]


def test_a_last_time_within_a_minute_is_told_though_the_rate_is_not_worth_it(say: object) -> None:
    assert callable(say)
    _, told = say(times=("", "2022-09-30T09:00:01Z"), readers=30, rate="60/minute")
    assert told.startswith("At this rate 28 of 30 will not get it before")


def test_where_a_domain_has_a_rate_of_its_own_it_counts_too(say: object) -> None:
    assert callable(say)
    _, told = say(times=("", "2022-09-30T09:01:00Z"), domains={"example.org": "1/minute"})
    assert "At this rate 1 of 3 will not get it before" in told
