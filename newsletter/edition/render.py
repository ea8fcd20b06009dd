"""Composes an edition: templates to MJML, MJML to HTML, CSS into the elements; and the text beside it."""

import functools
import hashlib
import itertools
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from newsletter.config import Config
from newsletter.edition.content import (
    Data,
    issue_data,
    line,
    section_data,
    section_images,
    sender_data,
    theme_data,
)
from newsletter.edition.foreign import slots_in_html, slots_in_text, words_in_html, words_in_text
from newsletter.edition.inline import inline_css
from newsletter.edition.logo import load_logos
from newsletter.edition.mjml import compile_mjml
from newsletter.edition.model import Edition, EditionPicture, audience_name
from newsletter.edition.pictures import edition_picture
from newsletter.edition.slots import make_marker, public_words, slot_words
from newsletter.edition.templating import compose, fault
from newsletter.edition.together import (
    in_turn,
    joined_html,
    joined_line,
    joined_subject,
    joined_text,
    section_prefix,
    turn_data,
)
from newsletter.edition.words import PAGES
from newsletter.issue import Issue, Section, in_language

#: Fewer titled sections are seen at a glance and need no table of contents.
_CONTENTS_FROM = 4
_CSS = "email/author.css"
#: What the public pages call the way to what somebody gets.
_CHANGE = "unsubscribe_preferences"


def visible_sections(issue: Issue, audience: tuple[str, ...]) -> tuple[Section, ...]:
    """The sections that a reader on the lists of `audience` sees: those for all, and those for any of them."""
    return tuple(issue.sections[index] for index in _visible(issue, audience))


def render_edition(
    issue: Issue, audience: tuple[str, ...], config: Config, templates: Path | None = None
) -> Edition:
    """The issue as readers on the lists of `audience` see it, () for the public; same input, same digest.

    A template in the folder `templates` wins over the shipped one of the same name. Raises
    TemplateError and IssueError with the line of what cannot be rendered.
    """
    return _render(issue, _visible(issue, audience), config, templates)


def render_all(issue: Issue, config: Config, templates: Path | None = None) -> dict[str, Edition]:
    """Every edition of the issue by audience name: `public`, and each set of its lists.

    Audiences that see the same sections share one edition, rendered once. For the further languages
    of an issue that has some, the name ends with a full stop and the language: `partners.cy`. Where
    the languages go together, each edition has them all, and that is the one that it begins with.
    """
    editions = _in_one_language(issue, config, templates)
    for language in issue.translations:
        further = _in_one_language(in_language(issue, language), config, templates)
        editions |= {f"{name}.{language}": edition for name, edition in further.items()}
    return editions


def edition_name(editions: Collection[str], audience: tuple[str, ...], language: str) -> str:
    """Which of `editions`, by name, goes to a reader: in their language if there is one, else the first."""
    name = audience_name(audience)
    wanted = language.strip()
    for tag in (wanted, wanted.lower(), wanted.lower().partition("-")[0]):
        if f"{name}.{tag}" in editions:
            return f"{name}.{tag}"
    return name


def _in_one_language(issue: Issue, config: Config, templates: Path | None) -> dict[str, Edition]:
    rendered: dict[tuple[int, ...], Edition] = {}
    editions = {}
    for audience in audiences(issue.lists):
        shown = _visible(issue, audience)
        if shown not in rendered:
            rendered[shown] = _render(issue, shown, config, templates)
        editions[audience_name(audience)] = rendered[shown]
    return editions


