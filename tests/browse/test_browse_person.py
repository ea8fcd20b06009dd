"""One person's page."""

from typing import Any

from looking import Ask, words


def test_ada_is_shown_with_all_that_happened(cast: Any, look: Ask) -> None:
    text = words(look("/people/11").text)

    for said in (
        "Ada Example contributor",
        "ada@example.org",
        "Northern involvement group",
        "Language English",
        "Project partners Agreed since 14 June 2022",
        "Will get the September 2022 issue",
        "June 2022 issue: taken by the mail server 30 June 2022, 10:04",
        "Agreed: Project partners 14 June 2022; paper; basis: consent; from workshop sign-up sheet",
        "The exact words I agree to news.",
    ):
        assert said in text


def test_the_newest_comes_first(cast: Any, look: Ask) -> None:
    text = words(look("/people/12").text)

    assert (
        text.index("Left the list: Project partners")
        < text.index("may have arrived")
        < text.index("Agreed: Project")
    )
    assert "Will not get the September 2022 issue Left the list." in text


def test_cleo_never_asked(cast: Any, look: Ask) -> None:
    text = words(look("/people/13").text)

    assert "Project partners Never asked" in text
    assert "June 2022 issue: not sent 30 June 2022, 10:04; no consent on record" in text


def test_a_dead_address_is_said(cast: Any, look: Ask) -> None:
    text = words(look("/people/14").text)

    assert "dev@example.org is never written to again" in text
    assert "June 2022 issue: refused 30 June 2022, 10:04; 550 5.1.1 No such user" in text
    assert "large print, by post" in text


def test_an_entry_that_was_struck_out_says_so(cast: Any, look: Ask) -> None:
    cast.consent(11, "partners", "voided", "2022-07-01", state="none", voids=1)

    text = words(look("/people/11").text)

    assert "Struck out entry 1: Project partners" in text
    assert "entry 1; struck out later" in text


def test_a_merged_contact_leads_to_the_one_that_stayed(cast: Any, look: Ask) -> None:
    cast.add("contact_aliases", old_id=77, contact_id=11, merged_at="2022-08-01T10:00:00Z")
    cast.consent(77, "contributors", "given", "2022-03-01", kept=False)

    answer = look("/people/77")

    assert (answer.status_code, answer.headers["location"]) == (302, "/people/11")
    text = words(look("/people/11").text)
    assert "Joined with another record of the same person" in text
    assert "Agreed: Public contributors" in text


def test_nobody_is_said_to_be_nobody(cast: Any, look: Ask) -> None:
    for number in (99, 2**63, 9_999_999_999_999_999_999):
        answer = look(f"/people/{number}")
        assert answer.status_code == 404
        assert "they may have been erased" in answer.text


def test_hostile_names_are_shown_as_they_are(cast: Any, look: Ask) -> None:
    cast.person(66, "<script>alert(1)</script>", email='"<b>"@example.org', notes="{{ 7 * 7 }}")

    for address in ("/people/66", "/contacts/people", "/find?q=script", "/find?q=%3Cscript%3E"):
        page = look(address).text
        assert "<script>" not in page
        assert "&lt;script&gt;" in page
        assert "49" not in page


def test_a_basis_that_nobody_knows_is_not_said_to_be_an_agreement(cast: Any, look: Ask, db: Any) -> None:
    cast.consent(13, "partners", "given", "2022-09-20")
    db.conn.execute("DROP TRIGGER consents_refuse_update")
    db.conn.execute("UPDATE consents SET basis = 'unknown' WHERE contact_id = 13")
    assert "Put on the list: Project partners" in words(look("/people/13").text)
    home = look("/").text
    assert "Cleo Sample put on the list: Project partners" in words(home)
    assert '<th scope="row">September 2022</th><td>0</td><td>0</td>' in home


def test_a_permission_to_be_shown_is_no_list_in_the_history(cast: Any, look: Ask) -> None:
    cast.consent(11, "media:M-12", "given", "2022-05-01", kept=False)
    cast.consent(11, "media:M-12", "withdrawn", "2022-09-01", kept=False)
    page = words(look("/contacts/consent_history").text)
    assert "took back being shown (M-12)" in page
    assert "media:" not in page
    assert "Took back: being shown (M-12)" in words(look("/people/11").text)


def test_what_came_back_stands_in_the_line_of_time(cast: Any, look: Ask) -> None:
    about = {"contact_id": 11, "source": "imap", "recorded_at": "2022-07-02T10:00:00Z"}
    cast.add(
        "replies", digest="a", kind="bounce", severity="soft", reason="mailbox-full", state="done", **about
    )
    cast.add(
        "replies", digest="b", kind="reply", notice="stop", text="Please <b>stop</b>", state="open", **about
    )
    cast.add("holds", contact_id=11, reply_id=2, since="2022-07-02T10:00:00Z")

    text = words(look("/people/11").text)

    assert "The message came back, for the time being: the mailbox is full 2 July 2022, 11:00" in text
    assert "Wrote, and asks to stop Please &lt;b&gt;stop&lt;/b&gt; 2 July 2022, 11:00" in text
    assert "waits for somebody to decide: newsletter mailbox show 2" in text
    assert "asked to stop; somebody is to decide" in text.casefold()


def test_what_waits_to_be_decided_is_among_what_is_due(cast: Any, look: Ask) -> None:
    about = {"source": "imap", "recorded_at": "2022-07-02T10:00:00Z", "state": "open"}
    assert "Came back and waits" not in look("/due").text
    cast.add("replies", digest="a", kind="reply", notice="stop", contact_id=11, **about)
    cast.add("replies", digest="b", kind="reply", notice="stop", sender="<b>@example.com", **about)

    text = words(look("/due").text)

    assert "Ada Example wrote, and asks to stop 2 July 2022, 11:00 newsletter mailbox show 1" in text
    assert "&lt;b&gt;@example.com wrote, and asks to stop" in text
