"""Going on with a mailing whose file or settings are not any more as when it was queued, and how it stands meanwhile."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from scripted import Act, Scripted, say, scripted
from stage import SLUG, Driver, Ended, Stage, build, join, settle

READERS = 8


@pytest.fixture(scope="module")
def driver() -> Iterator[Driver]:
    made = Driver()
    yield made
    made.close()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, driver: Driver) -> Path:
    return build(tmp_path_factory.mktemp("owed"), READERS)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Scripted]:
    with scripted(tmp_path / "taken.log") as server:
        yield server


@pytest.fixture
def study(tmp_path: Path, template: Path, driver: Driver, room: Scripted) -> Stage:
    return settle(tmp_path / "here", template, driver, room.port)


def issue_file(stage: Stage) -> Path:
    return stage.folder / "issues" / f"{SLUG}.yaml"


def change(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


def rename_the_list(stage: Stage) -> None:
    change(stage.folder / "newsletter.toml", "[lists.partners]", "[lists.friends]")


def some_wait_and_some_are_in_doubt(stage: Stage, room: Scripted) -> None:
    """Of eight: one refused, one sent, two in doubt, four waiting."""
    room.at("RCPT", say("550 5.1.1 no such user"), times=1)
    room.at("DOT", Act(then="hang up"), times=2)
    assert stage.send("--limit", "4").code == 75


def standing(stage: Stage) -> dict[str, object]:
    (found,) = json.loads(stage.run("status", "--json").out)
    assert isinstance(found, dict)
    return found


def shown(ended: Ended) -> str:
    return " ".join(ended.out.split())


def test_a_mailing_goes_on_though_its_list_left_the_settings(study: Stage, room: Scripted) -> None:
    assert study.send("--limit", "1").code == 75
    rename_the_list(study)
    ended = study.run("send", SLUG)
    assert ended.code == 130
    assert "goes to 7 people: Project partners." in ended.err
    ended = study.send()
    assert ended.code == 0, ended.err
    assert len(room.recipients()) == READERS


def test_newcomers_are_added_though_the_list_left_the_settings(study: Stage, room: Scripted) -> None:
    assert study.send().code == 0
    rename_the_list(study)
    with study.door() as db:
        join(db, READERS)
    ended = study.send("--add-new")
    assert ended.code == 0, ended.err
    assert room.recipients()[-1] == f"reader{READERS}@example.org"


@pytest.mark.parametrize("words", [("--at", "tomorrow 09:00", "--no-wait"), ("--add-new", "--at", "now")])
def test_a_scheduled_mailing_may_be_moved_though_its_list_left_the_settings(
    study: Stage, words: tuple[str, ...]
) -> None:
    assert study.send("--at", "tomorrow 08:00", "--no-wait").code == 75
    rename_the_list(study)
    ended = study.send(*words)
    assert ended.code == (0 if "now" in words else 75), ended.err
    for command in (("status",), ("report", SLUG), ("send", SLUG, "--dry-run")):
        assert "Traceback" not in study.run(*command).err


@pytest.mark.parametrize("what", ["changed", "broken", "gone"])
def test_a_finished_mailing_has_nothing_left_whatever_became_of_its_file(
    study: Stage, room: Scripted, what: str
) -> None:
    assert study.send().code == 0
    if what == "changed":
        change(issue_file(study), "We have news.", "We have other news.")
    elif what == "broken":
        issue_file(study).write_text("title: [", encoding="utf-8")
    else:
        issue_file(study).unlink()
    ended = study.send("--wait")
    assert ended.code == 0, ended.err
    assert f"Nothing of {SLUG} is left to send." in ended.err
    assert "what was sent stays as it was." in ended.err
    assert len(room.recipients()) == READERS


def test_a_finished_mailing_with_a_refusal_ends_with_1_though_its_file_has_changed(
    study: Stage, room: Scripted
) -> None:
    room.at("RCPT", say("550 5.1.1 no such user"), only="reader0@", times=1)
    assert study.send().code == 1
    change(issue_file(study), "We have news.", "We have other news.")
    ended = study.send()
    assert (ended.code, "Nothing of" in ended.err) == (1, True)


def test_newcomers_get_what_was_approved_and_not_what_the_file_says_now(study: Stage, room: Scripted) -> None:
    assert study.send().code == 0
    change(issue_file(study), "We have news.", "We have other news.")
    with study.door() as db:
        join(db, READERS)
    room.keep_contents = True
    assert study.send("--add-new").code == 0
    assert b"We have news." in b"".join(map(bytes, room.contents))
    with study.door() as db:
        join(db, READERS + 1)
    assert study.run("approve", SLUG, "--revoke", "--yes").code == 0
    ended = study.send("--add-new")
    assert ended.code == 77
    assert "has been withdrawn" in ended.err


def test_an_issue_that_was_never_queued_must_be_there(study: Stage) -> None:
    issue_file(study).unlink()
    ended = study.send()
    assert ended.code == 2
    assert "there is no issue" in ended.err


def test_status_counts_everybody_once_and_names_the_way_to_settle_doubts(
    study: Stage, room: Scripted
) -> None:
    some_wait_and_some_are_in_doubt(study, room)
    found = standing(study)
    assert found == {
        "issue": SLUG,
        "state": "waiting",
        "told": "sent to 1 of 8, 0 skipped, 1 refused, 4 still waiting, "
        f"2 in doubt (see `newsletter resolve {SLUG}`)",
        "next": f"newsletter send {SLUG}",
        "waiting": 4,
        "in_doubt": 2,
        "file": True,
    }
    assert "2 in doubt" in shown(study.run("status"))
    assert study.run("cancel", SLUG, "--yes").code == 0
    found = standing(study)
    assert (found["state"], found["next"]) == ("cancelled", f"newsletter resolve {SLUG}")
    assert str(found["told"]).startswith("sent to 1 of 8, 4 skipped, 1 refused, 2 in doubt")
    assert (found["waiting"], found["in_doubt"]) == (0, 2)


def test_what_is_on_the_way_is_not_called_in_doubt(study: Stage, room: Scripted) -> None:
    told: list[dict[str, object]] = []
    left = [2]

    def look(moment: str, _: str) -> None:
        left[0] -= moment == "DOT"
        if moment == "DOT" and left[0] == 0:
            told.append(_elsewhere(study))

    room.listeners.append(look)
    assert study.send().code == 0
    assert told[0]["state"] == "sending"
    assert told[0]["in_doubt"] == 0
    assert "1 on the way" in str(told[0]["told"])
    assert "in doubt" not in str(told[0]["told"])


def _elsewhere(stage: Stage) -> dict[str, object]:
    """What another window says, with a driver of its own: the first waits for its run."""
    beside = Driver()
    try:
        other = Stage(stage.folder, stage.home, beside, outputs=stage.home)
        return standing(other)
    finally:
        beside.close()


def test_status_does_not_forget_what_has_something_open_and_no_file(study: Stage, room: Scripted) -> None:
    some_wait_and_some_are_in_doubt(study, room)
    issue_file(study).unlink()
    found = standing(study)
    assert (found["issue"], found["state"], found["file"]) == (SLUG, "waiting", False)
    assert str(found["told"]).endswith("; its file is missing from issues")
    told = shown(study.run("status"))
    assert "its file is missing" in told
    assert "There is no issue yet" not in told
    study.send()
    assert standing(study)["state"] == "in-doubt"
    assert study.run("resolve", SLUG, "--all-delivered").code == 0
    assert json.loads(study.run("status", "--json").out) == [], "nothing of it is open any more"


def at_a_minute_each(stage: Stage) -> None:
    change(stage.folder / "newsletter.toml", "[smtp]\n", '[smtp]\nrate = "1/minute"\n')


WARNING = "At this rate 4 of 8 will not get it before"


def test_whom_the_last_time_cuts_off_is_said_before_anything_is_agreed_to(study: Stage) -> None:
    at_a_minute_each(study)
    words = ("--at", "tomorrow 09:00", "--not-after", "tomorrow 09:03")
    ended = study.run("send", SLUG, *words)
    assert ended.code == 130
    assert "the last of 8 messages leaves on" in ended.err
    assert ", 09:07 (Europe/London)" in ended.err
    assert WARNING in ended.err
    assert ended.err.index(WARNING) < ended.err.index("goes to 8 people")
    assert study.send(*words, "--no-wait").code == 75
    for again in (study.run("send", SLUG, "--dry-run"), study.send("--no-wait")):
        assert WARNING in again.err
    assert "will not get it" not in study.send("--not-after", "tomorrow 10:00", "--no-wait").err


def test_those_who_shall_have_it_after_all_are_foretold_too(study: Stage) -> None:
    at_a_minute_each(study)
    assert study.send("--at", "tomorrow 09:00", "--no-wait").code == 75
    with study.rows() as conn:
        conn.execute(
            "UPDATE mailings SET not_before = ?, not_after = ?",
            ("2022-10-01T08:00:00Z", "2022-10-01T20:00:00Z"),
        )
    assert study.send().code == 77
    ended = study.run("send", SLUG, "--at", "tomorrow 09:00", "--not-after", "tomorrow 09:03")
    assert WARNING in ended.err
    assert "goes to 8 people" in ended.err


def test_the_usual_last_time_is_thought_of_too(study: Stage) -> None:
    change(study.folder / "newsletter.toml", "[smtp]\n", '[smtp]\nrate = "4/day"\n')
    ended = study.run("send", SLUG, "--at", "tomorrow 09:00")
    assert WARNING in ended.err
    assert ", 21:00 (Europe/London)" in ended.err


def test_a_dry_run_of_what_was_cancelled_says_so(study: Stage) -> None:
    study.send("--limit", "1")
    study.run("cancel", SLUG, "--yes", "--reason", "a wrong date")
    ended = study.run("send", SLUG, "--dry-run")
    assert "was cancelled, by tester" in ended.err
    assert "a wrong date. Approved or not, nothing of it is sent any more." in ended.err


def test_what_was_cancelled_is_not_approved_any_more(study: Stage) -> None:
    study.send("--limit", "1")
    study.run("cancel", SLUG, "--yes", "--reason", "a wrong date")
    ended = study.run("approve", SLUG, "--as", "Ben Example", "--role", "editor", "--yes")
    assert ended.code == 77
    assert "was cancelled, by tester" in ended.err
    assert "Ben Example" not in study.run("approve", SLUG, "--show").out
