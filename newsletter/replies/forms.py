"""What readers sent by the public pages, field by field: every word of it is a stranger's."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from newsletter.contacts import stamp
from newsletter.errors import InputError
from newsletter.replies.sealing import Arrival

_NAMES_LIMIT = 100  # lists that one form can name
_TEXT_LIMIT = 10_000


class BadForm(InputError):
    """This is not a form as the public pages send it."""


@dataclass(frozen=True, slots=True)
class Subscribing:
    """Who wants to be on which lists; `wordings` has the digest of the words shown, by list."""

    email: str
    name: str
    lists: tuple[str, ...]
    format: str
    language: str
    wordings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Preferring:
    """What is to change; '' leaves a thing as it is. `pause_until` is a day, or 'end' for a pause that is to end.

    `stop_all_but`: every list that is not among these is to be left; None: none for that.
    """

    token: str
    lists: tuple[str, ...]
    stop: tuple[str, ...]
    stop_all_but: tuple[str, ...] | None
    wordings: Mapping[str, str]
    format: str
    language: str
    pause_until: str


def subscribing(arrival: Arrival) -> Subscribing:
    """Raises BadForm."""
    data = arrival.data
    lists = _names(data, "lists")
    return Subscribing(
        _text(data, "email"),
        _text(data, "name"),
        lists,
        _text(data, "format"),
        _text(data, "language"),
        _wordings(data, lists),
    )


def preferring(arrival: Arrival) -> Preferring:
    """Raises BadForm."""
    data = arrival.data
    lists = _names(data, "lists")
    return Preferring(
        _text(data, "token"),
        lists,
        tuple(name for name in _names(data, "stop") if name not in lists),
        _names(data, "stop_all_but") if "stop_all_but" in data else None,
        _wordings(data, lists),
        _text(data, "format"),
        _text(data, "language"),
        _day(_text(data, "pause_until")),
    )


def token_in(arrival: Arrival) -> str:
    """The token of a form that has little else. Raises BadForm."""
    return _text(arrival.data, "token")


def one_click(arrival: Arrival) -> bool:
    """Whether the reader's mail program sent it (RFC 8058)."""
    return arrival.data.get("one_click") is True


def asked_for(arrival: Arrival) -> tuple[str, str]:
    """The address and the words of a request about somebody's data. Raises BadForm."""
    return _text(arrival.data, "email"), _text(arrival.data, "words")


def arrived(arrival: Arrival, now: dt.datetime) -> dt.datetime:
    """When it came in; never later than now, whatever the clock of the public host says. Raises BadForm."""
    try:
        at = dt.datetime.fromisoformat(arrival.at)
    except ValueError:
        raise BadForm("it does not say when it came in") from None
    return min(at.replace(tzinfo=at.tzinfo or dt.UTC), now)


def arrived_at(arrival: Arrival, now: dt.datetime) -> str:
    """As `arrived`, as the ledger keeps times."""
    return stamp(arrived(arrival, now))


def _text(data: Mapping[str, object], field: str) -> str:
    value = data.get(field)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > _TEXT_LIMIT:
        raise BadForm(f"its {field} is no text, or too long")
    return value.strip()


def _names(data: Mapping[str, object], field: str) -> tuple[str, ...]:
    value = data.get(field)
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > _NAMES_LIMIT:
        raise BadForm(f"its {field} are no row of names")
    return tuple(dict.fromkeys(name for name in value if isinstance(name, str) and name))


def _wordings(data: Mapping[str, object], lists: tuple[str, ...]) -> dict[str, str]:
    """By list the digest of the words: sent as a mapping, as 'LIST:DIGEST' each, or as one for all."""
    value = data.get("wording")
    if isinstance(value, str):
        return dict.fromkeys(lists, value)
    if isinstance(value, dict):
        return {str(name): str(digest) for name, digest in value.items()}
    return {name: digest for name, _, digest in (one.partition(":") for one in _names(data, "wording"))}


def _day(text: str) -> str:
    if text in ("", "end"):
        return text
    try:
        return dt.date.fromisoformat(text).isoformat()
    except ValueError:
        raise BadForm("its day is none") from None
