"""`newsletter doctor`: whether all that sending needs is there, and what to mend."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from newsletter.cli.console import json_option, now, print_json, printable, takes_workspace
from newsletter.errors import InputError

if TYPE_CHECKING:
    from newsletter.config import Workspace
    from newsletter.doctor import Family, Finding, Records, Results

_COLOURS = {"ok": "green", "note": "blue", "warning": "yellow", "error": "red"}
_INDENT = " " * 11


@click.command()
@click.option("--offline", is_flag=True, help="Leave out whatever needs the network.")
@click.option("--thorough", is_flag=True, help="Read the whole database and the consent ledger too.")
@click.option(
    "--nameserver",
    metavar="ADDRESS",
    default="",
    help="Ask this DNS server, such as 9.9.9.9, to see what the world outside your network sees.",
)
@json_option
@takes_workspace
def doctor(*, workspace: "Workspace", offline: bool, thorough: bool, nameserver: str, as_json: bool) -> int:
    """Check all that sending needs, and say what is right, what is not and what to mend.

    Looks at the settings, the clock, the disk, contacts.db, the keychain, the mail server (with the login, and
    without sending a message) and what the DNS says about your From domain. It changes nothing. What it finds
    comes with a remedy: a command, a setting, or a line to give to your IT department. The exit code is 1 where
    there are errors; warnings and notes leave it at 0.

    \b
    Example:
      newsletter doctor
      newsletter doctor --offline
      newsletter doctor --nameserver 9.9.9.9 --json
    """
    from newsletter.doctor import FAMILIES, Case, examine

    families = [family for family in FAMILIES if not (offline and family.online)]
    case = Case(workspace, now(), _records(nameserver), thorough=thorough)
    with _progress(quiet=as_json) as told:
        results = examine(case, families, told)
    findings = results.all()
    if as_json:
        print_json([finding.as_dict() for finding in findings])
    else:
        _print(families, results)
        _sum_up(findings, offline=offline)
    return int(any(finding.level == "error" for finding in findings))


def _records(nameserver: str) -> "Records":
    from newsletter.doctor import system_records

    try:
        return system_records(nameserver)
    except ValueError:
        raise InputError(
            f"--nameserver {nameserver!r} is not an address",
            remedy="Write numbers, such as 9.9.9.9 or 127.0.0.1:5353.",
        ) from None


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Callable[[Sequence["Family"]], None]]:
    """Says on a terminal what is still looked at; the line is gone at the end."""
    if quiet or not sys.stderr.isatty():
        yield lambda waiting: None
        return
    from rich.console import Console

    with Console(stderr=True).status("Looking …") as status:
        yield lambda waiting: status.update("Looking at: " + ", ".join(one.title for one in waiting))


def _print(families: "Sequence[Family]", results: "Results") -> None:
    for family in families:
        click.secho(family.title, bold=True)
        for finding in results.found[family.name]:
            word = click.style(
                f"{finding.level:<8}", fg=_COLOURS[finding.level], bold=finding.level == "error"
            )
            click.echo(f"  {word} {printable(finding.found)}")
            if finding.remedy:
                mend = "" if finding.level == "note" else "To mend: "
                click.echo(f"{_INDENT}{mend}{printable(finding.remedy)}")
        click.echo()


def _sum_up(findings: "Sequence[Finding]", *, offline: bool) -> None:
    counts = {level: sum(finding.level == level for finding in findings) for level in _COLOURS}
    said = ", ".join(
        f"{count} {level}{'s' * (count != 1)}" for level, count in counts.items() if level != "ok"
    )
    click.echo(f"{counts['ok']} well, {said}.")
    if counts["error"]:
        click.secho("Mend the errors first; then run `newsletter doctor` again.", fg="red")
    elif offline:
        click.echo("The mail server, the DNS and the clock were not asked: --offline.")
    else:
        click.echo("Next: newsletter send ISSUE --test ADDRESS sends one message, to see it arrive.")
