"""`newsletter resolve`, as it is typed."""

import inspect
import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import filelock
import forked
import pytest
from terminal import in_a_terminal

from newsletter.contacts import NewContact, add_contact
from newsletter.database import Database, open_database
from newsletter.outbox import preparing
from newsletter.outbox.questions import NOT_THE_SAME

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def resolve(folder: Path, db: Database) -> Run:
    """Runs the command on a mailing with two messages in doubt and one that a dead run left behind."""
    db.conn.execute(
        "INSERT INTO mailings (kind, issue, issue_digest, state, lists, headers, queued_at) VALUES ('issue', '2022-09', '', "
        """'running', '["partners"]', '{"name": "", "email": "", "reply_to": "", "list_id": "", "public_url": ""}', '')"""
    )
    for number, state in enumerate(("in-doubt", "in-doubt", "sending"), 1):
        db.conn.execute(
            "INSERT INTO deliveries (mailing_id, recipient_key, contact_id, email, state, token, message_id, changed_at) "
            "VALUES (1, ?, ?, ?, ?, ?, ?, '')",
            (
                str(number),
                number,
                f"reader{number}@example.org",
                state,
                str(number),
                f"<t{number}@example.org>",
            ),
        )
    db.conn.close()

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "newsletter", "resolve", "2022-09", *arguments]
        return forked.run(command, cwd=folder)

    return run


def states(folder: Path) -> list[str]:
    db = open_database(folder / "contacts.db")
    with closing(db.conn):
        return [row["state"] for row in db.conn.execute("SELECT state FROM deliveries ORDER BY id")]


def test_each_message_that_may_have_arrived_is_shown_with_its_message_id(resolve: Run) -> None:
    run = resolve()
    assert run.returncode == 0
    assert "3 may have arrived" in run.stdout
    for number in (1, 2, 3):
        assert f"<t{number}@example.org>" in run.stdout
        assert f"reader{number}@example.org" in run.stdout
    shown = json.loads(resolve("--json").stdout)
    assert [one["id"] for one in shown] == [1, 2, 3]


def test_the_operators_word_is_taken_by_number_or_by_message_id(resolve: Run, folder: Path) -> None:
    run = resolve("--delivered", "1", "--send-again", "<t2@example.org>", "--delivered", "t3@example.org")
    assert run.returncode == 0, run.stderr
    assert states(folder) == ["sent", "waiting", "sent"]
    assert "newsletter send 2022-09" in run.stdout


def test_all_may_be_said_to_have_arrived(resolve: Run, folder: Path) -> None:
    assert "Nothing of 2022-09 is in doubt any more." in resolve("--all-delivered").stdout
    assert states(folder) == ["sent"] * 3


@pytest.mark.parametrize("wrong", [("--delivered", "9"), ("--delivered", "1", "--send-again", "1")])
def test_a_word_that_cannot_be_changes_nothing(resolve: Run, folder: Path, wrong: tuple[str, ...]) -> None:
    assert resolve(*wrong).returncode == 2
    assert states(folder) == ["in-doubt"] * 3


def test_who_has_left_the_address_is_named_before_send_again_is_noted(
    resolve: Run, folder: Path, now: object
) -> None:
    db = open_database(folder / "contacts.db")
    with closing(db.conn):
        reader = add_contact(db, NewContact(email="reader1@example.org", name="Reader"), now)
        db.conn.execute(
            "UPDATE deliveries SET contact_id = :id, recipient_key = (SELECT address_key FROM addresses "
            "WHERE contact_id = :id) WHERE id = 1",
            {"id": reader},
        )
    run = resolve("--send-again", "1", "--send-again", "2")
    assert run.returncode == 0, run.stderr
    assert "reader2@example.org: this address is not theirs any more" in run.stderr
    assert "reader1" not in run.stderr
    assert "reader1@example.org: waiting to be sent again" in run.stdout
    assert "reader2@example.org: did not arrive, and does not go to the old address again" in run.stdout
    assert "newsletter send 2022-09 --add-new" in run.stdout


def test_of_somebody_who_was_erased_it_says_so(resolve: Run, folder: Path, now: object) -> None:
    db = open_database(folder / "contacts.db")
    with closing(db.conn):
        reader = add_contact(db, NewContact(email="reader1@example.org", name="Reader"), now)
        db.conn.execute("UPDATE deliveries SET contact_id = ? WHERE id = 1", (reader,))
    erased = forked.run(
        [sys.executable, "-m", "newsletter", "privacy", "erase", "reader1@example.org", "--yes"], cwd=folder
    )
    assert erased.returncode == 0, erased.stderr
    run = resolve()
    assert "1  somebody who was erased" in run.stdout
    assert "this person was erased, and nothing is kept of who it was" in run.stdout
    assert "reader1" not in run.stdout
    assert [one["erased"] for one in json.loads(resolve("--json").stdout)] == [True, False, False]
    run = resolve("--send-again", "1")
    assert run.returncode == 0, run.stderr
    assert "somebody who was erased: did not arrive, and does not go to them again" in run.stdout
    assert "--add-new" not in run.stdout


