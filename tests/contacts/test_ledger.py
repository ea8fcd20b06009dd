"""The ledger can be proven: whatever is done to it behind our back is found and named."""

import sqlite3

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.contacts import (
    BASES,
    ConsentEvent,
    NewContact,
    add_contact,
    reason_to_skip,
    record_consent,
    sync_lists,
    verify_ledger,
)
from newsletter.contacts.ledger import SIGNED, canonical
from newsletter.contacts.standing import NO_END
from newsletter.database import Database, anchor_database, create_database
from newsletter.tokens import new_key


@pytest.fixture
def open_db(people_db, cast):
    """The cast's database with the triggers gone, as somebody with another program would have it."""
    drop_triggers(people_db)
    return people_db


def drop_triggers(db):
    names = [row[0] for row in db.conn.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]
    for name in names:
        db.conn.execute(f"DROP TRIGGER {name}")
    db.conn.execute("PRAGMA foreign_keys = OFF")


def test_a_ledger_that_nobody_touched_is_whole(people_db, cast):
    assert verify_ledger(people_db) is None


def test_an_empty_ledger_is_whole(people_db):
    assert verify_ledger(people_db) is None


def test_an_edited_row_is_named(open_db):
    open_db.conn.execute("UPDATE consents SET effective_at = '2022-06-15' WHERE sequence = 2")
    broken = verify_ledger(open_db)
    assert broken.sequence == 2
    assert "changed" in broken.reason


def test_a_deleted_row_is_named(open_db):
    open_db.conn.execute("DELETE FROM consents WHERE sequence = 2")
    broken = verify_ledger(open_db)
    assert (broken.sequence, "after 1 comes 3" in broken.reason) == (2, True)


def test_two_rows_that_changed_places_are_found(open_db):
    open_db.conn.execute("UPDATE consents SET sequence = -sequence WHERE sequence IN (1, 2)")
    open_db.conn.execute("UPDATE consents SET sequence = 3 + sequence WHERE sequence < 0")
    assert verify_ledger(open_db).sequence == 1


def test_a_tail_that_was_cut_with_all_its_traces_shows_against_the_head_kept_outside(open_db):
    anchor_database(open_db)
    open_db.conn.execute("DELETE FROM consents WHERE sequence = 3")
    open_db.conn.execute("DELETE FROM consent_details WHERE sequence = 3")
    open_db.conn.execute(
        "UPDATE subscriptions SET state = 'given', since = '2022-06-14', sequence = 2 WHERE sequence = 3"
    )
    broken = verify_ledger(open_db)
    assert (broken.sequence, "once had 3 entries" in broken.reason) == (3, True)


def test_a_tail_that_was_cut_and_written_anew_shows_too(open_db, cast, event, now):
    anchor_database(open_db)
    open_db.conn.execute("DELETE FROM consents WHERE sequence = 3")
    open_db.conn.execute("DELETE FROM consent_details WHERE sequence = 3")
    record_consent(open_db, event(cast.ben, effective_at="2022-09-01"), now)
    assert verify_ledger(open_db).sequence == 3


def test_a_chain_computed_anew_without_the_key_is_found(open_db):
    open_db.conn.execute("UPDATE consents SET kind = 'given' WHERE sequence = 3")
    stranger, mac = new_key(), ""
    for row in open_db.conn.execute("SELECT * FROM consents ORDER BY sequence").fetchall():
        text = canonical([row[name] for name in SIGNED]) + mac.encode()
        mac = stranger.mac("ledger", text).hex()
        open_db.conn.execute("UPDATE consents SET mac = ? WHERE sequence = ?", (mac, row["sequence"]))
    assert verify_ledger(open_db).sequence == 1


@pytest.mark.parametrize(
    "sql", ['SET detail = \'{"source":"web form"}\'', "SET salt = '00'", "SET salt = 'xyz'", "SET salt = 7"]
)
def test_a_changed_detail_is_found(people_db, cast, sql):
    people_db.conn.execute(f"UPDATE consent_details {sql} WHERE sequence = 2")
    broken = verify_ledger(people_db)
    assert (broken.sequence, "detail" in broken.reason) == (2, True)


