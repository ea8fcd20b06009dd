"""Ada Quillfeather, of whom something is kept in every table and file that can hold a person."""

import datetime as dt
import json
import os
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import forked

from newsletter.config import Workspace
from newsletter.contacts import (
    Actor,
    Changes,
    ConsentEvent,
    NewContact,
    add_contact,
    edit_contact,
    operation,
    record_consent,
    sync_lists,
)
from newsletter.database import Database, create_database, open_database
from newsletter.tokens import address_key

#: What must be found in files before she is forgotten, and in none afterwards.
SECRETS = (
    "ada.quillfeather@example.org",
    "quill.old@example.org",
    "Ada Quillfeather",
    "7 Plumage Row",
    "07700 900123",
    "prefers mornings, allergic to feathers",
    "tick on the yellow form",
    "wants the goose report",
)
MAILING = (
    "INSERT INTO mailings (id, kind, issue, issue_digest, state, lists, headers, queued_at) "
    "VALUES (1, 'issue', '2022-09', '', 'running', '[\"partners\"]', "
    """'{"name": "", "email": "", "reply_to": "", "list_id": "", "public_url": ""}', '2022-09-30T09:00:00Z')"""
)


@dataclass(frozen=True)
class Study:
    """A workspace with Ada (all about her), Ben (who knows her), and their ids."""

    root: Path
    ada: int
    ben: int

    def run(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "newsletter", *words]
        return forked.run(command, cwd=self.root, input=stdin)

    def open(self) -> Database:
        return open_database(self.root / "contacts.db")

    def rows(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        with closing(self.open().conn) as conn:
            return [tuple(row) for row in conn.execute(sql, values)]

    def found(self) -> dict[str, set[str]]:
        """Which secrets stand as bytes in which files of the workspace and the state folder."""
        folders = (self.root, Path(os.environ["XDG_STATE_HOME"]))
        files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
        found = {}
        for path in files:
            content = path.read_bytes().lower()
            seen = {secret for secret in SECRETS if any(n in content for n in _needles(secret))}
            if seen:
                found[path.name] = seen
        return found


def _needles(secret: str) -> list[bytes]:
    return [secret.lower().encode(how) for how in ("utf-8", "utf-16-le", "utf-16-be")]


def make_study(workspace: Workspace, now: dt.datetime) -> Study:
    db = create_database(workspace.database)
    with closing(db.conn):
        sync_lists(db, workspace.config, now)
        ada, ben = _people(db, now)
        _history(db, ada, ben, now)
        _messages(db, ada, ben)
    study = Study(workspace.root, ada, ben)
    _files(study)
    return study


def _people(db: Database, now: dt.datetime) -> tuple[int, int]:
    with operation(db, Actor("tester"), "contacts add", now):
        ada = add_contact(
            db,
            NewContact(
                email="quill.old@example.org",
                name="Ada Quillfeather",
                given_name="Ada",
                organisations=("Goose Surgery",),
                position="link worker",
                roles=("partner",),
                tags=("north",),
                postal_address="7 Plumage Row, Exampleton",
                notes="prefers mornings, allergic to feathers",
            ),
            now,
        )
        ben = add_contact(
            db,
            NewContact(email="ben@example.org", name="Ben Carter", notes="came with Ada  Quillfeather"),
            now,
        )
    db.conn.execute("INSERT INTO contact_fields VALUES (?, 'phone', '07700 900123')", (ada,))
    with operation(db, Actor("tester"), "contacts edit", now):
        changes = Changes(primary="ada.quillfeather@example.org", remove_emails=("quill.old@example.org",))
        edit_contact(db, ada, changes, now)
    with operation(db, Actor("tester"), "contacts edit", now):
        edit_contact(db, ben, Changes(add_tags=("south",)), now)
    return ada, ben


def _history(db: Database, ada: int, ben: int, now: dt.datetime) -> None:
    for contact, source in ((ada, "tick on the yellow form"), (ben, "call of May")):
        detail: dict[str, object] = {"source": source}
        if contact == ada:
            detail["evidence"] = [{"sha256": "ab", "size": 4, "kept": "evidence/form.txt"}]
        record_consent(
            db,
            ConsentEvent(
                contact, "partners", "given", "consent", "2022-06-14", "paper", "tester", detail=detail
            ),
            now,
        )
    execute = db.conn.execute
    execute(
        "INSERT INTO relationships (kind, contact_id, to_contact_id, note, created_at) "
        "VALUES ('line manager of', ?, ?, 'says Ada Quillfeather', '2022')",
        (ada, ben),
    )
    engagement = (
        "INSERT INTO engagements (id, kind, happened_on, title, said, recorder, created_at, updated_at) "
        "VALUES (?, 'call', '2022-05-01', ?, ?, 'tester', '', '')"
    )
    execute(engagement, (1, "Call with Ada Quillfeather", "wants the goose report"))
    execute(engagement, (2, "Visit", "ADA QUILLFEATHER and Ben Carter came"))
    for number, contact in ((1, ada), (2, ada), (2, ben)):
        execute("INSERT INTO engagement_contacts VALUES (?, ?)", (number, contact))
    execute(
        "INSERT INTO privacy_requests (kind, contact_id, received_on, due_on, note, recorder, created_at) "
        "VALUES ('erasure', ?, '2022-09-01', '2022-10-01', 'letter from 7 Plumage Row', 'tester', '')",
        (ada,),
    )


def _messages(db: Database, ada: int, ben: int) -> None:
    db.conn.execute(MAILING)
    old, new = (address_key(db.key, secret) for secret in SECRETS[1::-1])
    personal = json.dumps({"name": "Ada Quillfeather", "email": "quill.old@example.org"})
    for number, key, email, state, reply, contact in (
        (1, old, "quill.old@example.org", "sent", "250 2.0.0 Ada Quillfeather has it", ada),
        (2, new, "ada.quillfeather@example.org", "waiting", "", ada),
        (3, "b" * 32, "ben@example.org", "waiting", "", ben),
    ):
        db.conn.execute(
            "INSERT INTO deliveries (id, mailing_id, recipient_key, contact_id, email, state, token, personal, "
            "reply, changed_at) VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, '2022-09-30T09:00:00Z')",
            (number, key, contact, email, state, f"{number:020}", personal if number == 1 else "", reply),
        )
    db.conn.execute("INSERT INTO audience_snapshot VALUES ('2022-09', ?, 'send', '', 'partners', '')", (ada,))


def _files(study: Study) -> None:
    messages = study.root / "build" / "2022-09" / "messages"
    messages.mkdir(parents=True)
    (messages / f"{study.ada}.eml").write_text("To: =?utf-8?q?Ada?=\n\n7 Plumage Row")
    (messages / f"{study.ben}.eml").write_text("To: ben@example.org\n\nDear Ben")
    (study.root / "build" / "seen-as.html").write_bytes("Dear Ada Quillfeather".encode("utf-16"))
    (study.root / "people.csv.rejects.csv").write_text(
        "email,phone\nquill.old@example.org,07700 900123\nzoe@@example.org,1\n", encoding="utf-8-sig"
    )
    (study.root / "contacts.db.before-migration.db").write_text(" ".join(SECRETS))
    (study.root / "evidence").mkdir()
    (study.root / "evidence" / "form.txt").write_text("tick on the yellow form, Ada Quillfeather")
