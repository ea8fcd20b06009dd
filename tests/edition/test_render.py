"""What holds for every edition: its frame, its slots, its audiences, its digest."""

import itertools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lxml.html
import pytest

from newsletter.config import Config, shipped
from newsletter.edition import (
    Edition,
    audiences,
    issue_digest,
    render_all,
    render_edition,
    visible_sections,
)
from newsletter.issue import SECTION_TYPES, Issue

Render = Callable[..., Edition]


@pytest.fixture
def tree(rich: Issue, config: Config) -> Any:
    return lxml.html.document_fromstring(render_edition(rich, (), config).html)


def for_list(name: str, title: str) -> dict[str, Any]:
    return {"type": "article", "title": title, "body": "News.", "audience": [name]}


@pytest.mark.parametrize("kind", SECTION_TYPES)
@pytest.mark.parametrize("medium", ["email/{}.mjml", "text/{}.txt"])
def test_every_section_type_has_a_template_for_each_medium(kind: str, medium: str) -> None:
    assert (shipped("templates") / medium.format(kind)).is_file()


@pytest.mark.parametrize("kind", SECTION_TYPES)
def test_every_section_type_renders_with_as_little_as_it_may_have(
    kind: str, render: Render, sections: dict[str, dict[str, Any]]
) -> None:
    needed = {"type", "items", "members", "start", "button"}
    least = {key: value for key, value in sections[kind].items() if key in needed}
    if kind == "meet-the-team":
        least["members"] = [{"name": "Ada Example"}, {"name": "Ben Sample"}]
    edition = render(least, intro="")
    assert "None" not in edition.text
    assert lxml.html.document_fromstring(edition.html).xpath("//h2")


def test_the_page_says_its_language_and_direction(tree: Any) -> None:
    assert tree.get("lang") == "en"
    assert tree.get("dir") == "ltr"
    (wrapper,) = tree.xpath("//div[@role='article']")
    assert (wrapper.get("lang"), wrapper.get("dir")) == ("en", "ltr")


def test_a_language_from_right_to_left_turns_the_page(render: Render, sections: dict[str, Any]) -> None:
    html = render(sections["article"], language="ar", title="رسالة إخبارية").html
    tree = lxml.html.document_fromstring(html)
    assert tree.get("dir") == "rtl"
    assert tree.xpath("//h1")[0].text_content().strip() == "رسالة إخبارية"
    assert "text-align:right" in html
    assert "direction:ltr" not in html


def test_there_is_one_main_heading_and_one_heading_a_section(tree: Any, rich: Issue) -> None:
    assert len(tree.xpath("//h1")) == 1
    assert len(tree.xpath("//h2[starts-with(@id, 'section-')]")) == len(rich.sections)


def test_no_heading_level_is_skipped(tree: Any) -> None:
    levels = [int(h.tag[1]) for h in tree.xpath("//h1|//h2|//h3|//h4|//h5|//h6")]
    assert all(below <= above + 1 for above, below in itertools.pairwise(levels))


def test_layout_tables_are_no_tables_to_a_screen_reader(tree: Any) -> None:
    assert {table.get("role") for table in tree.xpath("//table")} == {"presentation"}


def test_every_picture_has_an_alt_and_travels_inside_the_message(tree: Any) -> None:
    pictures = tree.xpath("//img")
    assert pictures
    assert all(picture.get("alt") for picture in pictures)
    assert all(re.fullmatch(r"cid:[0-9a-f]{20}\.\w+@newsletter", p.get("src")) for p in pictures)
    assert all(0 < int(picture.get("width")) <= 576 for picture in pictures)


def test_a_decorative_picture_has_an_empty_alt_and_no_place_in_the_text(render: Render) -> None:
    image = {"src": "pictures/sam.png", "decorative": True}
    edition = render({"type": "article", "title": "T", "images": [image]})
    assert [p.get("alt") for p in lxml.html.document_fromstring(edition.html).xpath("//img")] == [""]
    assert "Picture" not in edition.text


def test_a_picture_used_twice_is_sent_once(rich: Issue, config: Config) -> None:
    edition = render_edition(rich, (), config)
    sources = lxml.html.document_fromstring(edition.html).xpath("//img/@src")
    assert len(sources) == 4
    assert len(edition.pictures) == len(set(sources)) == 3


