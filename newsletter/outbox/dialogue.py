"""Our side of SMTP from MAIL on, without a socket: octets in, octets out, and what may be concluded."""

import re
from collections import deque
from dataclasses import dataclass
from typing import Literal, NamedTuple

from newsletter.outbox.receipt import Outcome, Phase, Receipt, read_receipt, verdict_of
from newsletter.outbox.replies import NoReply, Replies


class Envelope(NamedTuple):
    """From one, to one: there is no way to name a second recipient."""

    sender: str
    recipient: str

    @property
    def needs_smtputf8(self) -> bool:
        return not self.recipient.isascii()


@dataclass(frozen=True, slots=True)
class Offers:
    """What the server's EHLO named; `largest` is its limit in octets, 0 where it told none."""

    pipelining: bool = False
    size: bool = False
    largest: int = 0
    smtputf8: bool = False


@dataclass(slots=True, eq=False)
class Parcel:
    """One message, in pieces, on its way over one line: how far it has come.

    `first`: nothing went over its line before it. `dotted`: the final dot was sent. `refusal` is
    kept while the answers to commands that were sent together are still coming.
    """

    envelope: Envelope
    content: tuple[bytes, ...]
    first: bool = True
    phase: Phase = "MAIL"
    dotted: bool = False
    refusal: tuple[Phase, Receipt] | None = None

    @property
    def octets(self) -> int:
        return sum(map(len, self.content))


# The answers to a final dot and to the commands sent behind it, each a yes of one line, as nearly all are.
_ALL_WELL = re.compile(
    rb"250 ([^\r\n]{0,500})\r\n2[0-9]{2} [^\r\n]{0,500}\r\n2[0-9]{2} [^\r\n]{0,500}\r\n3[0-9]{2} [^\r\n]{0,500}\r\n"
)
_TOGETHER = 4

#: A parcel, and what became of it; None: the server awaits its body.
Event = tuple[Parcel, Outcome | None]

_Awaited = tuple[Parcel | None, Phase | Literal["RSET"]]


