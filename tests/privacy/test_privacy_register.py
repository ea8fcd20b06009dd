"""The register knows every table and column, so that nothing about a person is forgotten."""

import re

import pytest

from newsletter.database import Database
from newsletter.privacy.register import REGISTER, outdated, unregistered

ABOUT_PEOPLE = {holding.table: holding for holding in REGISTER if holding.erased != "nobody"}


def test_every_table_and_column_is_in_the_register(db: Database) -> None:
    assert unregistered(db.conn) == {}, "say in newsletter/privacy/of_*.py what these hold about a person"


def test_the_register_names_nothing_that_is_not_there(db: Database) -> None:
    assert outdated(db.conn) == {}


def test_a_new_table_or_column_is_missed_at_once(db: Database) -> None:
    db.conn.execute("CREATE TABLE diaries (contact_id INTEGER, secret TEXT)")
    db.conn.execute("ALTER TABLE contacts ADD COLUMN shoe_size TEXT")
    assert unregistered(db.conn) == {"diaries": {"contact_id", "secret"}, "contacts": {"shoe_size"}}


def test_no_table_is_in_the_register_twice() -> None:
    assert len({holding.table for holding in REGISTER}) == len(REGISTER)


@pytest.mark.parametrize("table", ABOUT_PEOPLE)
def test_what_is_about_a_person_can_be_found_for_a_person(db: Database, table: str) -> None:
    holding = ABOUT_PEOPLE[table]
    db.conn.create_function("mentions", 1, lambda text: 0)
    found = db.conn.execute(
        f"SELECT count(*) FROM {table} WHERE {holding.found}", {"ids": "[1]", "keys": '["x"]'}
    )
    assert found.fetchone()[0] == 0
    assert set(holding.shown) | set(holding.sets) | set(holding.texts) <= set(holding.columns)


@pytest.mark.parametrize("table", [h.table for h in REGISTER if h.erased == "follows"])
def test_what_follows_the_contact_does_so_by_its_foreign_key(db: Database, table: str) -> None:
    keys = db.conn.execute(f"PRAGMA foreign_key_list({table})").fetchall()
    assert any(key["table"] == "contacts" and key["on_delete"] == "CASCADE" for key in keys)


@pytest.mark.parametrize("table", [h.table for h in REGISTER if h.erased in ("kept", "emptied")])
def test_what_stays_after_erasure_says_why(table: str) -> None:
    assert ABOUT_PEOPLE[table].why.endswith(".")


def test_every_column_that_names_a_contact_is_about_people(db: Database) -> None:
    for holding in REGISTER:
        if any(re.fullmatch(r"(to_)?contact_id", column) for column in holding.columns):
            assert holding.erased != "nobody", holding.table
