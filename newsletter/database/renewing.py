"""Keeps ready what the pages show: brings up to date what was marked, and whom time alone has changed."""

import datetime as dt
import sqlite3

from newsletter.database.opening import Database, patience, transaction
from newsletter.database.replies import HELD
from newsletter.database.returns import renew_returns, returns_stale
from newsletter.database.views import FORMATS, LIST_STATES, words
from newsletter.database.words import SKIP_REASONS

NO_END = "9999-12-31"

_ON_PAPER = "(c.format IN ('print', 'large-print'))"
_LIST_WORDS = f"""CASE
    WHEN s.state IS NULL THEN 'never asked'
    WHEN s.basis = 'unknown' AND s.state NOT IN ('withdrawn', 'none') THEN 'not known whether they agreed'
    WHEN s.state = 'given' AND s.expires_at < :today THEN 'consent has ended'
    ELSE {words("s.state", LIST_STATES)} END"""
# Every list that a person is on or stands with; two indexed halves, since a join over all lists reads them all.
_LISTS = f"""SELECT l.list, l.name, {_LIST_WORDS} AS said, held.member FROM (
        SELECT list, 1 AS member FROM list_members WHERE contact_id = c.id
        UNION ALL SELECT list, 0 FROM subscriptions s WHERE contact_id = c.id AND NOT EXISTS
            (SELECT 1 FROM list_members m WHERE m.list = s.list AND m.contact_id = c.id)
    ) held JOIN lists l ON l.list = held.list
    LEFT JOIN subscriptions s ON s.contact_id = c.id AND s.list = held.list"""
_ROLES = (
    "SELECT DISTINCT role FROM contact_roles r WHERE r.contact_id = c.id "
    "AND (r.until = '' OR r.until >= :today) ORDER BY role"
)
_ALLOWED = """EXISTS (SELECT 1 FROM subscriptions s JOIN list_members m ON m.list = s.list AND m.contact_id = s.contact_id
    WHERE s.contact_id = c.id AND s.state = 'given' AND s.basis <> 'unknown' AND s.expires_at >= :today)"""
# The day after the last on which something holds, and the day on which a pause ends.
_TURNS = f"""min(
    CASE WHEN c.paused_until > :today THEN c.paused_until ELSE '{NO_END}' END,
    coalesce((SELECT min(date(s.expires_at, '+1 day')) FROM subscriptions s WHERE s.contact_id = c.id
        AND s.expires_at >= :today AND s.expires_at < '{NO_END}'), '{NO_END}'),
    coalesce((SELECT min(date(r.until, '+1 day')) FROM contact_roles r WHERE r.contact_id = c.id
        AND r.until >= :today AND r.until < '{NO_END}'), '{NO_END}'))"""

# `standing` says for all lists together what `contacts.decide` says when somebody is to be written
# to: the same questions in the same order; a test holds the two to each other.
_STANDING = f"""CASE
    WHEN c.stop <> '' THEN {words("c.stop", SKIP_REASONS)}
    WHEN c.id IN {HELD} THEN '{SKIP_REASONS["asked-to-stop"]}'
    WHEN c.paused_until > :today THEN 'asked us to pause'
    WHEN NOT {_ON_PAPER} AND a.email IS NULL THEN 'no email address'
    WHEN NOT {_ON_PAPER} AND x.reason = 'bounced' THEN 'address came back dead'
    WHEN x.reason <> 'bounced' THEN 'address is never written to'
    WHEN {_ALLOWED} THEN CASE WHEN {_ON_PAPER} THEN 'gets it by post' ELSE 'may be written to' END
    ELSE coalesce((SELECT said FROM ({_LISTS}) WHERE member ORDER BY CASE said WHEN 'left the list' THEN 1
        WHEN 'consent has ended' THEN 2 WHEN 'has not confirmed' THEN 3 ELSE 4 END, said LIMIT 1), 'on no list')
    END"""

_MADE = f"""
SELECT c.id AS id,
    coalesce(nullif(c.name, ''), a.email, 'no name given') AS name,
    a.email AS email,
    (SELECT group_concat(o.name, ', ') FROM contact_organisations co
        JOIN organisations o ON o.id = co.organisation_id WHERE co.contact_id = c.id) AS organisations,
    (SELECT json_group_array(role) FROM ({_ROLES})) AS roles,
    (SELECT json_group_array(json_array(list, said, name)) FROM (SELECT * FROM ({_LISTS}) ORDER BY list)) AS lists,
    {_STANDING} AS standing,
    {words("c.format", FORMATS)} AS gets_it_as, c.language AS language, c.created_at AS added, {_TURNS} AS turns_on
FROM {{people}}
LEFT JOIN addresses a ON a.contact_id = c.id AND a.is_primary = 1
LEFT JOIN suppressions x ON x.address_key = a.address_key
"""
_EVERYBODY = _MADE.format(people="contacts c")
_MARKED = _MADE.format(people="stale_people stale CROSS JOIN contacts c ON c.id = stale.contact_id")

