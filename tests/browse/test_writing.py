"""Forms on the person's page: taken in through the same doors as the commands, under the user's name."""

import datetime as dt
import json
import re
from typing import Any

import httpx
import pytest
from looking import HOST, Ask, Cast, asking, words

from newsletter.browse.forms import FORMS
from newsletter.contacts import (
    NewContact,
    add_contact,
    find_contacts,
    record_consent,
    search_contacts,
    sync_lists,
)
from newsletter.contacts.ledger import ConsentEvent
from newsletter.database import Database

NOW = dt.datetime(2022, 9, 25, 9, 0, tzinfo=dt.UTC)
ORIGIN = f"http://{HOST}"


@pytest.fixture
def ada(db: Database, workspace: Any) -> int:
    """Somebody with consent in a ledger that is whole, as the commands would have her."""
    sync_lists(db, workspace.config, NOW)
    before = NOW - dt.timedelta(days=100)
    number = add_contact(
        db, NewContact(email="ada@example.org", name="Ada Example", given_name="Ada"), before
    )
    event = ConsentEvent(
        number, "partners", "given", "consent", "2022-06-14", "paper", "tester", detail={"source": "form"}
    )
    record_consent(db, event, before)
    return number


class Reader:
    """Somebody with a browser: keeps cookies, reads a form's token, sends the form."""

    def __init__(self, browser: Any) -> None:
        datasette, self.app = browser
        self.cookies = {"ds_actor": datasette.sign({"a": {"id": "root"}}, "actor")}

    def token(self, address: str) -> str:
        page = asking(self.app, self.cookies)(address)
        self.cookies.update(page.cookies)
        return re.search(r'name="csrftoken" value="([^"]+)"', page.text)[1]  # type: ignore[index]

    def send(self, address: str, headers: dict[str, str] | None = None, **values: Any) -> httpx.Response:
        data = {"csrftoken": self.token(address)} | values
        asked = {"origin": ORIGIN} | (headers or {})
        return asking(self.app, self.cookies)(address, "POST", data=data, headers=asked)


@pytest.fixture
def reader(browser: Any) -> Reader:
    return Reader(browser)


MET = {
    "kind": "meeting",
    "happened_on": "2022-09-20",
    "title": "Planning the museum day",
    "said": "Wants plain words.",
}
AGREED = {
    "list": "contributors",
    "given_on": "2022-09-24",
    "channel": "phone",
    "source": "call",
    "basis": "consent",
}
LEFT = {"lists": "partners", "given_on": "2022-09-24", "channel": "phone", "source": "call"}
DETAILS = {"name": "Ada Sample", "given_name": "Ada", "email": "ada@example.org", "language": "Welsh",
           "format": "large-print", "postal_address": "1 Road\nTown", "notes": ""}  # fmt: skip


def test_what_happened_is_written_down(reader: Reader, look: Ask, db: Database, ada: int) -> None:
    answer = reader.send(f"/people/{ada}/write/met", **MET, follow_up="send notes", due_on="2022-09-30")

    assert (answer.status_code, answer.headers["location"]) == (303, f"/people/{ada}?done=met")
    page = look(answer.headers["location"])
    assert '<p class="card done" role="status">What happened was written down.</p>' in page.text
    text = words(page.text)
    assert "Meeting: Planning the museum day Wants plain words." in text
    assert "20 September 2022; noted by tester; to do: send notes; by 30 September 2022" in text
    assert "send notes" in words(look("/").text)


def test_an_agreement_goes_into_the_ledger_under_the_users_name(
    reader: Reader, look: Ask, db: Database, ada: int
) -> None:
    assert reader.send(f"/people/{ada}/write/agreed", **AGREED).status_code == 303

    entry = db.one("SELECT * FROM consents ORDER BY sequence DESC LIMIT 1")
    assert (entry["list"], entry["kind"], entry["recorder"], entry["effective_at"]) == (
        "contributors", "given", "tester", "2022-09-24")  # fmt: skip
    done = db.one("SELECT operator, via, command, first_entry FROM operations ORDER BY id DESC LIMIT 1")
    assert tuple(done) == ("tester", "browser", "consent record", 2)
    assert "Public contributors Agreed since 24 September 2022" in words(look(f"/people/{ada}").text)


