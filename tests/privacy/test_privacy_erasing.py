"""Erasing through the doors: a message under way, somebody merged, somebody of the same name."""

import datetime as dt
import zipfile
from contextlib import closing
from types import SimpleNamespace

import pytest
from quillfeather import Study, make_study

from newsletter.config import Workspace
from newsletter.contacts import Actor, NewContact, add_contact, verify_ledger
from newsletter.outbox.desk import Claim, Desk, Due, Found
from newsletter.outbox.ledger import due_deliveries
from newsletter.privacy import erase_person, find_subject, plan_erasure, traces_of
from newsletter.privacy.subject import subject_of

ADA = "ada.quillfeather@example.org"
ACTOR = Actor("tester")


@pytest.fixture
def study(workspace: Workspace, now: dt.datetime) -> Study:
    return make_study(workspace, now)


def test_a_message_under_way_is_not_finished_once_they_are_erased(study: Study, now: dt.datetime) -> None:
    sender, desk = study.open(), study.open()
    mailing = SimpleNamespace(id=1, issue="2022-09", kind="issue", lists=("partners",))
    with closing(sender.conn), closing(desk.conn):
        (delivery,) = [one for one in due_deliveries(sender, 1, now) if one.contact_id == study.ada]
        erase_person(desk, find_subject(desk, ADA), ACTOR, now)
        claim, found = Claim(Due(delivery, None, 0), None), Found()  # type: ignore[arg-type]
        Desk(sender, mailing, dt.UTC, lambda: now, lambda: None).commit([claim], [], found)  # type: ignore[arg-type]
        row = sender.one("SELECT state, email, personal FROM deliveries WHERE id = ?", delivery.id)
    assert found.declined == [(claim, "not-on-list")]
    assert (found.claimed, found.stop) == ([], None)
    assert tuple(row or ()) == ("skipped", "", "")


def test_somebody_merged_is_forgotten_under_every_number(study: Study, now: dt.datetime) -> None:
    db = study.open()
    with closing(db.conn):
        db.conn.execute("INSERT INTO contact_aliases VALUES (77, ?, '2022')", (study.ada,))
        db.conn.execute("UPDATE deliveries SET contact_id = 77 WHERE id = 1")
        erase_person(db, find_subject(db, "77"), ACTOR, now)
        assert [row[0] for row in db.conn.execute("SELECT DISTINCT email FROM deliveries")] == [
            "",
            "ben@example.org",
        ]
        assert {row[0] for row in db.conn.execute("SELECT contact_id FROM erasures")} == {77, study.ada}
        assert verify_ledger(db) is None


def test_a_name_that_somebody_else_has_is_not_taken_out_of_texts(study: Study, now: dt.datetime) -> None:
    db = study.open()
    with closing(db.conn):
        add_contact(db, NewContact(email="other@example.org", name="ada quillfeather"), now)
        assert plan_erasure(db, find_subject(db, ADA)).texts == {}


def test_of_several_people_each_is_told_from_all_who_stay(study: Study, now: dt.datetime) -> None:
    db = study.open()
    with closing(db.conn):
        ids = [
            add_contact(db, NewContact(email=email, name=name), now)
            for email, name in (
                ("una@example.org", "Una Old"),
                ("una.too@example.org", "Una Old"),
                ("home@example.org", "Egon Sharer"),
                ("home@example.org", "EGON SHARER"),
                ("mono@example.org", "Mono"),
            )
        ]
        subject = subject_of(db, [*ids[:3], ids[4]])
    assert subject.names == ("Una Old", "Una Old")
    assert sorted(subject.own) == ["mono@example.org", "una.too@example.org", "una@example.org"]
    assert subject.shared == ("home@example.org",)
    assert len(subject.keys) == 3


@pytest.mark.parametrize(
    "text",
    [
        "José Ñandú",
        "JOSÉ ÑANDÚ",
        "josé ñandú",
        "Jose\N{COMBINING ACUTE ACCENT} N\N{COMBINING TILDE}andu\N{COMBINING ACUTE ACCENT}",
    ],
)
def test_a_file_is_found_by_a_name_beyond_ascii(study: Study, now: dt.datetime, text: str) -> None:
    assert traced(study, "José Ñandú", f"<p>Dear {text}</p>", now) == ["delete"]


