"""The real command: a link that is printed once the page is served, an end by Ctrl-C."""

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import forked
import httpx

ISSUE = "title: News\ndate: 30 September 2022\nlists: [partners]\nintro: Welcome.\n"


def command(folder: Path, *options: str) -> list[str]:
    return [
        sys.executable,
        "-m",
        "newsletter",
        "preview",
        "2022-10",
        "--no-open",
        "-w",
        str(folder),
        *options,
    ]


def test_the_link_opens_the_page_and_ctrl_c_ends_it(folder: Path) -> None:
    (folder / "issues" / "2022-10.yaml").write_text(ISSUE, encoding="utf-8")
    with subprocess.Popen(
        command(folder, "--json"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        text = ""
        for line in process.stdout:  # ends where the command does
            text += line
            if line == "}\n":
                break
        with httpx.Client(follow_redirects=True, timeout=60) as colleague:
            page = colleague.get(json.loads(text)["link"])
            assert page.status_code == 200
            assert "Preview of 2022-10" in page.text
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (0, "", "")
    assert sorted(path.name for path in folder.iterdir()) == [
        "consent",
        "issues",
        "newsletter.toml",
        "templates",
    ]


def test_an_issue_that_is_not_there_is_said(folder: Path) -> None:
    run = forked.run(command(folder))
    assert run.returncode == 2
    assert "newsletter new" in run.stderr


def test_a_port_that_is_taken_is_said(folder: Path) -> None:
    (folder / "issues" / "2022-10.yaml").write_text(ISSUE, encoding="utf-8")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        run = forked.run(
            command(folder, "--port", str(taken.getsockname()[1])),
        )  # fmt: skip
    assert run.returncode == 2
    assert "cannot be used" in run.stderr
