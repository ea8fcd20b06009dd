"""One organisation's page, the grid, and what is due."""

from typing import Any

from looking import Ask, Cast, words


def test_an_organisation_is_shown_with_people_judgements_and_what_happened(group: int, look: Ask) -> None:
    text = words(look(f"/organisations/{group}").text)

    for said in (
        "Northern involvement group",
        "Influence 4 of 5, interest 5 of 5.",
        "1 December 2021, by Sam Influence 2, interest 3: new to us",
        "Works with A county museum service since 1 January 2020",
        "Ada Example : chair of Northern involvement group",
        "Ada Example may be written to",
        "Meeting: Spring round They want findings 1 March 2022; noted by Sam; to do: send notes; by 20 September 2022; with Ada Example",
    ):
        assert said in text


def test_a_person_stands_with_relationships_own_fields_permissions_and_requests(
    group: int, cast: Cast, look: Ask
) -> None:
    cast.add("contact_fields", contact_id=11, field="region", value="North")
    cast.add(
        "media_permissions",
        permission="ada-photo",
        contact_id=11,
        covers='["photo", "name"]',
        title="Ada at the museum",
        created_at="",
    )
    cast.add("issue_permissions", issue="2022-06", permission="ada-photo", used_at="")
    cast.consent(11, "media:ada-photo", "given", "2022-05-01", kept=False)
    cast.add(
        "privacy_requests",
        kind="access",
        contact_id=11,
        received_on="2022-09-10",
        due_on="2022-10-10",
        recorder="Sam",
        created_at="",
    )

    text = words(look("/people/11").text)

    for said in (
        "Chair of Northern involvement group",
        "Region North",
        "Ada at the museum: photo, name Allowed since 1 May 2022 shown in 2022-06",
        "A request is open To be answered by 10 October 2022",
        "Asked for a copy of what is kept about them 10 September 2022; noted by Sam; due by 10 October 2022",
        "Agreed: being shown (ada-photo)",
        "with Northern involvement group",
    ):
        assert said in text
    assert "being shown" not in words(look("/").text).partition("Last written down")[0]


def test_the_grid_shows_where_they_stand_and_how_they_moved_and_says_it(group: int, look: Ask) -> None:
    page = look("/grid?since=2021-01-01").text

    assert "<svg" in page
    assert "<style" not in page
    text = words(page)
    assert (
        "Northern involvement group 4 of 5 5 of 5 2 and 3 on 1 December 2021 1 August 2022 by Sam speaks for the region"
        in text
    )
    assert look("/grid.css").headers["content-type"].startswith("text/css")
    assert look("/grid?since=nonsense").status_code == 422
    assert "is not a date" in look("/grid?since=nonsense").text


def test_a_grid_without_anybody_says_how_to_begin(cast: Cast, look: Ask) -> None:
    assert "No organisation has been judged yet" in words(look("/grid").text)


def test_what_is_due_stands_on_its_page_and_on_the_home_page(group: int, look: Ask) -> None:
    for address in ("/", "/due"):
        text = words(look(address).text)
        assert "20 September 2022 (overdue) send notes" in text
        assert "Northern involvement group" in text
    assert "Northern involvement group 1 March 2022" in words(look("/due").text)


def test_whoever_was_spoken_with_lately_has_not_gone_quiet(group: int, cast: Cast, look: Ask) -> None:
    judged, twice, lately = (cast.organisation(name) for name in ("Judged only", "Met twice", "Met lately"))
    cast.organisation("Never heard of")
    cast.add("stances", organisation_id=judged, influence=1, interest=1, judged_on="2022-01-01", judged_by="Sam",
             why="", created_at="")  # fmt: skip
    for day, *with_whom in (
        ("2021-05-01", twice, lately),
        ("2022-02-01", twice),
        ("2022-02-01", twice),
        ("2022-09-01", lately),
    ):
        number = cast.add("engagements", kind="call", happened_on=day, title="Call", recorder="Sam", created_at="",
                          updated_at="")  # fmt: skip
        for organisation in with_whom:
            cast.add("engagement_organisations", engagement_id=number, organisation_id=organisation)

    through, through_lately = (
        cast.organisation("Through Ann long ago"),
        cast.organisation("Through Ann lately"),
    )
    for organisation, day in ((through, "2022-01-15"), (through_lately, "2022-09-02")):
        cast.add("stances", organisation_id=organisation, influence=1, interest=1, judged_on="2022-01-01",
                 judged_by="Sam", why="", created_at="")  # fmt: skip
        ann = 700 + organisation
        cast.person(ann, f"Ann {organisation}", email=f"ann{organisation}@example.org")
        cast.add("contact_organisations", contact_id=ann, organisation_id=organisation)
        number = cast.add("engagements", kind="call", happened_on=day, title="Call", recorder="Sam", created_at="",
                          updated_at="")  # fmt: skip
        cast.add("engagement_contacts", engagement_id=number, contact_id=ann)

    text = words(look("/due").text).partition("Gone quiet ")[2]

    assert "Through Ann long ago 15 January 2022" in text
    assert "Through Ann lately" not in text
    text = text.replace("Through Ann long ago 15 January 2022 ", "")
    assert text.startswith(
        "Judged only never spoken with Met twice 1 February 2022 Northern involvement group 1 March 2022 "
    )
    assert "Met lately" not in text
    assert "Never heard of" not in text
    assert text.count("Met twice") == 1


def test_an_organisation_that_is_not_there_is_said(cast: Any, look: Ask) -> None:
    for number in (99, 2**63):
        assert look(f"/organisations/{number}").status_code == 404


def test_people_by_list_and_role_stand_on_the_home_page(cast: Any, look: Ask) -> None:
    text = words(look("/").text)
    assert "Project partners 4, of whom 2 agreed" in text
    assert "Contributor 1" in text
