"""The SQL of the tables about a history with people: who changed what, relationships, media, engagement, requests."""

OPERATIONS = """
CREATE TABLE operations (                  -- one change by one person, small or in bulk; names nobody it is about
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    operator TEXT NOT NULL,                -- who was at the keyboard
    via TEXT NOT NULL CHECK (via IN ('command', 'browser', 'mailbox', 'pages')),
    command TEXT NOT NULL,                 -- what was done: 'contacts import'
    summary TEXT NOT NULL,                 -- JSON: counts and names of lists; nothing about a person
    first_entry INTEGER,                   -- the ledger's entries made by it
    last_entry INTEGER,
    undoes INTEGER UNIQUE REFERENCES operations (id)
);
CREATE TABLE operation_contacts (          -- whom it touched
    operation_id INTEGER NOT NULL REFERENCES operations (id),
    contact_id INTEGER NOT NULL,           -- no foreign key: that something was done outlives erasure
    change TEXT NOT NULL CHECK (change IN ('added', 'changed', 'removed')),
    fields TEXT NOT NULL DEFAULT '',       -- what changed, by name, with blanks between
    before TEXT NOT NULL DEFAULT '',       -- JSON: the person as they were kept; emptied by erasure
    after_mac TEXT NOT NULL DEFAULT '',    -- keyed hash of the person as they were kept afterwards
    PRIMARY KEY (operation_id, contact_id)
) WITHOUT ROWID;
CREATE INDEX operation_contacts_contact ON operation_contacts (contact_id);
ALTER TABLE imports ADD COLUMN operation_id INTEGER REFERENCES operations (id);
"""

PEOPLE = """
CREATE TABLE contact_fields (              -- what a team adds of its own: region, profession …
    contact_id INTEGER NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (contact_id, field)
) WITHOUT ROWID;
CREATE INDEX contact_fields_value ON contact_fields (field, value, contact_id);
CREATE TABLE relationships (               -- from a person or organisation to a person or organisation
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,                    -- read from left to right: 'line manager of'
    contact_id INTEGER REFERENCES contacts (id) ON DELETE CASCADE,
    organisation_id INTEGER REFERENCES organisations (id) ON DELETE CASCADE,
    to_contact_id INTEGER REFERENCES contacts (id) ON DELETE CASCADE,
    to_organisation_id INTEGER REFERENCES organisations (id) ON DELETE CASCADE,
    since TEXT NOT NULL DEFAULT '',
    until TEXT NOT NULL DEFAULT '',
    note TEXT NOT NULL DEFAULT '',
    created_at TEXT NOT NULL,
    CHECK ((contact_id IS NULL) <> (organisation_id IS NULL)),
    CHECK ((to_contact_id IS NULL) <> (to_organisation_id IS NULL))
);
CREATE INDEX relationships_contact ON relationships (contact_id);
CREATE INDEX relationships_organisation ON relationships (organisation_id);
CREATE INDEX relationships_to_contact ON relationships (to_contact_id);
CREATE INDEX relationships_to_organisation ON relationships (to_organisation_id);
CREATE TABLE segments (                    -- a question about people, kept under a name
    segment TEXT PRIMARY KEY,
    definition TEXT NOT NULL,              -- JSON
    recorder TEXT NOT NULL,
    created_at TEXT NOT NULL
);
-- JSON: name -> definition; empty: everybody on the lists
ALTER TABLE mailings ADD COLUMN segments TEXT NOT NULL DEFAULT '';
CREATE TABLE import_mappings (             -- which column of a source's files is what
    source TEXT PRIMARY KEY,
    mapping TEXT NOT NULL,                 -- JSON: heading -> field
    saved_at TEXT NOT NULL
);
"""

