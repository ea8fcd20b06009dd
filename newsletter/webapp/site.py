"""What the public pages hold: settings, wordings, a public key and an inbox. No person, and no list of any."""

import datetime as dt
import functools
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from newsletter.config import Config, Workspace
from newsletter.database import open_database
from newsletter.errors import ConfigError, KeyProblem
from newsletter.keychain import mode_for_others
from newsletter.publishing import Asset, assets
from newsletter.replies import Inbox, open_inbox, sealing_key
from newsletter.tokens import PublicKey, public_key, read_public_key
from newsletter.webapp.offers import Offer, offers

#: What a folder that was made to be served has in place of contacts.db.
KEY_FILE = "public.key"


@dataclass(frozen=True)
class Site:
    """One study's public pages; `archive` is the folder of what was published, which need not be there."""

    config: Config
    key: PublicKey
    inbox: Inbox
    archive: Path
    clock: Callable[[], dt.datetime]

    @functools.cached_property
    def root(self) -> str:
        """The path below which all pages are, without a slash at its end; '' for a host of their own."""
        return urlsplit(self.config.public.url).path.rstrip("/")

    @functools.cached_property
    def files(self) -> dict[str, Asset]:
        """The stylesheet and the logos, by name."""
        return dict(assets(self.config))

    def offers(self, language: str) -> tuple[Offer, ...]:
        """The lists that can be joined; read again when a wording was changed."""
        return self._offered(language, _state_of(self.config.folder))

    @functools.cached_property
    def _offered(self) -> Callable[[str, object], tuple[Offer, ...]]:
        return functools.lru_cache(maxsize=32)(lambda language, _: offers(self.config, language))


def open_site(workspace: Workspace, clock: Callable[[], dt.datetime]) -> Site:
    """The site of a workspace, or of a folder that was made to be served, with its inbox open.

    Raises KeyProblem and DatabaseProblem where the key or the inbox cannot be used, and ConfigError
    for a look that cannot be.
    """
    key = _key_of(workspace)
    inbox = open_inbox(workspace.inbox, key.sealing)
    site = Site(workspace.config, key, inbox, workspace.archive, clock)
    try:
        _ = site.files  # a look that cannot be is found before anybody comes
    except BaseException:
        inbox.close()
        raise
    return site


def _key_of(workspace: Workspace) -> PublicKey:
    """The key in public.key; in a workspace, which has none, the public part of its own."""
    path = workspace.root / KEY_FILE
    if not path.exists():
        if not workspace.database.exists():
            raise KeyProblem(
                f"{path} is missing, and this is no workspace",
                remedy="In the workspace: `newsletter keys export --public public.key`; then put the file here.",
            )
        db = open_database(workspace.database)
        with closing(db.conn):
            return public_key(db.key, sealing_key(db.key), ahead=True)
    if mode := mode_for_others(path):
        raise ConfigError(
            f"the key in {path} is not used: others than you may read it (mode {mode})",
            remedy=f"Close it with `chmod 600 {path}`. If others use this computer, run `newsletter keys rotate`.",
        )
    try:
        return read_public_key(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, KeyProblem):
        raise KeyProblem(
            f"{path} is not a public key of newsletter's, or not the whole of it",
            remedy="Make it anew in the workspace: `newsletter keys export --public public.key`.",
        ) from None


def _state_of(folder: Path | None) -> frozenset[tuple[str, int, int]]:
    """What tells that a wording was changed: the files of consent/, their sizes and times."""
    files = (folder / "consent").glob("*.md") if folder else ()
    return frozenset((path.name, (stat := path.stat()).st_size, stat.st_mtime_ns) for path in files)
