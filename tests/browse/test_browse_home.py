"""The first page: a sentence, then numbers that lead somewhere."""

import re
from typing import Any

from looking import Ask, words


def test_the_first_day_says_what_to_do(browser: Any, look: Ask) -> None:
    text = words(look("/").text)

    assert "Nobody is here yet" in text
    assert "newsletter contacts import" in text


def test_the_sentence_comes_before_the_numbers(cast: Any, look: Ask) -> None:
    text = words(look("/").text)

    assert (
        "Sunday 25 September 2022 Next issue: September 2022, not agreed yet. It will reach 1 of 4 people."
        in text
    )
    assert "As it stood on 24 September 2022, 16:00" in text
    assert "newsletter send 2022-09 --dry-run" in text


def test_the_sentence_says_who_agreed(cast: Any, look: Ask) -> None:
    for approver in ("Sam Lead", "Kim Lead"):
        cast.add(
            "approvals",
            issue="2022-09",
            issue_digest="d",
            approver=approver,
            role="lead",
            approved_at=f"2022-09-20T10:00:0{len(approver)}Z",
            parts="{}",
        )

    assert "agreed by Sam Lead and Kim Lead" in words(look("/").text)


def test_changes_since_the_dry_run_are_said(cast: Any, look: Ask) -> None:
    cast.consent(13, "partners", "given", "2022-09-25")

    assert "Since then 1 entry was added to the consents" in words(look("/").text)


def test_an_issue_that_was_sent_is_no_longer_the_next(cast: Any, look: Ask) -> None:
    cast.mailing("2022-09")

    text = words(look("/").text)

    assert "No next issue has been looked at yet" in text
    assert "Who was left out of September 2022, and why" in text
    assert "left the list 1" in text


def test_an_issue_to_come_that_leaves_nobody_out_says_so(cast: Any, look: Ask) -> None:
    cast.db.conn.execute("DELETE FROM audience_snapshot WHERE decision = 'skip'")

    text = words(look("/").text)

    assert "It will reach 1 of 1 person." in text
    assert "Who does not get September 2022, and why Nobody whom it is meant for is left out." in text


def test_an_issue_that_was_sent_and_left_nobody_out_says_so(cast: Any, look: Ask) -> None:
    cast.db.conn.execute("DELETE FROM audience_snapshot WHERE decision = 'skip'")
    cast.mailing("2022-09")

    text = words(look("/").text)

    assert "Who was left out of September 2022, and why Nobody whom it was meant for was left out." in text


def test_before_any_issue_was_looked_at_nobody_is_said_to_be_left_out(cast: Any, look: Ask) -> None:
    cast.db.conn.execute("DELETE FROM audience_snapshot")

    text = words(look("/").text)

    assert "Who does not get the next issue, and why No issue has been looked at yet." in text


def test_every_number_leads_to_a_page_with_as_many_rows(cast: Any, look: Ask) -> None:
    page = look("/").text
    cards = re.findall(r'<a href="([^"]+)"><strong>([\d,]+)</strong>', page)
    reasons = re.findall(r'<li><a href="([^"]+)">[^<]+</a> <span>([\d,]+)</span>', page)

    assert len(cards) >= 2
    assert len(reasons) == 3
    for link, number in [*cards[:2], *reasons]:
        assert f"<strong>{number} " in look(link.replace("&amp;", "&")).text


def test_what_went_wrong_is_told_apart(cast: Any, look: Ask) -> None:
    text = words(look("/").text)

    assert "1 message may have arrived; 1 refused" in text
    assert "1 sent, 1 refused, 1 may have arrived, 1 not sent with a reason" in text


def test_reasons_are_words(cast: Any, look: Ask) -> None:
    text = words(look("/").text)

    for reason in ("left the list 1", "no consent on record 1", "address came back dead 1"):
        assert reason in text
    assert "withdrawn" not in text


def test_the_chart_can_be_read_without_seeing_it(cast: Any, look: Ask) -> None:
    page = look("/").text

    assert '<th scope="row">June 2022</th><td>2</td><td>0</td>' in page
    assert '<th scope="row">August 2022</th><td>0</td><td>1</td>' in page
