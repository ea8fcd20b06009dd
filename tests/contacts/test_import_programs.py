"""What other programs' exports say of consent is taken as such, and nothing is made up."""

from dataclasses import replace

import pytest

from newsletter.contacts import (
    NewContact,
    add_contact,
    apply_import,
    contact_card,
    find_contacts,
    find_suppression,
    history,
    plan_import,
    reason_to_skip,
    verify_ledger,
)
from newsletter.errors import InputError

_CHIMP = (
    "Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,"
    "LATITUDE,LONGITUDE,GMTOFF,DSTOFF,TIMEZONE,CC,REGION,LAST_CHANGED"
)
_CHIMP_END = "LEID,EUID,NOTES,TAGS"
SUBSCRIBED = (
    f"{_CHIMP},{_CHIMP_END}\n"
    "ada@example.org,Ada,Obi,4,2019-03-04 10:22:33,203.0.113.7,2019-03-04 10:25:01,203.0.113.7,"
    '51.7,-1.2,0,1,Europe/London,GB,ENG,2022-01-01 09:00:00,1,a1,likes cake,"""north"",""advisor"""\n'
    "cleo@example.org,Cleo,Ng,2,,,2018-05-01 09:00:00,,,,,,,,,2022-01-01 09:00:00,2,a2,,\n"
)
UNSUBSCRIBED = (
    f"{_CHIMP},UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,UNSUB_CAMPAIGN_ID,UNSUB_REASON,UNSUB_REASON_OTHER,{_CHIMP_END}\n"
    "ben@example.org,Ben,Obi,2,2019-03-04 10:22:33,203.0.113.8,2019-03-04 10:25:01,203.0.113.8,,,,,,,,"
    "2020-02-02 09:00:00,2020-02-01 08:00:00,Winter news,c1,NORMAL,,3,a3,,\n"
)
CLEANED = (
    f"{_CHIMP},CLEAN_TIME,CLEAN_CAMPAIGN_TITLE,CLEAN_CAMPAIGN_ID,{_CHIMP_END}\n"
    "gone@example.org,Gone,Away,2,2019-03-04 10:22:33,203.0.113.9,2019-03-04 10:25:01,203.0.113.9,,,,,,,,"
    "2020-02-02 09:00:00,2020-02-01 08:00:00,Winter news,c1,4,a4,,\n"
)
CIVICRM = (
    "Contact ID,Contact Type,Display Name,First Name,Last Name,Email,Preferred Language,Current Employer,"
    "Job Title,Do Not Email,No Bulk Emails (User Opt Out),Is Deceased,Street Address,City,Postal Code,"
    "Group(s),Tag(s)\n"
    "1,Individual,Ada Obi,Ada,Obi,ada@example.org,English (United Kingdom),Museum,Curator,,,,"
    '1 Road,Exampleton,EX1 1EX,"Newsletter, Advisors",north\n'
    "2,Individual,Ben Obi,Ben,Obi,ben@example.org,cy_GB,,,No,Yes,No,,,,,\n"
    "3,Individual,Cleo Ng,Cleo,Ng,cleo@example.org,,,,Yes,,,,,,,\n"
    "4,Individual,Dora Ng,Dora,Ng,dora@example.org,,,,,,Yes,,,,,\n"
    "5,Organization,Museum,,,info@museum.example.org,,,,,,,,,,,\n"
)
LISTMONK = (
    "uuid,email,name,attributes,status,subscription_status,created_at,updated_at\n"
    'u1,ada@example.org,Ada Obi,"{""city"": ""Leeds"", ""language"": ""cy""}",enabled,confirmed,'
    "2021-05-06T07:08:09.123456Z,2021-05-06T07:10:00Z\n"
    "u2,ben@example.org,Ben,{},enabled,unsubscribed,2021-05-06T07:08:09Z,2021-08-01T00:00:00Z\n"
    "u3,cleo@example.org,Cleo,{},enabled,unconfirmed,2021-05-06T07:08:09Z,2021-05-06T07:08:09Z\n"
    "u4,bad@example.org,Blocked,{},blocklisted,confirmed,2021-05-06T07:08:09Z,2021-05-06T07:08:09Z\n"
)


@pytest.fixture
def take(people_db, order, now):
    """Import an export as it is, into the partners' list; what was done, without the zeroes."""

    def do(text, **odd):
        order.path.write_text(text, encoding="utf-8")
        # The export says itself who agreed to what.
        bare = replace(order, **({"basis": "", "source": "", "given_on": ""} | odd))
        plan = apply_import(people_db, plan_import(people_db, bare, now), now)
        do.notes = plan.notes
        return {name: number for name, number in plan.counts().items() if number}

    return do


@pytest.fixture
def why(people_db, now):
    """Why somebody would not be written to."""

    def ask(email):
        [contact] = find_contacts(people_db, email)
        return reason_to_skip(people_db, contact, ["partners"], now)

    return ask


def test_mailchimp_s_opt_in_is_a_consent_with_its_time_and_address(people_db, take, why, now):
    assert take(SUBSCRIBED) == {"added": 2, "consents": 2}
    assert take.notes == ["read as Mailchimp's audience export"]
    assert (why("ada@example.org"), why("cleo@example.org")) == (None, "no-consent")
    [ada] = find_contacts(people_db, "ada@example.org")
    [line] = history(people_db, ada)
    assert (line.entry.basis, line.entry.effective_at, line.entry.channel) == ("consent", "2019-03-04", "web")
    assert line.detail["opt-in IP"] == "203.0.113.7"
    assert line.detail["source"] == "Mailchimp's audience export"
    card = contact_card(people_db, ada, now)
    assert (card.name, card.given_name, card.notes, card.tags) == (
        "Ada Obi",
        "Ada",
        "likes cake",
        ("advisor", "north"),
    )
    assert people_db.one("SELECT 1 FROM contact_fields") is None
    assert verify_ledger(people_db) is None


