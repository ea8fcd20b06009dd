"""How the workspace fetches what came in on another machine: who may ask, and what is answered.

GET hands out what waits, oldest first; POST says what has been taken over, which is then removed.
Both prove by the sync secret that the workspace asks; what is handed out is sealed all the same.
"""

import base64
import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence

from newsletter.errors import InputError
from newsletter.replies.sealing import Sealed

#: Where the public pages answer, below their address.
SYNC_PATH = "/sync"
TIME_HEADER = "Newsletter-Time"
PROOF_HEADER = "Newsletter-Proof"
#: Arrivals handed out at once.
PAGE = 200
#: Octets that the answer to GET may have, and those that POST may bring.
PAGE_LIMIT, REMOVAL_LIMIT = 8 * 1024 * 1024, 64 * 1024
_AWRY = dt.timedelta(minutes=5)  # for clocks that differ; a proof that was overheard is worth nothing later


class BadExchange(InputError):
    """This is not how what came in is fetched."""


def proof_headers(secret: bytes, method: str, path: str, body: bytes, now: dt.datetime) -> dict[str, str]:
    """The headers that prove a request to come from the workspace; `path` as it is sent, without the host."""
    at = str(int(now.timestamp()))
    return {TIME_HEADER: at, PROOF_HEADER: _proof(secret, method, path, at, body)}


def reason_to_refuse(  # noqa: PLR0913  # a request has so many parts
    secret: bytes, method: str, path: str, body: bytes, *, headers: Mapping[str, str], now: dt.datetime
) -> str | None:
    """Why a request is not taken for the workspace's, or None where it is. `headers` has names in small letters."""
    at, proof = headers.get(TIME_HEADER.lower(), ""), headers.get(PROOF_HEADER.lower(), "")
    if not (at.isascii() and at.isdigit() and len(at) < 12 and proof.isascii()):
        return "there is no proof with it"
    if not hmac.compare_digest(_proof(secret, method, path, at, body), proof):
        return "its proof does not hold"
    if abs(now.timestamp() - int(at)) > _AWRY.total_seconds():
        return "its time is too far from the time here"
    return None


def write_page(waiting: Sequence[Sealed]) -> bytes:
    """What GET answers: JSON."""
    told = [
        {"id": one.id, "kind": one.kind, "at": one.at, "blob": base64.b64encode(one.blob).decode()}
        for one in waiting
    ]
    return json.dumps({"arrivals": told}).encode()


def read_page(body: bytes) -> list[Sealed]:
    """What GET has answered. Raises BadExchange."""
    try:
        return [
            Sealed(
                str(one["id"]), str(one["kind"]), str(one["at"]), base64.b64decode(one["blob"], validate=True)
            )
            for one in json.loads(body)["arrivals"]
        ]
    except (ValueError, LookupError, TypeError, RecursionError):
        raise BadExchange("the answer is not the public pages'") from None


def write_removal(ids: Iterable[str]) -> bytes:
    """What POST brings: JSON."""
    return json.dumps({"taken": [*ids]}).encode()


def read_removal(body: bytes) -> list[str]:
    """What POST has brought. Raises BadExchange."""
    try:
        return [str(one) for one in json.loads(body)["taken"]]
    except (ValueError, LookupError, TypeError, RecursionError):
        raise BadExchange("this says nothing that was taken over") from None


def _proof(secret: bytes, method: str, path: str, at: str, body: bytes) -> str:
    said = "\n".join((method.upper(), path, at, hashlib.sha256(body).hexdigest()))
    return hmac.digest(secret, said.encode(), "sha256").hex()