def test_a_withdrawal_is_asked_about_once_more_and_then_counts_at_once(
    reader: Reader, look: Ask, db: Database, ada: int
) -> None:
    asked = reader.send(f"/people/{ada}/write/left", **LEFT)

    assert asked.status_code == 200
    assert "are you sure?" in words(asked.text)
    assert "Project partners (agreed)" in words(asked.text)
    assert db.one("SELECT count(*) FROM consents")[0] == 1

    assert reader.send(f"/people/{ada}/write/left", **LEFT, sure="yes").status_code == 303
    assert db.one("SELECT kind FROM consents ORDER BY sequence DESC LIMIT 1")[0] == "withdrawn"
    text = words(look(f"/people/{ada}").text)
    assert "Project partners Left the list" in text
    assert "left the list" in words(look("/contacts/people").text)


def test_details_are_corrected_and_who_did_it_is_kept_by_field(
    reader: Reader, look: Ask, db: Database, ada: int
) -> None:
    answer = reader.send(f"/people/{ada}/write/details", **DETAILS | {"email": "ada.sample@example.org"})

    assert answer.status_code == 303
    kept = db.one("SELECT name, language, format FROM contacts")
    assert tuple(kept) == ("Ada Sample", "cy", "large-print")
    assert [tuple(row) for row in db.conn.execute("SELECT email, is_primary FROM addresses")] == [
        ("ada.sample@example.org", 1)
    ]
    text = words(look(f"/people/{ada}").text)
    assert "Changed: name, language, how they get it, postal address, email addresses" in text
    assert "by tester, in these pages" in text
    assert "Ada Sample" in words(look("/contacts/people").text)


@pytest.mark.parametrize("email", ["用户@例え.jp", "उपयोगकर्ता@example.org"])
def test_an_address_may_have_any_letters_and_is_found_by_them(
    reader: Reader, look: Ask, db: Database, ada: int, email: str
) -> None:
    assert reader.send(f"/people/{ada}/write/details", **DETAILS | {"email": email}).status_code == 303
    assert db.one("SELECT email FROM addresses")[0] == email
    assert email in words(look(f"/people/{ada}").text)
    assert email in words(look("/contacts/people").text)
    assert find_contacts(db, email.upper()) == search_contacts(db, email.partition("@")[0]) == [ada]


def test_an_old_address_is_kept_where_that_is_said(reader: Reader, db: Database, ada: int) -> None:
    reader.send(f"/people/{ada}/write/details", **DETAILS | {"email": "new@example.org", "keep_old": "yes"})
    assert db.one("SELECT group_concat(email) FROM (SELECT email FROM addresses ORDER BY is_primary)")[0] == (
        "ada@example.org,new@example.org"
    )


def test_what_somebody_else_changed_meanwhile_is_not_written_over(
    reader: Reader, db: Database, ada: int
) -> None:
    answer = reader.send(f"/people/{ada}/write/details", **DETAILS, seen="2022-01-01T00:00:00Z")
    assert answer.status_code == 422
    assert "somebody else changed these details" in answer.text.casefold()
    assert db.one("SELECT name FROM contacts")[0] == "Ada Example"


def test_a_pause_and_its_end(reader: Reader, look: Ask, db: Database, ada: int) -> None:
    reader.send(f"/people/{ada}/write/pause", paused_until="2022-12-01")
    assert "asked us to pause" in words(look("/contacts/people").text)
    reader.send(f"/people/{ada}/write/pause", paused_until="")
    assert "may be written to" in words(look("/contacts/people").text)


def test_never_writing_again_is_asked_about_first(reader: Reader, look: Ask, db: Database, ada: int) -> None:
    assert "are you sure" in reader.send(f"/people/{ada}/write/stop", stop="deceased").text
    assert db.one("SELECT stop FROM contacts")[0] == ""
    answer = reader.send(f"/people/{ada}/write/stop", stop="deceased", sure="yes")
    assert "Nobody writes to them any more: has died." in look(answer.headers["location"]).text


