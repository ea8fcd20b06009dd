"""Refusals as a server says them, and what a run is advised to make of them."""

import datetime as dt

from newsletter.outbox.meaning import Meaning
from newsletter.outbox.receipt import Outcome, Phase, read_receipt, verdict_of
from newsletter.outbox.trouble import Advice, Trouble

NOON = dt.datetime(2022, 9, 30, 12, tzinfo=dt.UTC)
ACCEPTED = Outcome("accepted", "dot", read_receipt(250, b"2.0.0 Ok: queued as 4Zt7Xb0y7Mz9vK"))
LOST = Outcome("later", "body", read_receipt(0, b"the line was lost before the final dot"), lost=True)
DOUBT = Outcome("in doubt", "dot", read_receipt(0, b"no answer came to the final dot"), lost=True)


def said(reply: str, phase: Phase = "RCPT") -> Outcome:
    code, _, text = reply.partition(" ")
    receipt = read_receipt(int(code), text.encode())
    return Outcome(verdict_of(receipt), phase, receipt, lost=receipt.code == 421)


def listen(*outcomes: tuple[Outcome, str], trouble: Trouble | None = None) -> list[Advice]:
    """What is advised of outcomes of messages to these domains, each of another delivery."""
    ear = trouble or Trouble()
    return [ear.notice(outcome, domain, NOON, number) for number, (outcome, domain) in enumerate(outcomes, 1)]


def to(outcome: Outcome, *domains: str) -> list[tuple[Outcome, str]]:
    return [(outcome, domain) for domain in domains]


