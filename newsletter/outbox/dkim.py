"""DKIM (RFC 6376): signs a message's headers and body, rsa-sha256 over relaxed/relaxed."""

import base64
import email.utils
import functools
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from newsletter.errors import ProofFailed

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.padding import AsymmetricPadding
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.hashes import HashAlgorithm

# Both of the headers that RFC 8058 section 4 wants signed are among them; many signers leave the second out.
_SIGNED = (
    *("from", "to", "subject", "date", "message-id", "reply-to", "mime-version", "content-type"),
    *("list-id", "list-unsubscribe", "list-unsubscribe-post"),
)
_IN_OCTETS = [name.encode("ascii") for name in _SIGNED]
# Each is named once more than it occurs, so that none can be added on the way (RFC 6376 section 8.15):
# readers are shown the first From or Subject, and signatures are about the last.
_NAMES = ":\r\n ".join(":".join(_SIGNED[start : start + 4]) for start in range(0, len(_SIGNED), 4))
_WIDTH = 72
_BLANKS = re.compile(rb"[ \t]+")


@dataclass(frozen=True, slots=True)
class Seal:
    """A signature, as it is frozen with a letter: whose, under which selector, and what `b=` says."""

    domain: str
    selector: str
    value: str


@dataclass(frozen=True, slots=True)
class Signer:
    """A domain, the selector under which its public key is found, and the private key."""

    domain: str
    selector: str
    key: "RSAPrivateKey"

    def __reduce__(self) -> tuple[object, ...]:
        return _unpacked, (self.domain, self.selector, _octets_of(self.key))

    def sign(self, headers: bytes, body: bytes, date: str) -> Seal:
        """The seal of a message; `body` is its body's `body_hash`, `date` its Date header. Costs some 0.3 ms."""
        seal = Seal(self.domain, self.selector, "")
        signed = _relaxed_headers(headers) + _relaxed(_start(seal, body, date))
        value = self.key.sign(signed, *_rsa_sha256())
        return Seal(self.domain, self.selector, base64.b64encode(value).decode("ascii"))


def _octets_of(key: "RSAPrivateKey") -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def _unpacked(domain: str, selector: str, key: bytes) -> Signer:
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    return Signer(domain, selector, cast("RSAPrivateKey", load_der_private_key(key, password=None)))


def signature_header(seal: Seal, body: bytes, date: str) -> bytes:
    """The DKIM-Signature header, ended by CRLF: always the same for the same seal, body hash and Date."""
    value = seal.value
    lines = [value[start : start + _WIDTH] for start in range(0, len(value), _WIDTH)]
    return _start(seal, body, date) + "\r\n ".join(lines).encode("ascii") + b"\r\n"


def body_hash(body: bytes) -> bytes:
    """The SHA-256 of a body that is in relaxed form already. Raises ProofFailed where its end is not."""
    if not body.endswith(b"\r\n") or body.endswith(b"\r\n\r\n"):
        raise ProofFailed("a message does not end with one line end, and cannot be signed as it is")
    return hashlib.sha256(body).digest()


def prove_relaxed(octets: bytes) -> None:
    """Raises ProofFailed where relaxed canonicalisation of a body would change this part of it (section 3.4.4)."""
    if b"\t" in octets or b"  " in octets or b" \r" in octets or octets.endswith(b" "):
        raise ProofFailed("a message has blanks that a relay may change, and cannot be signed as it is")


def _start(seal: Seal, body: bytes, date: str) -> bytes:
    """The header up to the value of `b=`, which is the last."""
    return (
        f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n d={seal.domain};\r\n s={seal.selector};\r\n"
        f" t={_seconds(date)};\r\n h={_NAMES}:\r\n {_NAMES};\r\n bh={base64.b64encode(body).decode('ascii')};\r\n b="
    ).encode("ascii")


@functools.lru_cache(maxsize=1)
def _rsa_sha256() -> "tuple[AsymmetricPadding, HashAlgorithm]":
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    return PKCS1v15(), SHA256()


@functools.lru_cache(maxsize=16)
def _seconds(date: str) -> int:
    return int(email.utils.parsedate_to_datetime(date).timestamp())


def _relaxed_headers(headers: bytes) -> bytes:
    """The signed ones of a header section, in the order of `h=`; one that is absent adds nothing."""
    fields = [field.split(b":", 1) for field in _on_one_line(headers).split(b"\r\n") if field]
    relaxed = {name.lower(): value.strip(b" ") for name, value in fields}
    return b"".join([b"%b:%b\r\n" % (name, relaxed[name]) for name in _IN_OCTETS if name in relaxed])


def _relaxed(field: bytes) -> bytes:
    """A header field as it is signed (RFC 6376 section 3.4.2), without its line end."""
    name, _, value = _on_one_line(field).partition(b":")
    return name.lower() + b":" + value.strip(b" ")


def _on_one_line(fields: bytes) -> bytes:
    """Each field unfolded, with one blank where there were several or a tab."""
    unfolded = fields.replace(b"\r\n ", b" ").replace(b"\r\n\t", b" ")
    return _BLANKS.sub(b" ", unfolded) if b"  " in unfolded or b"\t" in unfolded else unfolded
