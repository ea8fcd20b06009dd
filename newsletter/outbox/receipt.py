"""What the mail server answered, and what follows from it for one delivery."""

import re
from dataclasses import dataclass
from typing import Literal

Phase = Literal["MAIL", "RCPT", "DATA", "body", "dot"]
Verdict = Literal["accepted", "later", "refused", "in doubt", "held"]

_ENHANCED = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b")
_ADDRESS = re.compile(r"[^\s<>\"'(),:;]+@[^\s<>\"'(),:;]+")
_KEPT = 300  # characters of a reply


@dataclass(frozen=True, slots=True)
class Receipt:
    """One reply: its code, its enhanced code (RFC 3463) if it has one, its text without addresses.

    Code 0 stands for no answer at all; the text then says what happened instead.
    """

    code: int
    enhanced: str = ""
    text: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (str(self.code or ""), self.text) if part)

    @property
    def about_policy(self) -> bool:
        """5.7.x: somebody does not want it, and perhaps it is us that they do not want."""
        return self.code >= 500 and self.enhanced.startswith("5.7.")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one delivery went: the verdict, how far it came, the answer; `lost`: the line cannot be used again.

    'held' means that the claim was declined, with the reason as the receipt's text.
    """

    verdict: Verdict
    phase: Phase
    receipt: Receipt
    lost: bool = False


def read_receipt(code: int, text: bytes) -> Receipt:
    """The receipt of a reply, fit to be kept: one line, printable, no address."""
    flat = " ".join(text.decode("utf-8", "replace").split())
    enhanced = _ENHANCED.match(flat)
    shown = "".join(char if char.isprintable() else "?" for char in _ADDRESS.sub("<address>", flat))
    return Receipt(code, enhanced[1] if enhanced else "", shown[:_KEPT])


def verdict_of(receipt: Receipt) -> Verdict:
    """What a reply that is not the wanted one means; unknown is temporary."""
    return "refused" if 500 <= receipt.code <= 599 else "later"
