"""The SQL of what is kept ready for looking at: people as a page shows them, counts, and who is out of date.

Nothing here is a source: all of it can be made anew from the other tables, and is, by `renewing`.
"""

TABLES = """
DROP VIEW IF EXISTS people;
DROP VIEW IF EXISTS who_gets_the_next_issue;
CREATE TABLE people (                      -- each contact as the pages show them; all of it stands elsewhere too
    id INTEGER PRIMARY KEY REFERENCES contacts (id) ON DELETE CASCADE,
    name TEXT NOT NULL COLLATE NOCASE,
    email TEXT,
    organisations TEXT,
    roles TEXT,
    lists TEXT,
    standing TEXT NOT NULL,                -- what `contacts.decide` says for all lists together, in words
    gets_it_as TEXT NOT NULL,
    language TEXT NOT NULL,
    added TEXT NOT NULL,
    mixture INTEGER NOT NULL,              -- of people_mixtures
    turns_on TEXT NOT NULL                 -- the day on which time alone changes this row
);
CREATE INDEX people_name ON people (name, mixture);
CREATE INDEX people_mixture ON people (mixture);
CREATE INDEX people_turns ON people (turns_on) WHERE turns_on < '9999-12-31';
CREATE TABLE people_mixtures (             -- each mixture of standing, roles and lists, with how many people have it
    id INTEGER PRIMARY KEY,
    standing TEXT NOT NULL,
    roles TEXT NOT NULL,                   -- JSON: [role, …]
    lists TEXT NOT NULL,                   -- JSON: [[list, words], …]
    people INTEGER NOT NULL DEFAULT 0,
    UNIQUE (standing, roles, lists)
);
CREATE TABLE who_gets_the_next_issue (     -- the newest of audience_snapshot, in the order of names
    place INTEGER PRIMARY KEY,
    contact_id INTEGER NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    answer TEXT NOT NULL,
    why_not TEXT,
    because_of TEXT,
    issue TEXT NOT NULL,
    looked_up TEXT NOT NULL
);
CREATE INDEX who_gets_the_next_issue_contact ON who_gets_the_next_issue (contact_id);
CREATE INDEX who_gets_the_next_issue_answer ON who_gets_the_next_issue (answer, place);
CREATE INDEX who_gets_the_next_issue_why ON who_gets_the_next_issue (why_not, place);
CREATE TABLE audience_counts (             -- of the newest audience_snapshot
    decision TEXT NOT NULL,
    reason TEXT NOT NULL,
    people INTEGER NOT NULL,
    PRIMARY KEY (decision, reason)
) WITHOUT ROWID;
CREATE TABLE mailing_counts (              -- deliveries of each mailing
    mailing_id INTEGER NOT NULL REFERENCES mailings (id) ON DELETE CASCADE,
    channel TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    messages INTEGER NOT NULL,
    PRIMARY KEY (mailing_id, channel, state, reason)
) WITHOUT ROWID;
CREATE TABLE consent_days (                -- entries of the ledger by day; what was struck out is not counted
    day TEXT NOT NULL,
    kind TEXT NOT NULL,                    -- as in the ledger; 'asked': given by double opt-in, not confirmed by that
    list TEXT NOT NULL,
    entries INTEGER NOT NULL,
    PRIMARY KEY (day, kind, list)
) WITHOUT ROWID;
CREATE TABLE stale_people (contact_id INTEGER PRIMARY KEY);
CREATE TABLE stale_mailings (mailing_id INTEGER PRIMARY KEY);
CREATE TABLE kept_ready (                  -- up to where all this has been kept
    id INTEGER PRIMARY KEY CHECK (id = 1),
    everybody INTEGER NOT NULL,            -- 1: all people are to be made anew, and nobody is marked one by one
    day TEXT NOT NULL,                     -- the day for which people were made
    entries INTEGER NOT NULL,              -- the ledger's entries that are in consent_days
    issue TEXT NOT NULL,                   -- the snapshot in who_gets_the_next_issue
    taken_at TEXT NOT NULL
);
INSERT INTO kept_ready VALUES (1, 1, '', 0, '', '');
INSERT INTO stale_mailings SELECT id FROM mailings;
CREATE INDEX subscriptions_ending ON subscriptions (expires_at, contact_id) WHERE state = 'given' AND expires_at < '9999-12-31';
"""

