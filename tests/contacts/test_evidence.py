"""Evidence is a digest and a place; what becomes of the file afterwards shows."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import forked
import pytest

from newsletter.contacts import (
    all_bases,
    doubt_about,
    keep_evidence,
    read_answers,
    read_evidence,
    require_basis,
)
from newsletter.contacts.ledger import BASES
from newsletter.database import create_database
from newsletter.errors import InputError


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "newsletter", *words]
    return forked.run(command, cwd=folder)


@pytest.fixture
def study(folder: Path) -> Path:
    create_database(folder / "contacts.db").conn.close()
    (folder / "forms").mkdir()
    (folder / "forms/ada.pdf").write_bytes(b"%PDF Ada signed this")
    assert run(folder, "contacts", "add", "ada@example.org", "--name", "Ada").returncode == 0
    return folder


def agree(study: Path, *more: str) -> subprocess.CompletedProcess[str]:
    about = ("ada@example.org", "--list", "partners", "--source", "sign-up sheet", "--on", "2026-03-02")
    return run(study, "consent", "record", *about, *more)


def detail_of(study: Path) -> dict:
    return json.loads(run(study, "consent", "history", "ada@example.org", "--json").stdout)[-1]["detail"]


def test_a_file_is_known_by_its_digest_and_place_and_stays_where_it_is(study):
    done = agree(study, "--evidence", "forms/ada.pdf", "--answer", "May we write?=Yes, do")
    assert done.returncode == 0, done.stderr
    detail = detail_of(study)
    assert detail["evidence"] == [
        {
            "sha256": read_evidence(study / "forms/ada.pdf", study).sha256,
            "size": 20,
            "kept": "forms/ada.pdf",
        }
    ]
    assert detail["answers"] == {"May we write?": "Yes, do"}
    assert not (study / "evidence").exists()
    told = run(study, "consent", "history", "ada@example.org").stdout
    assert "evidence: forms/ada.pdf (SHA-256 " in told
    assert "asked 'May we write?', answered 'Yes, do'" in told


def test_a_copy_is_for_its_owner_alone_and_stays_out_of_git(study):
    old = os.umask(0)
    try:
        assert agree(study, "--evidence", "forms/ada.pdf", "--keep").returncode == 0
    finally:
        os.umask(old)
    kept = study / detail_of(study)["evidence"][0]["kept"]
    assert kept.parent == study / "evidence"
    assert "ada" not in kept.name
    assert kept.read_bytes() == (study / "forms/ada.pdf").read_bytes()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    subprocess.run(["git", "init", "-q"], cwd=study, check=True)
    seen = subprocess.run(
        ["git", "status", "--short", "-uall"], cwd=study, capture_output=True, text=True, check=True
    )
    assert kept.name not in seen.stdout


@pytest.mark.parametrize(
    ("harm", "state"),
    [(lambda path: path.unlink(), "missing"), (lambda path: path.write_bytes(b"Ada signed more"), "changed")],
)
def test_verify_reads_the_files_again_and_says_which_are_missing_or_changed(study, harm, state):
    agree(study, "--evidence", "forms/ada.pdf")
    whole = run(study, "consent", "verify", "--evidence")
    assert (whole.returncode, "1 of 1 files of evidence is as recorded" in whole.stdout) == (0, True)
    harm(study / "forms/ada.pdf")
    assert run(study, "consent", "verify").returncode == 0
    broken = run(study, "consent", "verify", "--evidence")
    assert broken.returncode == 1
    assert state in broken.stdout
    told = json.loads(run(study, "consent", "verify", "--evidence", "--json").stdout)
    assert (told["whole"], told["evidence"][0]["state"]) == (True, state)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--evidence", "forms/ben.pdf"), "there is no file"),
        (("--evidence", "forms"), "there is no file"),
        (("--evidence", "forms/empty.pdf"), "is empty"),
        (("--keep",), "--keep needs --evidence"),
        (("--answer", "yes"), "has no '='"),
        (("--answer", "=yes"), "has no '='"),
        (("--answer", "a=1", "--answer", "a=2"), "answered twice"),
        (("--answer", "a=\x1b[2J"), "control"),
    ],
)
def test_what_is_no_evidence_is_refused_and_nothing_is_recorded(study, words, said):
    (study / "forms/empty.pdf").touch()
    done = agree(study, *words)
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr
    assert "0 entries" in run(study, "consent", "verify").stdout


def test_a_copy_goes_again_where_recording_fails(study):
    done = agree(study, "--evidence", "forms/ada.pdf", "--keep", "--basis", "contracts")
    assert done.returncode == 2
    assert [path.name for path in (study / "evidence").iterdir()] == [".gitignore"]


def test_a_file_outside_the_workspace_is_named_in_full(study, tmp_path):
    scan = tmp_path / "scan.png"
    scan.write_bytes(b"png")
    assert read_evidence(scan, study).kept == str(scan)
    assert keep_evidence(read_evidence(scan, study), study).kept.startswith("evidence/")


def test_answers_keep_what_stands_after_the_first_equals_sign():
    assert read_answers(("a = b=c",)) == {"a": "b=c"}


# --- bases ---------------------------------------------------------------------------------------


def test_every_basis_is_explained_with_its_law():
    assert sorted(basis.name for basis in all_bases()) == sorted(BASES)
    assert all(basis.means and basis.serves and basis.law for basis in all_bases())


@pytest.mark.parametrize("name", ["soft-opt-in", "charitable-soft-opt-in"])
@pytest.mark.parametrize(("obtained", "could_refuse"), [("", True), ("bought a ticket", False), ("", False)])
def test_a_soft_opt_in_needs_the_dealings_and_the_chance_to_refuse(name, obtained, could_refuse):
    with pytest.raises(InputError, match="needs --"):
        require_basis(name, given_on="2026-03-02", obtained=obtained, could_refuse=could_refuse)
    require_basis(name, given_on="2026-03-02", obtained="bought a ticket", could_refuse=True)


def test_the_charitable_soft_opt_in_does_not_reach_back():
    with pytest.raises(InputError, match="does not reach back"):
        require_basis("charitable-soft-opt-in", given_on="2026-02-04", obtained="gave", could_refuse=True)
    require_basis("soft-opt-in", given_on="2019-02-04", obtained="bought a book", could_refuse=True)


def test_who_is_an_individual_is_asked_of_the_bases():
    assert "PECR regulation 22" in doubt_about("legitimate-interests", "individual")
    assert doubt_about("legitimate-interests", "corporate") == ""
    assert "individual subscribers" in doubt_about("soft-opt-in", "corporate")
    assert doubt_about("consent", "individual") == doubt_about("consent", "corporate") == ""


def test_the_command_refuses_an_unsupported_basis_and_keeps_what_supports_one(study):
    bare = agree(study, "--basis", "soft-opt-in")
    assert (bare.returncode, "22(3)" in bare.stderr) == (2, True)
    done = agree(
        study, "--basis", "soft-opt-in", "--obtained", "booked the workshop of May", "--could-refuse"
    )
    assert done.returncode == 0
    assert detail_of(study)["obtained"] == "booked the workshop of May"
    assert detail_of(study)["could_refuse"] is True


def test_the_command_says_what_speaks_against_a_basis(study):
    done = agree(study, "--basis", "legitimate-interests")
    assert (done.returncode, "Think again" in done.stderr) == (0, True)
    assert "22(3A)" in run(study, "consent", "bases").stdout
    assert len(json.loads(run(study, "consent", "bases", "--json").stdout)) == len(BASES)
