"""One row of the outbox as data: what is owed to whom, and what is frozen of it."""

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from typing import Any, NamedTuple

from newsletter.edition import Personal
from newsletter.outbox.dkim import Seal
from newsletter.outbox.letterhead import frozen_tokens
from newsletter.outbox.message import Letter
from newsletter.outbox.opaque import NAMED_BY, opaque_of
from newsletter.tokens import Key

_ODD = ("further", "answer", "until", "change")
_encoded = json.JSONEncoder(ensure_ascii=False).encode
_quoted = json.encoder.encode_basestring

#: The columns that `read_delivery` needs.
COLUMNS = (
    f"{NAMED_BY}, contact_id, lists, edition, attempts, first_tried_at, message_digest, "
    "personal, message_id, dated"
)


class Delivery(NamedTuple):
    """A row that is owed. `letter` and `digest` are what was frozen at its first claim; None and '' before."""

    id: int
    recipient_key: str
    contact_id: int
    lists: tuple[str, ...]
    edition: str
    opaque: bytes
    attempts: int
    first_tried_at: str = ""
    letter: Letter | None = None
    digest: str = ""


class Prepared(NamedTuple):
    """A delivery's message in pieces, ready to go, to whom it goes, and the consent and the edition that it rests on.

    `columns` are those that a resend needs to be the same bytes.
    """

    email: str
    message_id: str
    edition: str
    lists: tuple[str, ...]
    pieces: tuple[bytes, ...]
    columns: Mapping[str, str]

    @property
    def content(self) -> bytes:
        """The message."""
        return b"".join(self.pieces)


def read_delivery(row: Sequence[Any], key: Key) -> Delivery:
    """The delivery that a row of the columns above holds, in their order, in a workspace with this key."""
    (
        number,
        mailing,
        recipient_key,
        token,
        contact,
        lists,
        edition,
        attempts,
        first_tried_at,
        digest,
        *kept,
    ) = row
    return Delivery(
        number,
        recipient_key,
        contact,
        _unlisted(lists),
        edition,
        opaque_of(key, number, mailing, recipient_key, token),
        attempts,
        first_tried_at,
        _thawed(*kept) if kept[0] else None,
        digest,
    )


def frozen(
    letter: Letter, message_id: str, digest: str, edition: str, lists: tuple[str, ...]
) -> dict[str, str]:
    """The columns that a resend needs to be the same bytes."""
    said = letter.personal
    more: dict[str, object] = {name: value for name in _ODD if (value := getattr(said, name))}
    if letter.seal:
        more["dkim"] = astuple(letter.seal)
    told = f'{told_up_to(said.reason, said.stop)}"{more_told(more)}'
    personal = personal_text(letter.name, letter.email, said.greeting, told)
    return frozen_columns(
        personal, (message_id, edition, listed(lists)), dated=letter.date, message_digest=digest
    )


def frozen_columns(
    personal: str, names: tuple[str, str, str], *, dated: str, message_digest: str
) -> dict[str, str]:
    """The same, where each is known; the names of the message, its edition, and its lists in one text."""
    message_id, edition, lists = names
    return {
        "personal": personal,
        "message_id": message_id,
        "dated": dated,
        "message_digest": message_digest,
        "edition": edition,
        "lists": lists,
    }


def personal_text(name: str, email: str, greeting: str, told: str) -> str:
    """The object of what is its reader's; `told` is the rest of it. By hand, since a run makes thousands a second."""
    return f'{{"name": {_quoted(name)}, "email": {_quoted(email)}, "greeting": {_quoted(greeting)}, {told}'


def told_up_to(reason: str, stop: str) -> str:
    """Of that rest, up to where the link to stop may go on."""
    return f'"reason": {_quoted(reason)}, "stop": {_quoted(stop)[:-1]}'


def more_told(more: Mapping[str, object]) -> str:
    """The end of it. What few messages have is left out of the others, as rows of old have it."""
    rest = [f', "{name}": {_encoded(value)}' for name, value in more.items()]
    return "".join([*rest, "}"])


@functools.lru_cache(maxsize=256)
def listed(lists: tuple[str, ...]) -> str:
    """Lists as a row names them."""
    return json.dumps(lists)


@functools.lru_cache(maxsize=256)
def _unlisted(lists: str) -> tuple[str, ...]:
    return tuple(json.loads(lists))


def _thawed(frozen_personal: str, message_id: str, dated: str) -> Letter:
    kept = json.loads(frozen_personal)
    further = tuple((greeting, reason) for greeting, reason in kept.get("further", ()))
    personal = Personal(
        kept["greeting"],
        kept["reason"],
        kept["stop"],
        further,
        kept.get("answer", ""),
        kept.get("until", ""),
        kept.get("change", ""),
    )
    tokens = frozen_tokens(message_id, personal.stop)
    seal = Seal(*kept["dkim"]) if "dkim" in kept else None
    return Letter(kept["name"], kept["email"], personal, tokens, dated, seal)
