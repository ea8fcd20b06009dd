"""The workspace's key, the keys derived from it, and the signed tokens that leave with a message."""

import base64
import functools
import hmac
import secrets
from dataclasses import dataclass

from newsletter.errors import KeyProblem

_KEY_BYTES = 32
_OPAQUE_BYTES = 10
_MAC_BYTES = 10
_SEAL_BYTES = 4  # of an entry's seal, in what stands for it

#: One letter a purpose, so that a token made for one thing cannot be used for another.
PURPOSES = {"delivery": "d", "unsubscribe": "u", "confirm": "c", "renew": "r", "preferences": "p"}


@dataclass(frozen=True, slots=True)
class Key:
    """32 secret bytes; everything keyed in a workspace is derived from them."""

    secret: bytes

    def __repr__(self) -> str:
        return f"Key({self.fingerprint})"

    @property
    def fingerprint(self) -> str:
        """16 hex digits that name the key without giving it away."""
        return self.mac("fingerprint", b"")[:8].hex()

    def mac(self, purpose: str, data: bytes) -> bytes:
        """HMAC-SHA256 of `data` under the sub-key for `purpose` (RFC 2104), 32 bytes."""
        return hmac.digest(_sub_key(self.secret, purpose), data, "sha256")

    def export(self) -> str:
        """The key as text, to be kept where a password would be kept."""
        return "nlkey1-" + base64.b32encode(self.secret).decode().rstrip("=").lower()


@functools.lru_cache(maxsize=32)
def _sub_key(secret: bytes, purpose: str) -> bytes:
    return hmac.digest(secret, b"newsletter/" + purpose.encode(), "sha256")


def new_key() -> Key:
    """A fresh random key."""
    return Key(secrets.token_bytes(_KEY_BYTES))


def read_key(text: str) -> Key:
    """The key that `Key.export` wrote. Raises KeyProblem for anything else."""
    head, _, body = text.strip().partition("-")
    try:
        secret = _unbase32(body)
    except ValueError:
        secret = b""
    if head != "nlkey1" or len(secret) != _KEY_BYTES:
        raise KeyProblem(
            "this is not a newsletter key: it should begin with 'nlkey1-' and have 52 more characters"
        )
    return Key(secret)


def address_key(key: Key, normalised: str) -> str:
    """The keyed hash under which an address is suppressed and delivered to once (32 hex digits)."""
    return key.mac("address", normalised.encode())[:16].hex()


def opaque_id(key: Key, mailing: int, recipient_key: str) -> bytes:
    """The 10 bytes that stand for one delivery outside the database; always the same for it."""
    return key.mac("delivery", f"{mailing}:{recipient_key}".encode())[:_OPAQUE_BYTES]


def opaque_entry(key: Key, sequence: int, seal: str) -> bytes:
    """The 10 bytes that stand for an entry of the consent ledger; `seal` is its mac, hex.

    They begin with part of the seal, so that they fit this entry alone, and hide the number, which
    would tell how many there are.
    """
    head = bytes.fromhex(seal)[:_SEAL_BYTES]
    return head + _masked(key, head, sequence.to_bytes(_OPAQUE_BYTES - _SEAL_BYTES, "big"))


def read_opaque_entry(key: Key, opaque: bytes) -> tuple[int, str]:
    """The number of the entry that the bytes stand for, and how its seal begins (hex)."""
    head = opaque[:_SEAL_BYTES]
    return int.from_bytes(_masked(key, head, opaque[_SEAL_BYTES:]), "big"), head.hex()


def _masked(key: Key, head: bytes, data: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(data, key.mac("entry", head), strict=False))


def make_token(key: Key, purpose: str, opaque: bytes) -> str:
    """A token of 37 letters and digits: key id, purpose, opaque bytes, truncated HMAC.

    It fits a local part (64 octets, RFC 5321 section 4.5.3.1.1) and names no one.
    """
    letter = PURPOSES[purpose]
    mac = key.mac(f"token/{purpose}", opaque)[:_MAC_BYTES]
    return key.fingerprint[:4] + letter + _base32(opaque + mac)


def read_token(key: Key, purpose: str, text: str) -> bytes | None:
    """The opaque bytes of a token made by `key` for `purpose`, or None for anything else."""
    if not text.isascii():  # some letters from elsewhere have small or capital forms that are ours
        return None
    try:
        raw = _unbase32(text[5:])
    except ValueError:
        return None
    opaque = raw[:_OPAQUE_BYTES]
    if len(raw) != _OPAQUE_BYTES + _MAC_BYTES:
        return None
    return opaque if hmac.compare_digest(make_token(key, purpose, opaque), text.lower()) else None


def _base32(data: bytes) -> str:
    return base64.b32encode(data).decode().rstrip("=").lower()


def _unbase32(text: str) -> bytes:
    return base64.b32decode(text.upper() + "=" * (-len(text) % 8))
