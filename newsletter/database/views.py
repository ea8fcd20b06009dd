"""The SQL views that people look through: names instead of numbers, words instead of codes."""

from collections.abc import Mapping

from newsletter.database.words import SKIP_REASONS

LIST_STATES = {
    "given": "agreed",
    "unconfirmed": "has not confirmed",
    "withdrawn": "left the list",
    "expired": "consent has ended",
    "none": "never agreed",
}
ENTRY_KINDS = {
    "given": "agreed",
    "confirmed": "confirmed",
    "refreshed": "agreed again",
    "withdrawn": "left the list",
    "expired": "consent ended",
}
DELIVERY_STATES = {
    "waiting": "waiting to be sent",
    "sending": "being sent",
    "sent": "taken by the mail server",
    "refused": "refused",
    "skipped": "not sent",
    "in-doubt": "may have arrived",
}
MAILING_STATES = {
    "queued": "ready to be sent",
    "running": "being sent",
    "paused": "paused",
    "cancelled": "cancelled",
    "done": "done",
}
MAILING_KINDS = {
    "issue": "issue",
    "correction": "correction",
    "confirmation": "asking to confirm",
    "renewal": "asking again",
    "review": "for review",
}
SUPPRESSION_REASONS = {
    "request": "asked never to be written to",
    "bounced": "address came back dead",
    "complaint": "marked a message as junk",
    "erased": "was erased",
}
FORMATS = {
    "html": "email",
    "text": "email, text only",
    "print": "print, by post",
    "large-print": "large print, by post",
}


def words(value: str, words: Mapping[str, str]) -> str:
    """SQL that gives the reader's word for a stored one, and the stored one where there is none."""
    cases = " ".join(f"WHEN '{stored}' THEN '{shown}'" for stored, shown in words.items())
    return f"CASE {value} {cases} ELSE {value} END"


def _person(contact_id: str) -> str:
    """SQL that follows a merged contact's old id to the one that stayed."""
    return f"coalesce((SELECT contact_id FROM contact_aliases WHERE old_id = {contact_id}), {contact_id})"


def primary_email(contact_id: str) -> str:
    return f"(SELECT email FROM addresses WHERE contact_id = {contact_id} AND is_primary = 1)"


def _name(contact_id: str) -> str:
    """SQL for a person's name, else the address; what is told of somebody erased stays nameless."""
    return (
        f"coalesce((SELECT coalesce(nullif(name, ''), {primary_email('contacts.id')}, 'no name given') "
        f"FROM contacts WHERE id = {_person(contact_id)}), 'somebody no longer kept')"
    )


# A left join over contacts and lists, not a UNION: SQLite 3.40 does not push a correlated
# `contact_id = …` into a compound, and every row of `people` would read the whole table.
_LIST_STANDING = f"""
CREATE VIEW list_standing AS
SELECT c.id AS contact_id, l.list AS list, l.name AS list_name,
    CASE
        WHEN s.state IS NULL THEN 'never asked'
        WHEN s.basis = 'unknown' AND s.state NOT IN ('withdrawn', 'none') THEN 'not known whether they agreed'
        WHEN s.state = 'given' AND s.expires_at < date('now') THEN 'consent has ended'
        ELSE {words("s.state", LIST_STATES)}
    END AS standing,
    s.basis AS basis, s.since AS since, s.expires_at AS until, m.list IS NOT NULL AS member
FROM contacts c CROSS JOIN lists l
LEFT JOIN list_members m ON m.list = l.list AND m.contact_id = c.id
LEFT JOIN subscriptions s ON s.contact_id = c.id AND s.list = l.list
WHERE m.list IS NOT NULL OR s.list IS NOT NULL
"""

_ORGANISATIONS = """
CREATE VIEW organisation_overview AS
SELECT o.id AS id, o.name AS name, o.kind AS kind,
    (SELECT count(*) FROM contact_organisations co WHERE co.organisation_id = o.id) AS people,
    o.website AS website, o.notes AS notes
FROM organisations o
"""

_CONSENT_HISTORY = f"""
CREATE VIEW consent_history AS
SELECT s.sequence AS entry,
    s.contact_id AS recorded_for,
    {_person("s.contact_id")} AS contact_id,
    s.effective_at AS date,
    {_name("s.contact_id")} AS name,
    CASE WHEN s.kind = 'voided' THEN 'struck out entry ' || s.voids
        WHEN s.kind = 'given' AND s.basis = 'consent' AND s.channel = 'double-opt-in' THEN 'asked to join'
        WHEN s.kind = 'given' AND s.basis = 'unknown' THEN 'put on the list'
        WHEN s.kind = 'withdrawn' AND s.list LIKE 'media:%' THEN 'took back'
        ELSE {words("s.kind", ENTRY_KINDS)} END AS what_happened,
    CASE WHEN s.list LIKE 'media:%' THEN 'being shown (' || substr(s.list, 7) || ')'
        ELSE coalesce((SELECT l.name FROM lists l WHERE l.list = s.list), s.list) END AS list,
    s.basis AS basis,
    s.channel AS how,
    coalesce((SELECT w.name FROM wordings w WHERE w.digest = s.wording_digest), '') AS wording,
    s.expires_at AS until,
    s.recorder AS noted_by,
    s.recorded_at AS noted,
    s.wording_digest AS wording_digest,
    s.voids AS voids
FROM consents s
"""

