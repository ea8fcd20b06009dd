"""A large contacts.db for the other benchmarks: a million people, their consents, five million deliveries.

    python benchmarks/database.py FOLDER [--small]

Makes a workspace in FOLDER: 1,000,000 contacts in 20,000 organisations, 1,500,000 entries of the ledger
(sealed: `newsletter consent verify` says that it is whole), 5,000,000 deliveries of ten mailings, and
5,000 engagements. `--small` is a hundredth of it. Everybody is made up, at example.org; the same numbers
make the same people. The key lies in FOLDER/home: set HOME, XDG_* and NEWSLETTER_SECRETS as `settled` does.
"""

import argparse
import datetime as dt
import hashlib
import itertools
import os
import random
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

NOW = dt.datetime(2026, 9, 25, 9, 0, tzinfo=dt.UTC)
LISTS = {"partners": "Project partners", "contributors": "Public contributors", "press": "Press and media"}
ROLES = ("partner", "contributor", "staff", "funder", "press")
GIVEN = [
    "Ada",
    "Ben",
    "Cleo",
    "Dev",
    "Eirlys",
    "Farid",
    "Grace",
    "Huw",
    "Ines",
    "Jo",
    "Kofi",
    "Lena",
    "Mo",
    "Nia",
    "Omar",
    "Priya",
    "Rhys",
    "Sam",
    "Tess",
    "Uma",
]
FAMILY = [
    "Example",
    "Sample",
    "Okafor",
    "Morgan",
    "Patel",
    "Jones",
    "Nowak",
    "Silva",
    "Haddad",
    "Evans",
    "Clarke",
    "Mensah",
    "Roberts",
    "Khan",
]
SETTINGS = """timezone = "Europe/London"
max_recipients = 2000000
[sender]
name = "The link worker study"
email = "news@example.org"
postal_address = "1 Example Street, Exampleton EX1 1EX"
[smtp]
host = "127.0.0.1"
port = 2525
security = "none"
""" + "".join(
    f'[lists.{key}]\nname = "{name}"\npurpose = "News of the study."\n' for key, name in LISTS.items()
)
_DAY_ONE = dt.date(2023, 1, 1)
_DAYS = [(_DAY_ONE + dt.timedelta(days=day)).isoformat() for day in range(1355)]


def main() -> int:
    """Make the database and say what it holds."""
    asked = argparse.ArgumentParser(description="Make a large contacts.db for the benchmarks.")
    asked.add_argument("folder", type=Path)
    asked.add_argument("--small", action="store_true", help="10,000 people")
    given = asked.parse_args()
    begun = time.perf_counter()
    path = made(given.folder, 10_000 if given.small else 1_000_000)
    print(f"{path}: {path.stat().st_size / 1e6:,.0f} MB in {time.perf_counter() - begun:,.0f} s")
    return 0


def settled(folder: Path) -> None:
    """Keep the key and the notes of this database in its own folder, not in the user's."""
    os.environ |= {"HOME": str(folder / "home"), "NEWSLETTER_SECRETS": str(folder / "home" / "secrets")}
    os.environ |= {
        f"XDG_{name}_HOME": str(folder / "home" / name) for name in ("CONFIG", "STATE", "DATA", "CACHE")
    }
    os.environ["NEWSLETTER_OPERATOR"] = "benchmark"


def made(folder: Path, people: int, *, mailings: bool = True) -> Path:
    """The database of a new workspace in `folder`; one that is there already is taken as it is."""
    from newsletter.config import read_workspace
    from newsletter.contacts import sync_lists
    from newsletter.database import create_database, open_database, renew_pages

    folder.mkdir(parents=True, exist_ok=True)
    settled(folder)
    (folder / "home").mkdir(exist_ok=True)
    (folder / "issues").mkdir(exist_ok=True)
    (folder / "newsletter.toml").write_text(SETTINGS, encoding="utf-8")
    workspace = read_workspace(folder)
    if workspace.database.exists():
        with closing(open_database(workspace.database).conn):
            return workspace.database
    db = create_database(workspace.database)
    with closing(db.conn):
        sync_lists(db, workspace.config, NOW)
        db.conn.execute("PRAGMA synchronous = OFF")
        db.conn.execute("PRAGMA cache_size = -400000")
        db.conn.execute("BEGIN")
        if people:
            fill(db, people, mailings=mailings)
        db.conn.execute("COMMIT")
        told("written")
        renew_pages(db, NOW)
        told("made ready for the pages")
        db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return workspace.database