def test_a_detail_that_is_gone_while_its_person_is_there_is_found(people_db, cast):
    people_db.conn.execute("DELETE FROM consent_details WHERE sequence = 2")
    broken = verify_ledger(people_db)
    assert (broken.sequence, "detail" in broken.reason) == (2, True)


def test_an_erased_person_leaves_the_chain_whole(people_db, cast):
    theirs = "IN (SELECT sequence FROM consents WHERE contact_id = ?)"
    people_db.conn.execute(f"DELETE FROM consent_details WHERE sequence {theirs}", (cast.ben,))
    people_db.conn.execute("DELETE FROM contacts WHERE id = ?", (cast.ben,))
    assert verify_ledger(people_db) is None


def test_a_state_changed_beside_the_ledger_is_found(people_db, cast):
    people_db.conn.execute("UPDATE subscriptions SET state = 'given' WHERE contact_id = ?", (cast.ben,))
    broken = verify_ledger(people_db)
    assert "lead to 'withdrawn'" in broken.reason


@pytest.mark.parametrize(
    "column", ["basis = 'contract'", "since = '2020-01-01'", "expires_at = '2050-01-01'"]
)
def test_a_basis_or_a_day_changed_beside_the_ledger_is_found(people_db, cast, column):
    people_db.conn.execute(f"UPDATE subscriptions SET {column} WHERE contact_id = ?", (cast.ada,))
    assert verify_ledger(people_db) is not None


def test_a_subscription_put_in_without_any_entry_is_found(people_db, cast):
    people_db.conn.execute(
        "INSERT INTO subscriptions VALUES (?, 'partners', 'given', 'consent', '2022-06-14', ?, 1)",
        (cast.cleo, NO_END),
    )
    assert "without any entry" in verify_ledger(people_db).reason


def test_a_state_that_was_deleted_is_found(people_db, cast):
    people_db.conn.execute("DELETE FROM subscriptions WHERE contact_id = ?", (cast.ben,))
    assert verify_ledger(people_db) is not None


def test_missing_triggers_are_told(open_db):
    assert "triggers" in verify_ledger(open_db).reason


# --- by chance -----------------------------------------------------------------------------------

kinds = st.sampled_from(["given", "confirmed", "refreshed", "withdrawn", "expired", "voided"])
acts = st.lists(
    st.tuples(
        st.integers(0, 1),
        kinds,
        st.sampled_from(BASES),
        st.sampled_from(["paper", "double-opt-in"]),
        st.integers(1, 28),
    ),
    min_size=1,
    max_size=12,
)
slow = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def fresh(tmp_path, workspace, now):
    """Makes an empty database with two people, again and again."""
    made = []

    def make():
        db = create_database(tmp_path / f"run-{len(made)}.db")
        made.append(db)
        sync_lists(db, workspace.config, now)
        return db, [add_contact(db, NewContact(email=f"p{n}@example.org"), now) for n in range(2)]

    yield make
    for db in made:
        db.conn.close()


def play(db: Database, people, story, now):
    """Record the story; what was recorded for whom, in the model's words."""
    told: dict[int, list] = {0: [], 1: []}
    for who, kind, basis, channel, day in story:
        open_entries = [n for n, k, *_ in told[who] if k != "voided"]
        gone = {v for *_, v in told[who]}
        voids = next((n for n in reversed(open_entries) if n not in gone), None) if kind == "voided" else None
        if kind == "voided" and voids is None:
            continue
        event = ConsentEvent(
            people[who], "partners", kind, basis, f"2022-06-{day:02}", channel, "tester", voids=voids
        )
        number = record_consent(db, event, now)
        told[who].append((number, kind, basis, channel, day, voids))
    return told