@pytest.mark.parametrize(
    ("form", "values", "field", "said"),
    [
        ("met", MET | {"title": " "}, "title", "Fill this in."),
        ("met", MET | {"happened_on": "2033-01-01"}, "happened_on", "is in the future"),
        ("met", MET | {"due_on": "2022-10-01"}, "due_on", "nothing that is to be done"),
        ("met", MET | {"happened_on": "yesterday"}, "happened_on", "is not a date"),
        ("met", MET | {"kind": "seance"}, "kind", "is not one of"),
        ("agreed", AGREED | {"source": ""}, "source", "Fill this in."),
        ("agreed", AGREED | {"given_on": "2033-01-01"}, "given_on", "is in the future"),
        ("agreed", AGREED | {"expires": "2001-01-01"}, "expires", "lies before"),
        ("agreed", AGREED | {"basis": "soft-opt-in"}, "basis", "needs"),
        ("agreed", AGREED | {"wording": "0123"}, "wording", ""),
        ("left", LEFT | {"lists": ""}, "lists", "Choose at least one."),
        ("pause", {"paused_until": "soon"}, "paused_until", "is not a date"),
        ("pause", {"paused_until": "2022-09-25"}, "paused_until", "is here or past"),
        ("details", DETAILS | {"email": "nonsense"}, "email", "is not an email address"),
        ("details", DETAILS | {"email": "zo\u202eë@example.org"}, "email", "RIGHT-TO-LEFT OVERRIDE"),
        ("details", DETAILS | {"email": "\u0430da@example.org"}, "email", "which look alike"),
        ("details", DETAILS | {"language": "???"}, "language", "is not a language"),
        ("details", DETAILS | {"format": "carrier pigeon"}, "format", "is not one of"),
        ("details", DETAILS | {"name": "a\x00b"}, "name", "NUL byte"),
        ("details", DETAILS | {"notes": "n" * 300_000}, "notes", "are the most"),
        ("details", DETAILS | {"name": "", "email": ""}, "name", "nobody could tell"),
    ],
)
def test_what_is_amiss_stands_beside_its_field_and_what_was_typed_stays(
    reader: Reader, db: Database, ada: int, form: str, values: dict[str, str], field: str, said: str
) -> None:
    reader.token(f"/people/{ada}/write/{form}")  # brings the pages up to date
    before = "\n".join(db.conn.iterdump())
    answer = reader.send(f"/people/{ada}/write/{form}", **values)

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert said in answer.text
    if field:
        assert f'<a href="#{field}">' in answer.text
        assert f'id="{field}-wrong"' in answer.text
    for name in ("title", "source", "name"):
        if len(values.get(name, "").strip()) > 3:
            assert values[name] in answer.text
    assert "\n".join(db.conn.iterdump()) == before


def test_hostile_text_is_shown_as_text(reader: Reader, look: Ask, ada: int) -> None:
    evil = "<script>alert(1)</script>{{ 7 * 7 }}"
    again = reader.send(f"/people/{ada}/write/met", **MET | {"title": evil, "happened_on": "never"})
    assert "<script>" not in again.text
    reader.send(f"/people/{ada}/write/met", **MET | {"title": evil})
    page = look(f"/people/{ada}").text
    assert "<script>" not in page
    assert "49" not in words(page)


@pytest.mark.parametrize("form", FORMS)
def test_a_get_changes_nothing(look: Ask, reader: Reader, db: Database, ada: int, form: str) -> None:
    look("/")
    before = "\n".join(db.conn.iterdump())
    assert look(f"/people/{ada}/write/{form}").status_code == 200
    assert look(f"/people/{ada}/write/{form}?sure=yes&stop=deceased&lists=partners").status_code == 200
    assert "\n".join(db.conn.iterdump()) == before


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://127.0.0.1:9999"}, 403),
        ({"origin": "https://127.0.0.1:8001"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"content-type": "text/plain"}, 415),
        ({"content-type": "multipart/form-data; boundary=x"}, 415),
        ({"content-length": "1000001"}, 413),
    ],
)
def test_a_form_from_elsewhere_is_refused(
    reader: Reader, db: Database, ada: int, headers: dict[str, str], status: int
) -> None:
    answer = reader.send(f"/people/{ada}/write/stop", headers, stop="deceased", sure="yes")
    assert answer.status_code == status
    assert "Nothing was kept" in answer.text
    assert db.one("SELECT stop FROM contacts")[0] == ""


def test_a_form_without_origin_or_without_its_token_is_refused(
    browser: Any, reader: Reader, db: Database, ada: int
) -> None:
    address, values = f"/people/{ada}/write/stop", {"stop": "deceased", "sure": "yes"}
    token = reader.token(address)
    inside = asking(reader.app, reader.cookies)
    assert inside(address, "POST", data=values | {"csrftoken": token}).status_code == 403
    for wrong in ("", "x", token[:-2] + "AA"):
        answer = inside(address, "POST", data=values | {"csrftoken": wrong}, headers={"origin": ORIGIN})
        assert answer.status_code == 403
    outside = asking(reader.app)(
        address, "POST", data=values | {"csrftoken": token}, headers={"origin": ORIGIN}
    )
    assert outside.status_code == 403
    assert db.one("SELECT stop FROM contacts")[0] == ""


def test_nobody_and_no_form_are_not_found(reader: Reader, look: Ask, ada: int) -> None:
    assert look("/people/99/write/met").status_code == 404
    assert look(f"/people/{2**63}/write/met").status_code == 404
    assert look(f"/people/{ada}/write/nothing").status_code == 404


