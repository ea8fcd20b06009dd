"""Drawings of months and issues, the page of a mailing, and the lists over time."""

import re
from typing import Any

import pytest
from looking import Ask, words

from newsletter.browse.reported import draw_issues, draw_months
from newsletter.reports import Column, Figures, Growth, Mailed, Month, Series, draw_columns

SERIES = Series("joined", "left", "died")


def rects(columns: list[Column], kind: str) -> list[tuple[float, float]]:
    """Top and height of each bar of a kind."""
    picture = draw_columns(columns, SERIES, title="T", prefix="p")
    found = re.findall(rf'<rect {kind} x="[^"]+" y="([^"]+)" width="[^"]+" height="([^"]+)"', picture)
    return [(float(top), float(height)) for top, height in found]


def months(*counts: tuple[str, int, int]) -> list[Growth]:
    return [Growth("partners", "Partners", 1, tuple(Month(*one) for one in counts))]


def test_one_who_left_beside_forty_who_joined_still_shows() -> None:
    columns = [Column("Aug", "August", 40), Column("Sep", "September", 0, 1)]

    assert [height for _, height in rects(columns, 'class="down"')] == [3.0]


def test_one_column_alone_is_no_wider_than_one_of_many() -> None:
    picture = draw_columns([Column("Sep", "September", 2)], SERIES, title="T", prefix="p")

    assert re.findall(r'<rect class="up" x="[^"]+" y="[^"]+" width="([^"]+)"', picture) == ["34"]


def test_one_who_left_is_as_tall_as_one_who_joined() -> None:
    columns = [Column("Aug", "August", 2, 4), Column("Sep", "September", 1)]
    (top, two), (_, one) = rects(columns, 'class="up"')
    ((under, four),) = rects(columns, 'class="down"')

    assert (four, two) == pytest.approx((4 * one, 2 * one), abs=0.1)
    assert top + two == pytest.approx(under - 2, abs=0.1)
    assert under + four <= 188 - 28  # where the months stand


def test_what_hangs_below_is_told_apart_by_hatching() -> None:
    columns = [Column("Aug", "August", 2, 4, 3)]
    ((under, four),) = rects(columns, 'class="down"')
    ((lower, _),) = rects(columns, re.escape('fill="url(#p-hatch)"'))

    assert lower == pytest.approx(under + four, abs=0.1)
    assert '<desc id="p-desc">August: 2 joined, 4 left, 3 died.</desc>' in draw_columns(
        columns, SERIES, title="T", prefix="p"
    )


def test_a_name_in_a_drawing_cannot_open_a_tag() -> None:
    picture = draw_columns([Column("<b>", "<script>", 1)], SERIES, title="<i>", prefix="p", alone=True)
    assert not re.search("<(b|script|i)>", picture)


def test_months_are_labelled_with_the_year_where_it_begins() -> None:
    drawing = draw_months(months(("2021-12", 40, 0), ("2022-01", 0, 1), ("2022-02", 0, 0)))

    assert drawing is not None
    assert [column.label for column in drawing.columns] == ["Dec 21", "Jan 22", "Feb"]
    assert (drawing.sum("up"), drawing.sum("down")) == ("40", "1")
    assert draw_months(months(("2022-09", 0, 0))) is None


def test_an_issue_of_any_name_finds_room_below_its_column() -> None:
    issues = [
        Mailed(1, "issue", name, "done", "", Figures(sent=3, delivered=1, soft=1, refused=1))
        for name in ("2022-09", "spring-special-for-all")
    ]
    drawing = draw_issues(issues)

    assert drawing is not None
    assert [(one.label, one.up, one.down, one.more) for one in drawing.columns] == [
        ("Sep 22", 1, 1, 1),
        ("spring-sp…", 1, 1, 1),
    ]


@pytest.mark.usefixtures("cast")
def test_home_says_what_came_back_and_goes_back_to_where_something_happened(cast: Any, look: Ask) -> None:
    delivery = cast.db.one("SELECT id FROM deliveries WHERE state = 'sent'")[0]
    back(cast, delivery, "bounce", "hard", "user-unknown")
    page = look("/").text

    assert "1 came back, 0 left a list by it." in words(page)
    assert '<th scope="row">June 2022</th><td>0</td>' in page
    assert (
        '<desc id="issues-desc">June 2022: 0 arrived as far as is known, 1 came back, 1 refused.</desc>'
        in page
    )


def back(cast: Any, delivery: int, kind: str, severity: str = "", reason: str = "") -> None:
    cast.add(
        "replies", digest=f"{kind}{delivery}", kind=kind, severity=severity, reason=reason, delivery_id=delivery,
        source="file", state="done", recorded_at="2022-07-01T09:00:00Z",
    )  # fmt: skip


def test_a_mailings_page_says_what_came_back_and_how_far_that_is_known(cast: Any, look: Ask) -> None:
    delivery = cast.db.one("SELECT id FROM deliveries WHERE state = 'sent'")[0]
    unread = words(look("/mailings/1").text)
    back(cast, delivery, "bounce", "soft", "mailbox-full")
    back(cast, delivery, "opt-out")
    page = look("/mailings/1")
    text = words(page.text)

    assert "1 sent, of which 1 arrived as far as is known. No mailbox has been read" in unread
    assert "1 sent, of which 0 arrived as far as is known. That nothing came back is no proof" in text
    assert "Mailbox full may work later: 1 Left a list by this message 1 Marked it as junk 0" in text
    assert "No such mailbox 1" in text  # refused at the door
    assert "No consent on record 1" in text
    assert re.search("By receiving domain .* example.org 1 0 1 1 0 1 1", text)
    assert "A county museum service" in text
    assert "@" not in text
    assert look("/mailings/999").status_code == 404


def test_many_messages_are_left_to_the_command(cast: Any, look: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newsletter.browse.mailing._GROUPED", 3)
    assert "newsletter report 2022-06 --by domain" in words(look("/mailings/1").text)


def test_each_list_is_told_by_month_with_a_word_where_it_shrinks(cast: Any, look: Ask) -> None:
    for contact in range(50, 54):
        cast.consent(contact, "partners", "withdrawn", "2022-09-02", kept=False)
    page = look("/lists").text

    assert "Project partners: 6 lost in three months, 1 joined; 2 are on it now." in words(page)
    assert "2 people on it today" in words(page)
    row = "<td>0</td><td>4</td><td>0</td>"
    assert f'<th scope="row">September 2022</th>{row}' in page
    july = "<td>1</td><td>0</td><td>1</td>"
    assert f'<th scope="row">July 2022</th>{july}' in page


def test_a_list_that_nobody_joined_or_left_has_no_empty_picture(cast: Any, look: Ask) -> None:
    cast.db.conn.execute("INSERT INTO lists VALUES ('new', 'Something new', '2022-09-01')")
    section = look("/lists").text.partition("Something new</h2>")[2].partition("</section>")[0]

    assert "0 joined and 0 were lost in the last twelve months." in section
    assert "<svg" not in section
    assert "<details" not in section
    assert "<svg" in look("/lists").text


def test_the_worry_about_a_list_stands_on_the_home_page_too(cast: Any, look: Ask) -> None:
    for contact in range(50, 54):
        cast.consent(contact, "partners", "withdrawn", "2022-09-02", kept=False)

    assert "Project partners: 6 lost in three months, 1 joined" in words(look("/").text)
