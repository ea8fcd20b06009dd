"""A folder at an IMAP server: what is new in it is fetched in batches, bounded, and marked once it is recorded.

What was read is known by its number: the server gives each message of a folder a higher UID than all before
it (RFC 3501 section 2.3.1.1), and the highest that is recorded is kept in contacts.db, with the folder's UIDVALIDITY.
So a contacts.db that was restored reads on from where it stood then. The keyword tells people, and other programs.
"""

import imaplib
from array import array
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from newsletter.config import Mailbox
from newsletter.errors import ConfigError
from newsletter.replies.mailbox.arrived import LARGEST, MOST, MOST_OCTETS, Arrived, Settled
from newsletter.replies.mailbox.opening import said

KEYWORD = "$Newsletter"
_ANY_KEYWORD = b"\\*"
_BODY = f"BODY.PEEK[]<0.{LARGEST}>"  # PEEK: for whoever reads the mailbox the message stays unread
_WINDOW = 20_000  # messages in one search: imaplib takes no line of more than a million octets
_SIZES = 500  # sizes asked at a time


class ImapFolder:
    """The messages of a folder with a UID above `after`, which counts only while the UIDVALIDITY is `validity`."""

    word = "imap"

    def __init__(self, client: Any, settings: Mailbox, *, look_only: bool) -> None:
        self._client, self._settings, self._name = client, settings, settings.folder
        found = select(client, self._name, look_only=look_only)
        self.validity = int(found.get(b"UIDVALIDITY", 0))
        self._writable = not look_only and b"READ-WRITE" in found
        self._keyword = self._writable and may_mark(found)
        self._exists = int(found.get(b"EXISTS", 0))
        self._uids = array("Q")
        #: What could not be done in the mailbox and does no harm, in words.
        self.hindrances: list[str] = []

    def begin(self, *, after: int) -> None:
        """Look up which messages there are with a UID above `after`."""
        for first in range(1, self._exists + 1, _WINDOW):
            window = f"{first}:{min(self._exists, first + _WINDOW - 1)}"
            found = self._client.search([window, "UID", f"{after + 1}:*"])
            # '*' is the last message, whatever its number, and so `n:*` holds it always.
            self._uids.extend(uid for uid in found if uid > after)
        self._uids = array("Q", sorted(self._uids))

    @property
    def total(self) -> int:
        return len(self._uids)

    def batches(self) -> Iterator[list[Arrived]]:
        for start in range(0, len(self._uids), _SIZES):
            yield from self._by_size(list(self._uids[start : start + _SIZES]))

    def settle(self, done: Sequence[Settled]) -> None:
        """Mark them all, then move what may go, and what could not be read, where folders are named for them."""
        if not self._writable:
            return
        if self._keyword:
            self._mark([one.arrived.uid for one in done], KEYWORD)
        faulty = [one.arrived.uid for one in done if one.fault]
        if self._settings.aside:
            self._move(faulty, self._settings.aside)
        else:
            self._mark(faulty, "\\Flagged")
        if self._settings.processed:
            self._move([one.arrived.uid for one in done if one.may_go], self._settings.processed)

    def _by_size(self, uids: list[int]) -> Iterator[list[Arrived]]:
        sizes = self._client.fetch(uids, ["RFC822.SIZE"])
        batch, octets = list[int](), 0
        for uid in uids:
            if uid not in sizes:
                continue  # taken away since
            size = min(LARGEST, int(sizes[uid].get(b"RFC822.SIZE", LARGEST)))
            if batch and (len(batch) >= MOST or octets + size > MOST_OCTETS):
                yield self._fetched(batch)
                batch, octets = [], 0
            batch.append(uid)
            octets += size
        if batch:
            yield self._fetched(batch)

    def _fetched(self, uids: list[int]) -> list[Arrived]:
        try:
            found = self._client.fetch(uids, [_BODY])
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            if len(uids) == 1:
                return [Arrived(self._place(uids[0]), b"", uids[0], fault=f"the server says: {said(error)}")]
            # One that the server cannot give must not keep the others.
            return [one for uid in uids for one in self._fetched([uid])]
        return [
            Arrived(self._place(uid), found[uid].get(b"BODY[]<0>") or b"", uid)
            for uid in uids
            if uid in found
        ]

    def _place(self, uid: int) -> str:
        return f"{self._name}/{uid}"

    def _mark(self, uids: list[int], flag: str) -> None:
        with self._harmless(f"messages could not be marked with {flag}"):
            if uids:
                self._client.add_flags(uids, [flag.encode()], silent=True)

    def _move(self, uids: list[int], folder: str) -> None:
        with self._harmless(f"messages could not be moved to {folder}"):
            if not uids:
                return
            # Without MOVE it takes copying, deleting and expunging, and that could end in between.
            if not self._client.has_capability("MOVE"):
                raise imaplib.IMAP4.error("the server cannot move messages (RFC 6851)")
            if not self._client.folder_exists(folder):
                self._client.create_folder(folder)
            self._client.move(uids, folder)

    def _harmless(self, what: str) -> "_Harmless":
        return _Harmless(self.hindrances, what)


@dataclass(frozen=True, slots=True)
class Folder:
    """What a folder is like, as far as it is told without changing anything."""

    messages: int
    writable: bool
    keyword: bool
    moves: bool
    folders: frozenset[str]


def look_at(client: Any, settings: Mailbox) -> Folder:
    """What the folder of `settings` is like. Raises ConfigError where there is none."""
    # Opened as for reading, since only then the server says what may be changed; nothing is.
    found = select(client, settings.folder, look_only=False)
    return Folder(
        int(found.get(b"EXISTS", 0)),
        b"READ-WRITE" in found,
        may_mark(found),
        bool(client.has_capability("MOVE")),
        frozenset(str(name) for _, _, name in client.list_folders()),
    )


class _Harmless:
    """Notes what a server refuses, once; a line that is lost is another matter."""

    def __init__(self, notes: list[str], what: str) -> None:
        self._notes, self._what = notes, what

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: object, trace: object) -> bool:
        if not isinstance(error, imaplib.IMAP4.error) or isinstance(error, imaplib.IMAP4.abort):
            return False
        note = f"{self._what}: {said(error)}"
        if note not in self._notes:
            self._notes.append(note)
        return True


def select(client: Any, folder: str, *, look_only: bool) -> dict[bytes, Any]:
    """What the server says of the folder, which is open from now on. Raises ConfigError where there is none."""
    try:
        found: dict[bytes, Any] = client.select_folder(folder, readonly=look_only)
    except imaplib.IMAP4.readonly:
        found = client.select_folder(folder, readonly=True)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        names = list[str]()
        with suppress(imaplib.IMAP4.error):
            names = [str(name) for _, _, name in client.list_folders()][:20]
        raise ConfigError(
            f"the folder {folder!r} of the mailbox cannot be read: {said(error)}",
            remedy=f"There are: {', '.join(names)}. Write one as mailbox.folder." if names else "",
        ) from None
    return found


def may_mark(found: dict[bytes, Any]) -> bool:
    """Whether the server keeps a keyword of ours (RFC 3501 section 7.1: PERMANENTFLAGS; all, where it names none)."""
    flags = {flag.lower() for flag in found.get(b"PERMANENTFLAGS", (_ANY_KEYWORD,))}
    return _ANY_KEYWORD in flags or KEYWORD.lower().encode() in flags