def test_nothing_is_loaded_from_elsewhere(rich: Issue, config: Config) -> None:
    html = render_edition(rich, (), config).html
    assert not re.search(r"(?:src|background)=\"https?:|url\(|@import|<link\b|<script\b", html)


def test_the_doctype_stands_first_so_that_browsers_keep_to_the_standard(rich: Issue, config: Config) -> None:
    assert render_edition(rich, (), config).html.startswith("<!doctype html>")


def test_no_text_is_smaller_than_14_pixels(tree: Any) -> None:
    for element in tree.xpath("//*[@style][normalize-space(string())]"):
        if element.tag in {"p", "a", "h1", "h2", "h3", "td", "span", "li"}:
            for size in re.findall(r"font-size:\s*(\d+)px", element.get("style")):
                assert int(size) >= 14 or (size == "0" and element.tag == "td")


def test_dark_mode_is_said_and_has_colours_of_its_own(tree: Any) -> None:
    assert tree.xpath("//meta[@name='color-scheme']/@content") == ["light dark"]
    assert any("prefers-color-scheme: dark" in style.text for style in tree.xpath("//style"))


def test_few_sections_need_no_table_of_contents(render: Render, sections: dict[str, Any]) -> None:
    assert "In this issue" not in render(sections["article"]).text
    assert "In this issue" in render(*[sections["article"]] * 4).text


def test_contents_lead_to_the_sections(tree: Any) -> None:
    targets = tree.xpath("//a[starts-with(@href, '#')]/@href")
    assert targets
    assert all(tree.xpath(f"//*[@id='{target[1:]}']") for target in targets)


def test_each_slot_stands_where_readers_look_for_it(rich: Issue, config: Config) -> None:
    edition = render_edition(rich, (), config)
    tree = lxml.html.document_fromstring(edition.html)
    assert tree.xpath(f"//a[@href='{edition.marker}STOP']")[0].text_content() == "Stop these emails"
    assert f"{edition.marker}GREETING" in tree.text_content()
    lines = edition.text.split("\n")
    assert all(lines.count(edition.marker + name) == 1 for name in ("GREETING", "REASON", "STOP"))


def test_the_same_input_gives_the_same_bytes(rich: Issue, config: Config) -> None:
    assert render_edition(rich, (), config) == render_edition(rich, (), config)
    elsewhere = rich.model_copy(update={"path": Path("elsewhere/2022-09.yaml")})
    assert render_edition(elsewhere, (), config).digest == render_edition(rich, (), config).digest


def test_a_change_anywhere_changes_digest_and_marker(
    make_issue: Callable[..., Issue], sections: dict[str, Any], config: Config
) -> None:
    before = render_edition(make_issue(sections["article"]), (), config)
    after = render_edition(make_issue({**sections["article"], "author": "Somebody else"}), (), config)
    assert before.digest != after.digest
    assert before.marker != after.marker
    assert re.fullmatch(r"NL[a-p]{12}", before.marker)


def test_a_section_for_a_list_is_seen_by_that_list_only(
    make_issue: Callable[..., Issue], config: Config
) -> None:
    issue = make_issue(
        {"type": "article", "title": "For all", "body": "x"}, for_list("partners", "For partners")
    )
    assert [s.title for s in visible_sections(issue, ())] == ["For all"]
    assert [s.title for s in visible_sections(issue, ("contributors",))] == ["For all"]
    assert [s.title for s in visible_sections(issue, ("partners", "contributors"))] == [
        "For all",
        "For partners",
    ]
    assert "For partners" not in render_edition(issue, (), config).html


def test_there_is_an_edition_for_the_public_and_for_every_set_of_lists(
    make_issue: Callable[..., Issue], config: Config
) -> None:
    issue = make_issue(
        {"type": "article", "title": "For all", "body": "x"},
        for_list("partners", "For partners"),
        for_list("contributors", "For contributors"),
    )
    editions = render_all(issue, config)
    assert list(editions) == ["public", "partners", "contributors", "partners+contributors"]
    assert len({edition.digest for edition in editions.values()}) == 4
    assert editions["partners"] == render_edition(issue, ("partners",), config)


