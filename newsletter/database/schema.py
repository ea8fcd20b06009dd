"""The SQL of each migration. Times are ISO 8601 in UTC with 'Z'; days are YYYY-MM-DD."""

IDENTITY = """
CREATE TABLE identity (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    database_id TEXT NOT NULL,             -- random; names this database in the user's own folders
    key_fingerprint TEXT NOT NULL,         -- of the key on which suppressions, tokens and the chain hang
    generation INTEGER NOT NULL DEFAULT 0, -- grows with each change and each run; also kept outside
    created_at TEXT NOT NULL
);
"""

PEOPLE = """
CREATE TABLE organisations (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL COLLATE NOCASE UNIQUE,
    kind TEXT NOT NULL DEFAULT '',
    website TEXT NOT NULL DEFAULT '',
    notes TEXT NOT NULL DEFAULT '',
    created_at TEXT NOT NULL
);
CREATE TABLE contacts (
    id INTEGER PRIMARY KEY,                -- random, never reused
    name TEXT NOT NULL DEFAULT '',
    given_name TEXT NOT NULL DEFAULT '',
    language TEXT NOT NULL DEFAULT '',
    format TEXT NOT NULL DEFAULT 'html' CHECK (format IN ('html', 'text', 'print', 'large-print')),
    postal_address TEXT NOT NULL DEFAULT '',
    subscriber TEXT NOT NULL DEFAULT 'individual' CHECK (subscriber IN ('individual', 'corporate')),
    stop TEXT NOT NULL DEFAULT '' CHECK (stop IN ('', 'do-not-contact', 'deceased', 'left-study')),
    paused_until TEXT NOT NULL DEFAULT '', -- a day; nothing is sent before it
    notes TEXT NOT NULL DEFAULT '',
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE INDEX contacts_name ON contacts (name);
CREATE TABLE contact_aliases (             -- a merged contact's old id leads to the one that stays
    old_id INTEGER PRIMARY KEY,
    contact_id INTEGER NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    merged_at TEXT NOT NULL
);
CREATE TABLE addresses (
    id INTEGER PRIMARY KEY,
    contact_id INTEGER NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    email TEXT NOT NULL,                   -- as it is written to
    normalised TEXT NOT NULL,              -- as it is compared
    address_key TEXT NOT NULL,             -- keyed hash of normalised: suppressions and the outbox use it
    is_primary INTEGER NOT NULL DEFAULT 0 CHECK (is_primary IN (0, 1)),
    UNIQUE (contact_id, normalised)
);
CREATE INDEX addresses_normalised ON addresses (normalised);
CREATE INDEX addresses_key ON addresses (address_key);
CREATE UNIQUE INDEX addresses_one_primary ON addresses (contact_id) WHERE is_primary = 1;
CREATE TABLE contact_organisations (
    contact_id INTEGER NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    organisation_id INTEGER NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    position TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (contact_id, organisation_id)
);
CREATE INDEX contact_organisations_back ON contact_organisations (organisation_id, contact_id);
CREATE TABLE contact_roles (
    contact_id INTEGER NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    role TEXT NOT NULL,
    since TEXT NOT NULL DEFAULT '',
    until TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (contact_id, role, since)
);
CREATE INDEX contact_roles_role ON contact_roles (role, contact_id);
CREATE TABLE contact_tags (
    contact_id INTEGER NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    tag TEXT NOT NULL,
    PRIMARY KEY (contact_id, tag)
);
CREATE INDEX contact_tags_tag ON contact_tags (tag, contact_id);
CREATE TABLE lists (
    list TEXT PRIMARY KEY,                 -- the name in newsletter.toml
    name TEXT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE TABLE list_purposes (               -- dated copies of what subscribers were told
    list TEXT NOT NULL REFERENCES lists (list),
    purpose TEXT NOT NULL,
    since TEXT NOT NULL,
    PRIMARY KEY (list, since)
);
CREATE TABLE list_members (                -- who is on a list; whether one may write is in subscriptions
    list TEXT NOT NULL REFERENCES lists (list),
    contact_id INTEGER NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    added_at TEXT NOT NULL,
    PRIMARY KEY (list, contact_id)
);
CREATE INDEX list_members_contact ON list_members (contact_id);
CREATE TABLE imports (
    id INTEGER PRIMARY KEY,
    file_digest TEXT NOT NULL,
    source TEXT NOT NULL,
    imported_at TEXT NOT NULL,
    recorder TEXT NOT NULL,
    added INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    unchanged INTEGER NOT NULL,
    rejected INTEGER NOT NULL
);
CREATE VIRTUAL TABLE people_search USING fts5 (name, email, organisation, tokenize = 'unicode61 remove_diacritics 2');
"""

