"""Ends that passed are noted, entries are struck out by an entry, and neither lets anybody in by the back door."""

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path

import forked
import pytest

from newsletter.contacts import (
    BadDate,
    add_months,
    confirm_request,
    count_ended,
    entry_token,
    expiring,
    foresee_voiding,
    history,
    parse_span,
    reason_to_skip,
    record_consent,
    record_ends,
    request_consent,
    verify_ledger,
    void_entry,
)
from newsletter.errors import InputError


def run(folder: Path, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "newsletter", *words]
    return forked.run(command, cwd=folder, input=typed)


def test_an_end_that_passed_is_noted_once_with_the_day_after_it(people_db, cast, event, now):
    record_consent(people_db, event(cast.ada, "refreshed", expires_at="2022-09-29"), now)
    assert reason_to_skip(people_db, cast.ada, ["partners"], now) == "expired"
    assert count_ended(people_db, now).passed == 1
    assert record_ends(people_db, now, recorder="tester").passed == 1
    line = history(people_db, cast.ada)[-1]
    assert (line.entry.kind, line.entry.effective_at) == ("expired", "2022-09-30")
    assert line.detail == {"why": "its end has passed"}
    assert record_ends(people_db, now, recorder="tester").passed == 0
    assert reason_to_skip(people_db, cast.ada, ["partners"], now) == "expired"
    assert verify_ledger(people_db) is None


def test_the_last_day_still_counts(people_db, cast, event, now):
    record_consent(people_db, event(cast.ada, "refreshed", expires_at="2022-09-30"), now)
    assert record_ends(people_db, now, recorder="tester").passed == 0
    assert reason_to_skip(people_db, cast.ada, ["partners"], now) is None


def test_a_request_that_nobody_confirmed_lapses_after_its_days(people_db, cast, event, now):
    record_consent(people_db, event(cast.cleo, channel="double-opt-in"), now)
    assert record_ends(people_db, now + dt.timedelta(days=7), recorder="tester").unanswered == 0
    later = now + dt.timedelta(days=7, seconds=1)
    assert record_ends(people_db, later, recorder="tester").unanswered == 1
    assert reason_to_skip(people_db, cast.cleo, ["partners"], later) == "expired"


def test_a_withdrawal_does_not_expire(people_db, cast, event, now):
    record_consent(people_db, event(cast.ada, "refreshed", expires_at="2022-09-01"), now)
    record_consent(people_db, event(cast.ada, "withdrawn", effective_at="2022-09-10"), now)
    assert record_ends(people_db, now, recorder="tester").passed == 0
    assert reason_to_skip(people_db, cast.ada, ["partners"], now) == "withdrawn"


def test_what_ends_soon_is_listed_soonest_first_and_only_while_in_force(people_db, cast, event, now):
    record_consent(people_db, event(cast.ada, "refreshed", expires_at="2022-12-01"), now)
    record_consent(people_db, event(cast.cleo, expires_at="2022-10-01"), now)
    record_consent(people_db, event(cast.ben, list="contributors", expires_at="2022-09-01"), now)
    assert [one.contact_id for one in expiring(people_db, now, 90)] == [cast.cleo, cast.ada]
    assert [one.contact_id for one in expiring(people_db, now, 30)] == [cast.cleo]
    assert [*expiring(people_db, now, 90, "contributors")] == []


@pytest.mark.parametrize(
    ("text", "days"), [("90d", 90), ("90", 90), ("6w", 42), ("3 months", 90), ("2Y", 730)]
)
def test_spans_are_read_as_people_write_them(text, days):
    assert parse_span(text) == days


@pytest.mark.parametrize("text", ["", "d", "-3d", "0d", "90 dogs", "99999y", "1e3d"])
def test_what_is_no_span_is_refused(text):
    with pytest.raises(BadDate):
        parse_span(text)


def test_months_end_with_the_last_day_there_is():
    assert add_months(dt.date(2024, 1, 31), 1) == dt.date(2024, 2, 29)
    assert add_months(dt.date(2022, 11, 30), 24) == dt.date(2024, 11, 30)


