"""`newsletter privacy`: shown, forgotten, asked for, lost."""

import datetime as dt
import json
import sqlite3
from contextlib import closing

import pytest
from quillfeather import SECRETS, Study, make_study

from newsletter.config import Workspace

ADA = "ada.quillfeather@example.org"


@pytest.fixture
def study(workspace: Workspace, now: dt.datetime) -> Study:
    return make_study(workspace, now)


def test_nothing_of_an_erased_person_is_left_in_any_byte(study: Study) -> None:
    assert set().union(*study.found().values()) == set(SECRETS)
    told = study.run("privacy", "erase", ADA, "--yes")
    assert (told.returncode, told.stderr) == (0, "")
    assert "Sent Items" in told.stdout
    assert study.found() == {}
    assert study.run("consent", "verify").returncode == 0


def test_the_search_has_no_word_of_theirs_left(study: Study) -> None:
    study.run("privacy", "erase", ADA, "--yes")
    with closing(study.open().conn) as conn:
        conn.execute("CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, people_search, row)")
        words = {row[0] for row in conn.execute("SELECT term FROM temp.words")}
    assert words & {"quillfeather", "ada"} == set()
    assert "carter" in words


def test_no_import_brings_them_back_by_any_address_they_had(study: Study) -> None:
    study.run("privacy", "erase", ADA, "--yes")
    (study.root / "back.csv").write_text("email\nAda.Quillfeather@Example.org\nquill.old@example.org\n")
    said = ("--list", "partners", "--basis", "consent", "--source", "sheet", "--given-on", "2022-06-14")
    told = json.loads(study.run("contacts", "import", "back.csv", *said, "--json").stdout)
    assert (told["added"], told["suppressed"]) == (0, 2)
    assert study.rows("SELECT DISTINCT reason, source FROM suppressions") == [("erased", "")]


def test_a_running_mailing_keeps_its_count_and_does_not_go_to_them(study: Study) -> None:
    study.run("privacy", "erase", ADA, "--yes")
    rows = study.rows("SELECT id, state, reason, email, personal, reply FROM deliveries ORDER BY id")
    assert rows == [
        (1, "sent", "", "", "", "250"),
        (2, "skipped", "suppressed", "", "", ""),
        (3, "waiting", "", "ben@example.org", "", ""),
    ]


def test_others_keep_what_is_theirs_and_lose_only_the_name(study: Study) -> None:
    study.run("privacy", "erase", ADA, "--yes")
    assert study.rows("SELECT name, notes FROM contacts") == [("Ben Carter", "came with [erased]")]
    assert study.rows("SELECT id, said FROM engagements") == [(2, "[erased] and Ben Carter came")]
    assert study.rows("SELECT count(*) FROM relationships") == [(0,)]
    assert (study.root / "build" / "2022-09" / "messages" / f"{study.ben}.eml").exists()
    rejects = (study.root / "people.csv.rejects.csv").read_text(encoding="utf-8-sig")
    assert rejects.split() == ["email,phone", "zoe@@example.org,1"]


def test_the_ledger_says_that_they_agree_to_nothing_any_more(study: Study) -> None:
    study.run("privacy", "erase", ADA, "--yes")
    kinds = study.rows("SELECT kind, channel FROM consents WHERE contact_id = ? ORDER BY sequence", study.ada)
    assert kinds == [("given", "paper"), ("withdrawn", "erasure")]
    details = study.rows("SELECT detail FROM consent_details")
    assert details == [('{"source":"call of May"}',)]


def test_the_audit_trail_says_that_it_was_done_and_not_to_whom(study: Study) -> None:
    study.run("privacy", "erase", ADA, "--yes")
    trail = study.rows("SELECT command, operator, summary FROM operations ORDER BY id")
    assert trail[-1] == ("privacy erase", "tester", '{"people": 1}')
    touched = study.rows(
        "SELECT change, before, after_mac FROM operation_contacts WHERE contact_id = ?", study.ada
    )
    assert {row[0] for row in touched} == {"added", "changed", "removed"}
    assert {row[1:] for row in touched} == {("", "")}
    texts = str(study.rows("SELECT * FROM operations")) + str(study.rows("SELECT * FROM operation_contacts"))
    assert not [secret for secret in SECRETS if secret.lower() in texts.lower()]
    assert study.rows("SELECT contact_id, operator, reason FROM erasures") == [
        (study.ada, "tester", "request")
    ]
    assert study.rows("SELECT closed_on <> '', outcome, note FROM privacy_requests") == [(1, "done", "")]


def test_a_dry_run_tells_everything_and_changes_nothing(study: Study) -> None:
    before = study.found()
    told = study.run("privacy", "erase", ADA, "--dry-run")
    assert told.returncode == 0
    for words in (
        "1 message to them still waiting",
        "evidence/form.txt: deleted",
        "read them for more",
        "Nothing was",
    ):
        assert words in told.stdout
    assert study.found() == before
    plan = json.loads(study.run("privacy", "erase", ADA, "--dry-run", "--json").stdout)
    assert plan["rows"]["contacts"] == 1
    assert plan["rows"]["engagements"] == 1
    assert plan["engagements_to_read"] == [2]
    assert plan["texts"] == {"contacts": 1, "engagements": 1, "operation_contacts": 1}


