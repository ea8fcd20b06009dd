"""An issue with both languages in one message, from the command line: build, check, approve, dry run."""

import email
import email.policy
import json
import subprocess
import sys
from pathlib import Path

import forked

ISSUE = """\
title: {en: Our autumn news, cy: Ein newyddion}
date: 30 September 2022
languages: [en, cy]
languages_together: yes
lists: [partners]
preheader: {en: What we did, cy: Beth wnaethon ni}
intro: {en: "Welcome to our news, which tells what we did.", cy: "Croeso i’n newyddion."}
sections:
  - title: {en: What we did, cy: Beth wnaethon ni}
    body: {en: "We met, and talked.", cy: "Cwrddon ni, a siarad."}
"""


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "newsletter", *words]
    return forked.run(command, cwd=folder)


def test_build_writes_a_folder_for_each_language_to_begin_with(folder: Path) -> None:
    (folder / "issues/2022-10.yaml").write_text(ISSUE, encoding="utf-8")
    done = run(folder, "build", "2022-10", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert [one["audience"] for one in told["editions"]] == ["public", "partners", "public.cy", "partners.cy"]
    assert told["editions"][1]["subject"] == "Our autumn news: September 2022 / Ein newyddion: Medi 2022"
    text = (folder / "build/2022-10/partners.cy/email.txt").read_text(encoding="utf-8")
    assert text.index("Annwyl Sam,") < text.index("=" * 72) < text.index("Dear Sam,")
    message = email.message_from_bytes(
        (folder / "build/2022-10/partners.cy/message.eml").read_bytes(), policy=email.policy.default
    )
    assert message["Subject"] == "Ein newyddion: Medi 2022 / Our autumn news: September 2022"


def test_check_has_nothing_against_it(folder: Path) -> None:
    (folder / "issues/2022-10.yaml").write_text(ISSUE, encoding="utf-8")
    done = run(folder, "check", "2022-10", "--json")
    found = [one["check"] for one in json.loads(done.stdout) if one["level"] != "note"]
    assert [check for check in found if not check.startswith(("dates", "compliance"))] == []


def test_check_measures_both_languages_against_gmails_limit(folder: Path) -> None:
    def findings(text: str) -> set[str]:
        (folder / "issues/2022-10.yaml").write_text(text, encoding="utf-8")
        return {one["check"] for one in json.loads(run(folder, "check", "2022-10", "--json").stdout)}

    words = "We walked a long way along the river and talked. " * 190
    part = ISSUE[ISSUE.index("  - title") :]
    part = part.replace("We met, and talked.", words).replace("Cwrddon ni, a siarad.", words)
    long = ISSUE + part * 5
    assert "size.html-over-limit" in findings(long)
    assert "size.html-over-limit" not in findings(long.replace("together: yes", "together: no"))


def test_check_measures_the_subject_of_both(folder: Path) -> None:
    long = ISSUE.replace("Our autumn news", "What we did in a long and busy autumn this year")
    (folder / "issues/2022-10.yaml").write_text(
        long.replace("Ein newyddion", "Beth wnaethon ni yn yr hydref hir a phrysur hwn"), encoding="utf-8"
    )
    assert "size.subject-long" in run(folder, "check", "2022-10", "--json").stdout


def test_a_name_of_a_list_by_language_must_be_one(folder: Path) -> None:
    settings = folder / "newsletter.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace('name = "Project partners"', 'name = {en = ""}'), encoding="utf-8")
    done = run(folder, "status")
    assert done.returncode == 78
    assert "one for each language" in done.stderr
