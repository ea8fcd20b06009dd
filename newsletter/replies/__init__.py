"""What comes back: bounces, complaints, opt-outs by mail, auto-replies and people's own words."""

from newsletter.replies.inbox import INBOX_LIMIT, Inbox, InboxFull, open_inbox
from newsletter.replies.model import Failed, Kind, Notice, Reason, Reply, Severity
from newsletter.replies.reading import read_reply
from newsletter.replies.sealing import (
    ARRIVAL_LIMIT,
    Arrival,
    ArrivalKind,
    ArrivalTooLong,
    Sealed,
    Unreadable,
    sealing_key,
    unseal,
)

__all__ = [
    "ARRIVAL_LIMIT",
    "INBOX_LIMIT",
    "Arrival",
    "ArrivalKind",
    "ArrivalTooLong",
    "Failed",
    "Inbox",
    "InboxFull",
    "Kind",
    "Notice",
    "Reason",
    "Reply",
    "Sealed",
    "Severity",
    "Unreadable",
    "open_inbox",
    "read_reply",
    "sealing_key",
    "unseal",
]