def test_a_workbook_is_looked_into(study: Study) -> None:
    def pack(name: str, text: str) -> bytes:
        path = study.root / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr(
                "xl/sharedStrings.xml", "<si><t>Somebody</t></si>" * 500 + f"<si><t>{text}</t></si>"
            )
        return path.read_bytes()

    whole = pack("people.xlsx", ADA.upper())
    pack("others.xlsx", "ben@example.org")
    (study.root / "damaged.xlsx").write_bytes(whole[:40] + bytes(20) + whole[60:])
    with closing((db := study.open()).conn):
        found = {trace.path.name: trace.what for trace in traces_of(db, find_subject(db, ADA))}
    assert found.get("people.xlsx") == "tell"
    assert "others.xlsx" not in found


def test_a_page_is_found_by_a_name_that_it_has_escaped(study: Study, now: dt.datetime) -> None:
    assert traced(study, "Zoë O'Hara", "<p>Zoë O&#x27;Hara</p>", now) == ["delete"]
    assert traced(study, "Zoë O'Brien", "<p>Zoë O&#39;Brien</p>", now) == ["delete"]


def traced(study: Study, name: str, page: str, now: dt.datetime) -> list[str]:
    """What becomes of a page that was built, once somebody of that name is erased."""
    path = study.root / "build" / "2022-09" / "page.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")
    db = study.open()
    with closing(db.conn):
        someone = add_contact(db, NewContact(email=f"{len(name)}@example.org", name=name), now)
        return [one.what for one in traces_of(db, find_subject(db, str(someone))) if one.path == path]


def test_an_import_does_not_give_their_consent_to_somebody_else_at_the_address(
    study: Study, now: dt.datetime
) -> None:
    db = study.open()
    with closing(db.conn):
        dora = add_contact(db, NewContact(email="home@example.org", name="Dora Sharer"), now)
        add_contact(db, NewContact(email="home@example.org", name="Egon Sharer"), now)
        erase_person(db, find_subject(db, str(dora)), ACTOR, now)
    (study.root / "old.csv").write_text(
        "email,name,list,basis,given on,source\n"
        "Home@example.org,dora  SHARER,partners,consent,2022-01-02,sheet\n",
        encoding="utf-8",
    )
    done = study.run("contacts", "import", "old.csv", "--yes")
    assert done.returncode == 0, done.stderr
    assert "1  left out" in done.stdout
    assert study.rows(
        "SELECT count(*) FROM list_members m JOIN contacts c ON c.id = m.contact_id WHERE c.name = 'Egon Sharer'"
    ) == [(0,)]


def test_all_or_nothing_goes(study: Study, now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    from newsletter.privacy import erasing

    def broken(*_: object) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr(erasing, "_note", broken)
    db = study.open()
    with closing(db.conn):
        with pytest.raises(RuntimeError):
            erase_person(db, find_subject(db, ADA), ACTOR, now)
        assert db.one("SELECT count(*) FROM contacts")[0] == 2  # type: ignore[index]
        assert db.one("SELECT count(*) FROM suppressions")[0] == 0  # type: ignore[index]
        assert db.one("SELECT count(*) FROM consents")[0] == 2  # type: ignore[index]


def test_an_address_of_somebody_who_was_removed_before_is_found_by_its_key(
    study: Study, now: dt.datetime
) -> None:
    from newsletter.privacy import stranger

    db = study.open()
    with closing(db.conn):
        db.conn.execute("DELETE FROM contacts WHERE id = ?", (study.ada,))
        erase_person(db, stranger(db, ADA), ACTOR, now)
        assert db.one("SELECT email FROM deliveries WHERE id = 2")[0] == ""  # type: ignore[index]
        left = db.conn.execute("SELECT before FROM operation_contacts WHERE contact_id = ?", (study.ada,))
        assert [row[0] for row in left if "ada.quillfeather" in row[0]] == []