_MIXTURES = "INSERT OR IGNORE INTO people_mixtures (standing, roles, lists) SELECT DISTINCT standing, roles, lists FROM temp.made"
_PEOPLE = """
INSERT INTO people SELECT made.id, made.name, made.email, made.organisations,
    (SELECT group_concat(value, ', ') FROM json_each(made.roles)),
    (SELECT group_concat(json_extract(value, '$[2]') || ': ' || json_extract(value, '$[1]'), '; ') FROM json_each(made.lists)),
    made.standing, made.gets_it_as, made.language, made.added, mixtures.id, made.turns_on
FROM temp.made made CROSS JOIN people_mixtures mixtures ON mixtures.standing = made.standing
    AND mixtures.roles = made.roles AND mixtures.lists = made.lists
"""


def out_of_date(db: Database, now: dt.datetime) -> int:
    """How many rows are to be made anew before the pages are true: people, messages and readers of an issue."""
    kept = _kept(db)
    if kept["everybody"] or kept["day"] > _day(now):
        people = _one(db, "SELECT count(*) FROM contacts")
    else:
        marked = "SELECT count(*) FROM stale_people"
        turned = "SELECT count(*) FROM people WHERE turns_on <= ?"
        people = _one(db, marked) + _one(db, turned, _day(now))
    messages = _messages(db) + returns_stale(db.conn)
    return people + messages + (_readers(db) if _newest(db) != (kept["issue"], kept["taken_at"]) else 0)


def renew_pages(db: Database, now: dt.datetime, *, at_most: int | None = None) -> bool:
    """Bring up to date what the pages show; whether it is now.

    `at_most` leaves it where more rows than so many would be made anew, or where another program
    holds the database: it is done before somebody looks.
    """
    try:
        with patience(db, 0.5 if at_most is not None else 10):
            if _nothing_to_do(db, now):
                return True
            if at_most is not None and out_of_date(db, now) > at_most:
                return False
            with transaction(db):
                _renew(db, now)
    except sqlite3.OperationalError as error:
        if at_most is None or "locked" not in str(error):
            raise
        return False
    return True


def renew_counts(db: Database) -> None:
    """Bring up to date the counts of messages, of what came back and of consents, whatever it takes; not the people."""
    with transaction(db):
        entries = _renew_counts(db, _kept(db))
        db.conn.execute("UPDATE kept_ready SET entries = ?", (entries,))


def _nothing_to_do(db: Database, now: dt.datetime) -> bool:
    kept = _kept(db)
    return (
        kept["day"] == _day(now)
        and kept["entries"] == _entries(db)
        and not _one(
            db,
            "SELECT EXISTS (SELECT 1 FROM stale_people) + EXISTS (SELECT 1 FROM stale_mailings) "
            "+ EXISTS (SELECT 1 FROM stale_returns)",
        )
        and not kept["everybody"]
        and _newest(db) == (kept["issue"], kept["taken_at"])
    )


def _renew(db: Database, now: dt.datetime) -> None:
    kept, day = _kept(db), _day(now)
    _renew_people(db, day, everybody=bool(kept["everybody"] or kept["day"] > day))
    entries = _renew_counts(db, kept)
    newest = _newest(db)
    if newest != (kept["issue"], kept["taken_at"]):
        _renew_audience(db, *newest)
    db.conn.execute(
        "UPDATE kept_ready SET everybody = 0, day = ?, entries = ?, issue = ?, taken_at = ?",
        (day, entries, *newest),
    )


def _renew_people(db: Database, day: str, *, everybody: bool) -> None:
    """Make people anew: all, or those who were marked and those whose day has come."""
    if everybody:
        db.conn.execute("UPDATE kept_ready SET everybody = 1")
        db.conn.execute("DELETE FROM people")
    else:
        db.conn.execute(
            "INSERT OR IGNORE INTO stale_people SELECT id FROM people WHERE turns_on <= ?", (day,)
        )
        db.conn.execute("DELETE FROM people WHERE id IN (SELECT contact_id FROM stale_people)")
    # In memory, as `opening` has it: names lie in no file beside the database.
    db.conn.execute(f"CREATE TEMP TABLE made AS {_EVERYBODY if everybody else _MARKED}", {"today": day})
    db.conn.execute(_MIXTURES)
    db.conn.execute(_PEOPLE)
    db.conn.execute("DROP TABLE temp.made")
    db.conn.execute("DELETE FROM stale_people")
    if everybody:
        db.conn.execute(
            "UPDATE people_mixtures SET people = (SELECT count(*) FROM people WHERE mixture = people_mixtures.id)"
        )
    db.conn.execute("DELETE FROM people_mixtures WHERE people = 0")


