"""`contacts.db`: whole, up to date, readable by its owner alone, the one that sends, and saved."""

import os
import sqlite3
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

from newsletter.contacts import verify_ledger
from newsletter.database import Database, explain_error, is_current, key_of, open_for_looking, reason_to_adopt
from newsletter.doctor.case import Case
from newsletter.doctor.finding import Finding, error, note, ok, warning
from newsletter.errors import ConfigError, DatabaseProblem

_OLD = 30  # days
_STEPS = 20_000  # of SQLite's machine between two looks at the clock


def check(case: Case) -> Iterator[Finding]:
    """Findings about the database; nothing in it is changed."""
    try:
        db = open_for_looking(case.database)
    except DatabaseProblem as trouble:
        yield error("database.opens", trouble.message, trouble.remedy)
        return
    with closing(db.conn):
        yield ok("database.opens", f"{case.database.name} can be opened")
        try:
            yield from _inside(db, case)
        except sqlite3.Error as trouble:
            said = explain_error(trouble, case.database.name)
            yield error("database.whole", said.message, said.remedy or "newsletter restore")
    yield from _rights(case.database)
    yield _saved(case)


def _inside(db: Database, case: Case) -> Iterator[Finding]:
    yield _whole(db, case)
    yield _version(db)
    yield _log(db)
    if reason := reason_to_adopt(db):
        what, _, remedy = reason.partition(": ")
        yield error("database.sends", what, f"{remedy[:1].upper()}{remedy[1:]}.")
    else:
        yield ok("database.sends", "it is the database that sent last from here, so it may send")
    yield _audience(db, case)
    if case.thorough:
        yield _ledger(db)


def _whole(db: Database, case: Case) -> Finding:
    """What SQLite's own check says; without --thorough it is broken off where it takes too long."""
    pragma = "integrity_check" if case.thorough else "quick_check"
    end = time.monotonic() + case.seconds
    if not case.thorough:
        db.conn.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
    try:
        said = [str(row[0]) for row in db.conn.execute(f"PRAGMA {pragma}(3)")]
    except sqlite3.OperationalError as broken_off:
        if "interrupted" not in str(broken_off):
            raise
        return note(
            "database.whole", "it is too large to be checked in passing", "newsletter doctor --thorough"
        )
    finally:
        db.conn.set_progress_handler(None, 0)
    if said != ["ok"]:
        return error(
            "database.whole", f"it is damaged: {'; '.join(said)}", "newsletter restore FILE --into FOLDER"
        )
    how = "" if case.thorough else " (--thorough looks at everything)"
    return ok("database.whole", f"SQLite finds it whole{how}")


def _version(db: Database) -> Finding:
    try:
        current = is_current(db)
    except DatabaseProblem as trouble:
        return error("database.version", trouble.message, trouble.remedy)
    if current:
        return ok("database.version", "it is of this version of newsletter")
    return note(
        "database.version",
        "it was made by an older version of newsletter; the next command brings it up to date, and keeps a copy",
        "newsletter lists",
    )


def _log(db: Database) -> Finding:
    """Whether SQLite's write-ahead log works in this folder, tried beside the database."""
    folder = db.path.parent
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".newsletter-doctor-") as scratch:
            mode = _tried(Path(scratch) / "scratch.db")
    except (OSError, sqlite3.Error) as trouble:
        return error(
            "database.log",
            f"SQLite's write-ahead log does not work in {folder}: {trouble}",
            "Mend the rights of the folder, or move the workspace to a disk of this computer.",
        )
    now = db.conn.execute("PRAGMA journal_mode").fetchone()[0]
    if (mode, now) != ("wal", "wal"):
        return error(
            "database.log",
            f"SQLite keeps no write-ahead log here (it says '{mode}', and '{now}' for {db.path.name})",
            "Move the workspace to a disk of this computer, then run `newsletter lists`.",
        )
    return ok("database.log", "SQLite's write-ahead log works in this folder")


def _tried(path: Path) -> str:
    """The journal's mode once one connection has written what another reads."""
    with closing(sqlite3.connect(path)) as one, closing(sqlite3.connect(path)) as other:
        mode = str(one.execute("PRAGMA journal_mode = WAL").fetchone()[0])
        with one:
            one.execute("CREATE TABLE tried (number)")
            one.execute("INSERT INTO tried VALUES (1)")
        other.execute("SELECT number FROM tried").fetchone()
    return mode


def _audience(db: Database, case: Case) -> Finding:
    row = db.one("SELECT count(DISTINCT contact_id) FROM list_members")
    people, most = int(row[0]) if row else 0, case.config.max_recipients
    if people > most:
        return warning(
            "database.audience",
            f"{people:,} people are on lists, and `newsletter send` stops above max_recipients = {most:,}",
            f"If that is meant, write max_recipients = {people} or more in newsletter.toml.",
        )
    return ok(
        "database.audience", f"{people:,} people are on lists, and up to {most:,} may be written to at a time"
    )


def _ledger(db: Database) -> Finding:
    try:
        db.key = key_of(db)
    except ConfigError:
        return note("database.ledger", "the consent ledger cannot be verified without the key (see Keychain)")
    if broken := verify_ledger(db):
        return error(
            "database.ledger", f"the consent ledger is not whole: {broken}", "newsletter consent verify"
        )
    return ok("database.ledger", "the consent ledger is whole")


def _rights(path: Path) -> Iterator[Finding]:
    if os.name == "nt":
        return
    files = [file for file in sorted(path.parent.glob(f"{path.name}*")) if file.is_file()]
    open_files = [file for file in files if stat.S_IMODE(file.stat().st_mode) & 0o077]
    for file in open_files:
        mode = stat.S_IMODE(file.stat().st_mode)
        yield error(
            "database.rights", f"{file.name} can be read by others (mode {mode:04o})", f"chmod 600 {file}"
        )
    if stat.S_IMODE(path.parent.stat().st_mode) & 0o022:
        yield error(
            "database.folder",
            f"others can write into {path.parent.resolve()}, and so put another file in the place of {path.name}",
            f"chmod go-w {path.parent.resolve()}",
        )
    elif not open_files:
        yield ok(
            "database.rights",
            f"{path.name} can be read by you alone, and nobody else can write into its folder",
        )


def _saved(case: Case) -> Finding:
    """How old the newest backup in the workspace is; those kept elsewhere are not known here."""
    backups = list(case.workspace.root.glob("*.newsletter-backup"))
    if not backups:
        return note(
            "database.backup",
            "no backup lies in the workspace; whether you keep one elsewhere, which is better, is not known here",
            "newsletter backup /another/disk/study.newsletter-backup",
        )
    newest = max(backups, key=lambda path: path.stat().st_mtime)
    age = (case.now - datetime.fromtimestamp(newest.stat().st_mtime, case.now.tzinfo)).days
    told = f"the newest backup in the workspace, {newest.name}, is {age} {'day' if age == 1 else 'days'} old"
    if age > _OLD:
        return warning("database.backup", told, "newsletter backup")
    return ok("database.backup", f"{told}; keep a copy on another disk")
