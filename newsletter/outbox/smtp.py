"""One message over a line: MAIL, RCPT, DATA, the body, the claim, and only then the final dot."""

from collections.abc import Callable
from dataclasses import dataclass

from newsletter.outbox.connection import Line, LineLost
from newsletter.outbox.receipt import Outcome, Phase, Receipt, verdict_of

#: Decides at the last moment whether the dot may be sent: None, or the reason why not.
Claim = Callable[[], str | None]


@dataclass(frozen=True, slots=True)
class Envelope:
    """From one, to one: there is no way to name a second recipient."""

    sender: str
    recipient: str

    @property
    def needs_smtputf8(self) -> bool:
        return not self.recipient.isascii()


def transmit(line: Line, envelope: Envelope, content: bytes, claim: Claim) -> Outcome:
    """Hand one message over; `claim` is called when all but the final dot is at the server.

    Whatever `claim` raises is raised again after the line was closed without the dot.
    """
    if envelope.needs_smtputf8 and not line.offers("smtputf8"):
        reason = "the mail server does not offer SMTPUTF8 (RFC 6531), which this address needs"
        return Outcome("refused", "MAIL", Receipt(0, "", reason))
    line.used += 1
    phase: Phase = "MAIL"
    try:
        for phase, command, wanted in _commands(line, envelope, len(content)):
            receipt = line.command(command)
            if receipt.code // 100 != wanted:
                return _declined(line, phase, receipt)
        phase = "body"
        line.write(content)
    except LineLost as lost:
        return _lost_before_the_dot(phase, lost)
    return _told_early(line, "body") or _finish(line, claim)


def _commands(line: Line, envelope: Envelope, size: int) -> tuple[tuple[Phase, str, int], ...]:
    """Each command with its phase and the first digit of the answer that it wants."""
    options = f" SIZE={size}" if line.offers("size") else ""
    if envelope.needs_smtputf8:
        options += " BODY=8BITMIME SMTPUTF8"
    return (
        ("MAIL", f"MAIL FROM:<{envelope.sender}>{options}", 2),
        ("RCPT", f"RCPT TO:<{envelope.recipient}>", 2),
        ("DATA", "DATA", 3),
    )


def _declined(line: Line, phase: Phase, receipt: Receipt) -> Outcome:
    """A no before the dot. RSET keeps it from the next recipient: a failed DATA leaves the transaction open."""
    if receipt.code == 421:
        line.drop()
        return Outcome("later", phase, receipt, lost=True)
    try:
        lost = line.command("RSET").code != 250
    except LineLost:
        lost = True
    if lost:
        line.drop()
    return Outcome(verdict_of(receipt), phase, receipt, lost=lost)


def _told_early(line: Line, phase: Phase) -> Outcome | None:
    """What the server's answer, or its hanging up, before the dot means; None where it waits for the dot."""
    try:
        early = line.early_answer()
    except LineLost as lost:
        return _lost_before_the_dot(phase, lost)
    if early is None:
        return None
    line.drop()
    return Outcome(verdict_of(early), phase, early, lost=True)


def _lost_before_the_dot(phase: Phase, lost: LineLost) -> Outcome:
    return Outcome(
        "later", phase, Receipt(0, "", f"the line was lost before the final dot: {lost}"), lost=True
    )


def _finish(line: Line, claim: Claim) -> Outcome:
    try:
        reason = claim()
    except BaseException:
        line.drop()
        raise
    if reason is not None:
        line.drop()
        return Outcome("held", "body", Receipt(0, "", reason), lost=True)
    # A claim may wait its turn for longer than the server does: a dot into a dead line would be doubt about nothing.
    if early := _told_early(line, "dot"):
        return early
    try:
        receipt = line.end_message()
    except LineLost as lost:
        text = f"no answer came to the final dot: {lost}"
        return Outcome("in doubt", "dot", Receipt(0, "", text), lost=True)
    if receipt.code == 421:
        line.drop()
    if receipt.code // 100 == 2:
        return Outcome("accepted", "dot", receipt)
    if receipt.code // 100 == 3:
        line.drop()
        return Outcome("in doubt", "dot", receipt, lost=True)
    return Outcome(verdict_of(receipt), "dot", receipt, lost=receipt.code == 421)
