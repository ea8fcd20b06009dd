"""Keeps ready what came back of each delivery, and counts of it for each mailing: from the replies and the ledger."""

import sqlite3
from collections.abc import Iterable

TABLES = """
CREATE TABLE returns (                     -- each delivery of which something came back, or by which its reader left
    delivery_id INTEGER PRIMARY KEY,
    mailing_id INTEGER NOT NULL,
    severity TEXT NOT NULL DEFAULT '',     -- of the gravest bounce: hard, policy, soft; empty: none came
    reason TEXT NOT NULL DEFAULT '',       -- of that bounce
    complained INTEGER NOT NULL DEFAULT 0,
    opted_out INTEGER NOT NULL DEFAULT 0,  -- 1: by a message that came back
    withdrawals INTEGER NOT NULL DEFAULT 0 -- entries of the ledger whose detail names this delivery, less those struck out
);
CREATE INDEX returns_mailing ON returns (mailing_id);
CREATE TABLE return_counts (               -- the same, counted for each mailing by the state of the deliveries
    mailing_id INTEGER NOT NULL REFERENCES mailings (id) ON DELETE CASCADE,
    state TEXT NOT NULL,
    severity TEXT NOT NULL,
    reason TEXT NOT NULL,
    complained INTEGER NOT NULL,
    left_by_it INTEGER NOT NULL,
    messages INTEGER NOT NULL,
    PRIMARY KEY (mailing_id, state, severity, reason, complained, left_by_it)
) WITHOUT ROWID;
CREATE TABLE stale_returns (delivery_id INTEGER PRIMARY KEY);
ALTER TABLE kept_ready ADD COLUMN withdrawn INTEGER NOT NULL DEFAULT 0;
INSERT OR IGNORE INTO stale_returns SELECT delivery_id FROM replies WHERE delivery_id <> 0;
"""

#: To be done where a trigger was missing: everything that came back is looked at again.
ALL_STALE = "INSERT OR IGNORE INTO stale_returns SELECT delivery_id FROM replies WHERE delivery_id <> 0"


def _mark(verb: str, row: str) -> str:
    delivery = f"{row}.delivery_id"
    return (
        f"CREATE TRIGGER replies_ready_{verb.split()[0].lower()}_{row.lower()} AFTER {verb} ON replies "
        f"WHEN {delivery} <> 0 BEGIN INSERT INTO stale_returns SELECT {delivery} WHERE NOT EXISTS "
        f"(SELECT 1 FROM stale_returns WHERE delivery_id = {delivery}); END"
    )


_WATCHED = "UPDATE OF kind, severity, reason, notice, delivery_id"
#: Mark the deliveries of which something came back.
TRIGGERS = (_mark("INSERT", "NEW"), _mark(_WATCHED, "OLD"), _mark(_WATCHED, "NEW"), _mark("DELETE", "OLD"))

#: Whether the reader of a delivery left a list by it. Who marked it as junk was taken off too, and counts as that alone.
LEFT = "(r.opted_out OR r.withdrawals > 0) AND NOT r.complained"

# The gravest bounce decides: SQLite takes the other columns from the row with the least rank.
_BOUNCES = """SELECT delivery_id, severity, reason, min(CASE severity WHEN 'hard' THEN 1 WHEN 'policy' THEN 2 ELSE 3 END)
    FROM replies WHERE delivery_id IN (SELECT delivery_id FROM stale_returns) AND kind = 'bounce' GROUP BY delivery_id"""
_OTHERS = """SELECT delivery_id, max(kind = 'complaint' AND reason <> 'policy') AS complained, max(kind = 'opt-out' AND notice = '') AS opted_out
    FROM replies WHERE delivery_id IN (SELECT delivery_id FROM stale_returns) GROUP BY delivery_id"""
_RENEWED = f"""
INSERT INTO returns (delivery_id, mailing_id, severity, reason, complained, opted_out)
SELECT d.id, d.mailing_id, coalesce(b.severity, ''), coalesce(b.reason, ''), coalesce(o.complained, 0), coalesce(o.opted_out, 0)
FROM stale_returns s CROSS JOIN deliveries d ON d.id = s.delivery_id
LEFT JOIN ({_BOUNCES}) b ON b.delivery_id = d.id LEFT JOIN ({_OTHERS}) o ON o.delivery_id = d.id
WHERE true ON CONFLICT DO UPDATE SET severity = excluded.severity, reason = excluded.reason,
    complained = excluded.complained, opted_out = excluded.opted_out
"""
_WITHDRAWN = "sequence > ? AND kind = 'withdrawn'"
_STRUCK_OUT = (
    "sequence IN (SELECT voids FROM consents WHERE sequence > ? AND kind = 'voided') AND kind = 'withdrawn'"
)
_LEFT = """
INSERT INTO returns (delivery_id, mailing_id, withdrawals)
SELECT d.id, d.mailing_id, sum({amount}) FROM consents c CROSS JOIN consent_details t ON t.sequence = c.sequence
CROSS JOIN deliveries d ON d.id = json_extract(t.detail, '$.delivery')
WHERE c.{chosen} AND t.detail LIKE '%"delivery":%' GROUP BY d.id
ON CONFLICT DO UPDATE SET withdrawals = withdrawals + excluded.withdrawals RETURNING mailing_id
"""
_COUNTED = f"""
INSERT INTO return_counts SELECT r.mailing_id, d.state, r.severity, r.reason, r.complained,
    {LEFT}, count(*)
FROM returns r CROSS JOIN deliveries d ON d.id = r.delivery_id WHERE r.mailing_id = ? GROUP BY 1, 2, 3, 4, 5, 6
"""


def returns_stale(conn: sqlite3.Connection) -> int:
    """How many deliveries are to be looked at again; entries of the ledger are not counted, being many and quick."""
    return int(conn.execute("SELECT count(*) FROM stale_returns").fetchone()[0])


def renew_returns(conn: sqlite3.Connection, entries: int) -> None:
    """Bring returns and their counts up to date, the ledger up to its entry `entries`.

    To be called in a transaction, and before `stale_mailings` is emptied: a delivery that changed
    its state is counted anew as well.
    """
    mailings = {row[0] for row in conn.execute("SELECT mailing_id FROM stale_mailings")}
    begun = conn.execute("SELECT withdrawn FROM kept_ready").fetchone()[0]
    for chosen, amount in ((_WITHDRAWN, "1"), (_STRUCK_OUT, "-1")):
        mailings |= _mailings(conn.execute(_LEFT.format(chosen=chosen, amount=amount), (begun,)))
    conn.execute("UPDATE kept_ready SET withdrawn = ?", (entries,))
    mailings |= _mailings(conn.execute(f"{_RENEWED} RETURNING mailing_id"))
    conn.execute("DELETE FROM stale_returns")
    for mailing in mailings:
        conn.execute("DELETE FROM return_counts WHERE mailing_id = ?", (mailing,))
        conn.execute(_COUNTED, (mailing,))


def _mailings(rows: Iterable[sqlite3.Row]) -> set[int]:
    return {row[0] for row in rows}