_NOT_ALL = "(SELECT everybody FROM kept_ready) = 0"
_VERBS = {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}
_OF_PEOPLE = {
    "contacts": "id",
    "addresses": "contact_id",
    "contact_organisations": "contact_id",
    "contact_roles": "contact_id",
    "list_members": "contact_id",
    "subscriptions": "contact_id",
}


def _trigger(table: str, verb: str, when: str, does: str) -> str:
    name = f"{table}_ready_{verb.split()[0].lower()}"
    return f"CREATE TRIGGER {name} AFTER {verb} ON {table} WHEN {when} BEGIN {does}; END"


def _mark(table: str, column: str, verb: str) -> str:
    return _trigger(table, verb, _NOT_ALL, "; ".join(_mark_one(f"{row}.{column}") for row in _VERBS[verb]))


def _mark_one(person: str) -> str:
    # Not OR IGNORE: inside a trigger the upsert that set it off has the say, and would fail instead.
    return (
        f"INSERT INTO stale_people SELECT {person} WHERE NOT EXISTS "
        f"(SELECT 1 FROM stale_people WHERE contact_id = {person})"
    )


def _mark_address(verb: str) -> str:
    row = _VERBS[verb][-1]
    return _trigger(
        "suppressions", verb, _NOT_ALL, _mark_all(f"addresses WHERE address_key = {row}.address_key")
    )


def _mark_all(whose: str) -> str:
    unmarked = "contact_id NOT IN (SELECT contact_id FROM stale_people)"
    return f"INSERT INTO stale_people SELECT DISTINCT contact_id FROM {whose} AND {unmarked}"


def _mark_held(verb: str) -> str:
    row = _VERBS[verb][-1]
    # Under the id that they have now, as a merged contact's old one leads to nobody there.
    whose = (
        f"(SELECT coalesce((SELECT contact_id FROM contact_aliases WHERE old_id = {row}.contact_id), {row}.contact_id) "
        "AS contact_id) WHERE contact_id IS NOT NULL"
    )
    return _trigger("holds", verb, _NOT_ALL, _mark_all(whose))


def _mark_mailing(verb: str) -> str:
    mailing = f"{_VERBS[verb][-1]}.mailing_id"
    known = f"NOT EXISTS (SELECT 1 FROM stale_mailings WHERE mailing_id = {mailing})"
    watched = f"{verb} OF state, reason, channel" if verb == "UPDATE" else verb
    return _trigger("deliveries", watched, known, f"INSERT INTO stale_mailings VALUES ({mailing})")


def _count_mixture(verb: str, change: str) -> str:
    row = _VERBS[verb][-1]
    update = f"UPDATE people_mixtures SET people = people {change} WHERE id = {row}.mixture"
    return _trigger("people", verb, _NOT_ALL, update)


#: Mark who is out of date, and keep counts; like the views they are made anew where they are not as here.
TRIGGERS = (
    *(_mark(table, column, verb) for table, column in _OF_PEOPLE.items() for verb in _VERBS),
    *(_mark_address(verb) for verb in _VERBS),
    *(_mark_mailing(verb) for verb in _VERBS),
    *(_mark_held(verb) for verb in _VERBS),
    _trigger(
        "organisations",
        "UPDATE OF name",
        _NOT_ALL,
        _mark_all("contact_organisations WHERE organisation_id = NEW.id"),
    ),
    _trigger("lists", "UPDATE OF name", "NEW.name IS NOT OLD.name", "UPDATE kept_ready SET everybody = 1"),
    _trigger(
        "audience_snapshot",
        "DELETE",
        "OLD.issue = (SELECT issue FROM kept_ready)",
        "UPDATE kept_ready SET issue = '', taken_at = ''",
    ),
    _count_mixture("INSERT", "+ 1"),
    _count_mixture("DELETE", "- 1"),
)
