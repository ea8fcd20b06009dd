"""Messages that ask for consent: to confirm an address, to go on; from templates, like an issue."""

import datetime as dt
import re
from dataclasses import astuple, dataclass
from pathlib import Path

from newsletter.config import Config
from newsletter.edition.content import Data, line, sender_data, theme_data
from newsletter.edition.foreign import slots_in_html, slots_in_text, words_in_html, words_in_text
from newsletter.edition.inline import inline_css
from newsletter.edition.logo import load_logos
from newsletter.edition.mjml import compile_mjml
from newsletter.edition.model import Edition
from newsletter.edition.slots import asking_words, make_marker
from newsletter.edition.templating import compose, fault
from newsletter.edition.words import day_text, direction, lacking, words_for

#: What can be asked; each has a template of its name for each medium, and words that begin with it.
REQUESTS = ("confirmation", "renewal")
_CSS = "email/author.css"
_FIRST = "en"


@dataclass(frozen=True, slots=True)
class Asking:
    """What is asked about: the list as it is called in the reader's language, its purpose, and the day of asking.

    `name` is the mailing's; `by_mail` says that the answer is a message, since there is no public page.
    """

    kind: str
    name: str
    list: str
    purpose: str
    day: dt.date
    by_mail: bool


def spoken(kind: str, language: str, templates: Path | None = None) -> str:
    """The language in which somebody is asked: theirs where there are words for it, else English."""
    return _FIRST if not language or f"{kind}_ask" in lacking(language, templates) else language


def render_request(asking: Asking, language: str, config: Config, templates: Path | None = None) -> Edition:
    """The message, with slots for what is one reader's; same input, same digest.

    Raises TemplateError where a template cannot be rendered or leaves out what every reader needs.
    """
    words = words_for(language, templates)
    said = {"list": line(asking.list)}
    subject = line(words[f"{asking.kind}_subject"].format(**said))
    marker = make_marker(repr((astuple(asking), language, sorted(words.items()))).encode())
    page, text = _media(asking, language, marker, config, templates)
    css = compose(_CSS, page, templates).text
    html = inline_css(compile_mjml(compose("email/layout.mjml", page, templates)), css, _CSS)
    plain = "\n".join(
        part.rstrip(" \t") for part in compose("text/layout.txt", text, templates).text.strip().split("\n")
    )
    plain = re.sub(r"\n{4,}", "\n\n\n", plain) + "\n"
    _check_slots(asking.kind, html, plain, marker)
    return Edition(
        issue=asking.name,
        language=language,
        subject=subject,
        preheader=str(page["preheader"]),
        html=html,
        text=plain,
        marker=marker,
        pictures=tuple(logo.picture for logo in load_logos(config).values()),
    )


def _media(
    asking: Asking, language: str, marker: str, config: Config, templates: Path | None
) -> tuple[Data, Data]:
    """What the templates of the page and those of the text are given."""
    slots = asking_words(marker)
    values = _values(asking, language, config, templates)
    page = values | {"words": words_in_html(language, templates)}
    text = values | {"words": words_in_text(language, templates)}
    return (
        page | {"slots": slots_in_html(slots, language, templates)},
        text | {"slots": slots_in_text(slots, language, templates)},
    )


def _values(asking: Asking, language: str, config: Config, templates: Path | None) -> Data:
    side = direction(language)
    words = words_for(language, templates)
    issue = {
        "title": words[f"{asking.kind}_title"],
        "date": day_text(asking.day, language),
        "language": language,
        "dir": side,
        "start": "left" if side == "ltr" else "right",
        "end": "right" if side == "ltr" else "left",
        "correction": False,
        "intro": {"html": "", "text": ""},
    }
    return {
        "issue": issue,
        "sections": [{"type": asking.kind, "id": "asking", "kind": "", "title": issue["title"]}],
        "asking": {"list": line(asking.list), "purpose": line(asking.purpose), "by_mail": asking.by_mail},
        "contents": [],
        "preheader": words[f"{asking.kind}_button"],
        "sender": sender_data(config),
        "theme": theme_data(config, templates),
        "turn": {"together": False, "first": True, "id": "", "others": []},
    }


def _check_slots(kind: str, html: str, text: str, marker: str) -> None:
    """Raises TemplateError where templates left out what every such message must carry."""
    # The day of a confirmation's end is as good in words of one's own.
    needed = {
        name: word for name, word in asking_words(marker).items() if (kind, name) != ("confirmation", "until")
    }
    for name, word in needed.items():
        for medium, found in ((f"email/{kind}.mjml", html), (f"text/{kind}.txt", text)):
            if word not in found:
                raise fault(medium, 0, f"{{{{ slots.{name} }}}} is missing", "every message must carry it")
