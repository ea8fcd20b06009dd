"""An import takes people in whole or not at all, and never undoes a withdrawal."""

import csv
import stat
from dataclasses import replace

import pytest

from newsletter.contacts import (
    Changes,
    NewContact,
    add_contact,
    apply_import,
    contact_card,
    edit_contact,
    find_contacts,
    history,
    plan_import,
    reason_to_skip,
    record_consent,
    suppress_address,
    verify_ledger,
    write_rejects,
)
from newsletter.contacts.transfer import planning
from newsletter.database import open_database
from newsletter.errors import ImportRejected, InputError


@pytest.fixture
def order(order):
    return replace(order, source="workshop sign-up sheet", given_on="14 June 2022", channel="paper")


@pytest.fixture
def take(people_db, order, now):
    """Write a file, plan and apply its import; what was done, without the zeroes."""

    def do(text, **odd):
        order.path.write_text(text, encoding="utf-8")
        plan = apply_import(people_db, plan_import(people_db, replace(order, **odd), now), now)
        return {name: number for name, number in plan.counts().items() if number}

    return do


def rows_in(db):
    """Every row of every table that an import may touch."""
    tables = "contacts addresses organisations contact_organisations contact_roles contact_tags list_members"
    names = [*tables.split(), "consents", "consent_details", "subscriptions", "imports", "wordings"]
    return {name: [tuple(row) for row in db.conn.execute(f"SELECT * FROM {name}")] for name in names}


FULL = (
    "Name,Email,Organisation,Role,Tags,Notes\n"
    "Ada Obi,ada@example.org,Exampleton Museum,partner,north; south,=1+1\n"
    "Ben Obi,ben@example.org,,,,\n"
)


def test_people_come_in_with_all_that_the_file_says_and_what_they_agreed_to(people_db, take, now):
    assert take(FULL) == {"added": 2, "consents": 2}
    [ada] = find_contacts(people_db, "ada@example.org")
    card = contact_card(people_db, ada, now)
    assert (card.name, card.notes, card.tags) == ("Ada Obi", "=1+1", ("north", "south"))
    assert (card.organisations[0].name, card.roles[0].name) == ("Exampleton Museum", "partner")
    [line] = card.history
    assert (line.entry.basis, line.entry.effective_at, line.entry.channel) == (
        "consent",
        "2022-06-14",
        "paper",
    )
    assert line.detail == {"source": "workshop sign-up sheet", "import": 1, "line": 2}
    assert reason_to_skip(people_db, ada, ["partners"], now) is None
    assert verify_ledger(people_db) is None


def test_the_same_file_again_changes_nothing_at_all(people_db, take):
    take(FULL)
    before = rows_in(people_db)
    assert take(FULL) == {"unchanged": 2}
    assert rows_in(people_db) == before


def test_a_plan_changes_nothing(people_db, order, now):
    order.path.write_text(FULL)
    before = rows_in(people_db)
    assert plan_import(people_db, order, now).counts()["added"] == 2
    assert rows_in(people_db) == before


def test_an_import_never_turns_a_withdrawal_into_a_consent(people_db, cast, take, now):
    done = take("email\nada@example.org\nben@example.org\n", given_on="2022-09-29")
    assert done == {"changed": 1, "unchanged": 1, "consents": 1, "kept_withdrawn": 1}
    assert reason_to_skip(people_db, cast.ben, ["partners"], now) == "withdrawn"
    assert len(history(people_db, cast.ben)) == 2


def test_a_stranger_s_sign_up_after_a_withdrawal_is_no_back_door(people_db, cast, event, take, now):
    record_consent(people_db, event(cast.ben, channel="double-opt-in", effective_at="2022-09-01"), now)
    assert take("email\nben@example.org\n", given_on="2022-09-29")["kept_withdrawn"] == 1
    assert reason_to_skip(people_db, cast.ben, ["partners"], now) == "withdrawn"


def test_gaps_are_filled_and_what_is_known_stays(people_db, cast, take, now):
    text = "email,name,given name,organisation,language\nADA@example.org,Somebody Else,Ada,Museum,cy\n"
    assert take(text) == {"changed": 1}
    card = contact_card(people_db, cast.ada, now)
    assert (card.name, card.given_name, card.language) == ("Ada", "Ada", "cy")
    assert card.organisations[0].name == "Museum"


def test_a_role_that_has_ended_is_not_taken_up_again(people_db, take, now):
    take(FULL)
    [ada] = find_contacts(people_db, "ada@example.org")
    edit_contact(people_db, ada, Changes(end_roles=("partner",)), now)
    assert take(FULL) == {"unchanged": 2}


