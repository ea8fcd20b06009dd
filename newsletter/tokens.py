"""The workspace's key, the keys derived from it, and the signed tokens that leave with a message."""

import base64
import functools
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from newsletter.errors import KeyProblem

if TYPE_CHECKING:
    from hashlib import _Hash, blake2b

_KEY_BYTES = 32
_OPAQUE_BYTES = 10
_MAC_BYTES = 10
_SEAL_BYTES = 4  # of an entry's seal, in what stands for it
_NUMBER_BYTES = 5  # of a delivery's number, in what stands for it: a million million of them

_BLOCK = 64  # octets that SHA-256 takes at a time (RFC 2104 section 2)
# Digits of base 32 as octets 0 to 31, and as RFC 4648 section 6 writes them, in small letters.
_DIGITS = bytes.maketrans(bytes(range(32)), b"abcdefghijklmnopqrstuvwxyz234567")

#: Letters and digits of a token.
TOKEN_LENGTH = 37
#: One letter a purpose, so that a token made for one thing cannot be used for another.
PURPOSES = {"delivery": "d", "unsubscribe": "u", "confirm": "c", "renew": "r", "preferences": "p"}
#: Those that the public pages read. What names a delivery stays at home.
PUBLIC_PURPOSES = ("unsubscribe", "confirm", "renew", "preferences")
_PUBLIC_FORM = "public key, form 1"
#: How often the sub-keys of tokens can be changed: a token says in 16 bits which of them made it.
MOST_ROTATIONS = 63


@dataclass(frozen=True, slots=True)
class Key:
    """32 secret bytes; everything keyed in a workspace is derived from them.

    `rotation` says which sub-keys make its tokens, 0 the first. It reads those of every rotation:
    links in messages of old are good for as long as the key is.
    """

    secret: bytes
    rotation: int = 0

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


def _sub_key(secret: bytes, purpose: str) -> bytes:
    return hmac.digest(secret, b"newsletter/" + purpose.encode(), "sha256")


@functools.lru_cache(maxsize=32)
def _keyed(secret: bytes, purpose: str) -> tuple["_Hash", "_Hash"]:
    return _taken(_sub_key(secret, purpose))


def _taken(sub_key: bytes) -> tuple["_Hash", "_Hash"]:
    """The two hashes of an HMAC under `sub_key`, with the key taken: that costs as much as the rest."""
    inner, outer = (bytes(octet ^ pad for octet in sub_key.ljust(_BLOCK, b"\0")) for pad in (0x36, 0x5C))
    return hashlib.sha256(inner), hashlib.sha256(outer)


@functools.lru_cache(maxsize=32)
def _fingerprint(secret: bytes) -> str:
    return Key(secret).mac("fingerprint", b"")[:8].hex()


@dataclass(frozen=True, slots=True)
class TokenKey:
    """What makes the tokens for one purpose in one rotation: how they begin, and the sub-key they are signed with."""

    purpose: str
    begins: str
    sub_key: bytes

    def __repr__(self) -> str:
        return f"TokenKey({self.begins})"


@functools.lru_cache(maxsize=256)
def _token_key(secret: bytes, purpose: str, rotation: int) -> TokenKey:
    # The first is as it was before keys could be changed: such tokens are in people's inboxes.
    turn = f"/{rotation}" if rotation else ""
    name = (
        Key(secret).mac("token-id", str(rotation).encode())[:2].hex()
        if rotation
        else Key(secret).fingerprint[:4]
    )
    return TokenKey(purpose, name + PURPOSES[purpose], _sub_key(secret, f"token/{purpose}{turn}"))


@functools.lru_cache(maxsize=32)
def _maker(secret: bytes, purpose: str, rotation: int) -> tuple[str, tuple["_Hash", "_Hash"]]:
    """How tokens begin, and the HMAC that they end with."""
    made_by = _token_key(secret, purpose, rotation)
    return made_by.begins, _taken(made_by.sub_key)


@functools.lru_cache(maxsize=32)
def _readers(secret: bytes, purpose: str) -> dict[str, list[TokenKey]]:
    """The keys of every rotation, those to come as well: a database of yesterday may read tokens of today."""
    return _by_beginning(_token_key(secret, purpose, turn) for turn in range(MOST_ROTATIONS + 1))


def _by_beginning(keys: Iterable[TokenKey]) -> dict[str, list[TokenKey]]:
    found: dict[str, list[TokenKey]] = {}
    for key in keys:
        found.setdefault(key.begins, []).append(key)
    return found


