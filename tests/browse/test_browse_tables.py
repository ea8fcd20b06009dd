"""Tables in words: names for numbers, states and dates as people say them."""

import re
from typing import Any

import pytest
from looking import Ask, words

from newsletter.browse.tables import PAGES


def test_people_stand_with_organisations_lists_and_consent(cast: Any, look: Ask) -> None:
    text = words(look("/contacts/people").text)

    assert "4 people" in text
    assert (
        "Ada Example ada@example.org Northern involvement group contributor Project partners: agreed may be written to"
        in text
    )
    assert (
        "Ben Okafor ben@example.org A county museum service Project partners: left the list left the list"
        in text
    )
    assert "Cleo Sample cleo@example.org Project partners: never asked never asked" in text


@pytest.mark.parametrize(
    ("choice", "found"),
    [
        ("_list=partners", {"Ada", "Ben", "Cleo", "Dev"}),
        ("_list=contributors", set()),
        ("_list=partners&_consent=left+the+list", {"Ben"}),
        ("_consent=left+the+list", {"Ada", "Ben", "Cleo", "Dev"}),  # of which list? it says nothing alone
        ("_role=contributor", {"Ada"}),
        ("_organisation=1", {"Ada"}),
        ("_organisation=1&_role=staff", set()),
        ("_organisation=nonsense", set()),
        ("standing=never+asked", {"Cleo"}),
        ("_search=okaf", {"Ben"}),
        ("_search=exa+ada", {"Ada"}),
        ("_search=cleo@exam", {"Cleo"}),
        ("_search=northern", {"Ada"}),
        ("_search=o'brien+%22+*+(", set()),
        ("_search=%00", set()),
        ("_search=okaf&_list=partners&standing=left+the+list", {"Ben"}),
    ],
)
def test_people_are_narrowed_down(cast: Any, look: Ask, choice: str, found: set[str]) -> None:
    answer = look(f"/contacts/people?{choice}")

    assert answer.status_code == 200
    assert set(re.findall(r'class="person" href="/people/\d+">(\w+)', answer.text)) == found


def test_a_choice_can_be_taken_away(cast: Any, look: Ask) -> None:
    page = look("/contacts/people?_list=partners&_consent=left+the+list&standing=left+the+list").text

    assert "List: Project partners" in page
    assert "On this list: left the list" in page
    assert "May we write?: left the list" in page
    assert 'href="/contacts/people?_list=partners&amp;_consent=left+the+list"' in page


def test_counts_stand_beside_the_people(cast: Any, look: Ask) -> None:
    facets = look("/contacts/people?_list=partners").text.partition('class="facets"')[2]

    for said in ("Project partners</a> <span>4", "left the list</a> <span>1", "contributor</a> <span>1"):
        assert said in facets.replace('<span aria-hidden="true">✓ </span>', "")