def test_a_request_made_after_an_end_that_nobody_noted_can_still_be_confirmed(people_db, cast, event, now):
    record_consent(people_db, event(cast.cleo, expires_at="2022-09-01"), now)
    asked = request_consent(people_db, event(cast.cleo, effective_at="2022-09-30"), now)
    assert [line.entry.kind for line in history(people_db, cast.cleo)] == ["given", "expired", "given"]
    later = now + dt.timedelta(days=1)
    assert record_ends(people_db, later, recorder="tester").passed == 0
    assert reason_to_skip(people_db, cast.cleo, ["partners"], later) == "unconfirmed"
    token = entry_token(people_db, "confirm", asked)
    confirm_request(people_db, token, later, channel="email", recorder="tester")
    assert reason_to_skip(people_db, cast.cleo, ["partners"], later) is None
    assert verify_ledger(people_db) is None


# --- struck out ----------------------------------------------------------------------------------


def test_a_withdrawal_of_somebody_else_can_be_struck_out_with_its_reason(people_db, cast, now):
    assert foresee_voiding(people_db, 3, now).revives
    assert reason_to_skip(people_db, cast.ben, ["partners"], now) == "withdrawn"
    void_entry(people_db, 3, "it was another Ben", recorder="tester", now=now)
    assert reason_to_skip(people_db, cast.ben, ["partners"], now) is None
    assert history(people_db, cast.ben)[-1].detail == {"why": "it was another Ben"}
    assert verify_ledger(people_db) is None


def test_striking_out_an_end_that_has_passed_lets_somebody_in_and_is_said_to(people_db, cast, event, now):
    number = record_consent(people_db, event(cast.ada, "refreshed", expires_at="2022-09-29"), now)
    assert reason_to_skip(people_db, cast.ada, ["partners"], now) == "expired"
    assert foresee_voiding(people_db, number, now).revives
    assert not foresee_voiding(people_db, number, now - dt.timedelta(days=1)).revives
    assert void_entry(people_db, number, "wrong Ada", recorder="tester", now=now).revives
    assert reason_to_skip(people_db, cast.ada, ["partners"], now) is None


def test_striking_out_what_let_somebody_in_shuts_them_out(people_db, cast, now):
    assert not void_entry(people_db, 1, "wrong Ada", recorder="tester", now=now).revives
    assert reason_to_skip(people_db, cast.ada, ["partners"], now) == "not-on-list"


def test_what_cannot_be_struck_out_is_refused(people_db, cast, now):
    void_entry(people_db, 3, "it was another Ben", recorder="tester", now=now)
    for entry, said in ((3, "already"), (4, "strikes out entry 3"), (99, "no entry 99")):
        with pytest.raises(InputError, match=said):
            void_entry(people_db, entry, "why not", recorder="tester", now=now)
    with pytest.raises(InputError, match="why"):
        void_entry(people_db, 1, "  ", recorder="tester", now=now)
    people_db.conn.execute("DELETE FROM contacts WHERE id = ?", (cast.ada,))
    with pytest.raises(InputError, match="erased"):
        foresee_voiding(people_db, 1, now)


def test_the_command_asks_for_a_typed_word_where_it_revives(people_db, cast, folder):
    people_db.conn.close()
    no = run(folder, "consent", "void", "3", "--why", "another Ben", typed="yes\n")
    assert no.returncode == 130
    assert "may not be written to on partners now" in no.stderr
    yes = run(folder, "consent", "void", "3", "--why", "another Ben", typed="revive\n")
    assert (yes.returncode, "Entry 3 is struck out" in yes.stdout) == (0, True)
    told = run(folder, "consent", "history", "ben@example.org").stdout
    assert "entry 3 was struck out for partners" in told
    assert "why: another Ben" in told


def test_the_commands_about_ends_say_what_they_found(people_db, cast, event, folder):
    today = dt.datetime.now(dt.UTC)
    record_consent(
        people_db,
        event(cast.ada, "refreshed", expires_at=(today.date() + dt.timedelta(9)).isoformat()),
        today,
    )
    record_consent(people_db, event(cast.cleo, expires_at="2022-08-01"), today)
    people_db.conn.close()
    assert (
        "1 ended by their date and 0 never confirmed: would be noted"
        in run(folder, "consent", "expire", "--dry-run").stdout
    )
    assert json.loads(run(folder, "consent", "expire", "--json").stdout) == {"passed": 1, "unanswered": 0}
    found = json.loads(run(folder, "consent", "expiring", "--within", "2w", "--json").stdout)
    assert [one["email"] for one in found] == ["ada@example.org"]
    assert "ada@example.org" in run(folder, "consent", "expiring").stdout
    assert run(folder, "consent", "expiring", "--within", "soon").returncode == 2
    assert "did you mean 'partners'" in run(folder, "consent", "expiring", "--list", "partner").stderr