def test_erasing_demands_that_the_person_is_typed_and_warns_of_evidence(study: Study) -> None:
    refused = study.run("privacy", "erase", ADA, stdin="yes\n")
    assert refused.returncode == 130
    assert "17(3)(e)" in refused.stderr
    assert study.rows("SELECT count(*) FROM contacts") == [(2,)]
    assert study.run("privacy", "erase", ADA, stdin=f"{ADA}\n").returncode == 0
    assert study.rows("SELECT count(*) FROM contacts") == [(1,)]


def test_a_shared_address_is_not_barred_unless_that_is_asked_for(study: Study) -> None:
    study.run("contacts", "add", "ben@example.org", "--name", "Dora Carter", "--shared")
    dora = study.rows("SELECT id FROM contacts WHERE name = 'Dora Carter'")[0][0]
    told = study.run("privacy", "erase", str(dora), "--dry-run").stdout
    assert "somebody else has this address too" in told
    assert study.run("privacy", "erase", str(dora), "--yes").returncode == 0
    told = study.run("suppress", "show", "ben@example.org")
    assert "not suppressed" in told.stdout + told.stderr
    # Her name at this address is barred from imports, as a keyed hash of both.
    assert study.rows("SELECT reason, source FROM suppressions") == [
        ("erased", "one of several people at an address")
    ]
    assert study.rows("SELECT email FROM addresses WHERE contact_id = ?", study.ben) == [("ben@example.org",)]


def test_a_shared_address_is_barred_where_that_is_asked_for(study: Study) -> None:
    study.run("contacts", "add", "ben@example.org", "--name", "Dora Carter", "--shared")
    dora = study.rows("SELECT id FROM contacts WHERE name = 'Dora Carter'")[0][0]
    study.run("privacy", "erase", str(dora), "--yes", "--suppress-shared")
    assert study.rows("SELECT reason FROM suppressions") == [("erased",)]


def test_nobody_is_barred_unasked_who_is_not_known(study: Study) -> None:
    unknown = study.run("privacy", "erase", "zed@example.net", "--yes")
    assert unknown.returncode == 2
    assert "--suppress-anyway" in unknown.stderr
    assert study.run("privacy", "erase", "zed@example.net", "--yes", "--suppress-anyway").returncode == 0
    assert json.loads(study.run("suppress", "show", "zed@example.net", "--json").stdout)["reason"] == "erased"


