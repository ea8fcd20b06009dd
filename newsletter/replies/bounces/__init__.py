"""Bounces: whether a message is one, whom it is about, and what became of them."""

from newsletter.replies.bounces.amazon import amazon_in
from newsletter.replies.bounces.found import bounce_in

__all__ = ["amazon_in", "bounce_in"]