CONSENT = """
CREATE TABLE wordings (
    digest TEXT PRIMARY KEY,               -- SHA-256 of the text, hex
    name TEXT NOT NULL,                    -- the file it was read from, without its folder
    text TEXT NOT NULL,
    recorded_at TEXT NOT NULL
);
CREATE TABLE consents (
    sequence INTEGER PRIMARY KEY,          -- 1, 2, 3 … without a gap
    contact_id INTEGER NOT NULL,           -- no foreign key: the ledger outlives erasure
    list TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('given', 'confirmed', 'refreshed', 'withdrawn', 'expired', 'voided')),
    basis TEXT NOT NULL,
    effective_at TEXT NOT NULL,            -- a day, or a time where one is known
    recorded_at TEXT NOT NULL,
    channel TEXT NOT NULL,
    wording_digest TEXT NOT NULL DEFAULT '',
    expires_at TEXT NOT NULL DEFAULT '',   -- a day; empty: no end was agreed
    voids INTEGER REFERENCES consents (sequence),
    recorder TEXT NOT NULL,
    detail_hash TEXT NOT NULL,             -- SHA-256 of salt and detail
    mac TEXT NOT NULL                      -- HMAC of this entry and the previous mac
);
CREATE INDEX consents_contact ON consents (contact_id, list, sequence);
CREATE TABLE consent_details (             -- the personal part; may be erased, and the chain stays whole
    sequence INTEGER PRIMARY KEY REFERENCES consents (sequence),
    salt TEXT NOT NULL,
    detail TEXT NOT NULL                   -- JSON: source, evidence, note
);
CREATE TABLE subscriptions (               -- the state that the ledger leads to
    contact_id INTEGER NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    list TEXT NOT NULL REFERENCES lists (list),
    state TEXT NOT NULL CHECK (state IN ('given', 'unconfirmed', 'withdrawn', 'expired', 'none')),
    basis TEXT NOT NULL,
    since TEXT NOT NULL,
    expires_at TEXT NOT NULL DEFAULT '9999-12-31',
    sequence INTEGER NOT NULL REFERENCES consents (sequence),
    PRIMARY KEY (contact_id, list)
);
CREATE INDEX subscriptions_list ON subscriptions (list, state, contact_id, expires_at);
CREATE TABLE suppressions (
    address_key TEXT PRIMARY KEY,          -- keyed hash of the address; the address itself is not kept
    reason TEXT NOT NULL CHECK (reason IN ('request', 'bounced', 'complaint', 'erased')),
    recorded_at TEXT NOT NULL,
    recorder TEXT NOT NULL,
    source TEXT NOT NULL DEFAULT ''
);
"""

EDITIONS = """
CREATE TABLE pictures (
    digest TEXT PRIMARY KEY,               -- SHA-256 of the bytes, hex
    media_type TEXT NOT NULL,
    bytes BLOB NOT NULL
);
CREATE TABLE editions (
    digest TEXT PRIMARY KEY,               -- SHA-256 over all that follows, canonical
    issue TEXT NOT NULL,
    language TEXT NOT NULL,
    subject TEXT NOT NULL,
    preheader TEXT NOT NULL,
    html TEXT NOT NULL,                    -- personal values stand as words that begin with marker
    text TEXT NOT NULL,
    marker TEXT NOT NULL,
    pictures TEXT NOT NULL,                -- JSON: [[name, media type, digest], …]
    stored_at TEXT NOT NULL
);
CREATE TABLE approvals (
    id INTEGER PRIMARY KEY,
    issue TEXT NOT NULL,
    issue_digest TEXT NOT NULL,
    approver TEXT NOT NULL,
    role TEXT NOT NULL,
    approved_at TEXT NOT NULL,
    revoked_at TEXT NOT NULL DEFAULT '',
    parts TEXT NOT NULL                    -- JSON: {audience: edition digest}, to say later what changed
);
CREATE INDEX approvals_issue ON approvals (issue, id);
"""

