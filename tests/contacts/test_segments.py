"""Segments: who meets the criteria, today; what nobody has; how the question is answered at a million."""

import datetime as dt
from itertools import combinations

import pytest

from newsletter.config import Workspace
from newsletter.contacts import (
    NewContact,
    add_contact,
    add_segment,
    all_segments,
    any_segment_sql,
    choose_people,
    count_segment,
    find_segment,
    remove_segment,
    segment_people,
    segment_sql,
    segments_of,
    sync_lists,
)
from newsletter.database import Database
from newsletter.errors import InputError

PEOPLE = {
    "Ada": NewContact(
        email="ada@example.org",
        name="Ada",
        roles=("partner",),
        tags=("press", "north"),
        organisations=("Exampleton Museum",),
        language="cy",
    ),
    "Ben": NewContact(
        email="ben@example.org", name="Ben", roles=("contributor", "staff"), tags=("north",), format="print"
    ),
    "Cleo": NewContact(
        email="cleo@example.org", name="Cleo", roles=("contributor",), organisations=("Health Board",)
    ),
    "Dee": NewContact(email="dee@example.org", name="Dee"),
}
REGIONS = {"Ada": "North", "Ben": "North", "Cleo": "South"}


@pytest.fixture
def people(db: Database, workspace: Workspace, now: dt.datetime) -> dict[str, int]:
    sync_lists(db, workspace.config, now)
    ids = {name: add_contact(db, contact, now) for name, contact in PEOPLE.items()}
    db.conn.executemany(
        "INSERT INTO contact_fields VALUES (?, 'region', ?)",
        [(ids[name], text) for name, text in REGIONS.items()],
    )
    db.conn.execute("INSERT INTO list_members VALUES ('partners', ?, '2022-01-01T00:00:00Z')", (ids["Dee"],))
    return ids


def names(db: Database, criteria: dict[str, tuple[str, ...]], now: dt.datetime) -> str:
    return " ".join(person.name for person in segment_people(db, criteria, now))


@pytest.mark.parametrize(
    ("criteria", "who"),
    [
        ({"role": ("contributor",)}, "Ben Cleo"),
        ({"role": ("partner", "staff")}, "Ada Ben"),
        ({"not role": ("contributor",)}, "Ada Dee"),
        ({"organisation": ("exampleton museum",)}, "Ada"),
        ({"not organisation": ("Exampleton Museum", "Health Board")}, "Ben Dee"),
        ({"tag": ("north",), "not tag": ("press",)}, "Ben"),
        ({"list": ("partners",)}, "Dee"),
        ({"field:region": ("North", "South"), "not field:region": ("South",)}, "Ada Ben"),
        ({"language": ("cy",)}, "Ada"),
        ({"format": ("print", "large-print")}, "Ben"),
        ({"role": ("contributor",), "field:region": ("North",), "not tag": ("press",)}, "Ben"),
        ({"tag": ("nobody's",)}, ""),
    ],
)
def test_the_same_criterion_means_any_and_different_ones_mean_all(
    db: Database, people: dict[str, int], now: dt.datetime, criteria: dict[str, tuple[str, ...]], who: str
) -> None:
    assert names(db, criteria, now) == who
    assert count_segment(db, criteria, now) == len(who.split())
    for name, number in people.items():
        assert segments_of(db, number, {"it": criteria}, now) == ["it"] * (name in who.split())


def test_every_pair_of_criteria_gives_those_who_meet_both(
    db: Database, people: dict[str, int], now: dt.datetime
) -> None:
    single = [
        {"role": ("contributor",)},
        {"tag": ("north",)},
        {"not tag": ("press",)},
        {"format": ("print",)},
    ]
    for one, other in combinations(single, 2):
        both = set(names(db, one, now).split()) & set(names(db, other, now).split())
        assert set(names(db, one | other, now).split()) == both
        sql, values = any_segment_sql({"a": one, "b": other}, now)
        either = {row[0] for row in db.conn.execute(f"SELECT name FROM contacts c WHERE {sql}", values)}
        assert either == set(names(db, one, now).split()) | set(names(db, other, now).split())


def test_a_role_counts_only_while_it_lasts(db: Database, people: dict[str, int], now: dt.datetime) -> None:
    db.conn.execute(
        "UPDATE contact_roles SET since = '2022-01-01', until = '2022-09-30' WHERE role = 'partner'"
    )
    asked = {"role": ("partner",)}
    assert names(db, asked, now - dt.timedelta(days=1)) == "Ada"
    assert names(db, asked, now) == "", "over on the day on which it ends"
    assert names(db, asked, now.replace(year=2021)) == "", "not begun"
    assert names(db, {"not role": ("partner",)}, now) == "Ada Ben Cleo Dee"