def audiences(lists: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The public first, then the sets of lists for which editions are made, in the issue's order."""
    sizes = range(1, len(lists) + 1)
    return [(), *(chosen for size in sizes for chosen in itertools.combinations(lists, size))]


def _visible(issue: Issue, audience: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(
        index
        for index, section in enumerate(issue.sections)
        if not section.audience or set(section.audience) & set(audience)
    )


def _render(issue: Issue, shown: tuple[int, ...], config: Config, templates: Path | None) -> Edition:
    views = in_turn(issue)
    marker = make_marker(b"".join(_fingerprint(view, shown) for view in views))
    turns = [_Turn(marker, views, number, templates) for number in range(len(views))]
    pages, texts = zip(*(_media(turn, shown, config) for turn in turns), strict=True)
    preheader = joined_line([str(values["preheader"]) for values in pages])
    pages[0]["preheader"] = preheader
    html = joined_html([_html(values, templates) for values in pages])
    text = joined_text([_text(values, templates) for values in texts])
    _check_slots(html, text, turns)
    return Edition(
        issue=issue.slug,
        language=issue.language,
        subject=line(joined_subject(views)),
        preheader=preheader,
        html=html,
        text=text,
        marker=marker,
        pictures=_pictures(views, shown, config),
        also=tuple(view.language for view in views[1:]),
    )


@dataclass(frozen=True, slots=True)
class _Turn:
    """One language of an edition: the issue in it, and its number among those that go together."""

    marker: str
    views: Sequence[Issue]
    number: int
    templates: Path | None

    @property
    def view(self) -> Issue:
        return self.views[self.number]

    @property
    def slots(self) -> dict[str, str]:
        return slot_words(self.marker, self.number)


def _media(turn: _Turn, shown: tuple[int, ...], config: Config) -> tuple[Data, Data]:
    """What the templates of the page and those of the text are given."""
    language, templates = turn.view.language, turn.templates
    on_page, in_text = words_in_html(language, templates), words_in_text(language, templates)
    page = _values(turn, shown, config, on_page)
    text = page if in_text is on_page else _values(turn, shown, config, in_text)
    slots = turn.slots
    if config.public.url:
        slots |= public_words(turn.marker)
        page |= {"words": {**on_page, "change": words_in_html(language, templates, PAGES)[_CHANGE]}}
        text |= {"words": {**in_text, "change": words_in_text(language, templates, PAGES)[_CHANGE]}}
    return (
        page | {"slots": slots_in_html(slots, language, templates)},
        text | {"slots": slots_in_text(slots, language, templates)},
    )


def _html(values: Data, templates: Path | None) -> str:
    css = compose(_CSS, values, templates).text
    return inline_css(compile_mjml(compose("email/layout.mjml", values, templates)), css, _CSS)


def _text(values: Data, templates: Path | None) -> str:
    text = compose("text/layout.txt", values, templates).text
    lines = "\n".join(part.rstrip(" \t") for part in text.strip().split("\n"))
    return re.sub(r"\n{4,}", "\n\n\n", lines) + "\n"


def _values(turn: _Turn, shown: tuple[int, ...], config: Config, words: Mapping[str, str]) -> Data:
    issue = turn.view
    sections = [section_data(issue, index, number, config, words) for number, index in enumerate(shown, 1)]
    for section in sections:
        section["id"] = section_prefix(issue, turn.number) + section["id"]
    titled = [section for section in sections if section["titled"]]
    return {
        "issue": issue_data(issue),
        "sections": sections,
        "contents": titled if len(titled) >= _CONTENTS_FROM else [],
        "preheader": line(issue.preheader) or " · ".join(section["title"] for section in titled[:3]),
        "sender": sender_data(config),
        "theme": theme_data(config, turn.templates),
        "turn": turn_data(turn.views, turn.number, turn.templates),
        "words": words,
    }


def _pictures(views: Sequence[Issue], shown: tuple[int, ...], config: Config) -> tuple[EditionPicture, ...]:
    logos = [logo.picture for logo in load_logos(config).values()]
    images = (
        (view, image) for view in views for index in shown for image in section_images(view.sections[index])
    )
    sent = (edition_picture(view.pictures[image.src])[0] for view, image in images)
    return tuple({picture.name: picture for picture in [*logos, *sent]}.values())


# What readers do not see, such as the allowances of the checks, changes no edition.
_UNSEEN = dict.fromkeys(
    ("path", "places", "pictures", "allow", "languages", "languages_together", "translations", "known"), True
) | {"sections": {"__all__": {"allow": True}}}


def _fingerprint(issue: Issue, shown: tuple[int, ...]) -> bytes:
    content = issue.model_dump_json(exclude=_UNSEEN)
    pictures = sorted((src, _sha(picture.data)) for src, picture in issue.pictures.items())
    return json.dumps([content, pictures, shown]).encode()


@functools.lru_cache(maxsize=64)
def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _check_slots(html: str, text: str, turns: Sequence[_Turn]) -> None:
    """Raises TemplateError where templates left out what every message must carry, in each language."""
    for name, word in (pair for turn in turns for pair in turn.slots.items()):
        for medium, found in (("email/layout.mjml", html), ("text/layout.txt", text)):
            if word not in found:
                raise fault(medium, 0, f"{{{{ slots.{name} }}}} is missing", "every message must carry it")
