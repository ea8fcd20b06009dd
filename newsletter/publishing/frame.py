"""What stands round every page: the masthead, the ways to its other languages, the foot."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from newsletter.config import Config
from newsletter.edition import (
    PAGES,
    direction,
    load_logos,
    load_theme,
    needs_plate,
    sender_data,
    words_for,
    words_in_html,
)
from newsletter.publishing.languages import languages, own_name
from newsletter.publishing.look import ICON, STYLESHEET, logo_name

#: The pages that every page leads to, by the words for them.
WAYS = {"home": "/", "subscribe": "/subscribe", "archive": "/archive/", "rights": "/rights"}


@dataclass(frozen=True, slots=True)
class Places:
    """What a page links to: home, the other pages by the words for them, itself in a language, and the folder of its files.

    `current` is the word for the page itself, where it is one of `ways`.
    """

    home: str
    ways: Mapping[str, str]
    here: Callable[[str], str]
    files: str
    current: str = ""


def served(path: str, language: str, config: Config) -> Places:
    """The places of the page at `path` that is served, below the path of public.url where that has one."""
    root = urlsplit(config.public.url).path.rstrip("/")
    ways = {word: page_address(root, way, language, config) for word, way in WAYS.items()}
    current = next((word for word, way in WAYS.items() if way == path), "")
    return Places(
        ways["home"], ways, lambda tag: page_address(root, path, tag, config), f"{root}/static/", current
    )


def page_address(root: str, path: str, language: str, config: Config) -> str:
    """The address of a page in `language`; the language stands in it where there is a choice."""
    # What lies in the archive are files, each in one language; its front is in each.
    several = len(languages(config)) > 1 and (path == WAYS["archive"] or not path.startswith(WAYS["archive"]))
    return f"{root}{path}{f'?lang={language}' if several else ''}"


def frame_of(language: str, config: Config, places: Places) -> dict[str, Any]:
    """The values of `frame.html`. Raises ConfigError for a look that cannot be, TemplateError for words that cannot."""
    templates = config.templates
    return {
        "language": language,
        "dir": direction(language),
        "words": words_in_html(language, templates, PAGES),
        # For titles and attributes, which can hold no mark of another language.
        "plain": words_for(language, templates, PAGES),
        "study": config.sender.name or words_for(language, templates, PAGES)["newsletter"],
        "theme": config.theme,
        "sender": sender_data(config),
        "logos": _logos(config, places.files),
        "plate": needs_plate(load_theme(config, templates)),
        "tongues": [(tag, own_name(tag), direction(tag)) for tag in languages(config)],
        "home": places.home,
        "ways": [*places.ways.items()],
        "here": places.here,
        "current": places.current,
        "stylesheet": places.files + STYLESHEET,
        "icon": places.files + ICON,
    }


def _logos(config: Config, files: str) -> Mapping[str, object]:
    return {
        mode: {"src": files + logo_name(mode, logo), "width": logo.width, "height": logo.height}
        for mode, logo in load_logos(config).items()
    }


@functools.lru_cache(maxsize=4)
def page_templates(package: str) -> Environment:
    """The templates of a package, which build on those of this one; everything filled in is escaped."""
    environment = Environment(
        loader=ChoiceLoader(
            [PackageLoader(name) for name in dict.fromkeys([package, "newsletter.publishing"])]
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals.update(fill=fill, isolated=isolated)
    return environment


def fill(words: str, **values: str) -> Markup:
    """The words, escaped, with values in the place of their names: these too, where they are not HTML already."""
    return Markup(escape(words)).format(**values)  # noqa: S704  # it has just been escaped


def isolated(text: str) -> Markup:
    """A name in a sentence: from right to left or not, it turns nothing round beside it."""
    return Markup("<bdi>{}</bdi>").format(text)
