"""The one door: the octets of a message in, what it says out."""

from dataclasses import replace

from newsletter.replies.bounces import amazon_in, bounce_in
from newsletter.replies.complaints import complaint_in
from newsletter.replies.letters import is_passed_on, letter_in, opt_out_in, written_at
from newsletter.replies.model import Reply
from newsletter.replies.structure import Message, read_structure


def read_reply(raw: bytes) -> Reply:
    """What the message says. Never raises, whatever the octets; CR, LF and CRLF give the same."""
    message = read_structure(raw)
    day = written_at(message)
    command = opt_out_in(message)
    # Who sends us a word with our token has not bounced, whatever else they write.
    told = None if command and command.token else _told_by_a_program(message)
    reply = told or letter_in(message, day, command)
    return replace(reply, received_at=day, fault=message.fault)


def _told_by_a_program(message: Message) -> Reply | None:
    """The bounce or the complaint that it is; None for what people and their programs write."""
    reply = amazon_in(message) or complaint_in(message)
    return reply or (None if is_passed_on(message) else bounce_in(message))
