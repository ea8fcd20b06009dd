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


READERS = [Somebody(f"reader{number}@example.org") for number in range(3)]


@pytest.fixture
def say(
    db: Database,
    workspace: Workspace,
    now: dt.datetime,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> object:
    monkeypatch.setattr(foreseeing, "now", lambda: now)

    def run(limit: int | None = None, **smtp: object) -> tuple[str, str]:
        config: Config = workspace.config.model_copy(update={"smtp": Smtp(**smtp)})
        foreseeing.say_when(db, [*READERS, Somebody("ben@example.org", "withdrawn")], config, limit)
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
