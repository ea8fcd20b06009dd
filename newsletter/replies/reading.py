"""The one door: the octets of a message in, what it says out."""

from newsletter.replies.bounces import bounce_in
from newsletter.replies.model import Reply
from newsletter.replies.structure import read_structure


def read_reply(raw: bytes) -> Reply:
    """What the message says. Never raises, whatever the octets; CR, LF and CRLF give the same."""
    message = read_structure(raw)
    return bounce_in(message) or Reply("other", subject=message.headers.get("subject"), fault=message.fault)
