"""What is said of a large list: all of it to scripts, as much as can be read to people, none of it held at once."""

import json
from types import SimpleNamespace

import pytest

from newsletter.cli import rehearsing
from newsletter.cli import report as reporting
from newsletter.outbox import Recipient, Report

REPORT = Report("2022-09", 3, skipped={"withdrawn": 2}, waiting=1)


def people(count: int) -> list[Recipient]:
    """The first waits, the others have withdrawn."""
    return [
        Recipient(
            n, n, f"reader{n}@example.org", "skipped" if n else "waiting", "withdrawn" if n else "", "", "é"
        )
        for n in range(count)
    ]


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5])
def test_the_json_of_a_report_is_whole_and_as_it_always_was(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.setattr(reporting, "SHOWN", 2)
    reporting.print_report_json(REPORT, iter(people(count)))
    shape = {**REPORT.as_dict(), "recipients": [one.as_dict() for one in people(count)]}
    assert capsys.readouterr().out == json.dumps(shape, ensure_ascii=False, indent=2) + "\n"


def test_a_report_shows_the_first_and_says_how_many_more_there_are(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporting, "SHOWN", 2)
    reporting.print_people(iter(people(5)))
    shown = capsys.readouterr().out
    assert shown.count("@example.org") == 2
    assert "3 more" in shown
    reporting.print_people(iter(people(2)))
    assert "more" not in capsys.readouterr().out


def test_a_dry_run_shows_some_who_get_it_and_some_who_do_not(capsys: pytest.CaptureFixture[str]) -> None:
    getting = [(one, "partners", "they agreed") for one in people(9)[:1] * 4]
    found = SimpleNamespace(owed=[*((one, "", "") for one in people(9)[1:]), *getting])
    rehearsing._print_rehearsal(found, 3)  # type: ignore[arg-type]
    shown = capsys.readouterr().out
    lines = [line for line in shown.splitlines() if "@example.org" in line]
    assert ["0.eml" in line for line in lines] == [True] * 3 + [False] * 3
    assert "6 more" in shown
    assert "--all" in shown
    rehearsing._print_rehearsal(found, None)  # type: ignore[arg-type]
    assert capsys.readouterr().out.count("@example.org") == 12