def test_who_is_chosen_for_a_change_to_many_is_who_a_segment_would_mean(
    db: Database, people: dict[str, int], now: dt.datetime
) -> None:
    assert choose_people(db, {"role": "Contributor", "tag": ""}, now) == sorted(
        [people["Ben"], people["Cleo"]]
    )
    asked = {"role": "contributor", "tag": "north", "list": "", "organisation": ""}
    assert choose_people(db, asked, now) == [people["Ben"]]
    assert choose_people(db, {"organisation": "HEALTH board"}, now) == [people["Cleo"]]
    assert choose_people(db, {"list": "partners"}, now) == [people["Dee"]]
    assert choose_people(db, {"role": ""}, now) == []
    db.conn.execute("UPDATE contact_roles SET since = '2022-10-01' WHERE role = 'contributor'")
    assert choose_people(db, {"role": "contributor"}, now) == [], "not begun"


def test_a_name_that_differs_in_capitals_is_taken_and_what_nobody_has_is_said(
    db: Database, people: dict[str, int], now: dt.datetime
) -> None:
    segment, warnings = add_segment(
        db, "north", {"tag": ("PRESS",), "field:region": ("north", "Nroth")}, now, recorder="tester"
    )
    assert segment.criteria == {"field:region": ("North", "Nroth"), "tag": ("press",)}
    assert warnings == ["nobody has the region 'Nroth' (did you mean 'North'?)"]
    _, warnings = add_segment(db, "all", {"list": ("partner",), "role": ("funder",)}, now, recorder="tester")
    assert warnings[0].startswith("nobody has the list 'partner' (did you mean 'partners'?)")
    assert "'funder'" in warnings[1]


def test_all_spellings_that_differ_in_capitals_are_meant(
    db: Database, people: dict[str, int], now: dt.datetime
) -> None:
    db.conn.execute("UPDATE contact_fields SET value = 'NORTH' WHERE contact_id = ?", (people["Ben"],))
    segment, warnings = add_segment(db, "north", {"field:region": ("north",)}, now, recorder="tester")
    assert (segment.criteria, warnings) == ({"field:region": ("NORTH", "North")}, [])
    assert names(db, segment.criteria, now) == "Ada Ben"


def test_a_segment_keeps_its_meaning_unless_it_is_to_be_replaced(
    db: Database, people: dict[str, int], now: dt.datetime
) -> None:
    add_segment(db, "north", {"tag": ("north",)}, now, recorder="tester")
    add_segment(db, "north", {"tag": ("north",)}, now, recorder="tester")
    with pytest.raises(InputError, match="already: tag north"):
        add_segment(db, "north", {"tag": ("press",)}, now, recorder="tester")
    add_segment(db, "north", {"tag": ("press",)}, now, recorder="tester", replace=True)
    assert [one.in_words for one in all_segments(db)] == ["tag press"]
    assert remove_segment(db, "north").criteria == {"tag": ("press",)}
    with pytest.raises(InputError, match="none called 'north'"):
        find_segment(db, "north")


@pytest.mark.parametrize(
    ("name", "criteria", "said"),
    [
        ("north", {}, "nothing was said"),
        ("north", {"tag": (" ",)}, "tag: it is empty"),
        ("north east", {"tag": ("press",)}, "one word"),
        ("-x", {"tag": ("press",)}, "one word"),
        ("x", {"format": ("pigeon",)}, "format: 'pigeon'"),
        ("x", {"tags": ("press",)}, "did you mean 'tag'"),
    ],
)
def test_what_cannot_be_a_segment_is_refused(
    db: Database, now: dt.datetime, name: str, criteria: dict[str, tuple[str, ...]], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        add_segment(db, name, criteria, now, recorder="tester")
    assert all_segments(db) == []


def test_texts_are_never_part_of_the_sql(db: Database, people: dict[str, int], now: dt.datetime) -> None:
    evil = ("x') OR 1=1 --", "{values}", ':"')
    for kind in ("role", "organisation", "tag", "list", "language", "format", "field:a'b) --"):
        assert count_segment(db, {kind: evil}, now) == 0
        assert evil[0] not in segment_sql({kind: evil}, now)[0]


def test_every_criterion_but_language_and_format_is_looked_up_in_an_index(
    db: Database, now: dt.datetime
) -> None:
    for kind in ("role", "organisation", "tag", "list", "field:region"):
        sql, values = segment_sql({kind: ("x",)}, now)
        plan = db.conn.execute(f"EXPLAIN QUERY PLAN SELECT count(*) FROM contacts c WHERE {sql}", values)
        steps = [row["detail"] for row in plan]
        whole = [step for step in steps if step.startswith("SCAN") and "json_each" not in step]
        assert whole == [], f"{kind}: {steps}"
        assert any("INDEX" in step or "PRIMARY KEY" in step for step in steps)
