"""The latest issues of the archive, for the home page."""

import datetime as dt
from pathlib import Path

from newsletter.config import Config
from newsletter.edition import day_text
from newsletter.publishing import CATALOGUE, PageInArchive, read_catalogue, served
from newsletter.webapp.pages import PastIssue

_MOST = 3


def latest_issues(archive: Path, language: str, config: Config) -> tuple[PastIssue, ...]:
    """The newest few, each in `language` where it has one; () where nothing was published.

    `archive` is the folder that `newsletter publish` fills.
    """
    try:
        pages = read_catalogue((archive / CATALOGUE).read_bytes())
    except (OSError, ValueError, LookupError, TypeError):
        # The archive is not needed to join or to leave: a page without it is better than none.
        return ()
    chosen: dict[str, PageInArchive] = {}
    for page in pages:
        if page.issue not in chosen or page.language == language:
            chosen[page.issue] = page
    return tuple(_past(page, language, config) for page in [*chosen.values()][:_MOST])


def _past(page: PageInArchive, language: str, config: Config) -> PastIssue:
    address = served("/archive/" + page.path.removesuffix("index.html"), language, config).here(language)
    day = day_text(dt.date.fromisoformat(page.day), language)
    return PastIssue(page.title, day, address, page.language)
