"""Lists come from newsletter.toml; each purpose is kept with the day it came."""

import datetime as dt

import pytest

from newsletter.config import Config
from newsletter.contacts import (
    add_organisation,
    all_lists,
    all_organisations,
    find_organisation,
    require_list,
    sync_lists,
)
from newsletter.errors import InputError


def config(**lists):
    return Config.model_validate(
        {"lists": {name: {"name": name.title(), "purpose": p} for name, p in lists.items()}}
    )


def test_a_new_purpose_is_kept_beside_the_old_one(db, now):
    sync_lists(db, config(partners="News."), now)
    sync_lists(db, config(partners="News, and events."), now + dt.timedelta(days=1))
    sync_lists(db, config(partners="News, and events."), now + dt.timedelta(days=2))
    rows = [tuple(row) for row in db.conn.execute("SELECT purpose, since FROM list_purposes ORDER BY since")]
    assert rows == [("News.", "2022-09-30T09:00:00Z"), ("News, and events.", "2022-10-01T09:00:00Z")]
    assert all_lists(db)[0].purpose == "News, and events."


def test_who_is_on_the_lists_is_not_counted_where_nothing_changed(db, now):
    sync_lists(db, config(partners="News.", friends=""), now)
    asked: list[str] = []
    db.conn.set_trace_callback(asked.append)
    sync_lists(db, config(partners="News.", friends=""), now)
    db.conn.set_trace_callback(None)
    assert asked
    assert not [sql for sql in asked if "list_members" in sql or sql.startswith(("INSERT", "BEGIN"))]


def test_a_list_that_left_the_settings_stays(db, now):
    sync_lists(db, config(partners="", friends=""), now)
    sync_lists(db, config(partners=""), now)
    assert [info.list for info in all_lists(db)] == ["friends", "partners"]


def test_an_unknown_list_is_named_with_the_nearest_one(people_db):
    with pytest.raises(InputError, match="did you mean 'partners'"):
        require_list(people_db, "partnrs")


def test_organisations_are_known_by_name_in_any_case(db, now):
    add_organisation(db, "Exampleton Museum", now, kind="museum", website="https://example.org")
    assert find_organisation(db, "exampleton MUSEUM").kind == "museum"
    assert [(o.name, o.people) for o in all_organisations(db)] == [("Exampleton Museum", 0)]


@pytest.mark.parametrize("odd", ["", "EXAMPLETON museum", "a\nb"])
def test_an_organisation_needs_a_name_of_its_own(db, now, odd):
    add_organisation(db, "Exampleton Museum", now)
    with pytest.raises(InputError):
        add_organisation(db, odd, now)


def test_a_missing_organisation_is_told_with_the_nearest_name(db, now):
    add_organisation(db, "Exampleton Museum", now)
    with pytest.raises(InputError, match="did you mean 'Exampleton Museum'"):
        find_organisation(db, "Exampelton Museum")