def fill(db, people: int, *, mailings: bool = True) -> None:
    """Write everybody and everything, table after table; without the `mailings`, where they are not needed."""
    chance = random.Random(7)  # noqa: S311  # the same people each time, not a secret
    ids = sorted(chance.sample(range(1, 2**53), people))
    _people(db, ids, chance)
    told("people")
    _ledger(db, ids, chance)
    told("ledger")
    if mailings:
        _mailings(db)
        told("deliveries")
    _engagements(db, ids, chance)


def _people(db, ids: list[int], chance: random.Random) -> None:
    from newsletter.tokens import address_key

    at = "2023-01-01T09:00:00Z"
    organisations = max(2, len(ids) // 50)
    insert(
        db,
        "organisations",
        6,
        ((n, f"Organisation {n:05}", "", "", "", at) for n in range(1, organisations + 1)),
    )
    names = [f"{given} {family}" for given in GIVEN for family in FAMILY]
    rows = ((i, f"{names[n % 280]} {n:07}", names[n % 280].split()[0], "cy" if n % 20 == 0 else "en",
             "large-print" if n % 50 == 0 else "html", "individual", "deceased" if n % 500 == 0 else "", at)
            for n, i in enumerate(ids))  # fmt: skip
    db.conn.executemany(
        "INSERT INTO contacts (id, name, given_name, language, format, subscriber, stop, created_at, updated_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?8, ?8)",
        rows,
    )
    addresses = (
        (i, f"reader{n}@example.org", address_key(db.key, f"reader{n}@example.org"))
        for n, i in enumerate(ids)
    )
    db.conn.executemany(
        "INSERT INTO addresses (contact_id, email, normalised, address_key, is_primary) VALUES (?, ?2, ?2, ?, 1)",
        addresses,
    )
    insert(db, "contact_organisations", 3, ((i, chance.randint(1, organisations), "") for i in ids))
    insert(db, "contact_roles", 4, ((i, ROLES[n % 5], "", "") for n, i in enumerate(ids) if n % 3))
    db.conn.execute(
        "INSERT INTO suppressions SELECT address_key, 'bounced', ?, 'benchmark', '' FROM addresses WHERE id % 100 = 0",
        (at,),
    )
    db.conn.execute(
        "INSERT INTO people_search (rowid, name, email, organisation) SELECT c.id, c.name, a.email, o.name FROM contacts c "
        "JOIN addresses a ON a.contact_id = c.id JOIN contact_organisations co ON co.contact_id = c.id "
        "JOIN organisations o ON o.id = co.organisation_id ORDER BY c.id"
    )


def _agreements(ids: list[int], chance: random.Random) -> Iterator[tuple[int, str, str, str, str, str]]:
    """Contact, list, kind, day, end, basis: three entries for two people, as the ledger would have them."""
    keys = list(LISTS)
    for n, contact in enumerate(ids):
        first, day = keys[n % 3], _DAYS[chance.randrange(600)]
        # One in twenty came from an old file, and nobody knows whether they were asked.
        basis = "consent" if n % 20 else "unknown"
        ends = "2026-11-30" if n % 40 == 1 else "2026-06-30" if n % 40 == 2 else ""
        yield contact, first, "given", day, ends, basis
        if n % 10 < 3:
            yield contact, keys[(n + 1) % 3], "given", day, "", "consent"
        if n % 8 == 3:
            yield contact, first, "withdrawn", _DAYS[700 + n % 655], "", "consent"
        if n % 40 in (5, 13, 21):
            yield contact, first, "refreshed", _DAYS[700 + n % 655], "", "consent"


def _ledger(db, ids: list[int], chance: random.Random) -> None:
    from newsletter.contacts.ledger import canonical_detail, hash_detail, seal

    detail = canonical_detail({"source": "workshop sign-up sheet"})
    mac, state = "", {}

    def sealed() -> Iterator[tuple[object, ...]]:
        nonlocal mac
        for sequence, (contact, name, kind, day, ends, basis) in enumerate(_agreements(ids, chance), 1):
            salt = hashlib.md5(str(sequence).encode(), usedforsecurity=False).hexdigest()
            values = (sequence, contact, name, kind, basis, day, f"{day}T10:00:00Z", "paper", "", ends, None,
                      "benchmark", hash_detail(salt, detail))  # fmt: skip
            mac = seal(db.key, values, mac)
            state[contact, name] = (
                "withdrawn" if kind == "withdrawn" else "given",
                basis,
                day,
                ends or "9999-12-31",
                sequence,
            )
            yield (*values, mac)

    insert(db, "consents", 14, sealed())
    count = db.conn.execute("SELECT max(sequence) FROM consents").fetchone()[0]
    insert(db, "consent_details", 3,
           ((n, hashlib.md5(str(n).encode(), usedforsecurity=False).hexdigest(), detail) for n in range(1, count + 1)))  # fmt: skip
    insert(db, "subscriptions", 7, ((c, name, *s) for (c, name), s in state.items()))
    db.conn.execute(
        "INSERT INTO list_members SELECT list, contact_id, since FROM subscriptions ORDER BY list, contact_id"
    )


def _mailings(db) -> None:
    """Ten mailings to half of the people each; the newest is the next issue's audience as well."""
    for number in range(1, 11):
        month = f"2025-{number:02}"
        insert(db, "mailings (id, kind, issue, issue_digest, state, lists, headers, queued_at, finished_at)", 9,
               [(number, "issue", month, "", "done", '["partners"]', "{}", f"{month}-28T09:00:00Z", f"{month}-28T12:00:00Z")])  # fmt: skip
        db.conn.execute(
            f"""INSERT INTO deliveries (mailing_id, recipient_key, contact_id, email, state, reason, token, changed_at)
            SELECT {number}, a.address_key, a.contact_id, a.email,
                CASE a.id % 100 WHEN 0 THEN 'refused' WHEN 1 THEN 'skipped' WHEN 2 THEN 'skipped' ELSE 'sent' END,
                CASE a.id % 100 WHEN 1 THEN 'withdrawn' WHEN 2 THEN 'no-consent' ELSE '' END,
                {number} || '-' || a.id, '{month}-28T10:00:00Z'
            FROM addresses a WHERE a.id % 2 = {number % 2}"""
        )
    words = "CASE id % 25 WHEN 0 THEN 'bounced' WHEN 1 THEN 'withdrawn' WHEN 2 THEN 'no-consent' WHEN 3 THEN 'expired' ELSE '' END"
    db.conn.execute(
        f"INSERT INTO audience_snapshot SELECT '2026-10', contact_id, CASE {words} WHEN '' THEN 'send' ELSE 'skip' END, "
        f"{words}, CASE {words} WHEN '' THEN 'partners' ELSE '' END, '2026-09-24T15:00:00Z' FROM addresses "
        "WHERE id % 5 < 3 ORDER BY contact_id"
    )


def _engagements(db, ids: list[int], chance: random.Random) -> None:
    count = max(50, len(ids) // 200)
    insert(db, "engagements", 11, (
        (n, "meeting", _DAYS[chance.randrange(1355)], f"Meeting {n}", "what was said", "send notes" if n % 4 == 0 else "",
         _DAYS[1350 - n % 400] if n % 4 == 0 else "", "" if n % 40 == 0 else "2025-01-01", "benchmark", "2025", "2025")
        for n in range(1, count + 1)))  # fmt: skip
    insert(db, "engagement_contacts", 2, ((n, chance.choice(ids)) for n in range(1, count + 1)))
    organisations = max(2, len(ids) // 50)
    insert(db, "engagement_organisations", 2, ((n, 1 + n % organisations) for n in range(1, count + 1)))
    insert(db, "stances", 8, (
        (n, 1 + n % 200 % organisations, 1 + n % 5, 1 + n // 5 % 5, _DAYS[n % 1355], "benchmark", "as discussed", "2025")
        for n in range(1, 401)))  # fmt: skip


def insert(db, table: str, width: int, rows) -> None:
    """Many rows at once, in steps that keep the memory small."""
    sql = f"INSERT INTO {table} VALUES ({', '.join('?' * width)})"
    rows = iter(rows)
    while some := list(itertools.islice(rows, 20_000)):
        db.conn.executemany(sql, some)


_BEGUN = time.perf_counter()


def told(what: str) -> None:
    """Say how far it is."""
    print(f"  {time.perf_counter() - _BEGUN:6.1f} s  {what}", file=sys.stderr)


if __name__ == "__main__":
    assert sqlite3.sqlite_version_info >= (3, 35)  # noqa: S101
    sys.exit(main())
