"""The inbox that what came in is taken from: the one beside contacts.db, or the public host's, asked over HTTPS."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from newsletter.errors import ConfigError, KeyProblem, ServerUnavailable
from newsletter.replies.exchange import (
    PAGE,
    PAGE_LIMIT,
    SYNC_PATH,
    BadExchange,
    proof_headers,
    read_page,
    write_removal,
)
from newsletter.replies.inbox import Inbox
from newsletter.replies.sealing import Sealed
from newsletter.tokens import MOST_ROTATIONS, Key, sync_secret

if TYPE_CHECKING:
    import httpx

_PATIENCE = 20.0  # seconds for each answer
_LATER = 3  # rotations that a database of before may have missed
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class PagesUnreachable(ServerUnavailable):
    """The public pages cannot be reached."""


class OldPublicKey(KeyProblem):
    """The public pages do not know links that are made now."""


class Here:
    """The inbox of public pages that run on this machine."""

    name = "here"

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    def waiting(self) -> Sequence[Sealed]:
        return self._inbox.sealed(PAGE)

    def remove(self, ids: Sequence[str]) -> None:
        self._inbox.remove(ids)


class There:
    """The inbox of public pages on another machine, at `url`. To be closed.

    Raises ConfigError where that is neither HTTPS nor this machine.
    """

    def __init__(self, url: str, key: Key, clock: Callable[[], dt.datetime]) -> None:
        import httpx

        parts = urlsplit(url)
        if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
            raise ConfigError(
                f"{url} does not begin with https://: what came in is fetched over HTTPS only",
                remedy="Give the address at which readers open the public pages.",
            )
        self.name = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
        self._path, self._key, self._clock = f"{parts.path.rstrip('/')}{SYNC_PATH}", key, clock
        # Nothing is followed elsewhere: a proof is for this host alone.
        self._client = httpx.Client(
            base_url=f"{parts.scheme}://{parts.netloc}", timeout=_PATIENCE, follow_redirects=False
        )
        self._rotation = key.rotation
        later = range(key.rotation + 1, min(key.rotation + _LATER, MOST_ROTATIONS) + 1)
        self._others = [*range(key.rotation - 1, -1, -1), *later]

    def __enter__(self) -> "There":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def waiting(self) -> Sequence[Sealed]:
        """Raises OldPublicKey where nothing waits and the pages were not told of the last rotation."""
        try:
            found = read_page(self._asked("GET", b""))
        except BadExchange as error:
            raise PagesUnreachable(f"{self.name}: {error.message}", remedy=_LOOK) from None
        if not found and self._rotation < self._key.rotation:
            # All is taken over; but who gets a message now would find a link in it that is refused.
            raise OldPublicKey(
                f"{self.name} has the public key of before `newsletter keys rotate`, and would refuse the links of "
                "messages that are sent now; what came in there has been taken over",
                remedy="Run `newsletter keys export --public public.key`, put the file there, and start the pages anew.",
            )
        return found

    def remove(self, ids: Sequence[str]) -> None:
        self._asked("POST", write_removal(ids))

    def _asked(self, method: str, body: bytes) -> bytes:
        """The answer. The pages may still have the public key of an earlier rotation: those are tried too."""
        while True:
            status, answer = self._once(method, body)
            if status == 200:
                break
            if status not in (401, 403):
                raise PagesUnreachable(f"{self.name} has answered {status}", remedy=_LOOK)
            if not self._others:
                raise KeyProblem(
                    f"{self.name} does not take this workspace for its own: its public key is another one's, or a "
                    "clock is wrong by more than 5 minutes",
                    remedy="Write it anew with `newsletter keys export --public public.key`, and put it there.",
                )
            self._rotation = self._others.pop(0)
        if self._rotation > self._key.rotation:
            # A new public key would not know the links of messages that were sent since the backup.
            raise KeyProblem(
                f"the key was rotated more often than this database knows, as {self.name} shows: it comes from a "
                "backup of before",
                remedy="Run `newsletter keys rotate`, until it has been rotated as often.",
            )
        return answer

    def _once(self, method: str, body: bytes) -> tuple[int, bytes]:
        import httpx

        secret = sync_secret(self._key, self._rotation)
        headers = proof_headers(secret, method, self._path, body, self._clock())
        headers["Content-Type"] = "application/json"
        try:
            with self._client.stream(method, self._path, content=body or None, headers=headers) as answer:
                return answer.status_code, _bounded(answer)
        except httpx.HTTPError as error:
            why = (
                str(error).partition("] ")[2] or str(error) or type(error).__name__
            )  # without '[Errno 111] '
            raise PagesUnreachable(f"{self.name} cannot be reached: {why}", remedy=_LOOK) from None


_LOOK = "Is `newsletter serve` running there, and the address right? See docs/sync.md."


def _bounded(answer: "httpx.Response") -> bytes:
    read = bytearray()
    for piece in answer.iter_bytes():
        read += piece
        if len(read) > PAGE_LIMIT:
            raise PagesUnreachable("the public pages have answered more than they may")
    return bytes(read)
