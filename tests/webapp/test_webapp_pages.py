"""The pages for readers: what each says, what its form sends, and that it holds for every language and look."""

import dataclasses
import re
import tomllib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, get_args

import pytest
from readerpages import LANGUAGES, TOKEN, every_page, study

from newsletter.config import Config, shipped
from newsletter.contacts import read_wording
from newsletter.publishing import assets, choose_language
from newsletter.webapp import pages
from newsletter.webapp.offers import offers
from newsletter.webapp.pages import (
    Asked,
    Done,
    Fault,
    Preferences,
    Rights,
    Signing,
    Subscribe,
    Unsubscribe,
    render_page,
)


@pytest.fixture
def config(folder: Path) -> Config:
    return study(folder)


class Read(HTMLParser):
    """A page as a browser takes it: its elements with their attributes, and its words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.words += data

    def all(self, *tags: str) -> Iterator[dict[str, str]]:
        return (attributes for tag, attributes in self.found if tag in tags)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_needs_a_script_a_style_of_its_own_or_anything_from_elsewhere(
    config: Config, language: str
) -> None:
    for name, page in every_page(config, language).items():
        html = render_page(page, language, config)
        read = Read(html)
        assert not [*read.all("script", "style", "iframe", "base")], name
        for _, attributes in read.found:
            assert not {key for key in attributes if key == "style" or key.startswith("on")}, name
        for one in read.all("link", "img", "source", "form"):
            for key in ("href", "src", "srcset", "action"):
                assert one.get(key, "/").startswith("/"), (name, one)
        assert html.startswith("<!DOCTYPE html>")
        assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in html


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_field_has_its_words_and_everything_that_is_pointed_at_is_there_once(
    config: Config, language: str
) -> None:
    for name, page in every_page(config, language).items():
        read = Read(render_page(page, language, config))
        ids = [attributes["id"] for _, attributes in read.found if "id" in attributes]
        assert len(ids) == len(set(ids)), name
        labelled = {label["for"] for label in read.all("label")}
        for field in read.all("input", "textarea", "select"):
            assert field.get("type") == "hidden" or field["id"] in labelled, (name, field)
        for _, attributes in read.found:
            for key in ("aria-describedby", "aria-labelledby"):
                assert set(attributes.get(key, "").split()) <= set(ids), (name, attributes)
            if attributes.get("href", "").startswith("#"):
                assert attributes["href"][1:] in ids, (name, attributes)


def test_the_words_agreed_to_are_those_of_the_file_with_its_digest_in_the_form(config: Config) -> None:
    assert config.folder
    page = Subscribe(csrf="now", offers=offers(config, "en"))
    read = Read(render_page(page, "en", config))

    sent = {(one["name"], one.get("value")) for one in read.all("input")}
    wording = read_wording(Path("consent/partners-v2.md"), config.folder)
    assert ("wording", f"partners:{wording.digest}") in sent
    assert ("csrf", "now") in sent
    assert "We write four times a year, & never sell your address." in read.words
    assert "the first wording" not in read.words


def test_a_wording_in_the_readers_language_is_taken_and_another_is_marked_as_what_it_is(
    config: Config,
) -> None:
    partners, contributors = offers(config, "cy")
    assert (partners.spoken, contributors.spoken) == ("cy", "en")
    html = render_page(Subscribe(offers=(partners, contributors)), "cy", config)
    assert str(partners.title) == "Partneriaid y prosiect"
    assert "Hoffwn gael newyddion" in html
    assert html.count('<div lang="en" dir="ltr">') == 1
    assert "Newyddion yr astudiaeth, tua phedair gwaith y flwyddyn." in html
    assert '<bdi lang="en">News for members of the public who advise us.</bdi>' in html


def test_a_list_without_a_wording_is_not_offered(config: Config) -> None:
    assert config.folder
    (config.folder / "consent" / "contributors-v1.md").unlink()
    assert [offer.list for offer in offers(config, "en")] == ["partners"]


def test_nobody_is_signed_up_by_a_tick_that_was_there_before(config: Config) -> None:
    read = Read(render_page(Subscribe(offers=offers(config, "en")), "en", config))
    ticked = [one["value"] for one in read.all("input") if "checked" in one and one["name"] == "lists"]
    assert ticked == []


def test_faults_are_told_at_the_top_in_the_title_and_beside_the_field_and_what_was_typed_stays(
    config: Config,
) -> None:
    typed = Signing(email='"><b>@', name="Ada <i>", lists=("partners",), format="large-print", language="cy")
    faults = (Fault("email", "email-bad"), Fault("lists", "wording-changed"))
    html = render_page(Subscribe(offers=offers(config, "en"), entered=typed, faults=faults), "en", config)
    read = Read(html)

    assert html.index('role="alert"') < html.index("<h1")
    assert "<title>Problem: Get the newsletter" in html
    fields = {(one.get("name"), one.get("value")): one for one in read.all("input")}
    email = fields["email", '"><b>@']
    assert email["aria-invalid"] == "true"
    assert "email-fault" in email["aria-describedby"]
    assert ("name", "Ada <i>") in fields
    for chosen in (("lists", "partners"), ("format", "large-print"), ("language", "cy")):
        assert "checked" in fields[chosen]
    assert "<b>@" not in html
    assert [link["href"] for link in read.all("a") if link["href"] in {"#email", "#lists"}] == [
        "#email",
        "#lists",
    ]


def test_preferences_begin_with_everything_as_it_is_and_show_nothing_stored(config: Config) -> None:
    page = Preferences(path=f"/preferences/{TOKEN}", offers=offers(config, "en"))
    read = Read(render_page(page, "en", config))
    chosen = {one["name"]: one["value"] for one in read.all("input") if "checked" in one}
    assert chosen == dict.fromkeys(("list-partners", "list-contributors", "format", "language", "pause"), "")
    assert "does not show what you get now" in read.words


def test_leaving_is_one_button_that_says_which_study_and_sends_nothing_else(config: Config) -> None:
    page = Unsubscribe(path=f"/u/{TOKEN}", csrf="now", preferences=f"/preferences/{TOKEN}")
    read = Read(render_page(page, "en", config))
    (form,) = read.all("form")
    assert form == {"method": "post", "action": f"/u/{TOKEN}?lang=en"}
    assert len([*read.all("button")]) == 1
    assert [one["name"] for one in read.all("input")] == ["csrf"]
    assert "The garden study will stop sending you" in read.words
    assert any(link["href"] == f"/preferences/{TOKEN}?lang=en" for link in read.all("a"))


def test_after_leaving_the_way_back_is_shown(config: Config) -> None:
    read = Read(render_page(Done(path=f"/u/{TOKEN}", outcome="unsubscribe"), "en", config))
    assert "no more of this newsletter" in read.words
    assert any(link["href"] == "/subscribe?lang=en" for link in read.all("a"))


def test_what_is_written_about_ones_data_stays_where_something_is_missing(config: Config) -> None:
    page = Rights(entered=Asked(words="</textarea><script>"), faults=(Fault("wish", "wish-missing"),))
    html = render_page(page, "en", config)
    assert "&lt;/textarea&gt;&lt;script&gt;</textarea>" in html


def test_pages_below_a_path_keep_to_it(config: Config) -> None:
    public = config.public.model_copy(update={"url": "https://example.org/news/"})
    below = config.model_copy(update={"public": public})
    read = Read(render_page(Unsubscribe(path=f"/u/{TOKEN}"), "en", below))
    own = [one.get("href", one.get("action", "")) for one in read.all("a", "form", "link")]
    assert all(address.startswith(("/news/", "#", "mailto:", "https://")) for address in own)


@pytest.mark.parametrize("word", ["FaultWord", "Outcome", "TroubleWord"])
def test_everything_that_can_be_said_has_words(word: str) -> None:
    known = tomllib.loads((shipped("templates") / "words/pages/en.toml").read_text(encoding="utf-8"))
    forms = {
        "FaultWord": ("fault_{}",),
        "Outcome": ("done_{}_title", "done_{}_text"),
        "TroubleWord": ("trouble_{}_title", "trouble_{}_text"),
    }[word]
    for value in get_args(getattr(pages, word)):
        assert {form.format(value) for form in forms} <= set(known)


@pytest.mark.parametrize("language", ["cy", "ar"])
def test_the_words_of_the_pages_are_all_translated(language: str) -> None:
    folder = shipped("templates") / "words/pages"
    english, other = (
        tomllib.loads((folder / f"{tag}.toml").read_text(encoding="utf-8")) for tag in ("en", language)
    )
    assert [*other] == [*english]


def test_every_word_of_the_pages_is_said_somewhere() -> None:
    root = Path(pages.__file__).parent.parent
    told = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("webapp", "publishing")
        for path in [*(root / folder).rglob("*.html"), *(root / folder).rglob("*.py")]
    )
    english = tomllib.loads((shipped("templates") / "words/pages/en.toml").read_text(encoding="utf-8"))
    made = re.compile(r"(fault|done|trouble|format|pause|confirm|renew|unsubscribe)_.*")
    said = r'(?:\b(?:words|plain)\.{0}\b|"{0}")'
    assert [
        word for word in english if not made.fullmatch(word) and not re.search(said.format(word), told)
    ] == []


@pytest.mark.parametrize("word", ["FaultWord", "Outcome", "TroubleWord"])
def test_everything_that_has_words_can_be_said(word: str) -> None:
    handlers = "".join(
        path.read_text(encoding="utf-8")
        for path in Path(pages.__file__).parent.glob("*.py")
        if path.name != "pages.py"
    )
    assert [value for value in get_args(getattr(pages, word)) if f'"{value}"' not in handlers] == []


def test_a_workspace_has_the_last_word(config: Config) -> None:
    assert config.templates
    own = config.templates / "words" / "pages"
    own.mkdir(parents=True)
    (own / "en.toml").write_text('home_title = "The garden paper"\n', encoding="utf-8")
    assert "<h1>The garden paper</h1>" in render_page(pages.Home(), "en", config)


def test_a_language_without_words_of_its_own_says_so_to_a_screen_reader(config: Config) -> None:
    html = render_page(pages.Home(), "ga", config)
    assert '<h1><span lang="en">Our newsletter</span></h1>' in html
    assert "<title>Our newsletter – " in html


@pytest.mark.parametrize(
    ("asked", "accepted", "chosen"),
    [
        ("", "", "en"),
        ("cy", "ar", "cy"),
        ("xx", "ar-EG, en;q=0.5", "ar"),
        ("", "en;q=0.2, fr, cy-GB;q=0.9", "cy"),
        ("", "cy;q=0, ar;q=nonsense", "en"),
        ("../etc", "," * 10_000, "en"),
    ],
)
def test_the_language_is_the_one_asked_for_then_the_browsers_then_the_usual_one(
    config: Config, asked: str, accepted: str, chosen: str
) -> None:
    assert choose_language(asked, accepted, config) == chosen


@pytest.mark.parametrize("theme", ["paper", "garden", "civic"])
def test_the_stylesheet_has_every_colour_it_uses_by_day_and_by_night(config: Config, theme: str) -> None:
    look = config.model_copy(update={"theme": config.theme.model_copy(update={"name": theme})})
    style = assets(look)["site.css"].data.decode()
    used = set(re.findall(r"var\((--[\w-]+)\)", style))
    day, night = (set(re.findall(r"(--[\w-]+):", line)) for line in style.splitlines()[:2])
    assert used <= day
    assert {name for name in day if not name.startswith(("--font-", "--shape-"))} == night
    assert "http" not in style
    assert "@import" not in style


def test_contexts_are_frozen(config: Config) -> None:
    page: Any = pages.Home()
    with pytest.raises(dataclasses.FrozenInstanceError):
        page.path = "/elsewhere"


def test_the_front_of_the_archive_is_in_the_readers_language_where_it_was_published_in_it(
    site: Any, folder: Path
) -> None:
    public = folder / "public"
    public.mkdir()
    for name in ("index.html", "index.cy.html"):
        (public / name).write_text(name, encoding="utf-8")
    assert site.get("/archive/").text == "index.html"
    welsh = site.get("/archive/?lang=cy")
    assert (welsh.text, welsh.headers["vary"]) == ("index.cy.html", "Accept-Language")
    assert site.get("/archive/?lang=ar").text == "index.html"
    assert site.get("/archive/index.html?lang=cy").text == "index.html"
    assert 'href="/archive/?lang=cy"' in site.get("/?lang=cy").text
