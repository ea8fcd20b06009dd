"""English words that stand in for a language without words of its own are marked as English."""

from collections.abc import Callable
from typing import Any

import lxml.html

from newsletter.edition import Edition, fill_text, reason_line, sample_personal
from newsletter.edition.dates import span_text
from newsletter.issue import When

Render = Callable[..., Edition]


def marked(edition: Edition) -> list[tuple[str, str | None]]:
    tree = lxml.html.document_fromstring(edition.html)
    return [(part.text_content(), part.get("dir")) for part in tree.xpath("//span[@lang='en']")]


def test_in_a_page_from_right_to_left_english_words_keep_their_direction(
    render: Render, sections: dict[str, dict[str, Any]]
) -> None:
    edition = render(*sections.values(), language="ar", title="أخبار")
    found = dict(marked(edition))
    assert {"Stop these emails", "In this issue", "By Ada Example"} <= found.keys()
    assert set(found.values()) == {"ltr"}
    assert f"{edition.marker}GREETING" in found
    assert f"{edition.marker}REASON" in found
    assert "&lt;span" not in edition.html


def test_in_the_text_part_they_stand_between_isolates(
    render: Render, sections: dict[str, dict[str, Any]]
) -> None:
    edition = render(sections["article"], language="ar", title="أخبار")
    text = fill_text(edition, sample_personal(None, "ar"))
    assert "\u2066Stop these emails\u2069:" in text
    assert "\u2066Dear Sam,\u2069" in text
    assert "<span" not in text


def test_from_left_to_right_they_only_say_their_language(
    render: Render, sections: dict[str, dict[str, Any]]
) -> None:
    edition = render(sections["acknowledgements"], language="fr")
    assert dict(marked(edition))["Stop these emails"] is None
    assert {"Funded by the Example Institute for Research", "award EX-130247"} <= dict(marked(edition)).keys()
    assert "\u2066" not in edition.text


def test_a_language_with_all_its_words_marks_none(
    render: Render, sections: dict[str, dict[str, Any]]
) -> None:
    assert marked(render(*sections.values(), language="cy")) == []
    assert marked(render(*sections.values())) == []


def test_a_span_is_joined_in_the_way_of_the_language() -> None:
    def moment(day: int) -> When:
        return When(year=2022, month=6, day=day)

    assert span_text(moment(15), moment(17), "ja") == "2022年6月15日～2022年6月17日"
    assert span_text(moment(15), moment(17), "fr") == "15 juin 2022 – 17 juin 2022"
    assert " to " not in span_text(moment(15), moment(17), "ar")


def test_a_reason_in_english_has_its_date_in_english() -> None:
    said = reason_line("Partners", "2022-06-14", "consent", "ar")
    assert said == "You get this because you asked on 14 June 2022 to be on our list ‘Partners’."
    assert "14 Mehefin 2022" in reason_line("Partneriaid", "2022-06-14", "consent", "cy")
