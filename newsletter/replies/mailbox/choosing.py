"""Which mailbox is meant: the one of newsletter.toml, one on this computer by its path, or standard input."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from newsletter.config import Config
from newsletter.database import Database
from newsletter.errors import ConfigError, InputError
from newsletter.replies.mailbox import remembering
from newsletter.replies.mailbox.arrived import Source
from newsletter.replies.mailbox.files import Files, Pipe
from newsletter.replies.mailbox.imap import ImapFolder
from newsletter.replies.mailbox.maildir import Maildir, is_maildir
from newsletter.replies.mailbox.mbox import Mbox
from newsletter.replies.mailbox.opening import open_mailbox

#: What came so long before the last reading is not read again; a clock that was put right must not matter.
_MARGIN = dt.timedelta(days=1)


class NoMailbox(ConfigError):
    """newsletter.toml names no mailbox."""


@contextmanager
def chosen_source(
    config: Config, db: Database | None, *, again: bool = False, look_only: bool = False
) -> Iterator[tuple[Source, str]]:
    """The mailbox of newsletter.toml, and by what name it is remembered; open while this lasts.

    `again`: also what is recorded already, which without `db` nobody knows. `look_only`: nothing is marked.
    Raises NoMailbox, and as `open_mailbox`.
    """
    mailbox = config.mailbox
    name = remembering.mailbox_name(db, config) if db else ""
    if mailbox.path:
        last = remembering.read_to_end_at(db, config) if db and not again else None
        since = (last - _MARGIN).timestamp() if last else 0.0
        keys = {"processed": mailbox.processed, "aside": mailbox.aside}
        yield named_source(Path(mailbox.path), **keys, since=since), name
    elif mailbox.host:
        with open_mailbox(config) as client:
            folder = ImapFolder(client, mailbox, look_only=look_only)
            folder.begin(after=remembering.last_uid(db, name, folder.validity) if db and not again else 0)
            yield folder, name
    else:
        raise NoMailbox(
            remedy="Write its server under [mailbox] (docs/mailbox.md), or name a file or folder: newsletter mailbox read PATH."
        )


def named_source(path: Path, *, processed: str = "", aside: str = "", since: float = 0.0) -> Source:
    """The mailbox at `path`: a Maildir, an mbox, a message, or a folder of messages.

    Of a Maildir and an mbox only what came after `since` (seconds as `time.time` has them), as far as they tell. Raises InputError where there is none.
    """
    if is_maildir(path):
        return Maildir(path, processed=processed, aside=aside, since=since)
    if path.is_dir():
        return Files(_messages_below(path))
    try:
        with path.open("rb") as file:
            begins = file.read(5)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None
    alone = path.suffix.lower() == ".eml"
    return Mbox(path, since=since) if not alone and begins in (b"From ", b"") else Files([path])


def piped_source(stream: BinaryIO) -> Source:
    """The one message that an MTA hands over on `stream`."""
    return Pipe(stream)


def _messages_below(folder: Path) -> list[Path]:
    """The .eml files in a folder and the folders in it; where there are none, all its files."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    messages = [path for path in files if path.suffix.lower() == ".eml"]
    if not (messages or files):
        raise InputError(f"{folder}: there is no message in it")
    return messages or files
