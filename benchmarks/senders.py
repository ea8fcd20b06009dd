"""Other programs that send, with the same message: what they are, and how they are installed and run."""

import csv
import email
import email.policy
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

_SCRIPTS = Path(__file__).with_name("peers")
_MAILMERGE = """\
TO: {{name}} <{{email}}>
SUBJECT: News of the study
FROM: The link worker study <news@example.org>
List-Unsubscribe: <mailto:study@example.org?subject=stop-{{token}}>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="of-the-benchmark"

--of-the-benchmark
Content-Type: text/plain; charset=us-ascii

BODY_TEXT
--of-the-benchmark
Content-Type: text/html; charset=us-ascii

BODY_HTML
--of-the-benchmark--
"""


@dataclass(frozen=True)
class Peer:
    """Another sender: its name, its command without what every run adds, and how many messages are enough for a rate."""

    name: str
    command: tuple[str, ...]
    count: int
    #: Whether it tells how long the sending took; else its start is in the time.
    tells: bool = True


def installed(folder: Path) -> tuple[list[Peer], list[str]]:
    """The peers that can be had here, put into `folder`; and a sentence on each that cannot."""
    folder.mkdir(parents=True, exist_ok=True)
    peers, absent = [_script("EmailMessage + smtplib", sys.executable, "with_smtplib.py", 300)], []
    python = _with_pip(folder / "venv", "django>=5.2,<6", "mailmerge>=2.3")
    if python:
        peers.append(_script("Django, one connection", str(python), "with_django.py", 600))
        peers.append(Peer("mailmerge", (str(python.with_name("mailmerge")),), 100, tells=False))
    else:
        absent.append("Django and mailmerge are left out: pip could not fetch them.")
    if _with_npm(folder):
        peers.append(_script("nodemailer, pool of 8", "node", str(folder / "with_nodemailer.js"), 2000))
    else:
        absent.append("nodemailer is left out: there is no npm here, or it could not fetch it.")
    return peers, absent


def command(peer: Peer, folder: Path, port: int, count: int) -> tuple[list[str], Path | None]:
    """What is typed to send so many, and the file that will tell how long the sending took."""
    if peer.name == "mailmerge":
        _for_mailmerge(folder, port, count)
        options = ["--no-dry-run", "--no-limit", "--output-format", "raw"]
        return [*peer.command, *options], None
    kept = folder / "took.json"
    return [*peer.command, str(folder), str(port), str(count), str(kept)], kept


def split_up(message: Path, folder: Path) -> None:
    """Take a message of ours apart: its two bodies, with the reader's name and address as gaps."""
    read = email.message_from_bytes(message.read_bytes(), policy=email.policy.default)
    assert isinstance(read, EmailMessage)  # noqa: S101
    (to,) = read["To"].addresses
    for kind, name in (("html", "body.html"), ("plain", "body.txt")):
        body = read.get_body((kind,))
        words = body.get_content() if body is not None else ""
        filled = words.replace(to.display_name, "{{name}}").replace(to.addr_spec, "{{email}}")
        (folder / name).write_text(filled, encoding="utf-8")


def _script(name: str, program: str, script: str, count: int) -> Peer:
    return Peer(name, (program, str(_SCRIPTS / script)), count)


def _with_pip(folder: Path, *packages: str) -> Path | None:
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True, symlinks=True)
    quietly = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    return python if _done([*quietly, *packages]) else None


def _with_npm(folder: Path) -> bool:
    if not shutil.which("npm") or not shutil.which("node"):
        return False
    shutil.copy(_SCRIPTS / "with_nodemailer.js", folder)
    here = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), "nodemailer"]
    return (folder / "node_modules" / "nodemailer").is_dir() or _done(here)


def _done(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _for_mailmerge(folder: Path, port: int, count: int) -> None:
    """Its three files, as `mailmerge --sample` makes them."""
    html, text = ((folder / name).read_text(encoding="utf-8") for name in ("body.html", "body.txt"))
    # Its own encoding of letters beyond ASCII is not what is measured.
    template = _MAILMERGE.replace("BODY_TEXT", text).replace("BODY_HTML", html)
    template = template.encode("ascii", "replace").decode()
    (folder / "mailmerge_template.txt").write_text(template, encoding="utf-8")
    (folder / "mailmerge_server.conf").write_text(f"[smtp_server]\nhost = 127.0.0.1\nport = {port}\n")
    with (folder / "mailmerge_database.csv").open("w", newline="") as file:
        rows = [(f"Reader {one}", f"reader{one}@example.org", str(one)) for one in range(count)]
        csv.writer(file).writerows([("name", "email", "token"), *rows])
