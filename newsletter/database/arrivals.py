"""The SQL of what was taken over from the public pages: each arrival once, what was set aside, and each sync."""

ARRIVALS = """
-- what has been taken over; the same id is never taken twice
CREATE TABLE arrivals (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    arrived_at TEXT NOT NULL,
    taken_at TEXT NOT NULL,
    outcome TEXT NOT NULL                     -- done, asked, stood, held, gone, refused, aside
) WITHOUT ROWID;
-- what could not be taken over as it is: kept closed, and tried again at each sync
CREATE TABLE arrivals_aside (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    at TEXT NOT NULL,
    blob BLOB NOT NULL,
    reason TEXT NOT NULL,                     -- in words, about nobody
    lists TEXT NOT NULL DEFAULT '[]',         -- JSON: the lists that are left to be done; none: all of it
    address_key TEXT NOT NULL DEFAULT '',     -- of whom it is, as far as that could be read
    since TEXT NOT NULL
);
CREATE TABLE syncs (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,                     -- here, or the address of the public pages
    began_at TEXT NOT NULL,
    ended_at TEXT NOT NULL DEFAULT '',        -- '': still going on, or broken off
    taken INTEGER NOT NULL DEFAULT 0,
    fault TEXT NOT NULL DEFAULT ''            -- '': taken over to the end
);
"""
