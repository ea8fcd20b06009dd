"""An export read into an empty workspace gives the same people: nothing lost, no consent more than it was."""

import json
from pathlib import Path

import pytest
from trips import KINDS, LISTS, NOW, database_in, event, exported, imported, odd_people, people_in

from newsletter.contacts import (
    NewContact,
    add_contact,
    decide,
    find_suppression,
    record_consent,
    record_wording,
    suppress_address,
    verify_ledger,
)


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_and_nothing_of_anybody_is_lost(folder: Path, tmp_path: Path, kind: str) -> None:
    with database_in(folder, "one") as here, database_in(folder, "two") as there:
        odd_people(here)
        path = exported(here, kind, tmp_path)
        counts = imported(there, path, folder)
        assert (counts["added"], counts["rejected"]) == (9, 0)
        assert people_in(there) == people_in(here)
        assert verify_ledger(there) is None
        again = imported(there, path, folder)
        assert (again["added"], again["changed"], again["consents"], again["withdrawals"]) == (0, 0, 0, 0)
        back = imported(here, path, folder)
        assert (back["added"], back["changed"]) == (0, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_may_be_written_to_who_might_not_be_before(folder: Path, tmp_path: Path, kind: str) -> None:
    with database_in(folder, "one") as here, database_in(folder, "two") as there:
        odd_people(here)
        imported(there, exported(here, kind, tmp_path), folder)
        for day in (NOW, NOW.replace(year=2031)):
            told = [
                sorted(
                    (one.email, one.name, one.reason, one.basis, one.since) for one in decide(db, LISTS, day)
                )
                for db in (here, there)
            ]
            assert told[0] == told[1]
        reasons = {one.name: one.reason for one in decide(there, LISTS, NOW)}
        assert reasons["Ben Ng"] == "withdrawn"
        assert reasons["Dee"] == "unconfirmed"
        assert reasons["Eve"] == "expired"
        assert reasons["Flo"] == "suppressed"


def test_a_withdrawal_that_is_known_here_outlives_an_older_export(folder: Path, tmp_path: Path) -> None:
    with database_in(folder, "one") as here:
        ids = odd_people(here)
        path = exported(here, "csv", tmp_path)
        record_consent(here, event(ids["ada"], "partners", "withdrawn", effective_at="2022-09-01"), NOW)
        here.conn.execute("DELETE FROM contact_roles WHERE role = 'funder'")
        counts = imported(here, path, folder)
        assert (counts["changed"], counts["consents"]) == (1, 0)
        ended = here.conn.execute("SELECT until FROM contact_roles WHERE role = 'funder'").fetchall()
        assert [row[0] for row in ended] == ["2022-01-01"], "an ended role does not come back to life"
        assert next(decide(here, ["partners"], NOW, ids["ada"])).reason != ""


@pytest.mark.parametrize("kind", KINDS)
def test_what_must_not_be_written_to_is_learned_of_people_who_are_here_too(
    folder: Path, tmp_path: Path, kind: str
) -> None:
    with database_in(tmp_path, "one") as here, database_in(tmp_path, "two") as there:
        for db in (here, there):
            for name in ("ada", "ben"):
                person = NewContact(
                    email=f"{name}@example.org", name=name, other_emails=(f"{name}@old.example",)
                )
                record_consent(db, event(add_contact(db, person, NOW), "partners", "given"), NOW)
        suppress_address(here, "ada@example.org", "request", "tester", NOW)
        suppress_address(here, "ben@old.example", "bounced", "tester", NOW)
        here.conn.execute("UPDATE contacts SET paused_until = '2030-01-01' WHERE name = 'ben'")
        found = exported(here, kind, tmp_path)
        assert imported(there, found, folder)["changed"] == 2
        assert {one.email: one.reason for one in decide(there, LISTS, NOW)} == {
            "ada@example.org": "suppressed",
            "ben@example.org": "paused",
        }
        assert find_suppression(there, "ben@old.example") is not None
        assert imported(there, found, folder)["changed"] == 0


def test_a_wording_that_lies_here_too_is_named_and_another_one_is_kept_beside(
    folder: Path, tmp_path: Path
) -> None:
    wording = folder / "consent" / "partners-v1.md"
    wording.write_text("I agree to get news.", encoding="utf-8")
    with (
        database_in(folder, "one") as here,
        database_in(folder, "two") as there,
        database_in(folder, "three") as third,
    ):
        ada = add_contact(here, NewContact(email="ada@example.org"), NOW)
        (folder / "one" / "first.md").write_text("I agree to get news.", encoding="utf-8")
        digest = record_wording(here, folder / "one" / "first.md", NOW)
        here.conn.execute("UPDATE wordings SET name = 'partners-v1.md'")
        record_consent(here, event(ada, "partners", "given", wording_digest=digest), NOW)
        path = exported(here, "csv", tmp_path)
        imported(there, path, folder)
        assert there.conn.execute("SELECT wording_digest FROM consents").fetchone()[0] == digest
        wording.write_text("Something else.", encoding="utf-8")
        imported(third, path, folder)
        row = third.conn.execute(
            "SELECT wording_digest, detail FROM consents JOIN consent_details USING (sequence)"
        )
        kept, detail = row.fetchone()
        assert (kept, json.loads(detail)["wording"]) == ("", f"partners-v1.md {digest}")