def test_while_another_program_reads_the_rest_is_left_to_finish(study: Study) -> None:
    with closing(sqlite3.connect(study.root / "contacts.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM contacts").fetchone()
        told = study.run("privacy", "erase", ADA, "--yes")
        assert told.returncode == 75
        assert "newsletter privacy erase --finish" in told.stderr
        assert study.rows("SELECT count(*) FROM addresses WHERE contact_id = ?", study.ada) == [(0,)]
        assert study.found() != {}
    assert study.run("privacy", "erase", "--finish").returncode == 0
    assert study.found() == {}


def test_what_a_run_noted_after_the_erasure_goes_when_it_is_finished(study: Study) -> None:
    study.run("privacy", "erase", ADA, "--yes")
    with closing(study.open().conn) as conn:
        conn.execute(
            "UPDATE deliveries SET reply = '550 5.1.1 7 Plumage Row', state = 'waiting' WHERE id = 1"
        )
    assert study.run("privacy", "erase", "--finish").returncode == 0
    assert study.rows("SELECT state, reason, reply FROM deliveries WHERE id = 1") == [
        ("skipped", "suppressed", "550")
    ]
    assert study.found() == {}


def test_files_of_others_are_named_and_left_alone(study: Study) -> None:
    (study.root / "people.csv").write_text(f"email\n{ADA}\n")
    (study.root / "old.newsletter-backup").write_bytes(b"age")
    told = study.run("privacy", "erase", ADA, "--yes").stdout
    assert "people.csv: for you to mend or delete" in told
    assert "old.newsletter-backup: for you" in told
    assert (study.root / "people.csv").exists()


@pytest.mark.parametrize("words", [(), (ADA, "--finish")])
def test_erase_wants_one_person_or_the_rest(study: Study, words: tuple[str, ...]) -> None:
    assert study.run("privacy", "erase", *words).returncode == 2


def test_the_log_beside_an_open_database_is_emptied_too(study: Study) -> None:
    with closing(study.open().conn) as looking:
        looking.execute("SELECT count(*) FROM contacts").fetchone()
        looking.execute(
            "UPDATE contacts SET notes = notes || '; wants the goose report' WHERE id = ?", (study.ada,)
        )
        assert (study.root / "contacts.db-wal").stat().st_size > 0
        assert "contacts.db-wal" in study.found()
        assert study.run("privacy", "erase", ADA, "--yes").returncode == 0
        assert study.found() == {}


def test_export_writes_a_page_and_a_file_and_warns_of_others(study: Study) -> None:
    told = study.run("privacy", "export", ADA)
    assert told.returncode == 0
    assert told.stdout.split() == [f"build/privacy/about-{study.ada}.{end}" for end in ("json", "html")]
    assert "names Ben Carter" in told.stderr
    assert study.run("privacy", "erase", ADA, "--yes").returncode == 0
    assert not list((study.root / "build" / "privacy").iterdir())


def test_export_to_a_folder_and_as_json_say_the_same(study: Study) -> None:
    study.run("privacy", "export", ADA, "--to", "out")
    written = json.loads((study.root / "out" / f"about-{study.ada}.json").read_text(encoding="utf-8"))
    printed = json.loads(study.run("privacy", "export", str(study.ada), "--json").stdout)
    assert printed["what_we_keep_about_you"] == written["what_we_keep_about_you"]
    assert study.run("privacy", "export", "nobody@example.org").returncode == 2


def test_a_request_is_kept_listed_acknowledged_and_closed(study: Study) -> None:
    added = study.run(
        "privacy", "request", "add", "complaint", "--received", "2022-01-03", "--note", "letter"
    )
    assert "to be acknowledged by 2 February 2022" in added.stdout
    listed = study.run("privacy", "request", "list")
    assert "OVERDUE" in listed.stdout
    assert "overdue since 2022-02-02" in listed.stderr
    assert "Request 2 (complaint) was due on 2 February 2022." in study.run("status").stdout
    assert study.run("privacy", "request", "acknowledge", "2").returncode == 0
    told = json.loads(study.run("privacy", "request", "list", "--json").stdout)
    assert [(one["id"], one["kind"], one["overdue"]) for one in told] == [
        (2, "complaint", False),
        (1, "erasure", True),
    ]
    assert study.run("privacy", "request", "close", "2", "--outcome", "partly").returncode == 0
    assert study.run("privacy", "request", "close", "2").returncode == 2


def test_an_objection_is_heard_at_once_from_the_command_line(study: Study) -> None:
    assert study.run("privacy", "request", "add", "objection", ADA).returncode == 0
    told = study.run("contacts", "show", ADA).stdout
    assert "never to be contacted" in told or "do-not-contact" in told
    assert study.run("privacy", "request", "add", "objection", "zed@example.net").returncode == 0
    assert study.run("privacy", "request", "add", "access", "zed@example.net").returncode == 2


def test_a_breach_is_drafted_for_the_database_as_it_is(study: Study) -> None:
    told = study.run("privacy", "breach", "--aware", "2026-06-14 09:30")
    assert told.returncode == 0
    assert "17 June 2026 at 09:30" in told.stdout
    assert "quillfeather" not in told.stdout.lower()
    data = json.loads(study.run("privacy", "breach", "--people", "--json", "--encrypted", "no").stdout)
    assert (data["people"], data["encrypted"], len(data["exposed"])) == (2, "no", 2)
    assert study.run("privacy", "breach", "--aware", "soon").returncode == 2


def test_a_backup_that_was_lost_is_looked_into_with_its_passphrase(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWSLETTER_BACKUP_PASSPHRASE", "correct horse")
    assert study.run("backup", "old.newsletter-backup").returncode == 0
    told = json.loads(study.run("privacy", "breach", "--database", "old.newsletter-backup", "--json").stdout)
    assert (told["people"], told["encrypted"]) == (2, "yes")
    assert "holds the workspace's key too" in told["draft"]
    assert not list(study.root.glob(".newsletter-*"))


def test_retention_shows_first_and_applies_only_when_told(study: Study) -> None:
    assert "nothing is ever deleted" in study.run("privacy", "retention", "--apply", "--yes").stdout
    settings = study.root / "newsletter.toml"
    settings.write_text(settings.read_text() + '\n[retention]\nleft = "1 year"\n')
    with closing(study.open().conn) as conn:
        conn.execute(
            "UPDATE contacts SET stop = 'left-study', updated_at = '2020' WHERE id = ?", (study.ada,)
        )
        conn.execute("UPDATE privacy_requests SET closed_on = '2022-09-02'")
    shown = study.run("privacy", "retention")
    assert ADA in shown.stdout
    assert study.rows("SELECT count(*) FROM contacts") == [(2,)]
    assert study.run("privacy", "retention", "--apply", stdin="no\n").returncode == 130
    assert json.loads(study.run("privacy", "retention", "--json").stdout)[0]["people"] == [study.ada]
    assert study.run("privacy", "retention", "--apply", "--yes").returncode == 0
    assert study.rows("SELECT count(*) FROM contacts") == [(1,)]
    assert study.found() == {}
