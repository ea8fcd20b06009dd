"""One sender at a time, and only with the database that sent last."""

from collections.abc import Iterator
from contextlib import contextmanager

import filelock

from newsletter.database import Database, reason_not_to_send
from newsletter.errors import ConfigError, TryAgain

_GLANCES = 0.5  # seconds; whoever only looks whether the lock is free holds it for an instant


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
    lock = _lock(db)
    try:
        lock.acquire(timeout=_GLANCES, poll_interval=0.05)
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


def someone_sends(db: Database) -> bool:
    """Whether another process sends or resolves this very moment."""
    lock = _lock(db)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        return True
    except OSError:
        return False  # a folder that cannot be written to: nobody can send from it
    lock.release()
    return False


def _lock(db: Database) -> filelock.BaseFileLock:
    # Resolved: two workspaces may lead to one file.
    return filelock.FileLock(f"{db.path.resolve()}.send.lock", mode=0o600, is_singleton=True)