@dataclass(frozen=True, repr=False)
class PublicKey:
    """What the public pages know of a workspace's key: enough to tell our links from others, and to close what comes in.

    `tokens` has the sub-keys of PUBLIC_PURPOSES, the newest rotation last; `sync` is the secret with
    which the workspace proves itself when it fetches; `sealing` closes and cannot open. Neither the
    key nor an address can be found from it.
    """

    fingerprint: str
    rotation: int
    tokens: tuple[TokenKey, ...]
    sync: bytes
    sealing: bytes

    def __repr__(self) -> str:
        return f"PublicKey({self.fingerprint}, rotation={self.rotation})"

    @functools.cached_property
    def readers(self) -> dict[str, dict[str, list[TokenKey]]]:
        """What tokens are read with, by purpose and by how they begin."""
        return {purpose: _by_beginning(self.made_by(purpose)) for purpose in PUBLIC_PURPOSES}

    def made_by(self, purpose: str) -> list[TokenKey]:
        """What makes tokens for a purpose, in the order of rotations."""
        return [one for one in self.tokens if one.purpose == purpose]

    def mac(self, purpose: str, data: bytes) -> bytes:
        """HMAC-SHA256 of `data` under a sub-key for `purpose` that the pages keep to themselves, 32 bytes."""
        return hmac.digest(_sub_key(self.sync, f"pages/{purpose}"), data, "sha256")

    def export(self) -> str:
        """The public key as text: JSON, to be kept from everybody but the pages."""
        told = {
            "newsletter": _PUBLIC_FORM,
            "fingerprint": self.fingerprint,
            "rotation": self.rotation,
            "tokens": [[one.purpose, one.begins, one.sub_key.hex()] for one in self.tokens],
            "sync": self.sync.hex(),
            "sealing": self.sealing.hex(),
        }
        return json.dumps(told, indent=1) + "\n"


def public_key(key: Key, sealing: bytes, *, ahead: bool = False) -> PublicKey:
    """The public key that belongs to `key`, with the rotations there were; `ahead` adds those to come.

    Only pages that run where `key` itself is may look ahead: what a host lost must not be good later.
    """
    last = MOST_ROTATIONS if ahead else key.rotation
    tokens = tuple(
        _token_key(key.secret, purpose, turn) for turn in range(last + 1) for purpose in PUBLIC_PURPOSES
    )
    return PublicKey(key.fingerprint, key.rotation, tokens, sync_secret(key, key.rotation), sealing)


def read_public_key(text: str) -> PublicKey:
    """The public key that `PublicKey.export` wrote. Raises KeyProblem for anything else."""
    try:
        told = json.loads(text)
        form, rotation = told["newsletter"], int(told["rotation"])
        tokens = tuple(
            TokenKey(str(purpose), str(begins), bytes.fromhex(sub_key))
            for purpose, begins, sub_key in told["tokens"]
        )
        sync, sealing = bytes.fromhex(told["sync"]), bytes.fromhex(told["sealing"])
        read = PublicKey(str(told["fingerprint"]), rotation, tokens, sync, sealing)
    except (ValueError, LookupError, TypeError, RecursionError):
        raise _no_public_key() from None
    whole = all(len(read.made_by(purpose)) > rotation >= 0 for purpose in PUBLIC_PURPOSES)
    keys = (sync, sealing, *(one.sub_key for one in tokens))
    if form != _PUBLIC_FORM or not whole or {len(one) for one in keys} != {_KEY_BYTES}:
        raise _no_public_key()
    return read


def _no_public_key() -> KeyProblem:
    return KeyProblem(
        "this is not a public key of newsletter's, or not the whole of it",
        remedy="Make it anew in the workspace: `newsletter keys export --public public.key`.",
    )


def sync_secret(key: Key, rotation: int) -> bytes:
    """The secret with which the workspace fetches from pages whose public key is of this rotation, 32 bytes."""
    return _sub_key(key.secret, f"public/sync/{rotation}")


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


def opaque_id(key: Key, delivery: int, mailing: int, recipient_key: str) -> bytes:
    """The 10 bytes that stand for one delivery outside the database; always the same for it, and for no other.

    They begin with a seal of the number and of what it is for, so that they fit this row alone: in a database
    brought back from a backup the number may be somebody else's. The rest is the number, hidden behind the seal.
    """
    seal, mask = _delivery_hashes(key.secret)
    head = _blake(seal, f"{delivery}:{mailing}:{recipient_key}".encode())
    return head + _hidden(mask, head, delivery)


def read_opaque_id(key: Key, opaque: bytes) -> int:
    """The number of the delivery that the bytes may stand for: theirs alone if `opaque_id` gives the same for its row."""
    _, mask = _delivery_hashes(key.secret)
    head, rest = opaque[:-_NUMBER_BYTES], opaque[-_NUMBER_BYTES:]
    return int.from_bytes(_hidden(mask, head, int.from_bytes(rest, "big")), "big")


