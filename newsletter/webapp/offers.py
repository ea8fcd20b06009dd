"""The lists that anybody may join, each with the exact words that a reader agrees to."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup, escape

from newsletter.config import Config
from newsletter.contacts import read_wording
from newsletter.edition import direction, render_markdown
from newsletter.publishing import languages


@dataclass(frozen=True, slots=True)
class Offer:
    """A list to choose: its short name, what it is called and is for, the words of the consent and their digest.

    Title and purpose are marked where they are in another language than the page; `spoken` is the
    language of the wording.
    """

    list: str
    title: Markup
    purpose: Markup
    wording: Markup
    digest: str
    spoken: str

    @property
    def proof(self) -> str:
        """What the form sends back, so that it is known which words stood in it."""
        return f"{self.list}:{self.digest}"

    @property
    def dir(self) -> str:
        return direction(self.spoken)


def offers(config: Config, language: str) -> tuple[Offer, ...]:
    """The lists that anybody may join, in the order of newsletter.toml: with a wording in consent/, and not closed.

    Without a wording nobody can agree; with `public = false` only those whom the team puts on it do.
    The words are those of the newest version: `consent/LIST-cy-v2.md` for a page in Welsh where there
    is one, else `consent/LIST-v2.md`. Raises BadWording where a file cannot be read.
    """
    return tuple(_offers(config, language))


def _offers(config: Config, language: str) -> Iterator[Offer]:
    if config.folder is None:
        return
    for name in (name for name, settings in config.lists.items() if settings.public):
        for spoken, begins in _spellings(name, language, config):
            path = _newest(config.folder / "consent", begins)
            if path is None:
                continue
            wording = read_wording(path, config.folder)
            html = Markup(render_markdown(wording.text, top=2).html)  # noqa: S704  # it comes cleaned
            told = _told(name, config, language)
            yield Offer(name, *told, html, wording.digest, spoken)
            break


def _told(name: str, config: Config, language: str) -> tuple[Markup, Markup]:
    """What a list is called and what it is for."""
    settings, usual = config.lists[name], languages(config)[0]

    def marked(text: str, known: Collection[str]) -> Markup:
        known = {tag.lower() for tag in known}
        foreign = (
            known.isdisjoint((language.lower(), language.lower().partition("-")[0])) and language != usual
        )
        said = Markup('<bdi lang="{}">{}</bdi>').format(usual, text)
        return said if text and foreign else Markup(escape(text))  # noqa: S704  # it has just been escaped

    return (
        marked(settings.name_in(language), settings.names),
        marked(settings.purpose_in(language), settings.purposes),
    )


def _spellings(name: str, language: str, config: Config) -> list[tuple[str, str]]:
    """The language that a wording is in, and how its file's name begins, the most fitting first."""
    usual = languages(config)[0]
    tags = dict.fromkeys([language, language.partition("-")[0]])
    return [*((tag, f"{name}-{tag.lower()}") for tag in tags), (usual, name)]


def _newest(folder: Path, begins: str) -> Path | None:
    """The file `BEGINS-vN.md` with the highest number."""
    numbered = {
        int(match[1]): path
        for path in folder.glob(f"{begins}-v*.md")
        if (match := re.fullmatch(rf"{re.escape(begins)}-v(\d{{1,6}})\.md", path.name))
    }
    return numbered[max(numbered)] if numbered else None