_CONSENTS_ENDING = f"""
CREATE VIEW consents_ending AS
SELECT s.contact_id AS contact_id, s.expires_at AS until, {_name("s.contact_id")} AS name,
    l.name AS list, s.since AS agreed
FROM subscriptions s CROSS JOIN lists l ON l.list = s.list
WHERE s.state = 'given' AND s.expires_at < '9999-12-31'
    AND s.expires_at BETWEEN date('now') AND date('now', '+90 days')
"""

# The distinct issues of a large table by skipping along its primary key, not by reading it whole.
_SNAPSHOTS = """
CREATE VIEW audience_snapshots AS
WITH RECURSIVE known(issue) AS (
    SELECT min(issue) FROM audience_snapshot
    UNION ALL
    SELECT (SELECT min(s.issue) FROM audience_snapshot s WHERE s.issue > known.issue)
    FROM known WHERE known.issue IS NOT NULL
)
SELECT issue, (SELECT s.taken_at FROM audience_snapshot s WHERE s.issue = known.issue LIMIT 1) AS taken_at
FROM known WHERE issue IS NOT NULL
"""

_DELIVERY = f"""
SELECT d.id AS delivery,
    d.contact_id AS recorded_for,
    {_person("d.contact_id")} AS contact_id,
    {_name("d.contact_id")} AS name,
    d.email AS email,
    m.issue AS issue,
    {words("m.kind", MAILING_KINDS)} AS kind,
    CASE WHEN d.state = 'sent' AND d.channel = 'post' THEN 'posted'
        ELSE {words("d.state", DELIVERY_STATES)} END AS what_became_of_it,
    CASE WHEN d.reason = '' THEN NULL ELSE {words("d.reason", SKIP_REASONS)} END AS why,
    d.reply AS answer,
    d.changed_at AS date
FROM deliveries d LEFT JOIN mailings m ON m.id = d.mailing_id
"""

_DELIVERIES = f"CREATE VIEW deliveries_by_name AS {_DELIVERY}"

# The mailings are named, so that the index over (mailing, state) is used.
_REFUSED = f"""
CREATE VIEW refused_and_in_doubt AS {_DELIVERY}
WHERE d.mailing_id IN (SELECT id FROM mailings) AND d.state IN ('refused', 'in-doubt')
"""


def _count(*states: str) -> str:
    wanted = ", ".join(f"'{state}'" for state in states)
    return (
        "(SELECT coalesce(sum(n.messages), 0) FROM mailing_counts n "
        f"WHERE n.mailing_id = m.id AND n.state IN ({wanted}))"
    )


def _returned(condition: str) -> str:
    return (
        "(SELECT coalesce(sum(n.messages), 0) FROM return_counts n "
        f"WHERE n.mailing_id = m.id AND {condition})"
    )


_MAILINGS = f"""
CREATE VIEW mailing_overview AS
SELECT m.id AS mailing, m.issue AS issue,
    {words("m.kind", MAILING_KINDS)} AS kind,
    {words("m.state", MAILING_STATES)} AS state,
    {_count("sent")} AS sent,
    {_returned("n.severity <> ''")} AS came_back,
    {_returned("n.left_by_it = 1")} AS left_by_it,
    {_count("in-doubt")} AS may_have_arrived,
    {_count("refused")} AS refused,
    {_count("waiting", "sending")} AS waiting,
    {_count("skipped")} AS not_sent,
    m.queued_at AS begun,
    m.finished_at AS finished
FROM mailings m
"""

_NEVER_WRITTEN = f"""
CREATE VIEW never_written_to AS
SELECT a.contact_id AS contact_id, x.recorded_at AS date, {_name("a.contact_id")} AS name, a.email AS email,
    {words("x.reason", SUPPRESSION_REASONS)} AS what_happened, x.recorder AS noted_by
FROM suppressions x JOIN addresses a ON a.address_key = x.address_key
"""

#: In the order in which they are made: a later one may look through an earlier one.
BROWSING = (
    _LIST_STANDING,
    _ORGANISATIONS,
    _CONSENT_HISTORY,
    _CONSENTS_ENDING,
    _SNAPSHOTS,
    _DELIVERIES,
    _REFUSED,
    _MAILINGS,
    _NEVER_WRITTEN,
)
