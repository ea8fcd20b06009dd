"""What goes into the ledger, the state it leads to, and what it refuses."""

import datetime as dt
import sqlite3

import pytest

from newsletter.contacts import history, reason_to_skip, record_consent, record_wording, standing
from newsletter.database import Database
from newsletter.errors import InputError


def state(db, contact, name="partners"):
    row = db.one("SELECT state FROM subscriptions WHERE contact_id = ? AND list = ?", contact, name)
    return row["state"] if row else None


def reason(db, contact, now, name="partners"):
    return reason_to_skip(db, contact, [name], now)


def test_entries_are_numbered_from_one_without_a_gap(people_db, cast):
    assert [row[0] for row in people_db.conn.execute("SELECT sequence FROM consents ORDER BY sequence")] == [
        1,
        2,
        3,
    ]


def test_the_personal_part_lies_apart_from_the_entry_and_is_bound_by_a_salted_hash(people_db, cast):
    entry = people_db.one("SELECT * FROM consents WHERE sequence = 1")
    detail = people_db.one("SELECT * FROM consent_details WHERE sequence = 1")
    assert "workshop" in detail["detail"]
    assert "workshop" not in str(tuple(entry))
    assert len(detail["salt"]) == 32


@pytest.mark.parametrize("sql", ["UPDATE consents SET basis = 'contract'", "DELETE FROM consents"])
def test_an_entry_cannot_be_changed_or_deleted(people_db, cast, sql):
    with pytest.raises(sqlite3.IntegrityError, match="only ever added to"):
        people_db.conn.execute(sql)


def test_a_deliberate_consent_after_a_withdrawal_counts(people_db, cast, event, now):
    record_consent(people_db, event(cast.ben, effective_at="2022-09-01"), now)
    assert reason(people_db, cast.ben, now) is None


def test_a_consent_older_than_the_withdrawal_is_kept_as_evidence_and_changes_nothing(
    people_db, cast, event, now
):
    record_consent(people_db, event(cast.ben, effective_at="2022-07-01"), now)
    assert reason(people_db, cast.ben, now) == "withdrawn"
    assert len(history(people_db, cast.ben)) == 3


def test_a_withdrawal_counts_even_if_its_date_is_older_than_the_consent(people_db, cast, event, now):
    record_consent(people_db, event(cast.ada, "withdrawn", effective_at="2022-01-01"), now)
    assert reason(people_db, cast.ada, now) == "withdrawn"


def test_somebody_who_was_on_no_list_can_object_in_advance(people_db, cast, event, now):
    record_consent(people_db, event(cast.cleo, "withdrawn"), now)
    assert state(people_db, cast.cleo) == "withdrawn"


def test_a_double_opt_in_waits_for_the_click(people_db, cast, event, now):
    record_consent(people_db, event(cast.cleo, channel="double-opt-in"), now)
    assert reason(people_db, cast.cleo, now) == "unconfirmed"
    record_consent(people_db, event(cast.cleo, "confirmed", channel="web"), now)
    assert reason(people_db, cast.cleo, now) is None


def test_a_stranger_who_types_an_address_into_a_form_can_change_nothing(people_db, cast, event, now):
    for contact in (cast.ada, cast.ben):
        record_consent(people_db, event(contact, channel="double-opt-in", effective_at="2022-09-01"), now)
    assert reason(people_db, cast.ada, now) is None
    assert reason(people_db, cast.ben, now) == "withdrawn"


def test_a_confirmed_double_opt_in_undoes_an_older_withdrawal(people_db, cast, event, now):
    record_consent(people_db, event(cast.ben, channel="double-opt-in", effective_at="2022-09-01"), now)
    record_consent(people_db, event(cast.ben, "confirmed", effective_at="2022-09-02"), now)
    assert reason(people_db, cast.ben, now) is None


def test_a_click_on_a_link_from_before_the_withdrawal_confirms_nothing(people_db, cast, event, now):
    record_consent(people_db, event(cast.cleo, channel="double-opt-in"), now)
    record_consent(people_db, event(cast.cleo, "withdrawn", effective_at="2022-07-01"), now)
    record_consent(people_db, event(cast.cleo, "confirmed", effective_at="2022-08-01"), now)
    assert reason(people_db, cast.cleo, now) == "withdrawn"


def test_a_consent_with_an_end_holds_through_its_last_day(people_db, cast, event, now):
    record_consent(people_db, event(cast.cleo, expires_at="2022-10-01"), now)
    assert reason(people_db, cast.cleo, now + dt.timedelta(days=1)) is None
    assert reason(people_db, cast.cleo, now + dt.timedelta(days=2)) == "expired"


def test_a_refreshed_consent_has_a_new_end(people_db, cast, event, now):
    record_consent(people_db, event(cast.cleo, expires_at="2022-09-01"), now)
    assert reason(people_db, cast.cleo, now) == "expired"
    record_consent(
        people_db, event(cast.cleo, "refreshed", effective_at="2022-09-20", expires_at="2024-09-20"), now
    )
    assert reason(people_db, cast.cleo, now) is None


def test_a_withdrawal_is_not_refreshed_away(people_db, cast, event, now):
    record_consent(people_db, event(cast.ben, "refreshed", effective_at="2022-09-20"), now)
    assert reason(people_db, cast.ben, now) == "withdrawn"


