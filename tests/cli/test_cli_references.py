"""`newsletter references`: the real command, against a registry on this machine."""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import forked
import pytest

spec = importlib.util.spec_from_file_location(
    "registry_on_loopback", Path(__file__).parents[1] / "references" / "conftest.py"
)
assert spec is not None
assert spec.loader is not None
loopback = importlib.util.module_from_spec(spec)
sys.modules[spec.name] = loopback
spec.loader.exec_module(loopback)
server = loopback.server

DOI = "10.1000/example.1"
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(folder: Path, server: object) -> Run:
    """Runs the command in a workspace whose resolver is the registry on this machine."""
    with (folder / "newsletter.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[references]\nresolver = "{server.url}"\n')  # type: ignore[attr-defined]

    def running(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "newsletter", "--workspace", str(folder), "references", *words]
        return forked.run(command)

    return running


def issue(folder: Path, *dois: str) -> None:
    items = "".join(f"      - doi: {doi}\n" for doi in dois)
    text = f"title: News\ndate: 30 September 2022\nlists: [partners]\nsections:\n  - type: publications\n    items:\n{items}"
    (folder / "issues" / "2022-09.yaml").write_text(text, encoding="utf-8")


def test_add_fetches_and_says_what_to_write(run: Run, server, folder: Path) -> None:
    server.says(DOI)
    done = run("add", DOI)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"added: {DOI}  How a link worker works" in done.stdout
    assert f"      - doi: {DOI}" in done.stdout
    assert (folder / "issues" / "references.json").exists()
    assert "mailto:news@example.org" in server.asked[0][1]["User-Agent"]
    assert "there already" in run("add", DOI).stdout


def test_add_names_each_doi_that_fails_and_adds_none(run: Run, server, folder: Path) -> None:
    server.says(DOI)
    done = run("add", DOI, "10.1000/absent", "10.1000/gone")
    assert done.returncode == 2
    assert "10.1000/absent: there is no such DOI" in done.stderr
    assert "10.1000/gone" in done.stderr
    assert "all of them or none" in done.stderr
    assert not (folder / "issues" / "references.json").exists()


def test_add_prints_json_and_a_dry_run_writes_nothing(run: Run, server, folder: Path) -> None:
    server.says(DOI)
    told = json.loads(run("add", DOI, "--dry-run", "--json").stdout)
    assert (told["added"][0]["DOI"], told["written"]) == (DOI, False)
    assert not (folder / "issues" / "references.json").exists()


def test_check_says_what_to_type_then_all_is_well_and_the_issue_builds(
    run: Run, server, folder: Path
) -> None:
    issue(folder, DOI)
    missing = run("check")
    assert missing.returncode == 1
    assert f"newsletter references add {DOI}" in missing.stderr
    server.says(DOI)
    assert run("add", DOI).returncode == 0
    assert run("check", "2022-09").returncode == 0
    build = [sys.executable, "-m", "newsletter", "--workspace", str(folder), "build", "2022-09"]
    assert forked.run(build, text=False).returncode == 0
    text = (folder / "build" / "2022-09" / "public" / "email.txt").read_text(encoding="utf-8")
    citation = "Example, A., & The Link Worker Group. (2022). How a link worker works. Journal of Examples, 7(2), Article e12."
    assert citation in " ".join(text.split())
    assert "https://doi.org/10.1000/example.1 (free to read)" in text


def test_a_retraction_is_an_error(run: Run, server, folder: Path) -> None:
    issue(folder, DOI)
    server.says(DOI, **{"updated-by": [{"type": "retraction", "DOI": "10.1000/notice"}]})
    run("add", DOI)
    done = run("check", "--json")
    assert done.returncode == 1
    (problem,) = json.loads(done.stdout)
    assert (problem["check"], problem["level"]) == ("references.retracted", "error")
    assert "https://doi.org/10.1000/notice" in problem["message"]
