"""A large import stays small in memory, leaves nothing where it fails, and can be accounted for."""

import json
import os
import sqlite3

import pytest

from newsletter.contacts import (
    Changes,
    apply_import,
    edit_contact,
    find_contacts,
    plan_import,
    touched_since,
    verify_ledger,
)
from newsletter.contacts.transfer import room


def write(path, count, first=0):
    people = (f"p{n}@example.org,Person {n},Org {n % 7}\n" for n in range(first, first + count))
    path.write_text("email,name,organisation\n" + "".join(people))


def indexes(db):
    sql = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name"
    return [tuple(row) for row in db.conn.execute(sql)]


def test_indexes_that_were_set_aside_for_many_people_are_back_as_they_were(
    people_db, order, now, monkeypatch
):
    monkeypatch.setattr(room, "_MANY", 50)
    before = indexes(people_db)
    write(order.path, 60)
    apply_import(people_db, plan_import(people_db, order, now), now)
    assert indexes(people_db) == before
    assert people_db.one("PRAGMA integrity_check")[0] == "ok"
    assert people_db.one("SELECT everybody FROM kept_ready")[0] == 1
    assert len(find_contacts(people_db, "p59@example.org")) == 1


def test_an_import_that_fails_puts_back_indexes_and_cache(people_db, order, now, monkeypatch):
    monkeypatch.setattr(room, "_MANY", 50)
    before, cache = indexes(people_db), people_db.one("PRAGMA cache_size")[0]
    write(order.path, 60)
    plan = plan_import(people_db, order, now)
    people_db.conn.execute(f"PRAGMA max_page_count = {people_db.one('PRAGMA page_count')[0] + 3}")
    with pytest.raises(sqlite3.OperationalError, match="full"):
        apply_import(people_db, plan, now)
    assert indexes(people_db) == before
    assert people_db.one("PRAGMA cache_size")[0] == cache
    assert people_db.one("SELECT count(*) FROM contacts")[0] == 0
    people_db.conn.execute("PRAGMA max_page_count = 1073741823")
    assert apply_import(people_db, plan, now).counts()["added"] == 60


def test_the_staging_is_private_and_leaves_no_file(people_db, order, now, monkeypatch):
    seen = []
    write(order.path, 5)
    real = os.close

    def look(handle):
        seen.append(os.fstat(handle).st_mode & 0o777)
        real(handle)

    monkeypatch.setattr(os, "close", look)
    before = sorted(path.name for path in order.root.iterdir())
    plan = plan_import(people_db, order, now)
    assert 0o600 in seen
    assert sorted(path.name for path in order.root.iterdir()) == before
    plan.close()


def test_an_import_is_one_operation_whose_people_and_entries_are_known(people_db, order, now):
    write(order.path, 4)
    apply_import(people_db, plan_import(people_db, order, now), now)
    done = people_db.one("SELECT * FROM operations")
    assert (done["command"], done["operator"], done["first_entry"], done["last_entry"]) == (
        "contacts import",
        "tester",
        1,
        4,
    )
    assert json.loads(done["summary"])["added"] == 4
    assert people_db.one("SELECT operation_id FROM imports")[0] == done["id"]
    rows = people_db.conn.execute("SELECT DISTINCT change, before FROM operation_contacts").fetchall()
    assert [tuple(row) for row in rows] == [("added", "")]
    [ada] = find_contacts(people_db, "p0@example.org")
    edit_contact(people_db, ada, Changes(add_tags=("x",)), now.replace(hour=10))
    assert touched_since(people_db, done["id"]) == {ada}


def test_whoever_an_import_changed_is_kept_as_they_were(people_db, order, now):
    order.path.write_text("email\nada@example.org\n")
    apply_import(people_db, plan_import(people_db, order, now), now)
    order.path.write_text("email,name,region,tags\nada@example.org,Ada Obi,North,press\n")
    apply_import(people_db, plan_import(people_db, order, now), now)
    row = people_db.one("SELECT * FROM operation_contacts WHERE change = 'changed'")
    assert row["fields"] == "name contact_tags contact_fields"
    assert json.loads(row["before"])["contact"][0] == ""


def test_people_keep_the_order_of_the_file_and_ids_keep_no_secret_of_it(people_db, order, now):
    write(order.path, 5000)
    apply_import(people_db, plan_import(people_db, order, now), now)
    rows = people_db.conn.execute("SELECT c.id, c.name FROM contacts c ORDER BY c.id").fetchall()
    assert [row[1] for row in rows] == [f"Person {n}" for n in range(5000)]
    assert len({row[0] % 1000 for row in rows}) > 900
    assert verify_ledger(people_db) is None


def test_two_files_of_which_one_holds_the_other_add_each_person_once(people_db, order, now):
    write(order.path, 1500)
    apply_import(people_db, plan_import(people_db, order, now), now)
    write(order.path, 2500)
    done = apply_import(people_db, plan_import(people_db, order, now), now).counts()
    assert (done["added"], done["unchanged"]) == (1000, 1500)


def test_a_file_of_nothing_but_bad_lines_is_told_in_part_and_kept_whole(people_db, order, now):
    order.path.write_text("email\n" + "bad\n" * 3000)
    plan = plan_import(people_db, order, now)
    assert plan.counts()["rejected"] == 3000
    assert len(plan.problems(10)) == 10
    assert sum(1 for _ in plan.rejected()) == 3000