def test_while_a_send_runs_nothing_is_decided(resolve: Run, folder: Path) -> None:
    with filelock.FileLock(folder / "contacts.db.send.lock"):
        run = resolve("--all-delivered")
    assert run.returncode == 75
    assert states(folder)[2] == "sending"


def put_back(folder: Path, **columns: str) -> None:
    db = open_database(folder / "contacts.db")
    with closing(db.conn):
        names = ", ".join(f"{name} = ?" for name in columns)
        db.conn.execute(f"UPDATE deliveries SET {names} WHERE id = 1", tuple(columns.values()))


def test_a_message_that_cannot_be_made_again_is_shown_and_can_be_given_up(resolve: Run, folder: Path) -> None:
    put_back(
        folder, state="waiting", reply=f"message <t1@example.org> {NOT_THE_SAME} as when it was first sent"
    )
    run = resolve()
    assert "2 may have arrived" in run.stdout
    assert "1 cannot be made into the same bytes again" in run.stdout
    assert "--give-up ID" in run.stdout
    wrong = resolve("--give-up", "2")
    assert wrong.returncode == 2, "what may have arrived is not given up"
    assert "message 2 is in doubt" in wrong.stderr
    assert "`--delivered 2`" in wrong.stderr
    assert "`--send-again 2`" in wrong.stderr
    wrong = resolve("--delivered", "1")
    assert wrong.returncode == 2
    assert "`--give-up 1` ends it" in wrong.stderr
    given_up = resolve("--give-up", "1")
    assert given_up.returncode == 0, given_up.stderr
    assert states(folder) == ["refused", "in-doubt", "in-doubt"]


def test_what_it_says_of_such_a_message_is_what_the_press_says() -> None:
    assert NOT_THE_SAME in inspect.getsource(preparing)


def test_the_queue_id_and_the_time_are_shown_where_they_are_known(resolve: Run, folder: Path) -> None:
    put_back(folder, queue_id="4Xy7", changed_at="2026-07-01T08:30:00Z")
    shown = json.loads(resolve("--json").stdout)[0]
    assert (shown["queue_id"], shown["since"], shown["state"]) == ("4Xy7", "2026-07-01T08:30:00Z", "in-doubt")
    told = resolve().stdout
    assert "4Xy7" in told
    assert "Wednesday 1 July 2026, 09:30" in told


def test_send_again_after_a_cancel_means_that_it_did_not_arrive(resolve: Run, folder: Path) -> None:
    resolve()
    db = open_database(folder / "contacts.db")
    with closing(db.conn):
        db.conn.execute("UPDATE mailings SET state = 'cancelled'")
    run = resolve("--send-again", "1")
    assert "is not sent again: cancelled" in run.stdout
    assert states(folder) == ["skipped", "in-doubt", "in-doubt"]


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
@pytest.mark.parametrize("width", [40, 80, 140])
def test_a_message_id_is_never_cut_however_narrow_the_terminal(
    resolve: Run, folder: Path, width: int
) -> None:
    resolve()
    name = f"<{'0123456789abcdef' * 3}@a-rather-long-name-of-a-computer.example.org>"
    put_back(folder, message_id=name, queue_id="4Xy7", changed_at="2026-07-01T08:30:00Z", reply="no answer")
    command = [sys.executable, "-m", "newsletter", "resolve", "2022-09"]
    code, told = in_a_terminal(command, folder, "s\ns\ns\n", size=(40, width))
    assert code == 0
    assert told[told.index("3 may have arrived:") :].count(name) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_in_a_terminal_each_is_asked_about_and_the_sum_is_agreed_to_first(resolve: Run, folder: Path) -> None:
    resolve()
    command = [sys.executable, "-m", "newsletter", "resolve", "2022-09"]
    code, told = in_a_terminal(command, folder, "d\na\ns\nn\n")
    assert code == 130
    assert "1 delivered, 1 again; 1 left as they are" in told
    assert states(folder) == ["in-doubt"] * 3, "nothing was agreed to"
    code, told = in_a_terminal(command, folder, "d\na\ns\ny\n")
    assert code == 0, told
    assert "<t2@example.org>" in told
    assert states(folder) == ["sent", "waiting", "in-doubt"]
