"""The parts by themselves: lines with findings, a worker that is stopped, what an editor leaves behind."""

import datetime as dt
from pathlib import Path

import pytest
from desk import BILINGUAL

from newsletter.errors import Problem
from newsletter.preview.drawing import Checked, Drawn, Eyes, Faulty, Order, draw
from newsletter.preview.reader import Choice, choice_of
from newsletter.preview.source import anchor, read_sources
from newsletter.preview.view import language_name
from newsletter.preview.watching import Watch, template_names
from newsletter.preview.worker import Worker


def problem(line: int, path: str = "issues/a.yaml") -> Problem:
    return Problem("issue", "error", path, line, "title", "found", "wanted")


def test_a_long_file_is_cut_and_the_lines_round_a_finding_are_kept(tmp_path: Path) -> None:
    (tmp_path / "issues").mkdir()
    (tmp_path / "issues" / "a.yaml").write_text(
        "".join(f"line {n}\n" for n in range(1, 9001)), encoding="utf-8"
    )
    found = problem(8000)
    (file,) = read_sources(tmp_path, "issues/a.yaml", [found])
    assert len(file.lines) < 2100
    assert anchor([file], found) == "line-0-8000"
    assert next(line.skipped for line in file.lines if line.number == 7995) == 5994
    assert [line.text for line in file.lines if line.level] == ["line 8000"]


def test_a_fault_past_the_last_line_stands_on_the_last(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("one\ntwo", encoding="utf-8")
    found = problem(9, "a.yaml")
    assert anchor(read_sources(tmp_path, "a.yaml", [found]), found) == "line-0-2"


def test_marks_that_turn_the_writing_round_are_seen_and_do_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: \u202etxt.exe\u2069", encoding="utf-8")
    (file,) = read_sources(tmp_path, "a.yaml", [])
    assert file.lines[0].text == "a: ⟨U+202E⟩txt.exe⟨U+2069⟩"


def test_nothing_outside_the_workspace_is_shown(tmp_path: Path) -> None:
    (tmp_path / "study").mkdir()
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    (tmp_path / "study" / "link.yaml").symlink_to(tmp_path / "secret")
    for path in ("../secret", "/etc/passwd", "link.yaml", "study", "a\0b"):
        assert read_sources(tmp_path / "study", path, [problem(1, path)]) == ()


def test_an_address_means_one_choice() -> None:
    assert choice_of({}, []) == Choice()
    assert choice_of({"made": "1"}, []) == Choice(audience=())
    assert choice_of({"made": "1", "name": " Sam \n Lee "}, ["b", "a", "b"]) == Choice(("b", "a"), "Sam Lee")
    assert choice_of({"contact": "12", "made": "1"}, ["a"]) == Choice(contact=12)
    assert choice_of({"contact": "١٢"}, []) == Choice()
    assert choice_of({"made": "1", "language": "cy"}, []) == Choice((), language="cy")
    assert choice_of({"language": "cy'><b>"}, []) == Choice()


@pytest.mark.parametrize(
    ("name", "matters"),
    [
        ("issues/2022-10.yaml", True), ("issues/pictures/walk.jpg", True), ("templates/email/a.mjml", True),
        ("newsletter.toml", True), ("contacts.db-wal", False), ("build/2022-10/email.html", False),
        ("issues/.2022-10.yaml.swp", False), ("issues/4913", False), ("issues/2022-10.yaml~", False),
    ],
)  # fmt: skip
def test_only_what_can_change_the_issue_is_watched(tmp_path: Path, name: str, matters: bool) -> None:
    async def saved() -> None: ...

    watch = Watch(tmp_path, tmp_path / "issues" / "2022-10.yaml", saved)
    assert watch._matters(tmp_path.resolve() / name) is matters


@pytest.mark.parametrize(
    ("wanted", "language", "title"),
    [
        ("", "en", "A walk"),
        ("cy", "cy", "Taith gerdded"),
        ("cy-GB", "cy", "Taith gerdded"),
        ("ur", "en", "A walk"),
    ],
)
def test_an_issue_is_drawn_in_the_language_that_sending_would_choose(
    folder: Path, issue: Path, wanted: str, language: str, title: str
) -> None:
    issue.write_text(BILINGUAL, encoding="utf-8")
    drawn = draw(Order(folder, issue, Eyes(language=wanted)))
    assert (drawn.edition.language, drawn.languages) == (language, ("en", "cy"))
    assert title in drawn.edition.text


@pytest.mark.parametrize(("tag", "name"), [("cy", "Welsh"), ("pt-BR", "Portuguese (Brazil)"), ("xx", "xx")])
def test_a_language_is_called_by_its_name(tag: str, name: str) -> None:
    assert language_name(tag) == name


def test_templates_are_known_by_name(tmp_path: Path) -> None:
    assert template_names(tmp_path / "none") == frozenset()
    (tmp_path / "email").mkdir()
    for name in ("a.mjml", ".a.mjml.swp", "a.mjml~"):
        (tmp_path / "email" / name).touch()
    assert template_names(tmp_path) == {"email/a.mjml"}


def test_a_worker_draws_checks_and_comes_back_after_it_was_stopped(
    folder: Path, issue: Path, now: dt.datetime
) -> None:
    worker, order = Worker(10.0), Order(folder, issue, Eyes(("contributors",)))
    try:
        drawn = worker.run("draw", order, now)
        assert isinstance(drawn, Drawn)
        assert (drawn.audience, drawn.shown) == (("contributors",), (0, 2))
        assert issue in drawn.files
        worker.interrupt()
        assert isinstance(worker.run("draw", order, now), Faulty | Drawn)
        assert isinstance(worker.run("check", order, now), Checked)
        worker.limit = 0.001
        slow = worker.run("check", order, now)
        assert isinstance(slow, Faulty)
        assert "took longer than 0.001 seconds" in str(slow.problems[0])
        worker.limit = 10.0
        issue.unlink()
        gone = worker.run("draw", order, now)
        assert isinstance(gone, Faulty)
        assert gone.problems[0].path == "issues/2022-10.yaml"
    finally:
        worker.close()
