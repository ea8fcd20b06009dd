"""`newsletter build`: what it writes, what it says, how it ends."""

import email
import email.policy
import json
import subprocess
import sys
from pathlib import Path

import forked
import pytest
from PIL import Image

ISSUE = """\
title: Our autumn news
date: 30 September 2022
subject: News of September 2022
lists: [partners, contributors]
intro: Welcome to our news, which tells what we did over the summer and what comes next.
sections:
  - title: What we did
    body: We met, and talked about what we had found.
    images:
      - src: pictures/hill.png
        alt: A green hill under a white sky
  - title: For partners
    audience: [partners]
    body: A word for those who work with us.
"""


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "newsletter", *words]
    return forked.run(command, cwd=folder)


@pytest.fixture
def study(folder: Path) -> Path:
    (folder / "issues/pictures").mkdir()
    Image.new("RGB", (600, 300), "#0a665a").save(folder / "issues/pictures/hill.png")
    (folder / "issues/2022-10.yaml").write_text(ISSUE, encoding="utf-8")
    return folder


def test_each_audience_gets_a_folder_that_can_be_opened(study: Path) -> None:
    done = run(study, "build", "2022-10")
    assert done.returncode == 0, done.stderr
    built = study / "build/2022-10"
    assert {path.name for path in built.iterdir()} == {
        "public",
        "partners",
        "contributors",
        "partners+contributors",
    }
    page = (built / "partners/email.html").read_text(encoding="utf-8")
    assert "For partners" in page
    assert "Dear Sam," in page
    assert "https://example.invalid/" in page
    (picture,) = (built / "partners/pictures").iterdir()
    assert f'src="pictures/{picture.name}"' in page
    assert "For partners" not in (built / "contributors/email.txt").read_text(encoding="utf-8")
    assert "contributors           the same as public" in done.stdout
    assert "Open build/2022-10/public/email.html" in done.stdout


def test_the_sample_message_is_a_whole_mail(study: Path) -> None:
    run(study, "build", "2022-10")
    raw = (study / "build/2022-10/partners/message.eml").read_bytes()
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert message["Subject"] == "News of September 2022"
    kinds = [part.get_content_type() for part in message.walk()]
    assert kinds == ["multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png"]
    html = message.get_body(("html",)).get_content()
    assert f"cid:{list(message.walk())[-1]['Content-ID'][1:-1]}" in html


def test_building_again_gives_the_same_bytes_and_leaves_nothing_behind(study: Path) -> None:
    run(study, "build", "2022-10")
    before = {path: path.read_bytes() for path in (study / "build").rglob("*") if path.is_file()}
    (study / "build/2022-10/public/stray.txt").write_text("x")
    run(study, "build", "2022-10")
    assert {path: path.read_bytes() for path in (study / "build").rglob("*") if path.is_file()} == before


def test_one_edition_can_be_asked_for_in_any_order(study: Path) -> None:
    done = run(study, "build", "2022-10", "--audience", "contributors+partners")
    assert done.returncode == 0, done.stderr
    assert [path.name for path in (study / "build/2022-10").iterdir()] == ["partners+contributors"]


def test_a_list_that_the_issue_does_not_go_to_is_said(study: Path) -> None:
    done = run(study, "build", "2022-10", "--audience", "partner")
    assert done.returncode == 2
    assert "'partner' (did you mean 'partners'?)" in done.stderr
    assert not (study / "build").exists()


def test_json_tells_what_was_written_and_nothing_else(study: Path) -> None:
    done = run(study, "build", "2022-10", "--json")
    told = json.loads(done.stdout)
    assert told["issue"] == "2022-10"
    assert [edition["audience"] for edition in told["editions"]][:2] == ["public", "partners"]
    assert told["editions"][1]["folder"] == "build/2022-10/partners"
    assert all(edition["html_bytes"] > 5000 for edition in told["editions"])


def test_errors_of_the_checks_are_told_and_the_files_are_written_all_the_same(study: Path) -> None:
    path = study / "issues/2022-10.yaml"
    path.write_text(ISSUE.replace("        alt: A green hill under a white sky\n", ""), encoding="utf-8")
    done = run(study, "build", "2022-10")
    assert done.returncode == 1
    assert "issues/2022-10.yaml:" in done.stderr
    assert "alt" in done.stderr
    assert (study / "build/2022-10/public/email.html").is_file()


def test_a_template_that_is_broken_is_named_with_its_line(study: Path) -> None:
    (study / "templates/email").mkdir()
    (study / "templates/email/article.mjml").write_text("<mj-section>\n{{ section.nothing }}</mj-section>")
    done = run(study, "build", "2022-10")
    assert done.returncode == 2
    assert "templates/email/article.mjml:2:" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_issue_that_is_not_there_is_said(study: Path) -> None:
    done = run(study, "build", "2022-11")
    assert done.returncode == 2
    assert "2022-10" in done.stderr


@pytest.mark.parametrize(
    ("preheader", "said"), [("Two papers", "To read 1 more finding:"), ("", "To read 2 more findings:")]
)
def test_findings_that_are_not_shown_are_counted_in_plain_english(
    study: Path, preheader: str, said: str
) -> None:
    written = ISSUE.replace("lists:", f"preheader: {preheader}\nlists:")
    (study / "issues/2022-10.yaml").write_text(written, encoding="utf-8")
    assert f"{said} newsletter check 2022-10\n" in run(study, "build", "2022-10").stderr