def test_an_unknown_basis_may_be_recorded_and_not_written_to(people_db, cast, event, now):
    record_consent(people_db, event(cast.cleo, basis="unknown"), now)
    assert state(people_db, cast.cleo) == "given"
    assert reason(people_db, cast.cleo, now) == "no-consent"


def test_an_unknown_basis_does_not_take_the_place_of_a_known_one(people_db, cast, event, now):
    record_consent(people_db, event(cast.ada, basis="unknown", effective_at="2022-09-01"), now)
    assert standing(people_db, cast.ada, "partners").basis == "consent"


def test_an_unknown_basis_does_not_take_the_place_of_a_withdrawal(people_db, cast, event, now):
    record_consent(people_db, event(cast.ben, basis="unknown", effective_at="2022-09-01"), now)
    record_consent(people_db, event(cast.ben, effective_at="2022-07-01"), now)
    assert state(people_db, cast.ben) == "withdrawn"
    assert reason(people_db, cast.ben, now) == "withdrawn"


def test_a_consent_from_before_a_withdrawal_does_not_count_after_a_later_one_ended(
    people_db, cast, event, now
):
    record_consent(people_db, event(cast.ben, effective_at="2022-08-10"), now)
    record_consent(people_db, event(cast.ben, "expired", effective_at="2022-09-01"), now)
    record_consent(people_db, event(cast.ben, effective_at="2022-07-01"), now)
    assert reason(people_db, cast.ben, now) == "expired"


def test_voiding_a_consent_leads_back_to_what_stood_before(people_db, cast, event, now):
    number = record_consent(people_db, event(cast.cleo), now)
    record_consent(people_db, event(cast.cleo, "voided", voids=number), now)
    assert state(people_db, cast.cleo) == "none"
    assert reason(people_db, cast.cleo, now) == "not-on-list"


def test_voiding_a_withdrawal_recorded_for_the_wrong_person_restores_the_consent(people_db, cast, event, now):
    record_consent(people_db, event(cast.ben, "voided", voids=3), now)
    assert reason(people_db, cast.ben, now) is None


def test_an_entry_is_voided_once_and_only_for_its_own_person_and_list(people_db, cast, event, now):
    for odd in (
        event(cast.ada, "voided", voids=2),
        event(cast.ada, "voided", voids=1, list="contributors"),
        event(cast.ada, "voided", voids=99),
        event(cast.ada, "voided"),
        event(cast.ada, "given", voids=1),
    ):
        with pytest.raises(InputError, match="voids"):
            record_consent(people_db, odd, now)
    record_consent(people_db, event(cast.ada, "voided", voids=1), now)
    with pytest.raises(InputError, match="already"):
        record_consent(people_db, event(cast.ada, "voided", voids=1), now)


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        ({"effective_at": "2022-10-01"}, "in the future"),
        ({"effective_at": "2022-09-30T09:00:01Z"}, "in the future"),
        ({"effective_at": "14 June 2022"}, "not a date"),
        ({"effective_at": ""}, "not a date"),
        ({"expires_at": "soon"}, "not a day"),
        ({"expires_at": "2022-06-13"}, "before"),
        ({"basis": "concent"}, "did you mean 'consent'"),
        ({"kind": "givn"}, "did you mean 'given'"),
        ({"list": "partner"}, "did you mean 'partners'"),
        ({"channel": ""}, "empty"),
        ({"recorder": "a\nb"}, "line break"),
        ({"wording_digest": "00"}, "none with the digest"),
        ({"contact_id": 12345}, "no contact"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(people_db, cast, event, now, odd, said):
    given = {"kind": "given"} | odd
    contact = given.pop("contact_id", cast.cleo)
    kind = given.pop("kind")
    with pytest.raises(InputError, match=said):
        record_consent(people_db, event(contact, kind, **given), now)
    assert people_db.one("SELECT count(*) FROM consents")[0] == 3
    assert state(people_db, cast.cleo) is None


def test_entries_under_an_id_that_was_merged_away_count_for_the_one_that_stayed(people_db, cast, event, now):
    people_db.conn.execute("INSERT INTO contact_aliases VALUES (?, ?, '')", (4711, cast.cleo))
    number = record_consent(people_db, event(4711), now)
    assert people_db.one("SELECT contact_id FROM consents WHERE sequence = ?", number)[0] == cast.cleo
    assert reason(people_db, 4711, now) is None


def test_history_tells_the_wording_and_the_detail_and_survives_their_erasure(
    people_db: Database, cast, event, now, workspace
):
    (workspace.consent / "partners-v1.md").write_text("I agree to get news.", encoding="utf-8")
    digest = record_wording(people_db, workspace.consent / "partners-v1.md", now)
    number = record_consent(people_db, event(cast.cleo, wording_digest=digest), now)
    [line] = history(people_db, cast.cleo)
    assert (line.wording, line.detail) == ("partners-v1.md", {"source": "workshop sign-up sheet"})
    people_db.conn.execute("DELETE FROM consent_details WHERE sequence = ?", (number,))
    assert history(people_db, cast.cleo)[0].detail is None
