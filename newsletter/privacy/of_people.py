"""The register, first part: tables of people, their lists, and what they agreed to."""

from newsletter.privacy.holding import IDS, KEYS, OWN, Holding, unseen

_ORGANISATION = "(SELECT o.name FROM organisations o WHERE o.id = {})"
_LIST = "coalesce((SELECT l.name FROM lists l WHERE l.list = {0}.list), {0}.list)"
_PURPOSE = "(SELECT p.purpose FROM list_purposes p WHERE p.list = {0}.list ORDER BY p.since DESC, p.rowid DESC LIMIT 1)"

PEOPLE = (
    Holding(
        "contacts",
        "Who you are",
        {
            "id": "Number under which we keep you",
            "name": "Name",
            "given_name": "Given name",
            "language": "Language",
            "format": "How you get our newsletter",
            "postal_address": "Postal address",
            "subscriber": "Kind of subscriber",
            "stop": "Why we do not write to you",
            "paused_until": "Paused until",
            "notes": "Notes",
            "created_at": "Kept since",
            "updated_at": "Last changed",
        },
        "deleted",
        f"id IN {IDS}",
        texts=("notes",),
    ),
    Holding(
        "contact_aliases",
        "Other numbers under which we have kept you",
        {"old_id": "Number", "contact_id": "", "merged_at": "Until"},
        "follows",
        OWN,
    ),
    Holding(
        "addresses",
        "Email addresses",
        {"email": "Address", "is_primary": "The one we write to"}
        | unseen("id", "contact_id", "normalised", "address_key"),
        "follows",
        OWN,
        shown={"is_primary": "CASE is_primary WHEN 1 THEN 'yes' ELSE 'no' END"},
    ),
    Holding(
        "contact_organisations",
        "Organisations you belong to",
        {"contact_id": "", "organisation_id": "Organisation", "position": "Position"},
        "follows",
        OWN,
        shown={"organisation_id": _ORGANISATION.format("contact_organisations.organisation_id")},
    ),
    Holding(
        "contact_roles",
        "Your parts in our work",
        {"contact_id": "", "role": "Part", "since": "Since", "until": "Until"},
        "follows",
        OWN,
    ),
    Holding("contact_tags", "Tags", {"contact_id": "", "tag": "Tag"}, "follows", OWN),
    Holding(
        "contact_fields",
        "Further details",
        {"contact_id": "", "field": "What", "value": "As we keep it"},
        "follows",
        OWN,
    ),
    Holding(
        "relationships",
        "How you are connected",
        {"kind": "Connection", "since": "Since", "until": "Until", "note": "Note", "created_at": "Noted"}
        | {"organisation_id": "From", "to_organisation_id": "To"}
        | unseen("id", "contact_id", "to_contact_id"),
        "follows",
        f"contact_id IN {IDS} OR to_contact_id IN {IDS}",
        shown={
            # Whom they are connected with is somebody else's personal data.
            column: f"CASE WHEN {person} IN {IDS} THEN 'you' WHEN {person} IS NOT NULL THEN 'another person' "
            f"ELSE {_ORGANISATION.format(f'relationships.{column}')} END"
            for column, person in (("organisation_id", "contact_id"), ("to_organisation_id", "to_contact_id"))
        },
        texts=("note",),
    ),
    Holding(
        "people",
        "",
        unseen("id", "name", "email", "organisations", "roles", "lists", "standing", "gets_it_as")
        | unseen("language", "added", "mixture", "turns_on"),
        "follows",
        f"id IN {IDS}",
    ),
    Holding("stale_people", "", unseen("contact_id"), "deleted", OWN),
    Holding(
        "people_search",
        "",
        unseen("name", "email", "organisation"),
        "deleted",
        f"rowid IN {IDS}",
    ),
    Holding(
        "list_members",
        "Lists you are on",
        {"list": "List", "contact_id": "", "added_at": "Since"},
        "follows",
        OWN,
        shown={"list": _LIST.format("list_members")},
    ),
)

CONSENT = (
    Holding(
        "subscriptions",
        "What we may send you, and on what basis",
        {
            "contact_id": "",
            "list": "List",
            "state": "Where it stands",
            "basis": "Lawful basis",
            "since": "Since",
            "expires_at": "Until",
            "sequence": "What for",
        },
        "follows",
        OWN,
        shown={
            "list": _LIST.format("subscriptions"),
            "sequence": _PURPOSE.format("subscriptions"),
            "expires_at": "nullif(expires_at, '9999-12-31')",
        },
    ),
    Holding(
        "consents",
        "What you agreed to and took back, as it was recorded",
        {
            "sequence": "Entry",
            "list": "List",
            "kind": "What happened",
            "basis": "Lawful basis",
            "effective_at": "When",
            "recorded_at": "Recorded",
            "channel": "How",
            "wording_digest": "The words you agreed to",
            "expires_at": "Until",
            "voids": "Strikes out entry",
        }
        | unseen("contact_id", "recorder", "detail_hash", "mac"),
        "kept",
        OWN,
        shown={
            "list": _LIST.format("consents"),
            "wording_digest": "(SELECT w.text FROM wordings w WHERE w.digest = consents.wording_digest)",
        },
        why="A number that leads to nobody any more, a list, a kind and dates stay, so that the ledger "
        "can still be proven whole.",
    ),
    Holding(
        "consent_details",
        "Where we know that from, and the evidence",
        {"sequence": "Entry", "salt": "", "detail": "Source and evidence"},
        "deleted",
        f"sequence IN (SELECT sequence FROM consents WHERE {OWN})",
    ),
    Holding(
        "suppressions",
        "Addresses of yours that we must not write to",
        {"address_key": "", "reason": "Why", "recorded_at": "Since", "recorder": "", "source": "Known from"},
        "kept",
        f"address_key IN {KEYS}",
        texts=("source",),
        why="A keyed hash of each address stays, so that no import brings the person back.",
    ),
    Holding(
        "issue_permissions",
        "Issues that show you",
        {"issue": "Issue", "permission": "Permission", "used_at": "When"},
        "kept",
        f"permission IN (SELECT permission FROM media_permissions WHERE {OWN})",
        why="Which word an issue was approved with stays, so that what still waits to be sent with it stops.",
    ),
    Holding(
        "media_permissions",
        "What you allow us to show of you",
        {
            "permission": "Permission",
            "contact_id": "",
            "covers": "Covers",
            "title": "Title",
            "created_at": "Noted",
        },
        "deleted",
        OWN,
    ),
    Holding(
        "wordings",
        "",
        unseen("digest", "name", "text", "recorded_at"),
        why="Words that everybody was shown.",
    ),
)