def test_a_database_that_is_held_is_said_and_what_was_typed_stays(
    reader: Reader, db: Database, ada: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("newsletter.database.opening._BUSY_SECONDS", 0.1)
    token = reader.token(f"/people/{ada}/write/met")
    db.conn.execute("BEGIN IMMEDIATE")
    answer = asking(reader.app, reader.cookies)(
        f"/people/{ada}/write/met", "POST", data=MET | {"csrftoken": token}, headers={"origin": ORIGIN}
    )
    db.conn.execute("ROLLBACK")
    assert answer.status_code == 422
    assert "contacts.db is in use by another program" in answer.text
    assert "Planning the museum day" in answer.text


def test_what_was_changed_before_is_told_by_field_name_alone(cast: Cast, look: Ask, db: Database) -> None:
    operation = cast.add(
        "operations",
        at="2022-08-01T10:00:00Z",
        operator="Sam",
        via="command",
        command="contacts edit",
        summary="{}",
    )
    cast.add(
        "operation_contacts",
        operation_id=operation,
        contact_id=11,
        change="changed",
        fields="name contact_tags",
        before=json.dumps({"secret": "Olivia"}),
    )
    text = words(look("/people/11").text)
    assert "Changed: name, tags 1 August 2022, 11:00; by Sam" in text
    assert "Olivia" not in text


def test_an_unconfirmed_double_opt_in_is_not_said_to_be_an_agreement(
    cast: Cast, look: Ask, db: Database
) -> None:
    cast.consent(13, "partners", "given", "2022-09-20", state="unconfirmed")
    db.conn.execute("PRAGMA writable_schema = OFF")
    db.conn.execute("DROP TRIGGER consents_refuse_update")
    db.conn.execute("UPDATE consents SET channel = 'double-opt-in' WHERE contact_id = 13")
    text = words(look("/people/13").text)
    assert "Asked to join: Project partners" in text
    assert "not confirmed by this" in text
    assert "Cleo Sample asked to join: Project partners" in words(look("/").text)


def test_a_second_click_writes_nothing_down_twice(
    browser: Any, reader: Reader, db: Database, ada: int
) -> None:
    address = f"/people/{ada}/write/met"
    values = MET | {"csrftoken": reader.token(address), "opened": "2022-09-25T09:00:00"}
    inside = asking(reader.app, reader.cookies)

    def send(**more: str) -> None:
        assert inside(address, "POST", data=values | more, headers={"origin": ORIGIN}).status_code == 303

    send()
    send()
    assert db.one("SELECT count(*) FROM engagements")[0] == 1
    send(title="Another thing")  # by the browser's back
    send(opened="2022-09-25T09:00:01")  # the same once more, on a page of its own
    assert db.one("SELECT count(*) FROM engagements")[0] == 3


def test_what_changes_nothing_is_not_said_to_count(reader: Reader, look: Ask, db: Database, ada: int) -> None:
    reader.send(f"/people/{ada}/write/left", **LEFT, sure="yes")
    again = reader.send(f"/people/{ada}/write/left", **LEFT, sure="yes")
    assert "They had left already. Nothing was changed." in look(again.headers["location"]).text
    late = AGREED | {"list": "partners", "given_on": "2022-09-01"}
    older = reader.send(f"/people/{ada}/write/agreed", **late)
    assert (
        "It was written down, and changes nothing: they left after that day"
        in look(older.headers["location"]).text
    )


def test_somebody_elses_address_is_not_taken_by_a_slip(reader: Reader, db: Database, ada: int) -> None:
    add_contact(db, NewContact(email="ben@example.org", name="Ben <b>Sample"), NOW)
    answer = reader.send(f"/people/{ada}/write/details", **DETAILS | {"email": "BEN@example.org"})
    assert answer.status_code == 422
    assert "This is an address of Ben &lt;b&gt;Sample" in answer.text
    assert db.one("SELECT email FROM addresses WHERE contact_id = ?", ada)[0] == "ada@example.org"


@pytest.mark.parametrize("number", ["9" * 30, str(2**63), "²", "-1", "7"])
def test_an_organisation_that_no_form_offers_breaks_nothing(
    reader: Reader, db: Database, ada: int, number: str
) -> None:
    answer = reader.send(f"/people/{ada}/write/met", **MET, organisations=number)
    assert answer.status_code in {303, 422}
    assert db.one("SELECT count(*) FROM engagement_organisations")[0] == 0


def test_more_fields_than_a_form_has_are_refused_in_words(reader: Reader, ada: int) -> None:
    answer = reader.send(f"/people/{ada}/write/met", **MET, a=["1"] * 1_001)
    assert answer.status_code == 400
    assert "more fields than any of ours" in answer.text
