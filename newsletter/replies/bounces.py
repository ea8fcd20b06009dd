"""Whether a message is a bounce, and what it says of whom."""

from newsletter.replies.model import Reply
from newsletter.replies.opened import Opened


def bounce_in(opened: Opened) -> Reply | None:
    """The bounce, or None where the message is something else."""
    return None
