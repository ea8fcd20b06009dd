"""A workspace whose mail goes to the relay: made, filled and asked by the real command alone."""

import csv
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import forked
from relay import PASSWORD, REALM, USER, Relay

SLUG, CONNECTIONS = "2022-09", 4
SETTINGS = """\
timezone = "Europe/London"
max_recipients = 100000
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
security = "starttls"
user = "{user}"
connections = {connections}
timeout = 20
{more}
[lists.partners]
name = "Project partners"
purpose = "News of the study for the organisations that work with us."
"""
ISSUE = """\
title: News of the study
date: 30 September 2022
preheader: What we heard in the summer
lists: [partners]
sections:
  - title: News of the summer
    body: |
      {body}
"""


@dataclass(frozen=True)
class Study:
    """A workspace beside a relay; `home` keeps its key and its secrets."""

    folder: Path
    home: Path
    relay: Relay

    @property
    def env(self) -> dict[str, str]:
        """The environment of its commands: nothing of the user's own, and the password as cron would give it."""
        secret = f"NEWSLETTER_SMTP_{USER}_{REALM}_127_0_0_1".upper().replace(".", "_")
        return {
            **self.usual,
            "HOME": str(self.home),
            "NEWSLETTER_SECRETS": str(self.home / "secrets"),
            "NEWSLETTER_OPERATOR": "tester",
            secret: PASSWORD,
        }

    @property
    def usual(self) -> dict[str, str]:
        """The environment of this process without what is the user's own."""
        return {
            name: value for name, value in os.environ.items() if not name.startswith(("NEWSLETTER_", "XDG_"))
        }

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "newsletter", "-w", str(self.folder), *words]

    def type(self, *words: str, **odd: str) -> subprocess.CompletedProcess[str]:
        """Type a command and wait for its end; `odd` goes into its environment."""
        return forked.run(self.command(*words), env=self.env | odd)

    def begin(self, *words: str) -> subprocess.Popen[str]:
        """Type a command and go on."""
        return subprocess.Popen(
            self.command(*words), env=self.env, text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def must(self, *words: str) -> str:
        """Type a command that has to end well; what it printed."""
        done = self.type(*words)
        if done.returncode:
            raise RuntimeError(f"newsletter {' '.join(words)} ended with {done.returncode}: {done.stderr}")
        return done.stdout

    def report(self, slug: str = SLUG) -> dict[str, Any]:
        """What `newsletter report --json` says."""
        found: dict[str, Any] = json.loads(self.type("report", slug, "--json").stdout)
        return found

    def invite(self, people: Iterable[tuple[str, str]]) -> None:
        """Import people with their consent: name and address of each."""
        path = self.home / "people.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(
                [("Name", "Email", "Consent date"), *((*one, "2022-06-14") for one in people)]
            )
        self.must("contacts", "import", str(path), "--list", "partners", "--basis", "consent",
                  "--source", "workshop", "--yes")  # fmt: skip

    def write(self, body: str = "We have news.", slug: str = SLUG) -> None:
        """Write the issue and have it approved."""
        text = ISSUE.format(body=body.replace("\n", "\n      "))
        (self.folder / "issues" / f"{slug}.yaml").write_text(text, encoding="utf-8")
        self.must("approve", slug, "--as", "Ada Example", "--role", "study lead", "--yes")

    def sign(self) -> tuple[str, str]:
        """Make the key for DKIM; its record in the DNS would have this name and this value."""
        zone = self.must("keys", "dkim", "new")
        return zone.partition(". IN")[0], "".join(re.findall('"([^"]*)"', zone))


def readers(number: int) -> list[tuple[str, str]]:
    """So many people: name and address."""
    return [(f"Reader {one}", f"reader{one}@example.org") for one in range(number)]


def study(
    where: Path,
    relay: Relay,
    people: Iterable[tuple[str, str]],
    *,
    body: str = "We have news.",
    more: str = "",
) -> Study:
    """A new workspace in the folder `where`, with people who have agreed and an approved issue.

    `more` stands in its settings after the [smtp] part, and may go on with it.
    """
    made = Study(where / "study", where / "home", relay)
    made.home.mkdir(parents=True)
    made.must("init", str(made.folder), "--yes")
    more = f'ca_file = "{relay.ca_file}"\n{more}'
    values = {"port": relay.port, "user": f"{USER}@{REALM}", "connections": CONNECTIONS, "more": more}
    (made.folder / "newsletter.toml").write_text(SETTINGS.format(**values), encoding="utf-8")
    made.invite(people)
    made.write(body)
    return made