#: A reply, what it answers, and what it means.
MEANINGS: list[tuple[str, Phase, Meaning]] = [
    # the recipient, and nobody else
    ("550 5.1.1 no such user", "RCPT", "them"),
    ("550 5.1.2 host unknown", "RCPT", "them"),
    ("553 5.1.3 bad address", "RCPT", "them"),
    ("550 5.1.6 moved", "RCPT", "them"),
    ("556 5.1.10 the domain takes no mail", "RCPT", "them"),
    ("550 no such user here", "RCPT", "them"),
    ("550 5.2.1 mailbox disabled", "RCPT", "them"),
    ("552 5.2.2 mailbox full", "RCPT", "them"),
    ("452 4.2.2 mailbox full, daily quota exceeded", "RCPT", "them"),
    ("452 4.2.2 mailbox full", "dot", "them"),
    ("552 5.2.3 more than the recipient takes", "dot", "them"),
    ("552 storage exceeded", "RCPT", "them"),
    ("550 5.4.4 no route", "RCPT", "them"),
    ("554 5.5.1 no valid recipients", "DATA", "them"),
    ("554 5.6.0 content not liked", "dot", "them"),
    ("550 5.6.7 no addresses beyond ASCII", "MAIL", "them"),
    ("553 5.6.7 no addresses beyond ASCII", "RCPT", "them"),
    ("450 4.2.0 busy", "RCPT", "them"),
    ("450 4.2.0 greylisted for 300 seconds", "RCPT", "them"),
    ("451 4.7.1 greylisting in action", "RCPT", "them"),
    ("450 4.7.1 come back later", "RCPT", "them"),
    ("451 4.7.0 you are greylisted", "RCPT", "them"),
    ("450 4.1.1 unverified address", "RCPT", "them"),
    ("421 come back", "RCPT", "them"),
    ("421 4.4.2 timeout exceeded", "DATA", "them"),
    ("451 local error", "dot", "them"),
    ("554 delivery error: this account has been disabled", "dot", "them"),
    # their domain
    ("421 4.7.0 too fast for us", "RCPT", "domain"),
    ("421 4.7.1 unusual rate of mail", "RCPT", "domain"),
    ("421 4.7.28 unusual rate of mail", "dot", "domain"),
    ("450 4.7.0 slow down", "RCPT", "domain"),
    ("451 4.7.500 server busy", "RCPT", "domain"),
    ("451 4.7.26 not authenticated, for now", "dot", "domain"),
    ("450 4.2.1 receiving mail at too high a rate", "RCPT", "domain"),
    ("452 4.5.3 too many recipients", "RCPT", "domain"),
    ("451 4.4.1 connection timed out", "RCPT", "route"),
    ("451 4.4.3 nameserver does not answer", "RCPT", "route"),
    ("451 4.4.4 unable to route", "RCPT", "route"),
    ("450 4.1.2 domain not found", "RCPT", "route"),
    # slower, all of it
    ("454 Throttling failure: Maximum sending rate exceeded.", "dot", "slower"),
    ("450 4.2.1 Peak SMTP relay limit exceeded for customer", "RCPT", "slower"),
    ("450 4.7.0 slow down", "MAIL", "slower"),
    ("421 4.7.0 try again later", "MAIL", "slower"),
    ("452 4.5.3 too many", "MAIL", "slower"),
    ("432 4.3.2 Concurrent connections limit exceeded", "MAIL", "crowded"),
    ("432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded", "dot", "crowded"),
    ("421 Too many concurrent SMTP connections", "MAIL", "crowded"),
    ("421 4.7.0 too many connections from your host", "RCPT", "crowded"),
    # the server is not well
    ("451 4.3.0 queue file write error", "MAIL", "server"),
    ("451 4.3.0 temporary lookup failure", "RCPT", "server"),
    ("452 4.3.1 insufficient system storage", "MAIL", "server"),
    ("452 4.3.1 insufficient system storage", "dot", "server"),
    ("421 4.3.2 shutting down", "RCPT", "server"),
    ("452 4.4.5 insufficient disk space", "dot", "server"),
    ("450 4.1.8 domain of the sender not found", "RCPT", "server"),
    ("451 4.4.3 nameserver does not answer", "MAIL", "server"),
    # perhaps us
    ("554 5.7.1 relay access denied", "RCPT", "suspect"),
    ("550 5.7.26 not authenticated", "dot", "suspect"),
    ("550 5.7.515 sender not aligned", "dot", "suspect"),
    ("554 5.7.9 policy", "dot", "suspect"),
    ("550 denied by policy", "RCPT", "suspect"),
    ("554 blocked, see our page", "RCPT", "suspect"),
    ("550 unauthenticated senders not allowed", "RCPT", "suspect"),
    ("503 5.5.1 bad sequence of commands", "DATA", "suspect"),
    ("500 what?", "RCPT", "suspect"),
    ("554 5.2.0 other mailbox status", "dot", "suspect"),
    # too large
    ("552 5.3.4 message too big", "body", "size"),
    ("554 5.3.4 message too big", "dot", "size"),
    ("552 message size exceeds fixed maximum", "MAIL", "size"),
    ("552 5.3.4 message size exceeds limit", "MAIL", "size"),
    # a day's worth
    ("554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException", "dot", "quota"),
    ("554 5.2.0 limit exceeded", "dot", "quota"),
    ("550 5.4.5 Daily user sending limit exceeded", "dot", "quota"),
    ("550 5.4.5 Daily SMTP relay limit exceeded for user", "RCPT", "quota"),
    ("550 5.7.1 Daily SMTP relay limit exceeded for customer", "RCPT", "quota"),
    ("454 Throttling failure: Daily message quota exceeded.", "dot", "quota"),
    ("550 5.7.232 your tenant has exceeded its daily limit", "dot", "quota"),
    # us
    ("530 5.7.0 authentication required", "MAIL", "us"),
    ("530 5.7.57 client was not authenticated", "RCPT", "us"),
    ("535 5.7.8 wrong password", "MAIL", "us"),
    ("550 5.7.30 basic authentication is not supported", "RCPT", "us"),
    ("550 5.7.60 not allowed to send as this sender", "dot", "us"),
    ("554 5.2.252 SendAsDenied", "dot", "us"),
    ("550 5.1.8 access denied, bad outbound sender", "dot", "us"),
    ("553 5.1.7 the sender's address is malformed", "RCPT", "us"),
    ("550 5.7.708 traffic not accepted from this address", "dot", "us"),
    ("554 5.2.2 mailbox full; STOREDRV.Submission.Exception:QuotaExceededException", "dot", "us"),
    ("554 Message rejected: Email address is not verified.", "dot", "us"),
    ("554 Message rejected: Sending suspended for this account.", "dot", "us"),
    ("550 who are you?", "MAIL", "us"),
    ("550 5.7.1 not from you", "MAIL", "us"),
    ("501 5.1.7 bad sender", "MAIL", "us"),
    ("503 5.5.1 not now", "MAIL", "us"),
]  # fmt: skip