OUTBOX = """
CREATE TABLE mailings (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('issue', 'correction', 'confirmation', 'renewal', 'review')),
    issue TEXT NOT NULL,
    issue_digest TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'paused', 'cancelled', 'done')),
    lists TEXT NOT NULL,                   -- JSON: the lists it goes to
    corrects TEXT NOT NULL DEFAULT '',     -- a correction's: the issue whose readers alone get it
    headers TEXT NOT NULL,                 -- JSON: From, Reply-To and the like, frozen when queued
    queued_at TEXT NOT NULL,
    started_at TEXT NOT NULL DEFAULT '',
    finished_at TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX mailings_one_an_issue ON mailings (issue) WHERE kind IN ('issue', 'correction') AND state <> 'cancelled';
CREATE TABLE mailing_editions (
    mailing_id INTEGER NOT NULL REFERENCES mailings (id),
    audience TEXT NOT NULL,                -- 'partners+contributors'
    language TEXT NOT NULL,
    digest TEXT NOT NULL REFERENCES editions (digest),
    PRIMARY KEY (mailing_id, audience, language)
);
CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY,
    mailing_id INTEGER NOT NULL REFERENCES mailings (id),
    channel TEXT NOT NULL DEFAULT 'email' CHECK (channel IN ('email', 'post')),
    recipient_key TEXT NOT NULL,           -- keyed hash of the address, or of the contact where there is none
    contact_id INTEGER NOT NULL,           -- no foreign key: what was done outlives erasure
    email TEXT NOT NULL DEFAULT '',
    lists TEXT NOT NULL DEFAULT '[]',      -- JSON: the lists whose consent justified it
    edition TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL CHECK (state IN ('waiting', 'sending', 'sent', 'refused', 'skipped', 'in-doubt')),
    reason TEXT NOT NULL DEFAULT '',
    token TEXT NOT NULL,                   -- opaque; what Message-ID carries, 20 hex digits
    personal TEXT NOT NULL DEFAULT '',     -- JSON: name and the like, frozen at the first claim
    message_id TEXT NOT NULL DEFAULT '',
    dated TEXT NOT NULL DEFAULT '',        -- the Date header, frozen at the first claim
    message_digest TEXT NOT NULL DEFAULT '',
    attempts INTEGER NOT NULL DEFAULT 0,
    due_at TEXT NOT NULL DEFAULT '',       -- not before; empty: at once
    reply TEXT NOT NULL DEFAULT '',        -- the server's last answer, without addresses
    changed_at TEXT NOT NULL,
    UNIQUE (mailing_id, channel, recipient_key)
);
CREATE INDEX deliveries_state ON deliveries (mailing_id, state, due_at);
CREATE INDEX deliveries_contact ON deliveries (contact_id);
CREATE UNIQUE INDEX deliveries_token ON deliveries (token);
CREATE TABLE audience_snapshot (           -- who gets the next issue and why not, for browsing
    issue TEXT NOT NULL,
    contact_id INTEGER NOT NULL,
    decision TEXT NOT NULL CHECK (decision IN ('send', 'skip')),
    reason TEXT NOT NULL DEFAULT '',
    lists TEXT NOT NULL DEFAULT '',
    taken_at TEXT NOT NULL,
    PRIMARY KEY (issue, contact_id)
);
CREATE INDEX audience_snapshot_reason ON audience_snapshot (issue, decision, reason);
"""
