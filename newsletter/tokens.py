"""The workspace's key, the keys derived from it, and the signed tokens that leave with a message."""

import base64
import functools
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from newsletter.errors import KeyProblem

if TYPE_CHECKING:
    from hashlib import _Hash

_KEY_BYTES = 32
_OPAQUE_BYTES = 10
_MAC_BYTES = 10
_SEAL_BYTES = 4  # of an entry's seal, in what stands for it

_BLOCK = 64  # octets that SHA-256 takes at a time (RFC 2104 section 2)
# Digits of base 32 as octets 0 to 31, and as RFC 4648 section 6 writes them, in small letters.
_DIGITS = bytes.maketrans(bytes(range(32)), b"abcdefghijklmnopqrstuvwxyz234567")

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
        return _fingerprint(self.secret)

    def mac(self, purpose: str, data: bytes) -> bytes:
        """HMAC-SHA256 of `data` under the sub-key for `purpose` (RFC 2104), 32 bytes."""
        return _mac(_keyed(self.secret, purpose), data)

    def export(self) -> str:
        """The key as text, to be kept where a password would be kept."""
        return "nlkey1-" + base64.b32encode(self.secret).decode().rstrip("=").lower()


def _mac(keyed: tuple["_Hash", "_Hash"], data: bytes) -> bytes:
    inner, outer = keyed[0].copy(), keyed[1].copy()
    inner.update(data)
    outer.update(inner.digest())
    return outer.digest()


@functools.lru_cache(maxsize=32)
def _keyed(secret: bytes, purpose: str) -> tuple["_Hash", "_Hash"]:
    """The two hashes of an HMAC under the sub-key for `purpose`, with the key taken: that costs as much as the rest."""
    sub_key = hmac.digest(secret, b"newsletter/" + purpose.encode(), "sha256").ljust(_BLOCK, b"\0")
    inner, outer = (bytes(octet ^ pad for octet in sub_key) for pad in (0x36, 0x5C))
    return hashlib.sha256(inner), hashlib.sha256(outer)


@functools.lru_cache(maxsize=32)
def _fingerprint(secret: bytes) -> str:
    return Key(secret).mac("fingerprint", b"")[:8].hex()


@functools.lru_cache(maxsize=32)
def _token_key(secret: bytes, purpose: str) -> tuple[str, tuple["_Hash", "_Hash"]]:
    """How the tokens for `purpose` begin, and the HMAC that they end with."""
    return Key(secret).fingerprint[:4] + PURPOSES[purpose], _keyed(secret, f"token/{purpose}")


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
    begins, keyed = _token_key(key.secret, purpose)
    return begins + _base32(opaque + _mac(keyed, opaque)[:_MAC_BYTES])


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
    """20 octets as 32 letters and digits; base64.b32encode takes thrice as long, and a message has two of these.

    The bits are halved five times, each upper half moved up to where its digits will stand as octets.
    """
    bits = int.from_bytes(data, "big")
    for lower, upper, shift in _HALVINGS:
        bits = bits & lower | (bits & upper) << shift
    return bits.to_bytes(32, "big").translate(_DIGITS).decode("ascii")


def _halving(digits: int) -> tuple[int, int, int]:
    """Of bits in groups, each in the place of 2 * `digits` octets: masks of the lower and upper halves, and the move."""
    places = [place * 16 * digits for place in range(16 // digits)]
    lower = sum((1 << 5 * digits) - 1 << place for place in places)
    return lower, lower << 5 * digits, 3 * digits


_HALVINGS = [_halving(digits) for digits in (16, 8, 4, 2, 1)]


def _unbase32(text: str) -> bytes:
    return base64.b32decode(text.upper() + "=" * (-len(text) % 8))
