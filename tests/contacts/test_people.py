"""People are added, edited and shown; ids are random and never come back."""

import pytest

from newsletter.contacts import (
    Changes,
    NewContact,
    add_contact,
    contact_card,
    edit_contact,
    find_contacts,
    record_consent,
    search_contacts,
    the_contact,
)
from newsletter.errors import InputError


def whole(email="dora@example.org", **odd):
    usual = {
        "name": "Dora Šimić",
        "given_name": "Dora",
        "other_emails": ("d@example.org",),
        "organisations": ("Exampleton Museum", "exampleton museum", "Library"),
        "position": "curator",
        "roles": ("Partner", "beekeeper"),
        "tags": ("north",),
        "language": "EN-gb",
        "format": "large print",
        "postal_address": "1 Street\r\nTown",
        "notes": "=1+1\nlikes bees",
    }
    return NewContact(email=email, **(usual | odd))


def test_a_contact_comes_back_as_it_went_in(db, now):
    card = contact_card(db, add_contact(db, whole(), now), now)
    assert card.email == "dora@example.org"
    assert [a.email for a in card.addresses] == ["dora@example.org", "d@example.org"]
    assert [(o.name, o.position) for o in card.organisations] == [
        ("Exampleton Museum", "curator"),
        ("Library", "curator"),
    ]
    assert [role.name for role in card.roles] == ["beekeeper", "partner"]
    assert (card.language, card.format, card.postal_address) == ("en-GB", "large-print", "1 Street\nTown")
    assert card.notes == "=1+1\nlikes bees"


def test_ids_are_53_bits_and_never_one_that_was_given_to_anybody(people_db, cast, event, now):
    record_consent(people_db, event(cast.ben), now)
    people_db.conn.execute("DELETE FROM contacts WHERE id = ?", (cast.ben,))
    people_db.conn.execute("INSERT INTO contact_aliases VALUES (77, ?, '')", (cast.ada,))
    drawn = iter([0, cast.ada, cast.ben, 77, 78])
    assert add_contact(people_db, NewContact(name="Dora"), now, draw=lambda bits: next(drawn)) == 78
    assert all(0 < person < 2**53 for person in (cast.ada, cast.ben, cast.cleo))


@pytest.mark.parametrize(
    "odd",
    [
        {"name": "Ada\r\nBcc: ben@example.org"},
        {"name": "a\0b"},
        {"name": "a\u2028b"},
        {"name": "x" * 501},
        {"given_name": "a\x85"},
        {"organisations": ("a\nb",)},
        {"roles": ("a\tb",)},
        {"tags": ("\x07",)},
        {"notes": "\0"},
        {"language": "klingonish"},
        {"format": "pdf"},
        {"subscriber": "both"},
        {"stop": "maybe"},
        {"paused_until": "30 February 2023"},
        {"email": "not an address"},
        {"other_emails": ("nor@this@one",)},
        {"name": "\ud800"},
    ],
)
def test_what_may_not_stand_in_a_field_is_refused_and_nobody_is_added(db, now, odd):
    with pytest.raises(InputError):
        add_contact(db, whole(**odd), now)
    for table in ("contacts", "addresses", "organisations", "people_search"):
        assert db.one(f"SELECT count(*) FROM {table}")[0] == 0


def test_edits_change_what_is_named_and_nothing_else(db, now):
    dora = add_contact(db, whole(), now)
    edit_contact(
        db,
        dora,
        Changes(
            fields={"name": "Dora Obi", "stop": "deceased"},
            add_emails=("new@example.org",),
            primary="D@example.org",
            remove_emails=("dora@example.org",),
            join=("Town Hall",),
            position="mayor",
            leave=("library",),
            take_roles=("funder",),
            end_roles=("beekeeper",),
            add_tags=("south",),
            remove_tags=("north",),
        ),
        now,
    )
    card = contact_card(db, dora, now)
    assert (card.name, card.given_name, card.stop) == ("Dora Obi", "Dora", "deceased")
    assert [(a.email, a.is_primary) for a in card.addresses] == [
        ("d@example.org", True),
        ("new@example.org", False),
    ]
    assert [(o.name, o.position) for o in card.organisations] == [
        ("Exampleton Museum", "curator"),
        ("Town Hall", "mayor"),
    ]
    assert [(r.name, bool(r.until)) for r in card.roles] == [
        ("funder", False),
        ("partner", False),
        ("beekeeper", True),
    ]
    assert card.tags == ("south",)


