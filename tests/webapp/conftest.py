"""The public pages of a study, in process."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from readerpages import study
from readersite import PUBLIC, ReaderSite

from newsletter.config import read_workspace
from newsletter.replies import open_inbox
from newsletter.webapp.app import create_app
from newsletter.webapp.limits import Limits
from newsletter.webapp.site import Site


@pytest.fixture
def site_at(folder: Path, tmp_path: Path) -> Iterator[Callable[[str], ReaderSite]]:
    """Makes the pages of a study whose public.url is the one given."""
    inbox = open_inbox(tmp_path / "inbox.db", PUBLIC.sealing)
    study(folder)

    def make(url: str) -> ReaderSite:
        settings = folder / "newsletter.toml"
        settings.write_text(settings.read_text(encoding="utf-8").replace("https://news.example.org", url))
        made = ReaderSite(inbox)
        site = Site(read_workspace(folder).config, PUBLIC, inbox, folder / "public", lambda: made.now)
        made.app = create_app(site, Limits(lambda: made.seconds))
        return made

    yield make
    inbox.close()


@pytest.fixture
def site(site_at: Callable[[str], ReaderSite]) -> ReaderSite:
    return site_at("https://news.example.org")
