"""Many decisions in one look are those that would be given one by one, whatever state people are in."""

import itertools

import pytest

from newsletter.contacts import (
    decide,
    decide_each,
    decisions,
    decisions_sql,
    merge_contacts,
    read_decision,
    reason_to_skip,
)
from newsletter.database import SKIP_REASONS, transaction

BOTH = ["partners", "contributors"]
#: 'held' is no stop of the contact: somebody asked to stop, and it is not decided.
STOPS = ("", "held", "do-not-contact", "deceased", "left-study")
PAUSES = ("", "2022-09-30", "2999-01-01")
FORMATS = ("html", "print")
ADDRESSES = ("", "written-to", "bounced", "complaint")
#: Where somebody stands with a list: state, basis, last day; None: not on it; (): on it without an entry.
STANDINGS = (
    None,
    (),
    ("given", "consent", "9999-12-31"),
    ("given", "unknown", "9999-12-31"),
    ("given", "public-task", "2022-06-30"),
    ("expired", "consent", "9999-12-31"),
    ("unconfirmed", "consent", "9999-12-31"),
    ("withdrawn", "consent", "9999-12-31"),
    ("none", "consent", "9999-12-31"),
)


def everybody_there_can_be(db):
    """One person for each combination of all that is asked of people; their ids, newest first."""
    with transaction(db):
        return [*_everybody(db)][::-1]


def _everybody(db):
    db.conn.execute(
        "INSERT INTO consents VALUES (1, 1, 'partners', 'given', 'consent', '', '', '', '', '', NULL, '', '', '')"
    )
    everything = itertools.product(STOPS, PAUSES, FORMATS, ADDRESSES, STANDINGS, STANDINGS)
    people = (one for one in everything if one[0] != "held" or one[1] == PAUSES[0] or one[5] is None)
    for contact, (stop, pause, wish, address, *standings) in enumerate(people, 1000):
        yield contact
        db.conn.execute(
            "INSERT INTO contacts (id, name, stop, paused_until, format, created_at, updated_at) "
            "VALUES (?, ?, ?, ?, ?, '', '')",
            (contact, f"Person {contact}", "" if stop == "held" else stop, pause, wish),
        )
        if stop == "held":
            db.conn.execute("INSERT INTO holds VALUES (?, 1, '')", (contact,))
        if address:
            db.conn.execute(
                "INSERT INTO addresses (contact_id, email, normalised, address_key, is_primary) "
                "VALUES (?1, ?2, ?2, ?1, 1)",
                (contact, f"reader{contact}@example.org"),
            )
        if address in ("bounced", "complaint"):
            db.conn.execute("INSERT INTO suppressions VALUES (?, ?, '', '', '')", (contact, address))
        for name, standing in zip(BOTH, standings, strict=True):
            if standing is not None:
                db.conn.execute("INSERT INTO list_members VALUES (?, ?, '')", (name, contact))
            if standing:
                state, basis, ends = standing
                db.conn.execute(
                    "INSERT INTO subscriptions VALUES (?, ?, ?, ?, '2022-01-01', ?, 1)",
                    (contact, name, state, basis, ends),
                )


def test_every_state_is_decided_in_a_batch_as_one_by_one_and_as_for_the_whole_list(people_db, now):
    ids = everybody_there_can_be(people_db)
    for lists in (["partners"], BOTH, BOTH[::-1]):
        found = decide_each(people_db, lists, now, ids)
        assert list(found) == ids
        one_by_one = {one: next(decide(people_db, lists, now, one)) for one in ids}
        assert found == one_by_one
        members = {decision.contact_id: decision for decision in decide(people_db, lists, now)}
        assert members == {one: found[one] for one in members}
        told = {reason_to_skip(people_db, one, lists, now) or "" for one in set(ids) - set(members)}
        assert "not-on-list" in told
        assert "" not in told


@pytest.mark.parametrize("segments", [{}, {"odd": {"tag": ("odd",)}}])
@pytest.mark.parametrize("lists", [("partners",), ("contributors",), BOTH, BOTH[::-1]])
def test_in_bulk_everybody_is_decided_alike(people_db, now, monkeypatch, lists, segments):
    ids = everybody_there_can_be(people_db)
    people_db.conn.executemany(
        "INSERT INTO contact_tags VALUES (?, 'odd')", [(one,) for one in ids if one % 2]
    )
    monkeypatch.setattr(decisions, "_LARGE_PART", 700)
    parts = [*decisions_sql(people_db, lists, now, segments, in_bulk=True)]
    assert len(parts) > 2
    rows = [row for part in parts for row in people_db.conn.execute(*part)]
    found = {row["id"]: read_decision(row, tuple(lists)) for row in rows}
    assert len(found) == len(rows)
    one_by_one = decide(people_db, lists, now, segments=segments)
    assert found == {one.contact_id: one._replace(since="", basis="", further=()) for one in one_by_one}


def test_the_states_of_that_test_lead_to_every_reason_that_people_can_have(people_db, now):
    ids = everybody_there_can_be(people_db)
    about_mailings = {"duplicate", "cancelled", "answered", "lapsed", "too-late", "address-changed"}
    reasons = {decision.reason for decision in decide_each(people_db, BOTH, now, ids).values()}
    assert reasons == {"", *SKIP_REASONS} - about_mailings


def test_a_large_list_is_decided_in_parts_everybody_once_and_by_id(people_db, now):
    ids = everybody_there_can_be(people_db)
    people_db.conn.executemany(
        "INSERT INTO contact_tags VALUES (?, ?)", [(one, "odd" if one % 2 else "even") for one in ids]
    )
    assert len([*decisions_sql(people_db, BOTH, now)]) > 2
    in_both = "SELECT DISTINCT contact_id FROM list_members"
    members = sorted(row[0] for row in people_db.conn.execute(in_both))
    assert [one.contact_id for one in decide(people_db, BOTH, now)] == members
    of_segment = decide(people_db, BOTH, now, segments={"odd": {"tag": ("odd",)}})
    assert [one.contact_id for one in of_segment] == [one for one in members if one % 2]


def test_the_old_id_of_somebody_merged_leads_to_the_person_under_the_id_asked_for(people_db, cast, now):
    merge_contacts(people_db, cast.ada, [cast.cleo], now)
    found = decide_each(people_db, ["partners"], now, [cast.cleo, cast.ben, cast.ada, cast.cleo])
    assert set(found) == {cast.ada, cast.ben, cast.cleo}
    assert found[cast.cleo] == found[cast.ada] == next(decide(people_db, ["partners"], now, cast.cleo))
    assert found[cast.cleo].contact_id == cast.ada
    assert found[cast.ben].reason == "withdrawn"


def test_whoever_is_not_here_any_more_has_no_decision(people_db, cast, now):
    assert decide_each(people_db, ["partners"], now, []) == {}
    people_db.conn.execute("DELETE FROM contacts WHERE id = ?", (cast.ada,))
    assert set(decide_each(people_db, ["partners"], now, [cast.ada, 4711, cast.ben])) == {cast.ben}
    assert set(decide_each(people_db, [], now, [cast.ben])) == {cast.ben}
