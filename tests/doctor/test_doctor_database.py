"""contacts.db as the doctor finds it, and nothing in it changed."""

import datetime as dt
import os
from collections.abc import Callable, Sequence

import pytest

from newsletter import keychain
from newsletter.contacts import NewContact, add_contact, sync_lists
from newsletter.database import Database, key_name
from newsletter.doctor import Case, Finding
from newsletter.doctor.database import check
from newsletter.doctor.secrets import check as check_secrets
from newsletter.oauth import Login
from newsletter.oauth.keeping import keep_login

One = Callable[[Sequence[Finding], str], Finding]


def test_a_new_database_is_well_and_stays_as_it_is(case: Case, db: Database) -> None:
    before = db.path.read_bytes()
    findings = list(check(case))
    assert {finding.level for finding in findings} <= {"ok", "note"}, findings
    assert db.path.read_bytes() == before
    assert not list(case.workspace.root.glob(".newsletter-doctor-*"))


def test_a_thorough_look_verifies_the_ledger(make_case: Callable[..., Case], db: Database, told: One) -> None:
    findings = list(check(make_case(thorough=True)))
    assert told(findings, "database.ledger").level == "ok"
    db.conn.execute(
        "INSERT INTO consents VALUES (1, 1, 'x', 'given', '', '', '', '', '', '', NULL, '', '', 'no mac')"
    )
    assert told(list(check(make_case(thorough=True))), "database.ledger").level == "error"


def test_one_that_is_not_there_or_not_ours_is_an_error(case: Case) -> None:
    assert [finding.level for finding in check(case)] == ["error"]
    case.database.write_bytes(b"SQLite format 3\x00" + bytes(5000))
    assert [finding.check for finding in check(case)] == ["database.opens"]


def test_a_damaged_one_is_an_error(case: Case, db: Database, told: One) -> None:
    db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.conn.close()
    with case.database.open("r+b") as file:
        file.seek(4096 * 60)
        file.write(b"\xff" * 4096 * 20)
    findings = list(check(case))
    assert any(finding.check == "database.whole" and finding.level == "error" for finding in findings)


def test_a_look_that_takes_too_long_is_broken_off(
    make_case: Callable[..., Case], db: Database, told: One, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("newsletter.doctor.database._STEPS", 10)
    found = told(list(check(make_case(seconds=0.0))), "database.whole")
    assert (found.level, found.remedy) == ("note", "newsletter doctor --thorough")
    assert told(list(check(make_case(seconds=0.0, thorough=True))), "database.whole").level == "ok"


def test_one_of_an_older_version_is_noted_and_left_as_it_is(case: Case, db: Database, told: One) -> None:
    db.conn.execute("DROP TABLE rates")
    db.conn.execute("DELETE FROM _sqlite_migrations WHERE name = 'm011_sending'")
    found = told(list(check(case)), "database.version")
    assert (found.level, found.remedy) == ("note", "newsletter lists")
    assert db.one("SELECT 1 FROM _sqlite_migrations WHERE name = 'm011_sending'") is None


def test_a_restored_one_must_be_adopted(case: Case, db: Database, told: One) -> None:
    db.conn.execute("UPDATE identity SET generation = -1")
    found = told(list(check(case)), "database.sends")
    assert found.level == "error"
    assert "newsletter adopt" in found.remedy


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
def test_what_others_can_read_or_replace_is_an_error(case: Case, db: Database, told: One) -> None:
    db.path.chmod(0o644)
    found = next(finding for finding in check(case) if finding.check == "database.rights")
    assert (found.level, found.remedy) == ("error", f"chmod 600 {db.path}")
    for mode in (0o720, 0o702):
        db.path.parent.chmod(mode)
        assert told(list(check(case)), "database.folder").level == "error"


def test_more_people_than_may_be_written_to_are_warned_of(
    make_case: Callable[..., Case], db: Database, told: One
) -> None:
    case = make_case('max_recipients = 1\n[lists.partners]\nname = "P"\npurpose = "News."\n')
    sync_lists(db, case.config, case.now)
    for name in ("ada", "ben"):
        contact = add_contact(db, NewContact(email=f"{name}@example.org"), case.now)
        db.conn.execute("INSERT INTO list_members VALUES ('partners', ?, '')", (contact,))
    found = told(list(check(case)), "database.audience")
    assert found.level == "warning"
    assert "2 people are on lists" in found.found


def test_the_age_of_the_newest_backup_is_told(case: Case, db: Database, told: One) -> None:
    assert told(list(check(case)), "database.backup").level == "note"
    backup = case.workspace.root / "study.newsletter-backup"
    backup.write_bytes(b"")
    for days, level in ((40, "warning"), (3, "ok")):
        then = case.now.timestamp() - days * 86400
        os.utime(backup, (then, then))
        found = told(list(check(case)), "database.backup")
        assert found.level == level
        assert f"{days} days old" in found.found


def test_the_key_is_there_missing_or_another_ones(case: Case, db: Database, told: One) -> None:
    assert told(list(check_secrets(case)), "secrets.key").level == "ok"
    keychain.delete_secret(key_name(db.database_id))
    assert "is missing" in told(list(check_secrets(case)), "secrets.key").found


def test_secret_files_that_others_can_read_are_an_error(case: Case, db: Database, told: One) -> None:
    (path,) = keychain.secrets_folder().glob("*.secret")
    path.chmod(0o640)
    found = told(list(check_secrets(case)), "secrets.rights")
    assert found.remedy == f"chmod 600 {path}"


def test_a_password_that_is_missing_is_an_error_and_one_that_is_there_is_not_shown(
    make_case: Callable[..., Case], told: One
) -> None:
    case = make_case('[smtp]\nhost = "127.0.0.1"\nuser = "news"\nsecurity = "none"\n')
    assert told(list(check_secrets(case)), "secrets.login").level == "error"
    keychain.write_secret("smtp-news@127.0.0.1", "correct horse")
    findings = list(check_secrets(case))
    assert told(findings, "secrets.login").level == "ok"
    assert "correct horse" not in str(findings)


TOKEN = """
[smtp]
host = "smtp.office365.com"
user = "news@linkworkers.test"
auth = "xoauth2"
[oauth]
provider = "microsoft"
tenant = "our-tenant"
client_id = "our-client"
"""


def test_a_login_by_token_is_told_with_the_day_on_which_it_ends(
    make_case: Callable[..., Case], now: dt.datetime, told: One
) -> None:
    assert told(list(check_secrets(make_case(TOKEN))), "secrets.login").level == "error"
    moment = now.isoformat()
    user = "news@linkworkers.test"
    keep_login(Login("microsoft", "our-tenant", "our-client", user, moment, moment, "a grant"), user)
    found = told(list(check_secrets(make_case(TOKEN))), "secrets.login")
    assert (found.level, "until 29 December 2022" in found.found) == ("ok", True)
    assert "a grant" not in found.found
    later = make_case(TOKEN, now=now + dt.timedelta(days=80))
    assert told(list(check_secrets(later)), "secrets.login").level == "warning"


def test_a_file_in_place_of_a_keyring_is_said_aloud(
    case: Case, told: One, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "NEWSLETTER_SECRETS" in told(list(check_secrets(case)), "secrets.kept").found
    monkeypatch.delenv("NEWSLETTER_SECRETS")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    found = told(list(check_secrets(case)), "secrets.kept")
    assert found.level == "warning"
    assert "unencrypted" in found.found
