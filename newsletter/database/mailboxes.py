"""The SQL of how far each mailbox was read."""

MAILBOXES = """
-- about no person: the name is a keyed hash of server, login and folder, or of a path
CREATE TABLE mailboxes (
    name TEXT PRIMARY KEY,
    uid_validity INTEGER NOT NULL DEFAULT 0,  -- IMAP: another one, and the server has numbered its messages anew
    last_uid INTEGER NOT NULL DEFAULT 0,      -- IMAP: every message up to this number is recorded
    read_at TEXT NOT NULL DEFAULT ''          -- whatever had arrived by then is recorded; '': never read to its end
) WITHOUT ROWID;
"""
