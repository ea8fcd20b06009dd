"""The lists that anybody may join, each with the exact words that a reader agrees to."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from newsletter.config import Config
from newsletter.contacts import read_wording
from newsletter.edition import direction, render_markdown
from newsletter.publishing import languages


@dataclass(frozen=True, slots=True)
class Offer:
    """A list to choose: its short name, what it is called and is for, the words of the consent and their digest.

    `spoken` is the language of those words, which may be another than the page's.
    """

    list: str
    title: str
    purpose: str
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
    """The lists of newsletter.toml that have a wording in consent/, in its order; without one nobody can agree.

    The words are those of the newest version: `consent/LIST-cy-v2.md` for a page in Welsh where there
    is one, else `consent/LIST-v2.md`. Raises BadWording where a file cannot be read.
    """
    return tuple(_offers(config, language))


def _offers(config: Config, language: str) -> Iterator[Offer]:
    if config.folder is None:
        return
    for name, settings in config.lists.items():
        for spoken, begins in _spellings(name, language, config):
            path = _newest(config.folder / "consent", begins)
            if path is None:
                continue
            wording = read_wording(path, config.folder)
            html = Markup(render_markdown(wording.text, top=2).html)  # noqa: S704  # it comes cleaned
            yield Offer(name, settings.name_in(language), settings.purpose, html, wording.digest, spoken)
            break


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