def _hidden(mask: "blake2b", head: bytes, number: int) -> bytes:
    return (number ^ int.from_bytes(_blake(mask, head), "big")).to_bytes(_NUMBER_BYTES, "big")


def _blake(keyed: "blake2b", data: bytes) -> bytes:
    """Keyed BLAKE2b (RFC 7693 section 2.9): each message asks twice, and HMAC takes twice as long."""
    keyed = keyed.copy()
    keyed.update(data)
    return keyed.digest()


@functools.lru_cache(maxsize=32)
def _delivery_hashes(secret: bytes) -> tuple["blake2b", "blake2b"]:
    seal, mask = (
        hashlib.blake2b(key=_sub_key(secret, f"delivery/{purpose}"), digest_size=_NUMBER_BYTES)
        for purpose in ("seal", "number")
    )
    return seal, mask


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
    begins, keyed = _maker(key.secret, purpose, key.rotation)
    return begins + _base32(opaque + _mac(keyed, opaque)[:_MAC_BYTES])


def token_maker(key: Key, purposes: Sequence[str]) -> Callable[[bytes], list[str]]:
    """What makes of opaque bytes, for each of at most three purposes, what `make_token` makes of them: sooner, at once."""
    makers = [_maker(key.secret, purpose, key.rotation) for purpose in purposes]
    # Ten octets are sixteen digits: no digit has to do with two parts of what is written.
    places = [(begins, slice(16 * turn, 16 * turn + 16)) for turn, (begins, _) in enumerate(makers, 1)]
    rest = bytes(40 - _OPAQUE_BYTES - _MAC_BYTES * len(makers))

    def make(opaque: bytes) -> list[str]:
        data = opaque
        for _, keyed in makers:
            data += _mac(keyed, opaque)[:_MAC_BYTES]
        digits = _base32(data + rest, 64)
        opened = digits[:16]
        return [begins + opened + digits[place] for begins, place in places]

    return make


def read_token(key: Key, purpose: str, text: str) -> bytes | None:
    """The opaque bytes of a token made by `key` for `purpose` in any rotation, or None for anything else."""
    return _read(_readers(key.secret, purpose), text)


def make_public_token(key: PublicKey, purpose: str, opaque: bytes) -> str:
    """As `make_token`, where only the public key is: so that one page can link to another of the same reader's."""
    made_by = key.made_by(purpose)[key.rotation]
    return made_by.begins + _base32(opaque + _signed(made_by, opaque))


def read_public_token(key: PublicKey, purpose: str, text: str) -> bytes | None:
    """As `read_token`, where only the public key is; `purpose` is one of PUBLIC_PURPOSES."""
    return _read(key.readers[purpose], text)


def _read(readers: dict[str, list[TokenKey]], text: str) -> bytes | None:
    if not text.isascii():  # some letters from elsewhere have small or capital forms that are ours
        return None
    try:
        raw = _unbase32(text[5:])
    except ValueError:
        return None
    opaque, given = raw[:_OPAQUE_BYTES], text.lower()
    if len(raw) != _OPAQUE_BYTES + _MAC_BYTES:
        return None
    for key in readers.get(given[:5], ()):
        if hmac.compare_digest(key.begins + _base32(opaque + _signed(key, opaque)), given):
            return opaque
    return None


def _signed(key: TokenKey, opaque: bytes) -> bytes:
    return hmac.digest(key.sub_key, opaque, "sha256")[:_MAC_BYTES]


def _base32(data: bytes, digits: int = 32) -> str:
    """As many octets as fill 32 or 64 `digits`, in these; base64.b32encode takes thrice as long.

    The bits are halved again and again, each upper half moved up to where its digits will stand as octets:
    a product is what it has to grow by.
    """
    bits = int.from_bytes(data, "big")
    for upper, growth in _HALVINGS[digits]:
        bits += (bits & upper) * growth
    return bits.to_bytes(digits, "big").translate(_DIGITS).decode("ascii")


def _halvings(digits: int) -> list[tuple[int, int]]:
    """For groups of `digits`, then half as many, until each is one: a mask of the upper halves, and their growth."""
    steps = []
    half = digits // 2
    while half:
        places = [place * 16 * half for place in range(digits // (2 * half))]
        upper = sum((1 << 5 * half) - 1 << place for place in places) << 5 * half
        steps.append((upper, (1 << 3 * half) - 1))
        half //= 2
    return steps


_HALVINGS = {digits: _halvings(digits) for digits in (32, 64)}


def _unbase32(text: str) -> bytes:
    return base64.b32decode(text.upper() + "=" * (-len(text) % 8))
