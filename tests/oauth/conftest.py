"""A provider of tokens, settings that name it, and a person with a browser."""

import threading
import webbrowser
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from authority import CLIENT_SECRET, Authority, browse, config_for, running_authority

from newsletter import keychain
from newsletter.config import Config


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Authority]:
    with running_authority(tmp_path) as found:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(found.certificate))
        yield found


@pytest.fixture(params=["microsoft", "google"])
def provider(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def config(authority: Authority, provider: str, home: Path) -> Config:
    keychain.write_secret("oauth-client-client-1", CLIENT_SECRET)
    return config_for(authority, provider)


@dataclass
class Browser:
    """Stands for the browser of this computer: it does what a person would, in a thread of its own."""

    trusted: Path
    works: bool = True
    pages: list[str] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)

    def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:
        self.opened.append(url)
        if self.works:
            threading.Thread(target=lambda: self.pages.append(browse(url, self.trusted)), daemon=True).start()
        return self.works


@pytest.fixture
def browser(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Browser:
    found = Browser(authority.certificate)
    monkeypatch.setattr(webbrowser, "open", found.open)
    return found