MEDIA = """
CREATE TABLE media_permissions (           -- what a featured person allows; given and withdrawn in the ledger
    permission TEXT PRIMARY KEY,           -- the word that an issue names; its list there is 'media:' and this word
    contact_id INTEGER NOT NULL,           -- no foreign key: the ledger outlives erasure
    covers TEXT NOT NULL,                  -- JSON: of 'photo', 'name', 'quote'
    title TEXT NOT NULL DEFAULT '',
    created_at TEXT NOT NULL
);
CREATE INDEX media_permissions_contact ON media_permissions (contact_id);
CREATE TABLE issue_permissions (           -- which issue leaned on which permission
    issue TEXT NOT NULL,
    permission TEXT NOT NULL,
    used_at TEXT NOT NULL,
    PRIMARY KEY (issue, permission)
);
CREATE INDEX issue_permissions_permission ON issue_permissions (permission);
"""

ENGAGEMENT = """
CREATE TABLE engagements (                 -- something that happened between the team and people or organisations
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,                    -- meeting, call, event, advice, co-authored work …
    happened_on TEXT NOT NULL,             -- a day
    title TEXT NOT NULL,
    said TEXT NOT NULL DEFAULT '',
    follow_up TEXT NOT NULL DEFAULT '',    -- what follows
    due_on TEXT NOT NULL DEFAULT '',       -- by when, a day
    done_on TEXT NOT NULL DEFAULT '',      -- when that was done, a day
    recorder TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE INDEX engagements_due ON engagements (done_on, due_on);
CREATE INDEX engagements_day ON engagements (happened_on);
CREATE TABLE engagement_contacts (
    engagement_id INTEGER NOT NULL REFERENCES engagements (id) ON DELETE CASCADE,
    contact_id INTEGER NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    PRIMARY KEY (engagement_id, contact_id)
) WITHOUT ROWID;
CREATE INDEX engagement_contacts_back ON engagement_contacts (contact_id, engagement_id);
CREATE TABLE engagement_organisations (
    engagement_id INTEGER NOT NULL REFERENCES engagements (id) ON DELETE CASCADE,
    organisation_id INTEGER NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    PRIMARY KEY (engagement_id, organisation_id)
) WITHOUT ROWID;
CREATE INDEX engagement_organisations_back ON engagement_organisations (organisation_id, engagement_id);
CREATE TABLE stances (                     -- where an organisation stands on the grid, as judged on a day
    id INTEGER PRIMARY KEY,
    organisation_id INTEGER NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    influence INTEGER NOT NULL CHECK (influence BETWEEN 1 AND 5),
    interest INTEGER NOT NULL CHECK (interest BETWEEN 1 AND 5),
    judged_on TEXT NOT NULL,               -- a day
    judged_by TEXT NOT NULL,
    why TEXT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE INDEX stances_organisation ON stances (organisation_id, judged_on, id);
"""

PRIVACY = """
CREATE TABLE privacy_requests (            -- what people asked of us as is their right, with the day it is due
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN
        ('access', 'erasure', 'rectification', 'objection', 'portability', 'restriction', 'complaint')),
    contact_id INTEGER,                    -- no foreign key; NULL: nobody that we know
    received_on TEXT NOT NULL,
    due_on TEXT NOT NULL,
    acknowledged_on TEXT NOT NULL DEFAULT '',
    closed_on TEXT NOT NULL DEFAULT '',
    outcome TEXT NOT NULL DEFAULT '',
    note TEXT NOT NULL DEFAULT '',         -- personal; emptied by erasure
    recorder TEXT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE INDEX privacy_requests_open ON privacy_requests (closed_on, due_on);
CREATE INDEX privacy_requests_contact ON privacy_requests (contact_id);
CREATE TABLE erasures (                    -- that somebody was forgotten, and when; not who
    id INTEGER PRIMARY KEY,
    contact_id INTEGER NOT NULL,           -- random; leads to nobody any more
    erased_at TEXT NOT NULL,
    operator TEXT NOT NULL,
    reason TEXT NOT NULL,
    counts TEXT NOT NULL                   -- JSON: table -> rows
);
"""
