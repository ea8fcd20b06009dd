"""The register, second part: tables of mailings, changes, engagement and requests."""

from newsletter.privacy.holding import GONE, IDS, KEYS, OWN, Holding, unseen

_ISSUE = "(SELECT m.issue FROM mailings m WHERE m.id = {}.mailing_id)"
_ENGAGED = f"(SELECT engagement_id FROM engagement_contacts WHERE contact_id IN {IDS})"
#: Engagements with this person and with nobody else: no other person, no organisation.
_ALONE = (
    f"id IN {_ENGAGED} AND NOT EXISTS (SELECT 1 FROM engagement_contacts t WHERE t.engagement_id = engagements.id "
    f"AND t.contact_id NOT IN {IDS}) "
    "AND NOT EXISTS (SELECT 1 FROM engagement_organisations t WHERE t.engagement_id = engagements.id)"
)
# What a server said may name anybody: its codes alone stay.
CODES = "CASE WHEN reply GLOB '[245][0-9][0-9]*' THEN substr(reply, 1, 3) ELSE '' END"

OUTBOX = (
    Holding(
        "deliveries",
        "Messages to you",
        {
            "mailing_id": "Issue",
            "channel": "By",
            "email": "Sent to",
            "lists": "Lists that allowed it",
            "state": "What became of it",
            "reason": "Why not",
            "personal": "What was written to you alone",
            "dated": "Date of the message",
            "reply": "What the mail server said",
            "changed_at": "Last changed",
        }
        | unseen("id", "recipient_key", "contact_id", "edition", "token", "message_id", "message_digest")
        | unseen("attempts", "due_at", "first_tried_at", "queue_id"),
        "emptied",
        f"{OWN} OR (recipient_key IN {KEYS} AND {GONE})",
        shown={"mailing_id": _ISSUE.format("deliveries")},
        sets={
            "email": "''",
            "personal": "''",
            "message_digest": "''",
            "reply": CODES,
            "reason": "iif(state = 'waiting', 'suppressed', reason)",
            "state": "iif(state = 'waiting', 'skipped', state)",
        },
        why="How many messages went out stays, with a number that leads to nobody any more.",
    ),
    Holding(
        "audience_snapshot",
        "Whether you get an issue",
        {
            "issue": "Issue",
            "contact_id": "",
            "decision": "Answer",
            "reason": "Why not",
            "lists": "Lists that allow it",
            "taken_at": "Looked up",
        },
        "deleted",
        OWN,
    ),
    Holding(
        "who_gets_the_next_issue",
        "",
        unseen("place", "contact_id", "answer", "why_not", "because_of", "issue", "looked_up"),
        "follows",
        OWN,
    ),
    Holding(
        "returns",
        "",
        unseen("delivery_id", "mailing_id", "severity", "reason", "complained", "opted_out", "withdrawals"),
        "kept",
        f"delivery_id IN (SELECT d.id FROM deliveries d WHERE d.{OWN})",
        why="What came back of a message, by the message's number, which leads to nobody any more.",
    ),
)

HISTORY = (
    Holding(
        "operation_contacts",
        "What we changed about you, and how it was before",
        {
            "operation_id": "When",
            "change": "What was done",
            "fields": "What changed",
            "before": "As it was before",
        }
        | unseen("contact_id", "after_mac"),
        "emptied",
        f"{OWN} OR ({GONE} AND before <> '' AND mentions(before))",
        shown={
            "operation_id": "(SELECT o.at FROM operations o WHERE o.id = operation_contacts.operation_id)"
        },
        sets={"before": "''", "after_mac": "''"},
        texts=("before",),
        why="That something was done stays, with a number that leads to nobody any more.",
    ),
    Holding(
        "engagements",
        "Meetings, calls and work with you",
        {
            "kind": "Kind",
            "happened_on": "Day",
            "title": "Title",
            "said": "What was said",
            "follow_up": "What follows",
            "due_on": "By",
            "done_on": "Done",
        }
        | unseen("id", "recorder", "created_at", "updated_at"),
        "deleted",
        f"id IN {_ENGAGED}",
        texts=("title", "said", "follow_up"),
        deleted=_ALONE,
        why="What was done with others too stays without the person.",
    ),
    Holding("engagement_contacts", "", unseen("engagement_id", "contact_id"), "follows", OWN),
    Holding(
        "privacy_requests",
        "What you asked of us as is your right",
        {
            "kind": "Kind",
            "received_on": "Received",
            "due_on": "Due",
            "acknowledged_on": "Acknowledged",
            "closed_on": "Closed",
            "outcome": "Outcome",
            "note": "Note",
        }
        | unseen("id", "contact_id", "recorder", "created_at"),
        "emptied",
        OWN,
        sets={"note": "''"},
        texts=("note",),
        why="That a request was received and answered in time stays, with a number that leads to nobody any more.",
    ),
    Holding(
        "erasures",
        "",
        unseen("id", "contact_id", "erased_at", "operator", "reason", "counts"),
        "kept",
        OWN,
        why="That somebody was forgotten, and when; not who.",
    ),
)