def test_an_unknown_basis_comes_in_and_a_known_one_takes_its_place(people_db, take, now):
    assert take("email\ndora@example.org\n", basis="unknown", given_on="", source="")["consents"] == 1
    [dora] = find_contacts(people_db, "dora@example.org")
    assert reason_to_skip(people_db, dora, ["partners"], now) == "no-consent"
    assert take("email\ndora@example.org\n")["consents"] == 1
    assert reason_to_skip(people_db, dora, ["partners"], now) is None
    assert take("email\ndora@example.org\n", basis="unknown", given_on="") == {"unchanged": 1}


def test_an_older_consent_adds_nothing_and_a_later_one_does(people_db, cast, take):
    assert take("email\nada@example.org\n", given_on="2021-01-01") == {"unchanged": 1}
    assert take("email\nada@example.org\n", given_on="2022-09-01") == {"changed": 1, "consents": 1}


def test_a_suppressed_address_stays_out(people_db, take, now):
    suppress_address(people_db, "ada@example.org", "erased", "tester", now)
    assert take(FULL) == {"added": 1, "consents": 1, "suppressed": 1}
    assert find_contacts(people_db, "ada@example.org") == []


def test_rows_of_one_person_are_one_person(people_db, take, now):
    done = take(
        "email,name,organisation,list\nada@example.org,,Museum,partners\n"
        "ADA@example.org,Ada Obi,Library,contributors\nada@example.org,ada obi,,\n"
    )
    assert done == {"added": 1, "consents": 2}
    [ada] = find_contacts(people_db, "ada@example.org")
    card = contact_card(people_db, ada, now)
    assert card.name == "Ada Obi"
    assert [o.name for o in card.organisations] == ["Library", "Museum"]


def test_of_two_who_share_an_address_the_name_tells_which(people_db, cast, take, now):
    twin = add_contact(people_db, NewContact(email="ada@example.org", name="Twin"), now)
    assert take("email,name\nada@example.org,TWIN\n")["consents"] == 1
    assert reason_to_skip(people_db, twin, ["partners"], now) is None
    with pytest.raises(ImportRejected) as caught:
        take("email,name\nada@example.org,\n")
    assert "2 people share this address" in str(caught.value)


def test_people_without_a_list_are_added_and_may_not_be_written_to(people_db, order, now):
    order.path.write_text("email\ncleo@example.org\n")
    bare = replace(order, lists=(), basis="", given_on="")
    plan = apply_import(people_db, plan_import(people_db, bare, now), now)
    assert "no list was named" in plan.notes[0]
    [cleo] = find_contacts(people_db, "cleo@example.org")
    assert reason_to_skip(people_db, cleo, ["partners"], now) == "not-on-list"


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        ({"basis": ""}, "--basis is missing"),
        ({"source": ""}, "--source is missing"),
        ({"given_on": ""}, "--given-on is missing"),
        ({"lists": ()}, "--list is missing"),
        ({"lists": ("partner",)}, "did you mean 'partners'"),
        ({"basis": "concent"}, "did you mean 'consent'"),
        ({"given_on": "2022-10-01"}, "in the future"),
        ({"given_on": "soon"}, "not a date"),
        ({"wording": "consent/absent.md"}, "no such file"),
        ({"wording": "/etc/passwd"}, "inside the workspace"),
    ],
)
def test_what_would_reject_every_line_is_said_once(people_db, order, now, odd, said):
    order.path.write_text("email\nada@example.org\n")
    with pytest.raises(InputError, match=said):
        plan_import(people_db, replace(order, **odd), now)


def test_the_wording_is_kept_with_the_consent(people_db, folder, take):
    (folder / "consent/partners-v1.md").write_text("I agree.")
    take("email\nada@example.org\n", wording="consent/partners-v1.md")
    [ada] = find_contacts(people_db, "ada@example.org")
    assert history(people_db, ada)[0].wording == "partners-v1.md"


def test_nothing_goes_in_where_one_line_is_bad(people_db, take):
    before = rows_in(people_db)
    with pytest.raises(ImportRejected) as caught:
        take("email\nada@example.org\nbad\n")
    assert [(p.line, p.field) for p in caught.value.problems] == [(3, "email")]
    assert rows_in(people_db) == before


def test_good_lines_go_in_where_bad_ones_may_be_skipped(take):
    assert take("email\nada@example.org\nbad\n", skip_bad=True) == {"added": 1, "consents": 1, "rejected": 1}


