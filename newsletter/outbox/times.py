"""Times as the outbox keeps them, when a delivery that was put off is tried again, and when no more."""

import datetime as dt
import functools

from newsletter.config import Smtp

_FIRST = dt.timedelta(minutes=5)  # what greylisting servers commonly wait for
_LONGEST = dt.timedelta(hours=4)


def stamp(now: dt.datetime) -> str:
    """`now` as the database keeps times: ISO 8601 in UTC, to the second."""
    return _stamp(now.timestamp() // 1)


@functools.lru_cache(maxsize=16)
def _stamp(second: float) -> str:
    # A run asks thousands of times a second.
    return dt.datetime.fromtimestamp(second, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_stamp(text: str) -> dt.datetime:
    """The time that `stamp` wrote."""
    return dt.datetime.fromisoformat(text)


def horizon(now: dt.datetime) -> str:
    """The last moment to which `next_try` can put anything off; beyond it a clock was wrong."""
    return stamp(now + _LONGEST * 1.5)


def next_try(now: dt.datetime, attempts: int, jitter: float) -> str:
    """Not before when the next attempt is made, after `attempts` failed ones; `jitter` lies in 0 to 1.

    Each wait is twice the one before, up to four hours, and up to a half longer by jitter, so that
    what failed together does not come back together.
    """
    wait = min(_FIRST * 2 ** min(attempts - 1, 10), _LONGEST)
    return stamp(now + wait * (1 + jitter / 2))


def gave_up(first_tried_at: str, now: dt.datetime, settings: Smtp) -> bool:
    """Whether a delivery that has just failed again was tried for as long as `smtp.give_up_after` says.

    '' was never tried. To be asked after an attempt about the recipient failed, never before one, and not
    where the failure was about us: who comes back to a stopped run after a week begins with a new attempt.
    """
    if not first_tried_at or settings.patience is None:
        return False
    return now - read_stamp(first_tried_at) >= settings.patience
