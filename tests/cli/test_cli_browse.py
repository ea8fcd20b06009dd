"""The real command: a server on this machine, a link that works once, an end by Ctrl-C."""

import json
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import IO, Any

import forked
import httpx
import pytest

from newsletter.config import Workspace
from newsletter.database import Database, open_for_reading
from newsletter.errors import DatabaseProblem


def started(workspace: Workspace, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "newsletter", "browse", "--no-open", "-w", str(workspace.root), *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def link_of(output: IO[str]) -> str:
    """The link, as soon as it is printed; it is printed once the server listens."""
    lines = []
    for line in output:
        lines.append(line)
        if line.startswith("}"):
            return str(json.loads("".join(lines))["link"])
    raise AssertionError("no link was printed")


@pytest.fixture
def running(db: Database, workspace: Workspace) -> Iterator[tuple[subprocess.Popen[str], str]]:
    with started(workspace, "--json") as process:
        assert process.stdout is not None
        try:
            yield process, link_of(process.stdout)
        finally:
            process.kill()


def refused(workspace: Workspace, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "newsletter", "browse", "--no-open", "-w", str(workspace.root), *options]
    return forked.run(command)


def test_the_link_opens_the_pages_once_and_ctrl_c_ends_it(running: Any) -> None:
    process, link = running
    base = link.partition("/-/")[0]

    assert httpx.get(base).status_code == 403
    with httpx.Client() as colleague:
        home = colleague.get(link, follow_redirects=True)
        assert (home.status_code, str(home.url)) == (200, f"{base}/")
        assert "The link worker study" in home.text
    assert httpx.get(link).status_code == 403
    evil = httpx.get(
        base, headers={"host": "evil.example"}, cookies={"ds_actor": home.history[0].cookies["ds_actor"]}
    )
    assert evil.status_code == 421

    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (0, "", "")


def test_it_listens_on_this_machine_alone(running: Any) -> None:
    _, link = running
    assert link.startswith("http://127.0.0.1:")


def test_the_words_say_how_to_end_it(db: Database, workspace: Workspace) -> None:
    with started(workspace) as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(5)]
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=20)

    assert "works once" in said[0]
    assert "/-/auth-token?token=" in said[2]
    assert "Ctrl-C" in said[4]
    assert "Ended." in out


def test_browsing_needs_no_key(db: Database, workspace: Workspace, home: Path) -> None:
    for secret in (home / "secrets").iterdir():
        secret.unlink()
    with started(workspace, "--json") as process:
        assert process.stdout is not None
        assert link_of(process.stdout)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0


def test_a_port_that_is_taken_is_said(db: Database, workspace: Workspace) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = str(taken.getsockname()[1])
        done = refused(workspace, "--port", port)

    assert done.returncode == 2
    assert f"port {port} cannot be used" in done.stderr
    assert "Leave out --port" in done.stderr


def test_an_absent_database_is_said(workspace: Workspace) -> None:
    done = refused(workspace)

    assert done.returncode == 78
    assert "there is no database" in done.stderr
    assert "newsletter init" in done.stderr


def test_a_database_of_somebody_else_is_left_alone(workspace: Workspace) -> None:
    with closing(sqlite3.connect(workspace.database)) as other:
        other.execute("CREATE TABLE cakes (name TEXT)")
    before = workspace.database.read_bytes()

    done = refused(workspace)

    assert done.returncode == 78
    assert "not a database of newsletter's" in done.stderr
    assert workspace.database.read_bytes() == before


def test_a_newer_version_is_said(db: Database, workspace: Workspace) -> None:
    db.conn.execute("INSERT INTO _sqlite_migrations VALUES (99, 'newsletter', 'm999_next', '2030')")

    done = refused(workspace)

    assert done.returncode == 78
    assert "newer version" in done.stderr


def test_a_database_of_an_older_version_is_brought_up_to_date_without_a_key(
    db: Database, workspace: Workspace, home: Path
) -> None:
    for secret in (home / "secrets").iterdir():
        secret.unlink()
    db.conn.execute("DROP VIEW consent_history")
    with pytest.raises(DatabaseProblem, match="older version"):
        open_for_reading(workspace.database)

    with started(workspace, "--json") as process:
        assert process.stdout is not None
        link = link_of(process.stdout)
        with httpx.Client() as colleague:
            assert colleague.get(link, follow_redirects=True).status_code == 200
            page = colleague.get(f"{link.partition('/-/')[0]}/contacts/consent_history")
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0

    assert page.status_code == 200
    open_for_reading(workspace.database).close()


def test_a_workspace_without_settings_is_said(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "newsletter", "browse", "--no-open", "-w", str(tmp_path)]
    done = forked.run(command)

    assert done.returncode == 78
    assert "is no workspace" in done.stderr