def test_rejected_lines_come_back_mended(people_db, order, take, now):
    text = 'Name,Email,Phone\n"Obi, Ada",ada@example,0\nBen,ben@example.org,1,2\nCleo\n'
    order.path.write_text(text)
    plan = plan_import(people_db, order, now)
    path = write_rejects(plan)
    assert path.name == "people.csv.rejects.csv"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    kept = path.read_text(encoding="utf-8-sig")
    assert kept.splitlines()[0] == "Name,Email,Phone,rejected line,rejected because"
    mended = "\n".join(kept.splitlines()[:2]).replace("ada@example,", "ada@example.org,")
    assert take(mended + "\n") == {"added": 1, "consents": 1}
    [ada] = find_contacts(people_db, "ada@example.org")
    assert contact_card(people_db, ada, now).name == "Obi, Ada"


def test_the_rejects_file_is_not_written_through_somebody_s_link(people_db, order, now, tmp_path):
    victim = tmp_path / "victim.txt"
    victim.write_text("precious")
    order.path.with_name("people.csv.rejects.csv").symlink_to(victim)
    order.path.write_text("email\nbad\n")
    write_rejects(plan_import(people_db, order, now))
    assert victim.read_text() == "precious"


def test_a_rejects_file_that_somebody_may_be_mending_is_kept(people_db, order, now):
    order.path.write_text("email\nbad\n")
    plan = plan_import(people_db, order, now)
    first = write_rejects(plan)
    assert write_rejects(plan) == first
    first.write_text("email\nmended@example.org\n")
    second = write_rejects(plan)
    assert second.name == "people.csv.2.rejects.csv"
    assert first.read_text() == "email\nmended@example.org\n"


@pytest.mark.parametrize("name", ["=cmd|'/c calc'!A0", "+44 1865", "-1", "@SUM(A1)", "'=quoted", "O'Brien"])
def test_no_cell_of_the_rejects_is_a_formula_and_each_comes_back_as_it_was(people_db, order, take, now, name):
    order.path.write_text(f'name,email\n"{name}",ada\n')
    text = write_rejects(plan_import(people_db, order, now)).read_text(encoding="utf-8-sig")
    cells = list(csv.reader(text.splitlines()))[1]
    assert not cells[0].startswith(("=", "+", "-", "@"))
    assert take(text.replace(",ada,", ",ada@example.org,")) == {"added": 1, "consents": 1}
    [ada] = find_contacts(people_db, "ada@example.org")
    assert contact_card(people_db, ada, now).name == name


def test_many_people_under_one_address_are_rejected_without_reading_the_file_for_each(
    people_db, order, now, monkeypatch
):
    readings = []
    read = planning.read_rows
    monkeypatch.setattr(planning, "read_rows", lambda *args: readings.append(1) or read(*args))
    order.path.write_text("email,name\n" + "".join(f"a@example.org,Person {n}\n" for n in range(50)))
    plan = plan_import(people_db, order, now)
    assert [one.cells[1] for one in plan.rejected()] == [f"Person {n}" for n in range(1, 50)]
    assert len(readings) == 2


def test_a_plan_made_before_somebody_withdrew_does_not_undo_it(people_db, cast, event, order, now, workspace):
    order.path.write_text("email\nada@example.org\n")
    plan = plan_import(people_db, replace(order, given_on="2022-09-29"), now)
    other = open_database(workspace.database)
    record_consent(other, event(cast.ada, "withdrawn", effective_at="2022-09-30"), now)
    other.conn.close()
    done = apply_import(people_db, plan, now)
    assert done.counts()["kept_withdrawn"] == 1
    assert reason_to_skip(people_db, cast.ada, ["partners"], now) == "withdrawn"


def test_a_file_that_changed_between_plan_and_import_is_not_taken(people_db, cast, event, order, now):
    order.path.write_text("email\nada@example.org\n")
    plan = plan_import(people_db, order, now)
    record_consent(people_db, event(cast.cleo), now)
    order.path.write_text("email\ndora@example.org\n")
    with pytest.raises(InputError, match="changed meanwhile"):
        apply_import(people_db, plan, now)


def test_an_import_that_fails_half_way_leaves_nothing(people_db, order, now, monkeypatch):
    from newsletter.contacts.transfer import applying

    order.path.write_text("email\n" + "".join(f"p{n}@example.org\n" for n in range(9)))
    plan = plan_import(people_db, order, now)
    before = rows_in(people_db)
    monkeypatch.setattr(applying, "_BATCH", 4)
    calls = []

    def fail_at_the_second(*args, **kwargs):
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return record(*args, **kwargs)

    record = applying.record_consents
    monkeypatch.setattr(applying, "record_consents", fail_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        apply_import(people_db, plan, now)
    assert rows_in(people_db) == before


def test_progress_is_told_while_a_long_file_is_read(people_db, order, now):
    order.path.write_text("email\n" + "".join(f"p{n}@example.org\n" for n in range(1200)))
    told = []
    plan_import(people_db, order, now, lambda done, total: told.append((done, total)))
    assert told == [(500, 1201), (1000, 1201)]
