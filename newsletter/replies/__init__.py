"""What comes back: bounces, complaints, opt-outs by mail, auto-replies and people's own words."""

from newsletter.replies.model import Failed, Kind, Notice, Reason, Reply, Severity
from newsletter.replies.reading import read_reply

__all__ = ["Failed", "Kind", "Notice", "Reason", "Reply", "Severity", "read_reply"]