def test_audiences_that_see_the_same_share_one_edition(rich: Issue, config: Config) -> None:
    editions = render_all(rich, config)
    assert len({id(edition) for edition in editions.values()}) == 1


def test_every_set_of_lists_has_an_edition_of_its_own_name() -> None:
    names = tuple("abcdefgh")
    assert len(audiences(names)) == len(set(audiences(names))) == 2 ** len(names)
    assert audiences(names)[0] == ()


def test_an_issue_is_known_by_all_of_its_editions(make_issue: Callable[..., Issue], config: Config) -> None:
    one = render_all(make_issue({"type": "article", "title": "A", "body": "x"}), config)
    other = render_all(
        make_issue({"type": "article", "title": "A", "body": "x"}, for_list("partners", "P")), config
    )
    assert issue_digest(one) == issue_digest(dict(reversed(one.items())))
    assert issue_digest(one) != issue_digest(other)


def test_without_a_preheader_the_titles_stand_in_for_it(render: Render, sections: dict[str, Any]) -> None:
    edition = render(sections["article"], sections["event"], preheader="")
    assert edition.preheader == "What we talked about in July · Link workers meet the museums"


def test_the_sender_may_be_hardly_known_yet(
    make_issue: Callable[..., Issue], sections: dict[str, Any]
) -> None:
    edition = render_edition(make_issue(sections["article"]), (), Config())
    assert f"{edition.marker}STOP" in edition.html


def test_a_theme_of_the_workspace_changes_the_colours(rich: Issue, config: Config, tmp_path: Path) -> None:
    (tmp_path / "themes").mkdir()
    shipped_theme = (shipped("templates") / "themes/paper.toml").read_text(encoding="utf-8")
    (tmp_path / "themes/paper.toml").write_text(shipped_theme.replace("#0a665a", "#5b2a86"), encoding="utf-8")
    html = render_edition(rich, (), config, tmp_path).html
    assert "#5b2a86" in html
    assert "#0a665a" not in html


def test_figures_may_be_words_without_numbers(render: Render) -> None:
    edition = render({"type": "figures", "title": "Numbers", "body": "They come next time.", "items": []})
    assert "They come next time." in edition.html
    assert "They come next time." in edition.text


def test_a_telephone_number_reads_from_left_to_right_in_any_language(render: Render) -> None:
    person = {"name": "Ada", "phone": "+44 1865 289300"}
    edition = render({"type": "contact", "people": [person]}, language="ar")
    tree = lxml.html.document_fromstring(edition.html)
    assert tree.xpath("//a[starts-with(@href, 'tel:')]/@dir") == ["ltr"]


def test_on_a_phone_a_large_picture_fills_the_column_and_a_small_one_is_not_blown_up(render: Render) -> None:
    images = [
        {"src": "pictures/workshop.png", "alt": "A workshop"},
        {"src": "pictures/sam.png", "alt": "Sam"},
    ]
    members = [{"name": "Sam", "images": images[:1]}, {"name": "Ada", "images": images[1:]}]
    edition = render({"type": "meet-the-team", "title": "Us", "members": members})
    tree = lxml.html.document_fromstring(edition.html)
    assert ["nl-large" in image.get("class") for image in tree.xpath("//img")] == [True, False]
    assert ".nl-portrait .nl-large { max-width: 100% !important; }" in edition.html


def test_arabic_goes_from_right_to_left_everywhere(
    render: Render, sections: dict[str, dict[str, Any]]
) -> None:
    edition = render(*sections.values(), language="ar", intro="1. واحد\n2. اثنان\n\n> قال")
    # MJML says 'left' of each column's frame, which holds no text of its own.
    html = edition.html.replace(" ", "").replace("font-size:0px;text-align:left;direction:rtl", "")
    assert '<htmllang="ar"dir="rtl"' in html
    assert "text-align:left" not in html
    assert "direction:ltr" not in html
    assert "padding-right:24px" in html  # lists
    assert "border-right:4pxsolid" in html  # the contents
    assert "30 سبتمبر 2022" in edition.text
