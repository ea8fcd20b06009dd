"""Every check has a sample that trips it, on the right line, and one that passes."""

import random
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from PIL import Image as Pillow
from ruamel.yaml import YAML

from newsletter.checks import RULES, Answer, check_issue
from newsletter.config import Config, read_config
from newsletter.edition import Edition, render_all
from newsletter.errors import Problem
from newsletter.issue import Issue, read_issue, starter

DATA = Path(__file__).parent.parent / "data" / "checks"
HEAD = {
    "title": "News of the study",
    "date": "30 September 2022",
    "subject": "News of the study, September",
    "preheader": "Two papers and an event",
    "lists": "[partners]",
}
BODY = "We have news.\n"


@dataclass(frozen=True)
class Sample:
    """A small issue, what is changed in it or in its editions, and what must be found on which line."""

    check: str
    trips: str = ""
    passes: str = ""
    at: str = ""
    head: dict[str, str | None] = field(default_factory=dict)
    body: str = BODY
    section: str = ""
    sections: str = ""
    settings: dict[str, str] = field(default_factory=dict)
    change: dict[str, object] = field(default_factory=dict)
    html: dict[str, str] = field(default_factory=dict)
    text: str = ""
    pad: int = 0
    starter: bool = False
    files: dict[str, str] = field(default_factory=dict)
    answers: dict[str, dict[str, object]] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.check}-{'trips' if self.trips else 'passes'}-{self.trips or self.passes}"

    @property
    def yaml(self) -> str:
        if self.starter:
            return starter("sample", ["partners"])
        lines = [f"{key}: {value}" for key, value in (HEAD | self.head).items() if value is not None]
        sections = self.sections or f"- title: News of the summer\n  body: |\n{_indented(self.body, 4)}"
        if self.section:
            sections += _indented(self.section, 2)
        return "\n".join([*lines, "sections:", _indented(sections, 2)])


def _indented(text: str, by: int) -> str:
    return "".join(" " * by + line if line.strip() else line for line in text.splitlines(keepends=True))


def samples() -> list[Sample]:
    files = sorted(DATA.glob("*.yaml"))
    return [Sample(**entry) for file in files for entry in YAML(typ="safe").load(file)]


SAMPLES = samples()


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures by weight and size: noise, since it cannot be made smaller."""
    folder, noise = tmp_path_factory.mktemp("pictures"), random.Random(7)  # noqa: S311  # no secret
    sizes = {
        "small": (60, 40),
        "heavy": (1000, 400),
        "huge-1": (1200, 700),
        "huge-2": (1200, 701),
        "huge-3": (1200, 702),
    }
    for name, (width, height) in sizes.items():
        Pillow.frombytes("RGB", (width, height), noise.randbytes(width * height * 3)).save(
            folder / f"{name}.png"
        )
    Pillow.new("RGB", (1200, 800), "teal").save(folder / "good.png")
    Pillow.new("RGB", (5000, 3000), "teal").save(folder / "vast.png")
    frames = [Pillow.new("RGB", (200, 200), colour) for colour in ("teal", "gold", "navy")]
    frames[0].save(folder / "still.gif")
    for name in ("moving.gif", "moving.png"):
        frames[0].save(folder / name, save_all=True, append_images=frames[1:])
    return folder


def found(sample: Sample, folder: Path, pictures: Path, now: object) -> tuple[list[Problem], str]:
    """What the checks find in the sample, and the YAML that it was read from."""
    for picture in pictures.iterdir():
        if picture.name in sample.yaml:
            shutil.copy(picture, folder / "issues")
    path = folder / "issues" / "sample.yaml"
    path.write_text(sample.yaml, encoding="utf-8")
    for name, text in sample.files.items():
        (folder / name).write_text(text, encoding="utf-8")
    config = _config(sample, folder)
    issue = read_issue(path, folder)
    editions = render_all(issue, config)
    changed = {name: _spoilt(edition, sample) for name, edition in editions.items()}
    answers = {target: Answer(**given) for target, given in sample.answers.items()}
    ask = (lambda targets: answers) if answers else None
    return check_issue(_changed(issue, sample), changed, config, now, ask=ask), sample.yaml


def _config(sample: Sample, folder: Path) -> Config:
    text = (folder / "newsletter.toml").read_text(encoding="utf-8")
    for old, new in sample.settings.items():
        assert old in text
        text = text.replace(old, new)
    return read_config(text)


def _changed(issue: Issue, sample: Sample) -> Issue:
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in sample.change.items()}
    return issue.model_copy(update=values)


def _spoilt(edition: Edition, sample: Sample) -> Edition:
    html = edition.html
    for old, new in sample.html.items():
        wanted = old.replace("{marker}", edition.marker)
        assert wanted in html
        html = html.replace(wanted, new)
    html += " " * max(0, sample.pad - len(html.encode()))
    text = sample.text.replace("{marker}", edition.marker) or edition.text
    return replace(edition, html=html, text=text)


@pytest.mark.parametrize("sample", [s for s in SAMPLES if s.trips], ids=str)
def test_a_bad_sample_trips_its_check_on_its_line(
    sample: Sample, folder: Path, pictures: Path, now: object
) -> None:
    problems, text = found(sample, folder, pictures, now)
    mine = [problem for problem in problems if problem.check == sample.check]
    assert mine, f"found only {sorted({problem.check for problem in problems})}"
    assert all(problem.message and problem.remedy for problem in mine)
    assert {problem.level for problem in mine} == {RULES[sample.check].level}
    if sample.at:
        lines = text.splitlines()
        assert sample.at in [
            lines[p.line - 1][lines[p.line - 1].find(sample.at) :][: len(sample.at)] for p in mine
        ]


@pytest.mark.parametrize("sample", [s for s in SAMPLES if s.passes], ids=str)
def test_a_good_sample_passes(sample: Sample, folder: Path, pictures: Path, now: object) -> None:
    problems, _ = found(sample, folder, pictures, now)
    assert [str(problem) for problem in problems if problem.check == sample.check] == []


@pytest.mark.parametrize("check", RULES)
def test_every_check_has_a_sample_that_trips_it_and_one_that_passes(check: str) -> None:
    mine = [sample for sample in SAMPLES if sample.check == check]
    assert any(sample.trips for sample in mine)
    assert any(sample.passes for sample in mine)


def test_every_sample_is_of_a_check_that_there_is() -> None:
    assert {sample.check for sample in SAMPLES} <= set(RULES)


def test_the_starter_as_it_stands_has_no_errors(folder: Path, pictures: Path, now: object) -> None:
    problems, _ = found(Sample("", starter=True), folder, pictures, now)
    assert [str(problem) for problem in problems if problem.level == "error"] == []
    assert sum(problem.check == "placeholders.starter-text" for problem in problems) >= 4