def _renew_counts(db: Database, kept: sqlite3.Row) -> int:
    """Count messages, what came back and consents; how many entries of the ledger are counted now."""
    renew_returns(db.conn, _entries(db))
    _renew_mailings(db)
    if kept["everybody"]:
        db.conn.execute("DELETE FROM consent_days")
    return _count_consents(db, 0 if kept["everybody"] else kept["entries"])


def _renew_mailings(db: Database) -> None:
    stale = "(SELECT mailing_id FROM stale_mailings)"
    db.conn.execute(f"DELETE FROM mailing_counts WHERE mailing_id IN {stale}")
    db.conn.execute(
        "INSERT INTO mailing_counts SELECT mailing_id, channel, state, reason, count(*) FROM deliveries "
        f"WHERE mailing_id IN {stale} AND mailing_id IN (SELECT id FROM mailings) GROUP BY 1, 2, 3, 4"
    )
    db.conn.execute("DELETE FROM stale_mailings")


def _count_consents(db: Database, counted: int) -> int:
    """Add the entries that are new since `counted`, and take out what they void; how many are counted now."""
    kinds = (
        "CASE WHEN kind = 'given' AND basis = 'consent' AND channel = 'double-opt-in' THEN 'asked' "
        "WHEN kind = 'given' AND basis = 'unknown' THEN 'unknown' ELSE kind END"
    )
    for chosen, amount in (
        ("sequence > ? AND kind <> 'voided'", "count(*)"),
        ("sequence IN (SELECT voids FROM consents WHERE sequence > ? AND kind = 'voided')", "-count(*)"),
    ):
        db.conn.execute(
            f"INSERT INTO consent_days SELECT substr(effective_at, 1, 10), {kinds}, list, {amount} "
            f"FROM consents WHERE {chosen} GROUP BY 1, 2, 3 "
            "ON CONFLICT DO UPDATE SET entries = entries + excluded.entries",
            (counted,),
        )
    return _entries(db)


def _renew_audience(db: Database, issue: str, taken_at: str) -> None:
    """Who gets the issue that was looked at last, and why not, in the order of their names."""
    person = "coalesce((SELECT contact_id FROM contact_aliases WHERE old_id = s.contact_id), s.contact_id)"
    db.conn.execute("DELETE FROM who_gets_the_next_issue")
    db.conn.execute("DELETE FROM audience_counts")
    db.conn.execute(
        f"""INSERT INTO who_gets_the_next_issue (contact_id, answer, why_not, because_of, issue, looked_up)
        SELECT p.id, CASE s.decision WHEN 'send' THEN 'gets it' ELSE 'does not get it' END,
            CASE s.decision WHEN 'send' THEN NULL ELSE {words("s.reason", SKIP_REASONS)} END,
            (SELECT group_concat(l.name, ', ') FROM lists l WHERE instr(', ' || s.lists || ',', ', ' || l.list || ',')),
            s.issue, s.taken_at
        FROM audience_snapshot s CROSS JOIN people p ON p.id = {person}
        WHERE s.issue = ? ORDER BY p.name, p.id""",
        (issue,),
    )
    db.conn.execute(
        "INSERT INTO audience_counts SELECT decision, reason, count(*) FROM audience_snapshot "
        "WHERE issue = ? GROUP BY decision, reason",
        (issue,),
    )


def _kept(db: Database) -> sqlite3.Row:
    row = db.one("SELECT * FROM kept_ready")
    assert row is not None  # noqa: S101  # the migration made it
    return row


def _newest(db: Database) -> tuple[str, str]:
    row = db.one("SELECT issue, taken_at FROM audience_snapshots ORDER BY taken_at DESC LIMIT 1")
    return (row["issue"], row["taken_at"]) if row else ("", "")


def _readers(db: Database) -> int:
    return _one(db, "SELECT count(*) FROM audience_snapshot WHERE issue = ?", _newest(db)[0])


def _messages(db: Database) -> int:
    return _one(
        db, "SELECT count(*) FROM deliveries WHERE mailing_id IN (SELECT mailing_id FROM stale_mailings)"
    )


def _entries(db: Database) -> int:
    return _one(db, "SELECT coalesce(max(sequence), 0) FROM consents")


def _one(db: Database, sql: str, *values: object) -> int:
    row = db.one(sql, *values)
    return int(row[0]) if row else 0


def _day(now: dt.datetime) -> str:
    return now.astimezone(dt.UTC).date().isoformat()
