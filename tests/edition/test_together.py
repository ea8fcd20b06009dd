"""Both languages in one message: each in full, one after the other, beginning with the reader's own."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lxml.html
import pytest

from newsletter.config import Workspace
from newsletter.database import Database
from newsletter.edition import (
    Edition,
    Personal,
    edition_name,
    fill_html,
    fill_text,
    load_edition,
    render_all,
    render_edition,
    sample_personal,
    store_edition,
)
from newsletter.errors import TemplateError
from newsletter.issue import Issue, in_language, read_issue

TEXT = """\
title: {en: News of the study, cy: Newyddion yr astudiaeth}
date: 30 September 2022
languages: [en, cy]
languages_together: yes
lists: [partners, contributors]
intro: {en: Welcome., cy: Croeso.}
sections:
  - title: {en: A walk, cy: Taith gerdded}
    body: {en: "We walked.\\n\\n### The sea", cy: "Cerddon ni.\\n\\n### Y môr"}
  - title: {en: For partners, cy: I bartneriaid}
    audience: partners
    body: {en: A meeting., cy: Cyfarfod.}
"""


@pytest.fixture
def read(workspace: Workspace) -> Callable[[str], Issue]:
    def reading(text: str) -> Issue:
        path = workspace.issues / "2022-09.yaml"
        path.write_text(text, encoding="utf-8")
        return read_issue(path, workspace.root)

    return reading


@pytest.fixture
def editions(read: Callable[[str], Issue], workspace: Workspace) -> dict[str, Edition]:
    return render_all(read(TEXT), workspace.config)


def tree_of(edition: Edition) -> Any:
    return lxml.html.document_fromstring(edition.html)


def test_there_is_an_edition_for_each_language_to_begin_with(editions: dict[str, Edition]) -> None:
    assert list(editions) == [
        *["public", "partners", "contributors", "partners+contributors"],
        *["public.cy", "partners.cy", "contributors.cy", "partners+contributors.cy"],
    ]
    assert editions["partners"].languages == ("en", "cy")
    assert editions["partners.cy"].languages == ("cy", "en")
    assert edition_name(editions, ("partners",), "cy-GB") == "partners.cy"


@pytest.mark.parametrize("name", ["partners", "partners.cy"])
def test_each_language_stands_in_an_element_of_its_own_language(
    name: str, editions: dict[str, Edition]
) -> None:
    edition = editions[name]
    tree = tree_of(edition)
    halves = tree.xpath("//body/div[@role='article']")
    assert tree.get("lang") == edition.languages[0]
    assert tuple(half.get("lang") for half in halves) == edition.languages
    assert {half.get("dir") for half in halves} == {"ltr"}
    words = {"en": "We walked.", "cy": "Cerddon ni."}
    for half in halves:
        (other,) = set(words) - {half.get("lang")}
        assert words[half.get("lang")] in half.text_content()
        assert words[other] not in half.text_content()


def test_there_is_one_main_heading_and_the_other_language_is_a_chapter_under_it(
    editions: dict[str, Edition],
) -> None:
    headings = [
        (part.tag, part.text_content()) for part in tree_of(editions["partners"]).xpath("//h1|//h2|//h3|//h4")
    ]
    assert headings == [
        ("h1", "News of the study"),
        *[("h2", "A walk"), ("h3", "The sea"), ("h2", "For partners")],
        ("h2", "Newyddion yr astudiaeth"),
        *[("h3", "Taith gerdded"), ("h4", "Y môr"), ("h3", "I bartneriaid")],
    ]


def test_a_link_at_the_top_leads_to_the_other_language_in_its_own_words(editions: dict[str, Edition]) -> None:
    for name, said, lang in (
        ("partners", "Mae’r fersiwn Gymraeg isod", "cy"),
        ("partners.cy", "The English version is below", "en"),
    ):
        tree = tree_of(editions[name])
        (line,) = tree.xpath("//p[@class='masthead-other']")
        assert (line.get("lang"), line.get("dir"), line.text_content()) == (lang, "ltr", said)
        (target,) = tree.xpath(f"//*[@id='{line.xpath('a')[0].get('href').removeprefix('#')}']")
        assert target.xpath("ancestor::div[@role='article']")[0].get("lang") == lang
        assert said in editions[name].text.split("\n\n")[1]


def test_no_anchor_is_there_twice_and_each_leads_somewhere(
    read: Callable[[str], Issue], workspace: Workspace
) -> None:
    more = TEXT + "".join(
        f"  - title: {{en: Part {n}, cy: Rhan {n}}}\n    body: {{en: A., cy: B.}}\n" for n in range(3)
    )
    tree = tree_of(render_edition(read(more), ("partners",), workspace.config))
    anchors = Counter(tree.xpath("//@id"))
    assert set(anchors.values()) == {1}
    targets = [href.removeprefix("#") for href in tree.xpath("//@href") if href.startswith("#")]
    assert len(targets) == 11  # the contents of both, and the way to the second
    assert set(targets) <= set(anchors)


def test_the_reader_is_greeted_and_told_why_and_how_to_stop_in_each(editions: dict[str, Edition]) -> None:
    edition = editions["partners"]
    personal = Personal("Dear Ada,", "You asked.", "https://x.example/", (("Annwyl Ada,", "Gofynnoch."),))
    for filled in (fill_html(edition, personal), fill_text(edition, personal)):
        places = [filled.index(said) for said in ("Dear Ada,", "You asked.", "Annwyl Ada,", "Gofynnoch.")]
        assert places == sorted(places)
        assert filled.count("https://x.example/") == 2
        assert edition.marker not in filled
    assert "Rhoi’r gorau i’r negeseuon hyn" in edition.html
    assert "Stop these emails" in edition.text


def test_the_first_greeting_stands_in_where_there_is_no_other(editions: dict[str, Edition]) -> None:
    personal = Personal("Hello,", "You asked.", "https://x.example/")
    assert fill_text(editions["partners"], personal).count("Hello,") == 2


def test_a_sample_speaks_every_language_and_names_the_list_in_it(
    editions: dict[str, Edition], folder: Path
) -> None:
    from newsletter.config import read_workspace

    settings = folder / "newsletter.toml"
    text = settings.read_text("utf-8").replace(
        'name = "Project partners"', 'name = {en = "Project partners", cy = "Partneriaid y prosiect"}'
    )
    settings.write_text(text, encoding="utf-8")
    sample = sample_personal(read_workspace(folder).config, *editions["partners.cy"].languages)
    assert sample.greeting == "Annwyl Sam,"
    assert "‘Partneriaid y prosiect’" in sample.reason
    assert sample.further[0][0] == "Dear Sam,"
    assert "‘Project partners’" in sample.further[0][1]


def test_the_subject_and_the_preheader_are_in_both(
    read: Callable[[str], Issue], workspace: Workspace
) -> None:
    def subject(text: str) -> str:
        return render_edition(read(text), ("partners",), workspace.config).subject

    assert subject(TEXT) == "News of the study: September 2022 / Newyddion yr astudiaeth: Medi 2022"
    long = TEXT.replace("News of the study", "News of the study of link workers")
    assert subject(long) == "News of the study of link workers / Newyddion yr astudiaeth"
    assert subject("subject: Newyddion | News\n" + TEXT) == "Newyddion | News"
    assert subject("subject: {en: Autumn, cy: Hydref}\n" + TEXT) == "Autumn / Hydref"
    edition = render_edition(
        read("preheader: {en: A walk, cy: Taith}\n" + TEXT), ("partners",), workspace.config
    )
    assert edition.preheader == "A walk / Taith"
    assert edition.html.count("A walk / Taith") == 1


def test_the_text_part_has_a_rule_between_the_languages(editions: dict[str, Edition]) -> None:
    first, second = editions["partners"].text.split("\n\n\n" + "=" * 72 + "\n\n\n")
    assert first.startswith("News of the study\n=====")
    assert second.startswith("Newyddion yr astudiaeth\n=====")


def test_styles_that_both_share_are_there_once(editions: dict[str, Edition]) -> None:
    assert editions["partners"].html.count("prefers-color-scheme") == 1


def test_a_picture_of_both_travels_once(
    make_issue: Callable[..., Issue], sections: dict[str, dict[str, Any]], workspace: Workspace
) -> None:
    both = {"languages": ("en", "cy"), "languages_together": True}
    welsh = make_issue(sections["article"], language="cy", **both)
    issue = make_issue(sections["article"], translations={"cy": welsh}, **both)
    edition = render_edition(issue, (), workspace.config)
    (picture,) = edition.pictures
    assert edition.html.count(f"cid:{picture.name}@newsletter") == 2


def test_the_same_input_gives_the_same_digest_and_either_language_changes_it(
    read: Callable[[str], Issue], workspace: Workspace
) -> None:
    before, again = (render_all(read(TEXT), workspace.config) for _ in range(2))
    after = render_all(read(TEXT.replace("Croeso", "Helo")), workspace.config)
    assert [edition.digest for edition in before.values()] == [edition.digest for edition in again.values()]
    assert all(before[name].digest != after[name].digest for name in before)


def test_seen_in_the_second_language_it_begins_with_it(
    read: Callable[[str], Issue], workspace: Workspace, editions: dict[str, Edition]
) -> None:
    seen = render_edition(in_language(read(TEXT), "cy"), ("partners",), workspace.config)
    assert seen == editions["partners.cy"]


def test_it_is_kept_and_found_again(editions: dict[str, Edition], db: Database, now: Any) -> None:
    edition = editions["partners.cy"]
    assert load_edition(db, store_edition(db, edition, now)) == edition


def test_a_right_to_left_language_turns_its_own_half_round(
    read: Callable[[str], Issue], workspace: Workspace
) -> None:
    text = TEXT.replace("cy", "ar")
    edition = render_edition(read(text), ("partners",), workspace.config)
    english, arabic = tree_of(edition).xpath("//body/div[@role='article']")
    assert (english.get("dir"), arabic.get("dir")) == ("ltr", "rtl")
    assert "text-align:right" in lxml.html.tostring(arabic, encoding="unicode")
    assert tree_of(edition).xpath("//p[@class='masthead-other']")[0].text_content() == "العربية ↓"


def test_a_layout_that_forgets_what_a_further_language_must_say_is_told(
    read: Callable[[str], Issue], workspace: Workspace
) -> None:
    path = workspace.templates / "text" / "layout.txt"
    path.parent.mkdir(parents=True)
    path.write_text(
        "{% if turn.first %}{{ slots.greeting }} {{ slots.reason }}{% endif %} {{ slots.stop }}\n", "utf-8"
    )
    with pytest.raises(TemplateError, match=r"text/layout.txt.*slots.greeting"):
        render_edition(read(TEXT), ("partners",), workspace.config, workspace.templates)


def test_the_whole_of_both_looks_and_reads_as_it_did(
    editions: dict[str, Edition], same_as_golden: Callable[[str, str], None]
) -> None:
    edition = editions["partners.cy"]
    shape = [
        f"{part.tag} {dict(sorted((k, v) for k, v in part.attrib.items() if k in ('lang', 'dir', 'id', 'href', 'class')))} "
        f"{' '.join((part.text or '').split())}".strip()
        for part in tree_of(edition).xpath(
            "//body//*[self::h1 or self::h2 or self::h3 or self::h4 or self::p or self::a or @lang]"
        )
    ]
    same_as_golden("email/together.txt", "\n".join(shape).replace(edition.marker, "MARKER") + "\n")
    same_as_golden("text/together.txt", edition.text.replace(edition.marker, "MARKER"))
