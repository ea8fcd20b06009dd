"""What the mail server answered, and what it says by itself about one delivery."""

import re
from typing import Literal, NamedTuple

from newsletter.outbox.naming import queue_id_in

Phase = Literal["MAIL", "RCPT", "DATA", "body", "dot"]
Verdict = Literal["accepted", "later", "refused", "in doubt"]

#: There is no such mailbox, no mailbox any more (RFC 3463), or a domain that takes no mail (RFC 7505).
_NO_SUCH_ADDRESS = frozenset({"5.1.1", "5.1.6", "5.1.10"})
#: Some servers say 'unknown' of everybody whom they do not want to hear from; then the text often tells.
_OTHERWISE = re.compile(
    r"spam|blocked|blacklist|policy|preference|reputation|quota|full|authenticat|relay", re.IGNORECASE
)
_ENHANCED = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b")
_ADDRESS = re.compile(r"[^\s<>\"'(),:;]+@[^\s<>\"'(),:;]+")
_KEPT = 300  # characters of a reply


class Receipt(NamedTuple):
    """One reply: its code, its enhanced code (RFC 3463) if it has one, its text without addresses.

    Code 0 stands for no answer at all; the text then says what happened instead. `queue_id` is what
    the server calls the message that it took, where the reply says so.
    """

    code: int
    enhanced: str = ""
    text: str = ""
    queue_id: str = ""

    def __str__(self) -> str:
        return f"{self.code} {self.text}" if self.code and self.text else self.text or str(self.code or "")

    @property
    def about_policy(self) -> bool:
        """5.7.x: somebody does not want it, and perhaps it is us that they do not want."""
        return self.code >= 500 and self.enhanced.startswith("5.7.")

    @property
    def no_such_address(self) -> bool:
        """Whether nothing should be sent to the address again, since it is nobody's.

        Of a 5xx to RCPT or the final dot only. A 550 without an enhanced code does not say so: servers
        answer it for policy, for spam and for full mailboxes too. Nor do 5.1.2 and 5.1.3: what one
        resolver does not find today, or one server cannot read, may be found and read elsewhere.
        """
        if self.code < 500 or self.enhanced not in _NO_SUCH_ADDRESS:
            return False
        return not _OTHERWISE.search(self.text)


class Outcome(NamedTuple):
    """How one delivery went: the verdict, how far it came, the answer; `lost`: the line cannot be used again."""

    verdict: Verdict
    phase: Phase
    receipt: Receipt
    lost: bool = False

    @property
    def known_beforehand(self) -> bool:
        """Whether it was refused here, since the server's greeting said already that it cannot take it."""
        return self.verdict == "refused" and not self.receipt.code

    @property
    def no_such_address(self) -> bool:
        """Whether the address should be marked: as its receipt's, and said once the server knew the recipient."""
        return self.verdict == "refused" and self.phase in ("RCPT", "dot") and self.receipt.no_such_address


def read_receipt(code: int, text: bytes) -> Receipt:
    """The receipt of a reply, fit to be kept: one line, printable, no address."""
    flat = " ".join(text.decode("utf-8", "replace").split())
    enhanced = _ENHANCED.match(flat)
    shown = without_addresses(flat)
    if not shown.isprintable():
        shown = "".join(char if char.isprintable() else "?" for char in shown)
    queue_id = queue_id_in(flat) if code == 250 else ""
    return Receipt(code, enhanced[1] if enhanced else "", shown[:_KEPT], queue_id)


def without_addresses(text: str) -> str:
    """The same, with a word in the place of whatever looks like an address."""
    return _ADDRESS.sub("<address>", text) if "@" in text else text


def verdict_of(receipt: Receipt) -> Verdict:
    """What a reply that is not the wanted one means; unknown is temporary."""
    return "refused" if 500 <= receipt.code <= 599 else "later"
