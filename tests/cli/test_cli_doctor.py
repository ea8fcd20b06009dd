"""`newsletter doctor`, as it is typed."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import forked
from postroom import postroom
from zones import zones

from newsletter.database import create_database


def doctor(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "newsletter", "doctor", *words]
    return forked.run(command, cwd=folder, env=os.environ | environment)


def test_offline_nobody_is_asked_and_warnings_are_no_failure(folder: Path) -> None:
    create_database(folder / "contacts.db").conn.close()
    run = doctor(folder, "--offline")
    assert (run.returncode, run.stderr) == (0, "")
    assert "Mail server" not in run.stdout
    assert "--offline" in run.stdout
    assert "  warning  still examples in newsletter.toml" in run.stdout


def test_with_a_server_that_answers_all_is_looked_at(folder: Path) -> None:
    create_database(folder / "contacts.db").conn.close()
    with postroom() as room:
        path = folder / "newsletter.toml"
        path.write_text(path.read_text(encoding="utf-8").replace("2525", str(room.port)), encoding="utf-8")
        begun = time.monotonic()
        run = doctor(folder, "--json")
        assert time.monotonic() - begun < 30
        assert room.taken == []
    assert run.returncode == 0, run.stdout + run.stderr
    findings = json.loads(run.stdout)
    assert all(set(finding) == {"check", "level", "found", "remedy"} for finding in findings)
    levels = {finding["check"]: finding["level"] for finding in findings}
    assert levels["server.sender"] == levels["database.whole"] == levels["secrets.key"] == "ok"
    assert levels["dns.domain"] == "note"


def test_errors_give_exit_code_1_and_a_remedy(folder: Path) -> None:
    create_database(folder / "contacts.db").conn.close()
    (folder / ".stfolder").mkdir()
    run = doctor(folder, "--offline")
    assert run.returncode == 1
    assert "Syncthing" in run.stdout
    assert "To mend: Move the workspace" in run.stdout
    assert doctor(folder, "--offline", NEWSLETTER_ALLOW_SYNCED="1").returncode == 0


def test_settings_that_cannot_be_read_give_78(folder: Path) -> None:
    (folder / "newsletter.toml").write_text("[smtp]\nhots = 1\n", encoding="utf-8")
    run = doctor(folder, "--json")
    assert run.returncode == 78
    assert run.stdout == ""
    assert "did you mean 'host'?" in run.stderr


def test_a_name_server_that_is_none_is_bad_input(folder: Path) -> None:
    run = doctor(folder, "--nameserver", "nine")
    assert run.returncode == 2
    assert "9.9.9.9" in run.stderr


def test_a_name_server_can_be_named(folder: Path) -> None:
    create_database(folder / "contacts.db").conn.close()
    path = folder / "newsletter.toml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("example.org", "linkworkers.test"), encoding="utf-8"
    )
    with zones() as zone:
        zone.text("linkworkers.test", "v=spf1 -all")
        run = doctor(folder, "--json", "--nameserver", f"127.0.0.1:{zone.port}")
    assert zone.asked
    assert '"dns.dmarc"' in run.stdout
