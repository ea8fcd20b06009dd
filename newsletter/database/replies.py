"""The SQL of what comes back: bounces, complaints, opt-outs and people's words, who is held back, and when was read."""

#: SQL of the people who are held back, by the ids that they have now.
HELD = (
    "(SELECT coalesce((SELECT contact_id FROM contact_aliases WHERE old_id = h.contact_id), h.contact_id) "
    "AS contact_id FROM holds h)"
)

REPLIES = """
-- one row for each address that a message is about; one that is about no address has a row too
CREATE TABLE replies (
    id INTEGER PRIMARY KEY,
    digest TEXT NOT NULL,                     -- SHA-256 of the message with its line ends made alike
    kind TEXT NOT NULL,                       -- bounce, complaint, opt-out, auto-reply, reply, other
    severity TEXT NOT NULL DEFAULT '',        -- of a bounce: hard, soft, policy
    reason TEXT NOT NULL DEFAULT '',
    status TEXT NOT NULL DEFAULT '',          -- enhanced code, such as 5.1.1
    address_key TEXT NOT NULL DEFAULT '',     -- keyed hash of the address that it is about; '': none is known
    contact_id INTEGER NOT NULL DEFAULT 0,    -- as it was then, as in deliveries; 0: nobody we know
    delivery_id INTEGER NOT NULL DEFAULT 0,   -- 0: none that is known
    message_id TEXT NOT NULL DEFAULT '',      -- the original's, where it is one of ours
    diagnostic TEXT NOT NULL DEFAULT '',      -- the server's words without addresses
    sender TEXT NOT NULL DEFAULT '',          -- with subject and text: of a person's own message only
    subject TEXT NOT NULL DEFAULT '',
    text TEXT NOT NULL DEFAULT '',
    notice TEXT NOT NULL DEFAULT '',          -- of an auto-reply: left, moved, away; of a person's words: stop
    new_address TEXT NOT NULL DEFAULT '',     -- proposed by an auto-reply, never taken by itself
    away_until TEXT NOT NULL DEFAULT '',
    source TEXT NOT NULL,                     -- imap, maildir, mbox, file, pipe, page
    state TEXT NOT NULL CHECK (state IN ('done', 'open', 'settled')),  -- open: somebody has to look or decide
    decision TEXT NOT NULL DEFAULT '',
    decided_by TEXT NOT NULL DEFAULT '',
    decided_at TEXT NOT NULL DEFAULT '',
    received_at TEXT NOT NULL DEFAULT '',
    recorded_at TEXT NOT NULL,
    UNIQUE (digest, address_key)
);
CREATE INDEX replies_delivery ON replies (delivery_id) WHERE delivery_id <> 0;
CREATE INDEX replies_contact ON replies (contact_id) WHERE contact_id <> 0;
CREATE INDEX replies_address ON replies (address_key) WHERE address_key <> '';
CREATE INDEX replies_open ON replies (recorded_at) WHERE state = 'open';
CREATE INDEX replies_kind ON replies (kind, recorded_at);
-- people who are not written to until somebody has decided; under the id that they had then
CREATE TABLE holds (
    contact_id INTEGER PRIMARY KEY,
    reply_id INTEGER NOT NULL,
    since TEXT NOT NULL
);
-- how often an address failed for the time being, of late; the score decays
CREATE TABLE soft_bounces (
    address_key TEXT PRIMARY KEY,
    score REAL NOT NULL,
    last_at TEXT NOT NULL
) WITHOUT ROWID;
-- each time that a mailbox was read
CREATE TABLE readings (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    began_at TEXT NOT NULL,
    ended_at TEXT NOT NULL DEFAULT '',        -- '': still going on, or broken off
    messages INTEGER NOT NULL DEFAULT 0,
    fault TEXT NOT NULL DEFAULT ''            -- '': read to its end
);
CREATE INDEX readings_ended ON readings (ended_at) WHERE fault = '';
"""
