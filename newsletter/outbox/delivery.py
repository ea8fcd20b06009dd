"""One row of the outbox as data: what is owed to whom, and what is frozen of it."""

import functools
import json
import sqlite3
from collections.abc import Mapping
from dataclasses import astuple
from typing import NamedTuple

from newsletter.edition import Personal
from newsletter.outbox.dkim import Seal
from newsletter.outbox.letterhead import frozen_tokens
from newsletter.outbox.message import Letter
from newsletter.outbox.opaque import opaque_of
from newsletter.tokens import Key

_ODD = ("further", "answer", "until", "change")
_encoded = json.JSONEncoder(ensure_ascii=False).encode
_quoted = json.encoder.encode_basestring

#: The columns that `read_delivery` needs.
COLUMNS = (
    "id, mailing_id, recipient_key, contact_id, lists, edition, token, personal, message_id, dated, message_digest, "
    "attempts, first_tried_at"
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


def read_delivery(row: sqlite3.Row, key: Key) -> Delivery:
    """The delivery that a row of the columns above holds, in a workspace with this key."""
    return Delivery(
        id=row["id"],
        recipient_key=row["recipient_key"],
        contact_id=row["contact_id"],
        lists=_unlisted(row["lists"]),
        edition=row["edition"],
        opaque=opaque_of(key, row),
        attempts=row["attempts"],
        first_tried_at=row["first_tried_at"],
        letter=_thawed(row) if row["personal"] else None,
        digest=row["message_digest"],
    )


def frozen(
    letter: Letter, message_id: str, digest: str, edition: str, lists: tuple[str, ...]
) -> dict[str, str]:
    """The columns that a resend needs to be the same bytes."""
    return {
        "personal": _personal(letter),
        "message_id": message_id,
        "dated": letter.date,
        "message_digest": digest,
        "edition": edition,
        "lists": _listed(lists),
    }


def _personal(letter: Letter) -> str:
    """The object of what is its reader's. Put together by hand, since a run makes thousands a second."""
    said = letter.personal
    odd = {name: value for name in _ODD if (value := getattr(said, name))}
    # What few messages have is left out of the others, as rows of old have it.
    more: dict[str, object] = odd | {"dkim": astuple(letter.seal)} if letter.seal else odd
    return (
        f'{{"name": {_quoted(letter.name)}, "email": {_quoted(letter.email)}, "greeting": {_quoted(said.greeting)}, '
        f'"reason": {_quoted(said.reason)}, "stop": {_quoted(said.stop)}{f", {_encoded(more)[1:]}" if more else "}"}'
    )


@functools.lru_cache(maxsize=256)
def _listed(lists: tuple[str, ...]) -> str:
    return json.dumps(lists)


@functools.lru_cache(maxsize=256)
def _unlisted(lists: str) -> tuple[str, ...]:
    return tuple(json.loads(lists))


def _thawed(row: sqlite3.Row) -> Letter:
    kept = json.loads(row["personal"])
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
    tokens = frozen_tokens(row["message_id"], personal.stop)
    seal = Seal(*kept["dkim"]) if "dkim" in kept else None
    return Letter(kept["name"], kept["email"], personal, tokens, row["dated"], seal)