class Dialogue:
    """One line. `holding` is the parcel whose body may go and whose dot has not; `lost` says why the line is of no use."""

    def __init__(self, offers: Offers) -> None:
        self.offers = offers
        self.used = 0
        self.lost = ""
        self.holding: Parcel | None = None
        self.heard = 0
        self._replies = Replies()
        self._awaited: deque[_Awaited] = deque()
        self._words: list[bytes] = []

    @property
    def free(self) -> bool:
        """Whether another message may begin: behind a dot whose answer is awaited too, where commands may be sent together."""
        if self.lost or self.holding:
            return False
        return not self._awaited or (self.offers.pipelining and self._awaited[-1][1] == "dot")

    @property
    def idle(self) -> bool:
        """Whether nothing at all is going on."""
        return not self._awaited and self.holding is None

    @property
    def awaits(self) -> Phase | Literal["RSET"] | None:
        """What the next answer will be to."""
        return self._awaited[0][1] if self._awaited else None

    def begin(self, parcel: Parcel) -> bytes:
        """What to say first for this parcel."""
        self.used += 1
        parcel.first = self.used == 1
        self._awaited.append((parcel, "MAIL"))
        if not self.offers.pipelining:
            return self._mail(parcel)
        self._awaited.extend(((parcel, "RCPT"), (parcel, "DATA")))
        return self._mail(parcel) + _rcpt(parcel) + b"DATA\r\n"

    def end(self, parcel: Parcel) -> bytes:
        """The final dot, for the parcel that is held."""
        self.holding, parcel.dotted, parcel.phase = None, True, "dot"
        self._awaited.append((parcel, "dot"))
        return b".\r\n"

    def words(self) -> bytes:
        """What is to be said after what was heard."""
        words = b"".join(self._words)
        self._words.clear()
        return words

    def hear(self, data: bytes) -> list[Event]:
        """What follows from these octets."""
        if events := self._all_well(data):
            return events
        self._replies.hear(data)
        try:
            while not self.lost and (reply := self._replies.next()):
                self.heard += 1
                self._answered(*reply, events)
        except NoReply as error:
            events += self.cut(str(error))
        return events

    def _all_well(self, data: bytes) -> list[Event]:
        """What follows where these are four answers, all of them yes; [] where each has to be looked at."""
        awaited = self._awaited
        # Only a dot with another message's beginning behind it awaits as many.
        if len(awaited) != _TOGETHER or self._replies.begun:
            return []
        sent, following, found = awaited[0][0], awaited[-1][0], _ALL_WELL.fullmatch(data)
        if not (sent and following and found):
            return []
        awaited.clear()
        self.heard += _TOGETHER
        following.phase, self.holding = "body", following
        return [(sent, Outcome("accepted", "dot", read_receipt(250, found[1].strip()))), (following, None)]

    def cut(self, reason: str) -> list[Event]:
        """The line is gone: what is known of each parcel on it."""
        self.lost = self.lost or reason
        left = [parcel for parcel, _ in self._awaited if parcel] + ([self.holding] if self.holding else [])
        self._awaited.clear()
        self.holding = None
        return [(parcel, _lost(parcel, reason)) for parcel in dict.fromkeys(left)]

    def _answered(self, code: int, text: bytes, events: list[Event]) -> None:
        if not self._awaited:
            self._unasked(read_receipt(code, text), events)
            return
        parcel, phase = self._awaited.popleft()
        if parcel is None or phase == "RSET":
            if code != 250:
                events += self.cut("the server does not begin anew")
        elif phase == "dot":
            self._finished(parcel, read_receipt(code, text), events)
        elif code // 100 == (3 if phase == "DATA" else 2) and parcel.refusal is None:
            self._go_on(parcel, phase, events)
        else:
            self._declined(parcel, phase, read_receipt(code, text), events)

    def _go_on(self, parcel: Parcel, phase: Phase, events: list[Event]) -> None:
        if phase == "DATA":
            parcel.phase, self.holding = "body", parcel
            events.append((parcel, None))
            return
        parcel.phase = "RCPT" if phase == "MAIL" else "DATA"
        if not self.offers.pipelining:
            self._awaited.append((parcel, parcel.phase))
            self._words.append(_rcpt(parcel) if phase == "MAIL" else b"DATA\r\n")

    def _declined(self, parcel: Parcel, phase: Phase, receipt: Receipt, events: list[Event]) -> None:
        """A no before the dot; where commands were sent together their answers are awaited first."""
        if receipt.code == 421:
            refused_at, refusal = parcel.refusal or (phase, receipt)
            self._forget(parcel)
            events.append((parcel, Outcome(verdict_of(refusal), refused_at, refusal, lost=True)))
            events += self.cut("the server closes the line")
            return
        parcel.refusal = parcel.refusal or (phase, receipt)
        if self.offers.pipelining and phase != "DATA":
            return
        refused_at, refusal = parcel.refusal
        # A text nevertheless awaited would have to be ended, and a dot might deliver nothing to somebody.
        nonsense = phase == "DATA" and receipt.code // 100 == 3
        events.append((parcel, Outcome(verdict_of(refusal), refused_at, refusal, lost=nonsense)))
        if nonsense:
            events += self.cut("the server awaits a text for nobody")
            return
        # A no leaves the transaction open: without RSET the next recipient would suffer for it.
        self._awaited.append((None, "RSET"))
        self._words.append(b"RSET\r\n")

    def _finished(self, parcel: Parcel, receipt: Receipt, events: list[Event]) -> None:
        kind = receipt.code // 100
        closing = receipt.code == 421 or kind == 3
        verdict = "accepted" if kind == 2 else "in doubt" if kind == 3 else verdict_of(receipt)
        events.append((parcel, Outcome(verdict, "dot", receipt, lost=closing)))
        if closing:
            events += self.cut("the server closes the line")

    def _unasked(self, receipt: Receipt, events: list[Event]) -> None:
        """Said before it was the server's turn: taken at its word, and the dot is not sent."""
        if parcel := self.holding:
            self.holding = None
            events.append((parcel, Outcome(verdict_of(receipt), parcel.phase, receipt, lost=True)))
        events += self.cut("the server spoke unasked")

    def _forget(self, parcel: Parcel) -> None:
        self._awaited = deque(one for one in self._awaited if one[0] is not parcel)

    def _mail(self, parcel: Parcel) -> bytes:
        options = f" SIZE={parcel.octets}" if self.offers.size else ""
        if parcel.envelope.needs_smtputf8:
            options += " BODY=8BITMIME SMTPUTF8"
        return f"MAIL FROM:<{parcel.envelope.sender}>{options}\r\n".encode()


def unfit(parcel: Parcel, offers: Offers) -> Outcome | None:
    """Why this server cannot take this message at all, known before it is asked; None where it may."""
    if parcel.envelope.needs_smtputf8 and not offers.smtputf8:
        reason = "the mail server does not offer SMTPUTF8 (RFC 6531), which this address needs"
        return Outcome("refused", "MAIL", Receipt(0, "", reason))
    if offers.largest and parcel.octets > offers.largest:
        reason = (
            f"the message has {parcel.octets:,} octets, and the mail server takes at most {offers.largest:,}"
        )
        return Outcome("refused", "MAIL", Receipt(552, "5.3.4", reason))
    return None


def _rcpt(parcel: Parcel) -> bytes:
    return f"RCPT TO:<{parcel.envelope.recipient}>\r\n".encode()


def _lost(parcel: Parcel, reason: str) -> Outcome:
    if parcel.dotted:
        text = f"no answer came to the final dot: {reason}"
        return Outcome("in doubt", "dot", Receipt(0, "", text), lost=True)
    if parcel.refusal:
        phase, receipt = parcel.refusal
        return Outcome(verdict_of(receipt), phase, receipt, lost=True)
    text = f"the line was lost before the final dot: {reason}"
    return Outcome("later", parcel.phase, Receipt(0, "", text), lost=True)
