"""The proof in a form that our own page made it, for this path and not long ago; it needs no cookie."""

import base64
import datetime as dt
import hmac
import secrets

from newsletter.tokens import PublicKey

#: For how long a page may lie open before its form is sent.
_GOOD_FOR = dt.timedelta(hours=24)
_TIME_BYTES, _NONCE_BYTES, _MAC_BYTES = 5, 7, 18


def make_proof(key: PublicKey, path: str, now: dt.datetime) -> str:
    """A proof for the form at `path`, 40 characters."""
    head = int(now.timestamp()).to_bytes(_TIME_BYTES, "big") + secrets.token_bytes(_NONCE_BYTES)
    return base64.urlsafe_b64encode(head + _mac(key, path, head)).decode()


def holds(key: PublicKey, path: str, proof: str, now: dt.datetime) -> bool:
    """Whether our own page at `path` made the proof, a day ago at most."""
    try:
        raw = base64.b64decode(proof.encode(), altchars=b"-_", validate=True)
    except ValueError:  # also where it cannot be encoded at all
        return False
    head, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    if len(head) != _TIME_BYTES + _NONCE_BYTES or not hmac.compare_digest(_mac(key, path, head), mac):
        return False
    age = now.timestamp() - int.from_bytes(head[:_TIME_BYTES], "big")
    return -60 <= age <= _GOOD_FOR.total_seconds()


def _mac(key: PublicKey, path: str, head: bytes) -> bytes:
    return key.mac("form", head + path.encode("utf-8", "surrogatepass"))[:_MAC_BYTES]
