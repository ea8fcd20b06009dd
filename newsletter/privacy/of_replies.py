"""The register, third part: tables of what came back, and of who is held back because of it."""

from newsletter.privacy.holding import GONE, IDS, KEYS, OWN, Holding, unseen

_ISSUE = (
    "(SELECT m.issue FROM deliveries d JOIN mailings m ON m.id = d.mailing_id WHERE d.id = {0}.delivery_id)"
)

#: Columns of `replies` that somebody else has put into words, or that lead to a person.
WORDS = ("message_id", "diagnostic", "sender", "subject", "text", "new_address")

# Somebody else at the same address is held back by it too, whose holds are not erased: for them it still waits.
_SETTLED = "state = 'open' AND NOT EXISTS (SELECT 1 FROM holds h WHERE h.reply_id = replies.id)"

REPLIES = (
    Holding(
        "replies",
        "What came back from you or about your address",
        {
            "kind": "What",
            "severity": "How it failed",
            "reason": "Why",
            "status": "Code of the mail server",
            "delivery_id": "Issue",
            "diagnostic": "What the mail server said",
            "sender": "From",
            "subject": "Subject",
            "text": "Your words",
            "notice": "What it asks or says",
            "new_address": "Address that it named",
            "away_until": "Away until",
            "decision": "What we decided",
            "received_at": "Sent",
            "recorded_at": "Read by us",
        }
        | unseen("id", "digest", "address_key", "contact_id", "message_id", "source", "state")
        | unseen("decided_by", "decided_at"),
        "emptied",
        f"{OWN} OR (address_key IN {KEYS} AND {GONE})",
        shown={"delivery_id": _ISSUE.format("replies")},
        sets={
            **dict.fromkeys(WORDS, "''"),
            "state": f"iif({_SETTLED}, 'settled', state)",
            "decision": f"iif({_SETTLED}, 'erased', decision)",
        },
        texts=("diagnostic", "sender", "subject", "text", "new_address"),
        why="That something came back stays, for the counts of an issue, with a number that leads to nobody any more.",
    ),
    Holding(
        "holds",
        "Since when we write to you no more until a wish of yours is decided on",
        {"since": "Since"} | unseen("contact_id", "reply_id"),
        "deleted",
        f"contact_id IN {IDS}",
    ),
    Holding(
        "soft_bounces",
        "How often your address could not be reached of late",
        {"address_key": "", "score": "Points", "last_at": "Last"},
        "deleted",
        f"address_key IN {KEYS}",
    ),
    Holding(
        "arrivals_aside",
        "What you did on the public pages and could not be taken down yet",
        {"kind": "What", "at": "When", "reason": "Why not"}
        | unseen("id", "blob", "lists", "address_key", "since"),
        "deleted",
        f"address_key IN {KEYS}",
    ),
)

#: About no person.
READINGS = (
    Holding(
        "readings",
        "",
        unseen("id", "source", "began_at", "ended_at", "messages", "fault"),
    ),
    Holding("mailboxes", "", unseen("name", "uid_validity", "last_uid", "read_at")),
    Holding("arrivals", "", unseen("id", "kind", "arrived_at", "taken_at", "outcome")),
    Holding("syncs", "", unseen("id", "source", "began_at", "ended_at", "taken", "fault")),
)
