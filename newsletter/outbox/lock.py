"""One sender at a time, and only with the database that sent last."""

from collections.abc import Iterator
from contextlib import contextmanager

import filelock

from newsletter.database import Database, reason_not_to_send
from newsletter.errors import ConfigError, TryAgain


class AnotherSender(TryAgain):
    """Another `newsletter send` is running with this database."""


@contextmanager
def only_sender(db: Database) -> Iterator[None]:
    """While this lasts no other process sends or resolves; may be entered again by its holder.

    The lock is the operating system's and ends with the process, however it ends. Raises
    AnotherSender, and ConfigError where this database must not send (a copy, a restored backup).
    """
    if reason := reason_not_to_send(db):
        raise ConfigError(f"nothing can be sent: {reason}")
    # Resolved: two workspaces may lead to one file.
    lock = filelock.FileLock(f"{db.path.resolve()}.send.lock", mode=0o600, is_singleton=True)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        raise AnotherSender(
            f"another `newsletter send` or `newsletter resolve` is running with {db.path.name}",
            remedy="Wait for it to end, then run this again. Nothing was changed.",
        ) from None
    except OSError as error:
        raise ConfigError(f"{db.path.parent} cannot be written to: {error.strerror}") from None
    try:
        yield
    finally:
        lock.release()