def test_where_the_primary_address_goes_the_next_one_takes_its_place(db, now):
    dora = add_contact(db, whole(), now)
    edit_contact(db, dora, Changes(remove_emails=("dora@example.org",)), now)
    assert contact_card(db, dora, now).email == "d@example.org"
    edit_contact(db, dora, Changes(remove_emails=("d@example.org",)), now)
    assert contact_card(db, dora, now).email == ""


@pytest.mark.parametrize(
    "changes",
    [
        Changes(fields={"name": "New"}, remove_emails=("stranger@example.org",)),
        Changes(fields={"name": "New"}, leave=("Nowhere",)),
        Changes(fields={"name": "New"}, end_roles=("funder",)),
        Changes(fields={"name": "New"}, remove_tags=("south",)),
        Changes(fields={"name": "New"}, add_emails=("bad",)),
    ],
)
def test_an_edit_that_fails_changes_nothing_at_all(db, now, changes):
    dora = add_contact(db, whole(), now)
    before = contact_card(db, dora, now)
    with pytest.raises(InputError):
        edit_contact(db, dora, changes, now)
    assert contact_card(db, dora, now) == before


def test_two_contacts_may_share_an_address(db, now):
    first = add_contact(db, whole(name="Dora"), now)
    second = add_contact(db, whole(name="Dan"), now)
    assert find_contacts(db, "DORA@example.org") == [second, first]


@pytest.mark.parametrize(
    "words", ["dora", "sim", "ŠIMIĆ", "dora sim", "museum", "dora@example.org", "exampl libr"]
)
def test_people_are_found_by_the_beginnings_of_their_words(db, now, words):
    dora = add_contact(db, whole(), now)
    assert search_contacts(db, words) == [dora]


@pytest.mark.parametrize(
    "words",
    ["", '"', "dora OR ben", "NEAR(dora)", "name:dora*", "*", "dora -museum)", "^dora", "'; DROP", "🐝"],
)
def test_search_words_are_never_taken_for_syntax(db, now, words):
    dora = add_contact(db, whole(), now)
    assert search_contacts(db, words) in ([], [dora])


def test_those_who_have_the_very_word_come_before_those_whose_word_begins_so(db, now):
    names = ["Adam Obi", "Ada Obi", "Adelaide Ng", "Ada Ng"]
    ids = {name: add_contact(db, NewContact(name=name), now) for name in names}
    assert set(search_contacts(db, "ada")[:2]) == {ids["Ada Obi"], ids["Ada Ng"]}
    assert search_contacts(db, "ada")[2:] == [ids["Adam Obi"]]
    assert search_contacts(db, "ada obi", 1) == [ids["Ada Obi"]]
    assert len(search_contacts(db, "ad", 3)) == 3


def test_the_search_follows_every_edit(db, now):
    dora = add_contact(db, whole(), now)
    edit_contact(
        db, dora, Changes(fields={"name": "Eve"}, leave=("Library",), add_emails=("bee@example.org",)), now
    )
    assert search_contacts(db, "dora šimić") == []
    assert search_contacts(db, "libr") == []
    assert search_contacts(db, "eve bee") == [dora]


@pytest.mark.parametrize("who", ["\udcff@example.org", "\udcff", "x@\udcff", "9" * 40, "'@%", "@"])
def test_nobody_goes_by_what_is_no_address(db, now, who):
    add_contact(db, whole(), now)
    with pytest.raises(InputError, match="there is nobody with the address or id"):
        the_contact(db, who)
