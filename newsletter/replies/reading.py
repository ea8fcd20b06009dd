"""The one door: the octets of a message in, what it says out."""

from dataclasses import replace

from newsletter.replies.bounces import amazon_in, bounce_in
from newsletter.replies.complaints import complaint_in
from newsletter.replies.letters import letter_in, opt_out_in, written_at
from newsletter.replies.model import Reply
from newsletter.replies.structure import Message, read_structure


def read_reply(raw: bytes) -> Reply:
    """What the message says. Never raises, whatever the octets; CR, LF and CRLF give the same."""
    message = read_structure(raw)
    day = written_at(message)
    reply = amazon_in(message) or complaint_in(message) or _bounce(message) or letter_in(message, day)
    return replace(reply, received_at=day, fault=message.fault)


def _bounce(message: Message) -> Reply | None:
    """The bounce. Whoever sends us a word with our token has not bounced, whatever else they write."""
    command = opt_out_in(message)
    return None if command and command.token else bounce_in(message)
