"""A workspace for the benchmarks of sending: so many readers who have agreed, and issues of a wanted size."""

import shutil
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from database import settled
from people import write_people

_SETTINGS = """\
timezone = "Europe/London"
max_recipients = 2000000
[sender]
name = "The link worker study"
email = "news@example.org"
reply_to = "study@example.org"
postal_address = "1 Example Street, Exampleton EX1 1EX"
website = "https://study.example.org"
privacy_notice = "https://study.example.org/privacy"
[smtp]
host = "127.0.0.1"
port = {port}
security = "none"
connections = {connections}
{more}
[lists.partners]
name = "Project partners"
purpose = "News of the study for the organisations that work with us."
"""
_PARAGRAPH = """\
      Paragraph {number}. In July we met the link workers of the north, and they told us how they help people who
      feel alone, and what stands in their way: waiting lists, buses that do not come, letters that
      nobody can read. See [the paper {number}](https://doi.org/10.1111/hsc.{number:05}) for all of it,
      and tell us what **you** have seen where you live.

"""


@dataclass(frozen=True)
class Postbag:
    """A workspace, with what was added to its settings."""

    folder: Path
    people: int
    connections: int = 64

    def command(self, *words: str) -> list[str]:
        """What is typed for it."""
        settled(self.folder.parent)
        return [sys.executable, "-m", "newsletter", "-w", str(self.folder), *words]

    def timed(self, *words: str) -> tuple[list[str], Path]:
        """The same, and the file that tells how long the sending took."""
        kept = self.folder.parent / "took.json"
        script = str(Path(__file__).with_name("timed.py"))
        return [sys.executable, script, str(kept), *self.command(*words)[3:]], kept

    def use(self, port: int, more: str = "") -> None:
        """Send to this port from now on; `more` stands in the settings before the lists."""
        text = _SETTINGS.format(port=port, connections=self.connections, more=more)
        (self.folder / "newsletter.toml").write_text(text, encoding="utf-8")

    def write(self, slug: str, paragraphs: int) -> None:
        """An issue with so many paragraphs, approved."""
        (self.folder / "issues" / f"{slug}.yaml").write_text(_issue(paragraphs), encoding="utf-8")
        ran(self.command("approve", slug, "--as", "Ada Example", "--role", "study lead", "--yes"))

    def paragraphs_for(self, octets: int) -> int:
        """With how many paragraphs a message is about so many octets."""
        few, many = 4, 60
        sizes = {number: self._size(number) for number in (few, many)}
        each = (sizes[many] - sizes[few]) / (many - few)
        return max(1, round(few + (octets - sizes[few]) / each))

    def _size(self, paragraphs: int) -> int:
        (self.folder / "issues" / "size.yaml").write_text(_issue(paragraphs), encoding="utf-8")
        ran(self.command("build", "size"))
        size = (self.folder / "build" / "size" / "partners" / "message.eml").stat().st_size
        (self.folder / "issues" / "size.yaml").unlink()
        shutil.rmtree(self.folder / "build")
        return size


def made(folder: Path, people: int) -> Postbag:
    """A new workspace in `folder`/study with so many readers; one that is there already is taken as it is."""
    bag = Postbag(folder / "study", people)
    if bag.folder.is_dir():
        return bag
    folder.mkdir(parents=True, exist_ok=True)
    settled(folder)
    (folder / "home").mkdir(exist_ok=True)
    ran([sys.executable, "-m", "newsletter", "init", str(bag.folder), "--yes"])
    bag.use(2525)
    write_people(folder / "people.csv", people)
    order = ("--list", "partners", "--basis", "consent", "--source", "benchmark", "--json")
    ran(bag.command("contacts", "import", str(folder / "people.csv"), *order))
    return bag


def signing(bag: Postbag) -> str:
    """The settings with which messages are signed; the key is made."""
    more = '[dkim]\ndomain = "example.org"'
    bag.use(2525, more)
    ran(bag.command("keys", "dkim", "new"))
    return more


def caught(bag: Postbag, slug: str, folder: Path, more: str = "") -> Path:
    """One message of this issue as it goes over the wire, in a file with line feeds alone, as smtp-source wants it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        bag.use(server.getsockname()[1], more)
        got: list[bytes] = []
        thread = threading.Thread(target=_take, args=(server, got), daemon=True)
        thread.start()
        ran(bag.command("send", slug, "--yes", "--limit", "1"), but=75)
    path = folder / f"{slug}.eml"
    path.write_bytes(got[0].replace(b"\r\n", b"\n"))
    return path


def ran(command: list[str], but: int = 0) -> str:
    """What a command printed; ends the benchmark where it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, but):
        raise SystemExit(f"{command} ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def _take(server: socket.socket, got: list[bytes]) -> None:
    """A mail server for one message at a time; ends when its socket is closed."""
    while True:
        try:
            line, _ = server.accept()
        except OSError:
            return
        threading.Thread(target=_converse, args=(line, got), daemon=True).start()


def _converse(line: socket.socket, got: list[bytes]) -> None:
    with line, line.makefile("rwb") as file:
        _say(file, "220 ready")
        while command := file.readline():
            verb = command[:4].upper()
            if verb == b"DATA":
                _say(file, "354 go on")
                got.append(b"".join(_lines(file)))
                _say(file, "250 2.0.0 taken")
            else:
                _say(file, {b"QUIT": "221 bye", b"EHLO": "250-here\r\n250 8BITMIME"}.get(verb, "250 ok"))
                if verb == b"QUIT":
                    return


def _lines(file):
    while (line := file.readline()) not in (b".\r\n", b""):
        yield line.removeprefix(b".")


def _say(file, answer: str) -> None:
    file.write(answer.encode() + b"\r\n")
    file.flush()


def _issue(paragraphs: int) -> str:
    body = "".join(_PARAGRAPH.format(number=number) for number in range(paragraphs))
    head = "title: News of the study\ndate: 30 September 2022\npreheader: What we heard in the summer\n"
    return f"{head}lists: [partners]\nsections:\n  - title: News of the summer\n    body: |\n{body}"