def may_be_written_to(entries):
    """The model: a person may be written to if, after the last withdrawal that was not voided, they agreed."""
    voided = {v for *_, v in entries if v}
    live = [e for e in entries if e[0] not in voided and e[1] != "voided"]
    state, basis, since, waiting, stopped = "none", "", 0, None, 0
    for _, kind, on, channel, day, _ in live:
        agreed = state == "given" and basis != "unknown"
        if kind == "withdrawn":
            state, basis, waiting, stopped = "withdrawn", on, None, max(stopped, day)
        elif kind == "expired" and state in ("given", "unconfirmed"):
            state, waiting = "expired", None
        elif kind == "refreshed" and state in ("given", "expired"):
            state, since, basis = "given", day, basis if on == "unknown" else on
        elif kind == "confirmed" and waiting and day >= stopped:
            state, basis, since, waiting = "given", waiting, day, None
        elif kind == "given" and day >= stopped and not (state == "withdrawn" and on == "unknown"):
            if (on, channel) == ("consent", "double-opt-in"):
                waiting = on
                if not agreed and state != "withdrawn":
                    state, basis = "unconfirmed", on
            elif not (agreed and (on == "unknown" or day < since)):
                state, basis, since, waiting = "given", on, day, None
    return state, state == "given" and basis != "unknown"


@slow
@given(story=acts)
def test_the_state_is_what_the_model_says_after_any_story(fresh, now, story):
    db, people = fresh()
    told = play(db, people, story, now)
    assert verify_ledger(db) is None
    for who, contact in enumerate(people):
        state, allowed = may_be_written_to(told[who])
        row = db.one("SELECT state FROM subscriptions WHERE contact_id = ?", contact)
        assert (row["state"] if row else "none") == state
        assert (reason_to_skip(db, contact, ["partners"], now) is None) == allowed


@slow
@given(story=acts, data=st.data())
def test_any_one_row_that_is_tampered_with_is_found(fresh, now, story, data):
    db, people = fresh()
    play(db, people, story, now)
    entries = db.one("SELECT count(*) FROM consents")[0]
    if not entries:
        return
    anchor_database(db)
    drop_triggers(db)
    db.conn.execute("PRAGMA ignore_check_constraints = ON")
    number = data.draw(st.integers(1, entries))
    column = data.draw(st.sampled_from([*SIGNED, "mac", "a deleted row"]))
    if column == "a deleted row":
        db.conn.execute("DELETE FROM consents WHERE sequence = ?", (number,))
    else:
        before = db.one(f"SELECT {column} FROM consents WHERE sequence = ?", number)[0]
        changed = data.draw(st.sampled_from([b"x", 12345, "2022-06-29", "", "consent", b"\x00"]))
        if column == "sequence":
            changed = 12345
        try:
            db.conn.execute(f"UPDATE consents SET {column} = ? WHERE sequence = ?", (changed, number))
        except sqlite3.IntegrityError:
            return
        row = db.one(f"SELECT {column} FROM consents WHERE sequence = ?", number)
        if row and row[0] == before:
            return
    assert verify_ledger(db) is not None


# --- lists ---------------------------------------------------------------------------------------


def test_somebody_taken_off_a_list_behind_our_back_is_found(people_db, cast):
    people_db.conn.execute("DELETE FROM list_members WHERE contact_id = ?", (cast.ada,))
    assert "was taken off the list 'partners'" in verify_ledger(people_db).reason


def test_somebody_put_on_a_list_without_any_entry_is_found(people_db, cast):
    people_db.conn.execute("INSERT INTO list_members VALUES ('partners', ?, '2022-06-14')", (cast.cleo,))
    assert "on the list 'partners' without any entry" in verify_ledger(people_db).reason


def test_a_trigger_that_was_dropped_is_named(people_db, cast):
    people_db.conn.execute("DROP TRIGGER consents_refuse_delete")
    assert "consents_refuse_delete" in verify_ledger(people_db).reason


def test_a_state_of_somebody_merged_is_proven_from_the_entries_of_both(people_db, cast, event, now):
    people_db.conn.execute(
        "INSERT INTO contact_aliases VALUES (?, ?, '2022-09-30T09:00:00Z')", (cast.ben, cast.ada)
    )
    people_db.conn.execute("DELETE FROM contacts WHERE id = ?", (cast.ben,))
    assert "the entries lead to 'withdrawn'" in verify_ledger(people_db).reason
    record_consent(people_db, event(cast.ada, effective_at="2022-09-01"), now)
    assert verify_ledger(people_db) is None
