"""What comes back: bounces, complaints, opt-outs by mail, auto-replies and people's own words."""

from newsletter.replies.exchange import (
    PAGE,
    PAGE_LIMIT,
    REMOVAL_LIMIT,
    SYNC_PATH,
    BadExchange,
    proof_headers,
    read_page,
    read_removal,
    reason_to_refuse,
    write_page,
    write_removal,
)
from newsletter.replies.inbox import INBOX_LIMIT, Inbox, InboxFull, open_inbox
from newsletter.replies.model import Failed, Kind, Notice, Reason, Reply, Severity
from newsletter.replies.optouts import OptOut, withdraw_by_token
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
    "PAGE",
    "PAGE_LIMIT",
    "REMOVAL_LIMIT",
    "SYNC_PATH",
    "Arrival",
    "ArrivalKind",
    "ArrivalTooLong",
    "BadExchange",
    "Failed",
    "Inbox",
    "InboxFull",
    "Kind",
    "Notice",
    "OptOut",
    "Reason",
    "Reply",
    "Sealed",
    "Severity",
    "Unreadable",
    "open_inbox",
    "proof_headers",
    "read_page",
    "read_removal",
    "read_reply",
    "reason_to_refuse",
    "sealing_key",
    "unseal",
    "withdraw_by_token",
    "write_page",
    "write_removal",
]
