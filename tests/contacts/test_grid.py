"""The picture of influence and interest: no name on another, and all of it said in words too."""

import random
import re
import xml.etree.ElementTree as ET
from itertools import combinations

import pytest

from newsletter.contacts import Stance, Standpoint, describe_grid, draw_grid

SVG = "{http://www.w3.org/2000/svg}"
NAMES = (
    "Exampleton Museum",
    "Exampleton City Council, Department of Public Health and Wellbeing",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
    "日本社会処方研究所と長い名前の組織",
    "WWW & Sons <Ltd>",
)


def stance(number: int, name: str, influence: int, interest: int, day: str = "2022-09-01") -> Stance:
    return Stance(number, number, name, influence, interest, day, "Sam", 'Because "it" <is> & was')


def many(count: int) -> list[Standpoint]:
    draw = random.Random(count)  # noqa: S311  # a picture of anything, the same each time
    points = []
    for number in range(count):
        name = f"{NAMES[number % len(NAMES)]} {number}"
        places = [(draw.randint(1, 5), draw.randint(1, 5)) for _ in range(draw.randint(1, 3))]
        stances = [stance(number, name, *place, f"2022-0{month}-01") for month, place in enumerate(places, 1)]
        points.append(Standpoint(stances[-1], tuple(stances[:-1])))
    return points


def labels(picture: str) -> list[tuple[float, float, float]]:
    """The left, the baseline and the letters of each line of a name."""
    root = ET.fromstring(picture)  # noqa: S314  # of our own making
    return [
        (float(line.get("x", 0)), float(line.get("y", 0)), len(line.text or ""))
        for line in root.iter(f"{SVG}tspan")
    ]


@pytest.mark.parametrize("count", [0, 1, 3, 12, 40])
def test_no_name_lies_on_another_however_many_there_are(count: int) -> None:
    lines = labels(draw_grid(many(count), title="Now"))
    assert len(lines) >= count
    for (x1, y1, _), (x2, y2, _) in combinations(lines, 2):
        assert abs(x1 - x2) >= 168 or abs(y1 - y2) >= 15


def test_all_on_one_place_lie_under_one_another_within_the_picture() -> None:
    points = [Standpoint(stance(number, f"Organisation {number}", 5, 5)) for number in range(40)]
    picture = draw_grid(points, title="Now")
    lines = labels(picture)
    assert len({y for _, y, _ in lines}) == 40
    height = float(re.search(r'height="([\d.]+)"', picture)[1])  # type: ignore[index]
    assert max(y for _, y, _ in lines) < height


def test_it_says_in_words_what_it_shows() -> None:
    was, now = stance(1, "Museum", 4, 2, "2022-03-01"), stance(2, "Museum", 4, 4, "2022-06-01")
    words = describe_grid([Standpoint(now, (was,))])
    assert words == (
        "Museum: influence 4, interest 4, as judged on 1 June 2022; before: influence 4, interest 2 on 1 March 2022."
    )
    picture = draw_grid([Standpoint(now, (was,))], title="Grid & <all>", prefix="other")
    root = ET.fromstring(picture)  # noqa: S314
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "other-title other-desc"
    assert [root.findtext(f"{SVG}{part}") for part in ("title", "desc")] == ["Grid & <all>", words]


def test_movement_is_drawn_where_there_was_some_and_only_there() -> None:
    was, now = stance(1, "Museum", 4, 2, "2022-03-01"), stance(2, "Museum", 4, 4)
    assert "<path" in draw_grid([Standpoint(now, (was,))], title="Now")
    still = draw_grid([Standpoint(now, (stance(1, "Museum", 4, 4, "2022-03-01"),))], title="Now")
    assert "<path" not in still
    assert "hollow" not in still


def test_there_is_no_script_in_it_and_its_style_can_be_left_to_the_page() -> None:
    picture = draw_grid(many(12), title="Now")
    assert "prefers-color-scheme: dark" in picture
    assert "<script" not in picture
    assert "javascript" not in picture
    plain = draw_grid(many(12), title="Now", styled=False)
    assert "<style" not in plain
    assert " style=" not in plain


def test_the_same_stances_make_the_same_picture() -> None:
    assert draw_grid(many(12), title="Now") == draw_grid(many(12), title="Now")
