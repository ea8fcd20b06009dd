"""What stands round every page: the masthead, the ways to its other languages, the foot."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

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
from newsletter.publishing.look import STYLESHEET, logo_name


@dataclass(frozen=True, slots=True)
class Places:
    """Where a page finds what it links to: `site` begins the addresses of pages, `static` those of files.

    `suffix` is put behind the address of the same page in another language: '?lang=cy'.
    """

    site: str
    static: str
    archive: str


def served(config: Config) -> Places:
    """The places of pages that are served: below the path of public.url, where it has one."""
    root = urlsplit(config.public.url).path.rstrip("/")
    return Places(root, f"{root}/static", f"{root}/archive/")


def frame_of(language: str, config: Config, places: Places) -> dict[str, object]:
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
        "logos": _logos(config, places),
        "plate": needs_plate(load_theme(config, templates)),
        "tongues": [(tag, own_name(tag), direction(tag)) for tag in languages(config)],
        "places": places,
        "stylesheet": f"{places.static}/{STYLESHEET}",
    }


def _logos(config: Config, places: Places) -> Mapping[str, object]:
    return {
        mode: {"src": f"{places.static}/{logo_name(mode, logo)}", "width": logo.width, "height": logo.height}
        for mode, logo in load_logos(config).items()
    }


@functools.lru_cache(maxsize=4)
def page_templates(package: str) -> Environment:
    """The templates of a package, which build on those of this one; everything filled in is escaped."""
    return Environment(
        loader=ChoiceLoader(
            [PackageLoader(name) for name in dict.fromkeys([package, "newsletter.publishing"])]
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