def test_a_time_of_confirmation_alone_is_no_consent_since_mailchimp_writes_one_for_each_import(
    people_db, take
):
    take(SUBSCRIBED)
    [cleo] = find_contacts(people_db, "cleo@example.org")
    [line] = history(people_db, cleo)
    assert (line.entry.basis, line.detail["confirmed"]) == ("unknown", "2018-05-01 09:00:00")


def test_whoever_left_mailchimp_has_left_and_no_other_file_brings_them_back(people_db, take, why):
    assert take(UNSUBSCRIBED) == {"added": 1, "withdrawals": 1}
    [ben] = find_contacts(people_db, "ben@example.org")
    [line] = history(people_db, ben)
    assert (line.entry.kind, line.entry.effective_at) == ("withdrawn", "2020-02-01")
    assert line.detail["left with"] == "Winter news"
    assert take(SUBSCRIBED.replace("ada@", "ben@"))["kept_withdrawn"] == 1
    assert why("ben@example.org") == "not-on-list"
    assert take(UNSUBSCRIBED) == {"unchanged": 1}


def test_who_agreed_again_after_leaving_mailchimp_stays(people_db, take, why):
    text = "email\nben@example.org\n"
    take(text, basis="consent", source="form", given_on="2022-01-01")
    assert "withdrawals" not in take(UNSUBSCRIBED)
    assert why("ben@example.org") is None


def test_an_address_that_mailchimp_cleaned_is_never_written_to_again(people_db, take):
    assert take(CLEANED) == {"barred": 1}
    assert find_suppression(people_db, "gone@example.org").reason == "bounced"
    assert find_contacts(people_db, "gone@example.org") == []
    assert take(CLEANED) == {"unchanged": 1}


def test_whose_address_an_import_bars_is_on_record_with_it(people_db, take, now):
    held = add_contact(people_db, NewContact(email="gone@example.org", name="Gone"), now)
    take(CLEANED)
    row = people_db.one(
        "SELECT contact_id, change, fields FROM operation_contacts WHERE contact_id = ?", held
    )
    assert tuple(row) == (held, "changed", "suppressed")


def test_what_civicrm_says_of_people_holds(people_db, take, why, now):
    assert take(CIVICRM) == {"added": 5, "consents": 3, "withdrawals": 2}
    assert [why(f"{name}@example.org") for name in ("ada", "cleo", "dora")] == [
        "no-consent",
        "do-not-contact",
        "deceased",
    ]
    assert why("ben@example.org") == "not-on-list"
    [ada] = find_contacts(people_db, "ada@example.org")
    card = contact_card(people_db, ada, now)
    assert (card.language, card.postal_address) == ("en", "1 Road\nExampleton\nEX1 1EX")
    assert card.organisations[0].name == "Museum"
    assert set(card.tags) == {"Newsletter", "Advisors", "north"}
    [museum] = find_contacts(people_db, "info@museum.example.org")
    assert contact_card(people_db, museum, now).subscriber == "corporate"
    assert take(CIVICRM) == {"unchanged": 5}


def test_what_listmonk_says_of_people_holds(people_db, take, why, now):
    assert take(LISTMONK) == {"added": 3, "consents": 2, "withdrawals": 1, "barred": 1}
    assert (why("ada@example.org"), why("cleo@example.org")) == (None, "no-consent")
    [ada] = find_contacts(people_db, "ada@example.org")
    [line] = history(people_db, ada)
    assert (line.entry.effective_at, line.entry.channel) == ("2021-05-06", "web")
    card = contact_card(people_db, ada, now)
    assert (card.language, card.notes) == ("cy", "city: Leeds")
    assert find_suppression(people_db, "bad@example.org").reason == "request"
    assert take(LISTMONK) == {"unchanged": 4}


def test_listmonk_s_plain_export_says_nothing_of_consent(take, why):
    text = "uuid,email,name,attributes,status,created_at,updated_at\nu1,ada@example.org,Ada,{},enabled,2021-05-06T07:08:09Z,2021-05-06T07:08:09Z\n"
    assert take(text) == {"added": 1, "consents": 1}
    assert why("ada@example.org") == "no-consent"


def test_a_withdrawal_without_a_date_does_not_come_back_with_the_same_file(people_db, take, why):
    take(CIVICRM)
    take("email\nben@example.org\n", basis="consent", source="form", given_on="2022-09-30")
    assert why("ben@example.org") == "not-on-list"


def test_a_bcc_list_comes_in_on_no_known_basis(take, why):
    assert take("ada@example.org; Ben <ben@example.org>", basis="unknown")["added"] == 2
    assert why("ada@example.org") == "no-consent"


def test_what_is_said_of_the_program_is_believed(take):
    with pytest.raises(InputError, match="--basis is missing"):
        take(LISTMONK, program="none")
    assert take("Email Address\nada@example.org\n", program="mailchimp") == {"added": 1, "consents": 1}


def test_an_export_with_people_who_left_needs_the_list_that_they_left(take):
    with pytest.raises(InputError, match="--list is missing"):
        take(UNSUBSCRIBED, lists=())


def test_a_status_that_nobody_knows_is_rejected(take):
    with pytest.raises(InputError, match="status"):
        take(LISTMONK.replace("enabled,confirmed", "asleep,"))


def test_whoever_left_in_one_row_of_a_file_left(take, why):
    rows = LISTMONK.splitlines()
    text = "\n".join([*rows[:2], rows[2].replace("ben@", "ada@").replace("Ben", "Ada Obi")])
    assert take(text) == {"added": 1, "withdrawals": 1}
    assert why("ada@example.org") == "not-on-list"