#: About no stakeholder: settings, texts, counts, names of colleagues. Free text in them may still mention one.
NOBODY = (
    Holding("_sqlite_migrations", "", unseen("id", "migration_set", "name", "applied_at")),
    Holding("identity", "", unseen("id", "database_id", "key_fingerprint", "generation", "created_at")),
    Holding(
        "organisations",
        "",
        unseen("id", "name", "kind", "website", "notes", "created_at"),
        texts=("notes",),
        why="An organisation is no person; one that is a person's own firm is to be looked at by hand.",
    ),
    Holding("lists", "", unseen("list", "name", "created_at")),
    Holding("list_purposes", "", unseen("list", "purpose", "since")),
    Holding(
        "imports",
        "",
        unseen("id", "file_digest", "source", "imported_at", "recorder", "added", "changed", "unchanged")
        | unseen("rejected", "operation_id"),
        texts=("source",),
    ),
    Holding("import_mappings", "", unseen("source", "mapping", "saved_at")),
    Holding("pictures", "", unseen("digest", "media_type", "bytes")),
    Holding(
        "editions",
        "",
        unseen("digest", "issue", "language", "subject", "preheader", "html", "text", "marker", "pictures")
        | unseen("stored_at"),
        why="What was published; people named in an issue are told of by `erase`, which changes no issue.",
    ),
    Holding(
        "approvals",
        "",
        unseen("id", "issue", "issue_digest", "approver", "role", "approved_at", "revoked_at", "parts"),
    ),
    Holding(
        "mailings",
        "",
        unseen("id", "kind", "issue", "issue_digest", "state", "lists", "corrects", "headers", "queued_at")
        | unseen("started_at", "finished_at", "segments", "about", "not_before", "not_after", "stopped"),
    ),
    Holding("key_rotations", "", unseen("number", "rotated_at", "recorder")),
    Holding("rates", "", unseen("name", "tokens", "at")),
    Holding("mailing_editions", "", unseen("mailing_id", "audience", "language", "digest")),
    Holding(
        "operations",
        "",
        unseen("id", "at", "operator", "via", "command", "summary", "first_entry", "last_entry", "undoes"),
    ),
    Holding("segments", "", unseen("segment", "definition", "recorder", "created_at")),
    Holding("engagement_organisations", "", unseen("engagement_id", "organisation_id")),
    Holding(
        "stances",
        "",
        unseen(
            "id", "organisation_id", "influence", "interest", "judged_on", "judged_by", "why", "created_at"
        ),
        texts=("why",),
    ),
    Holding("people_mixtures", "", unseen("id", "standing", "roles", "lists", "people")),
    Holding("audience_counts", "", unseen("decision", "reason", "people")),
    Holding("mailing_counts", "", unseen("mailing_id", "channel", "state", "reason", "messages")),
    Holding("consent_days", "", unseen("day", "kind", "list", "entries")),
    Holding("stale_mailings", "", unseen("mailing_id")),
    Holding("kept_ready", "", unseen("id", "everybody", "day", "entries", "issue", "taken_at", "withdrawn")),
    Holding(
        "return_counts",
        "",
        unseen("mailing_id", "state", "severity", "reason", "complained", "left_by_it", "messages"),
    ),
    Holding("stale_returns", "", unseen("delivery_id")),
)
