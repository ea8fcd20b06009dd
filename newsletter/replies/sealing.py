"""What readers do on the public pages, sealed where it comes in: only the workspace's key opens it again."""

import functools
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

from newsletter.errors import InputError
from newsletter.tokens import Key

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

ArrivalKind = Literal["subscribe", "confirm", "renew", "unsubscribe", "preferences", "access", "erasure"]
KINDS: tuple[ArrivalKind, ...] = get_args(ArrivalKind)

#: Octets that one arrival may have before it is sealed: a form, never a file.
ARRIVAL_LIMIT = 16 * 1024

_FORM = b"\x01"  # of what is sealed; another form takes another number
_POINT = 32  # octets of a key on the curve (RFC 7748)
_NONCE = bytes(12)  # each message has a key of its own, so that there is nothing for a nonce to tell apart
_STEP = 256  # octets: sealed things are as long as one another, or nearly


class ArrivalTooLong(InputError):
    """This is longer than a form can be."""


class Unreadable(InputError):
    """What came in cannot be opened."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """Something that came in, closed. `at` is when (ISO 8601, UTC); only `kind`, `at` and `id` can be read."""

    id: str
    kind: str
    at: str
    blob: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Arrival:
    """Something that came in, opened: `data` is what was sent, every word of it a stranger's."""

    id: str
    kind: ArrivalKind
    at: str
    data: dict[str, object] = field(repr=False)


def sealing_key(key: Key) -> bytes:
    """The 32 octets with which the public pages seal what comes in for this key; they open nothing."""
    return _private(key.secret).public_key().public_bytes_raw()


def seal(sealing: bytes, arrival: Arrival) -> Sealed:
    """The arrival, closed. Raises ArrivalTooLong.

    A fresh X25519 key for each, HKDF-SHA256, ChaCha20-Poly1305 (RFC 7748, 5869, 8439); what can be
    read from outside is bound to what cannot.
    """
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    text = json.dumps(arrival.data, ensure_ascii=False, separators=(",", ":")).encode()
    if len(text) > ARRIVAL_LIMIT:
        raise ArrivalTooLong(f"{len(text):,} octets came in at once; {ARRIVAL_LIMIT:,} are taken at most")
    own = X25519PrivateKey.generate()
    head = _FORM + own.public_key().public_bytes_raw()
    shared = own.exchange(X25519PublicKey.from_public_bytes(sealing))
    padded = text.ljust(-(-len(text) // _STEP) * _STEP)  # JSON passes over spaces
    closed = ChaCha20Poly1305(_derived(shared, head, sealing)).encrypt(
        _NONCE, padded, _outside(head, arrival)
    )
    return Sealed(arrival.id, arrival.kind, arrival.at, head + closed)


def unseal(sealed: Sealed, key: Key) -> Arrival:
    """What came in. Raises Unreadable where it was sealed for another key, or damaged, or is of no known kind."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    head, closed = sealed.blob[: 1 + _POINT], sealed.blob[1 + _POINT :]
    kind = next((known for known in KINDS if known == sealed.kind), None)
    if kind is None or head[:1] != _FORM:
        raise Unreadable("it was written by a newer version of newsletter")
    try:
        shared = _private(key.secret).exchange(X25519PublicKey.from_public_bytes(head[1:]))
        opened = ChaCha20Poly1305(_derived(shared, head, sealing_key(key)))
        data = json.loads(opened.decrypt(_NONCE, closed, _outside(head, sealed)))
    except (InvalidTag, ValueError):
        raise Unreadable("it was sealed for another key, or damaged on its way") from None
    if not isinstance(data, dict):
        raise Unreadable("it holds no form")
    return Arrival(sealed.id, kind, sealed.at, data)


@functools.lru_cache(maxsize=8)
def _private(secret: bytes) -> "X25519PrivateKey":
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    return X25519PrivateKey.from_private_bytes(Key(secret).mac("sealing", b""))


def _derived(shared: bytes, head: bytes, sealing: bytes) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), 32, salt=head + sealing, info=b"newsletter/inbox").derive(shared)


def _outside(head: bytes, one: Sealed | Arrival) -> bytes:
    return b"\0".join((head, one.id.encode(), one.kind.encode(), one.at.encode()))
