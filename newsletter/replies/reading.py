"""The one door: the octets of a message in, what it says out."""

from newsletter.replies.bounces import bounce_in
from newsletter.replies.model import Reply
from newsletter.replies.opened import open_message


def read_reply(raw: bytes) -> Reply:
    """What the message says. Never raises, whatever the octets; CR, LF and CRLF give the same."""
    opened = open_message(raw)
    return bounce_in(opened) or Reply("other", subject=opened.header("Subject"), fault=opened.fault)