def test_among_many_people_organisations_are_not_counted(
    cast: Any, look: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("newsletter.browse.facets._FEW", 3)

    facets = look("/contacts/people").text.partition('class="facets"')[2]

    assert "Project partners" in facets
    assert "Organisation" not in facets


@pytest.mark.parametrize("many", [0, 50_000])
@pytest.mark.parametrize(
    "choice",
    [
        "",
        "_list=partners",
        "_list=partners&_consent=left+the+list",
        "_role=contributor",
        "_organisation=1",
        "_search=e",
    ],
)
def test_the_count_above_the_people_is_how_many_there_are(
    cast: Any, look: Ask, monkeypatch: pytest.MonkeyPatch, choice: str, many: int
) -> None:
    monkeypatch.setattr("newsletter.browse.facets._MANY", many)

    page = look(f"/contacts/people?{choice}").text

    shown = len(re.findall(r'class="person" href', page))
    assert f"<strong>{shown} {'person' if shown == 1 else 'people'}</strong>" in page
    assert "_nocount" not in page


@pytest.mark.parametrize("table", PAGES)
def test_every_page_has_words_for_having_nothing(browser: Any, look: Ask, table: str) -> None:
    text = words(look(f"/contacts/{table}").text)

    assert PAGES[table].empty.replace("`", "")[:25].strip() in re.sub(r"\s+", " ", text)


@pytest.mark.parametrize("table", PAGES)
def test_numbers_and_codes_stay_out_of_sight(cast: Any, look: Ask, table: str) -> None:
    page = look(f"/contacts/{table}").text
    heads = re.findall(r"<th [^>]*>\s*(.*?)\s*</th>", page, re.S)

    assert page.count("<main") == 1
    assert not {"Id", "Contact id", "Recorded for", "Delivery", "Mailing"} & {
        words(f"<main>{head}") for head in heads
    }
    for code in ("in-doubt", "no-consent", "withdrawn", "9999-12-31", "T09:04:00Z<"):
        assert code not in re.sub(r"<[^>]*>", "", page)


def test_refused_and_in_doubt_are_listed_by_name(cast: Any, look: Ask) -> None:
    text = words(look("/contacts/refused_and_in_doubt").text)

    assert "2 messages" in text
    assert "Dev Person 14@example.org June 2022 refused 550 5.1.1 No such user 30 June 2022, 10:04" in text
    assert "Ben Okafor 12@example.org June 2022 may have arrived" in text
    assert "newsletter resolve ISSUE" in text


def test_who_gets_the_next_issue_says_when_it_was_looked_up_and_how_to_renew_it(cast: Any, look: Ask) -> None:
    text = words(look("/contacts/who_gets_the_next_issue").text)

    assert "September 2022 reaches 1 of 4 people, as it stood on 24 September 2022, 16:00." in text
    assert "newsletter send 2022-09 --dry-run" in text
    assert "Ada Example ada@example.org gets it Project partners" in text
    assert "Cleo Sample cleo@example.org does not get it no consent on record" in text


def test_who_gets_the_next_issue_is_filtered_by_reason(cast: Any, look: Ask) -> None:
    text = words(look("/contacts/who_gets_the_next_issue?why_not=left+the+list").text)

    assert "1 person" in text
    assert "Ben Okafor" in text
    assert "Cleo" not in text


def test_only_the_newest_dry_run_counts(cast: Any, look: Ask) -> None:
    cast.add(
        "audience_snapshot",
        issue="2022-06",
        contact_id=13,
        decision="send",
        taken_at="2022-06-01T00:00:00Z",
    )

    assert "4 people" in words(look("/contacts/who_gets_the_next_issue").text)


def test_the_history_keeps_what_was_recorded_for_somebody_erased(cast: Any, look: Ask) -> None:
    cast.consent(13, "partners", "given", "2022-09-01")
    cast.db.conn.execute("DELETE FROM contacts WHERE id = 13")

    page = look("/contacts/consent_history").text

    assert "somebody no longer kept" in page
    assert "/people/13" not in page


def test_consents_that_end_soon_are_listed(cast: Any, look: Ask) -> None:
    day = cast.db.one("SELECT date('now', '+30 days')")[0]
    cast.consent(13, "contributors", "given", "2022-09-01", expires_at=day)

    assert "1 consent" in words(look("/contacts/consents_ending").text)
    assert "1 consent ends within 90 days" in words(look("/").text)


def test_internal_tables_are_hidden_and_raw_ones_stand_behind(cast: Any, look: Ask) -> None:
    page = look("/contacts").text

    for internal in (
        "identity",
        "_sqlite_migrations",
        "consent_details",
        "people_search",
        "pictures",
        "editions",
    ):
        assert f"<code>{internal}</code>" not in page
    assert "<code>addresses</code>" in page
    assert "<textarea" not in look("/contacts/people").text


def test_more_ways_to_narrow_down_lead_to_a_filter(cast: Any, look: Ask) -> None:
    answer = look(
        "/contacts/people?_filter_column=email&_filter_op=contains&_filter_value=ada&_list=partners"
    )

    assert answer.status_code == 302
    page = look(answer.headers["location"].replace("http://127.0.0.1:8001", "")).text
    assert "1 person" in words(page)
    assert "Email: contains ada" in page


def test_pages_follow_one_another(cast: Any, look: Ask) -> None:
    for number in range(100, 160):
        cast.person(number, f"Person {number}")

    first = look("/contacts/people").text
    following = re.search(r'class="next" href="([^"]+)"', first)
    assert following
    second = words(look(following[1].replace("&amp;", "&").replace("http://127.0.0.1:8001", "")).text)

    assert "Person 100" in words(first)
    assert "Person 159" in second
    assert "Back to the beginning" in second


def test_sql_can_be_asked_and_changes_nothing(cast: Any, look: Ask) -> None:
    assert "Ada Example" in look("/contacts?sql=select+name+from+contacts").text
    answer = look("/contacts?sql=delete+from+contacts")
    assert answer.status_code == 400
    assert cast.db.one("SELECT count(*) FROM contacts")[0] == 4


def test_a_page_that_fails_shows_no_rows_of_people_in_the_terminal(
    cast: Any, look: Ask, capfd: pytest.CaptureFixture[str]
) -> None:
    look("/contacts/nothing")
    look("/contacts/people?_sort=nothing")

    said = "".join(capfd.readouterr())
    assert "example.org" not in said
    assert "Traceback" not in said
