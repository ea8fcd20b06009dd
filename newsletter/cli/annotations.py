"""Findings as a code host's CI shows them beside the line."""

import hashlib
import json
from collections.abc import Sequence

from newsletter.cli.console import printable, printable_json
from newsletter.errors import Problem

HOSTS = ("github", "gitlab")
_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}
_SEVERITIES = {"error": "major", "warning": "minor", "note": "info"}


def annotations(problems: Sequence[Problem], host: str) -> str:
    """What the CI of `host` reads: GitHub's workflow commands, or GitLab's code quality report."""
    if host == "github":
        return "\n".join(printable(_github(problem)) for problem in problems)
    return printable_json(
        json.dumps([_gitlab(problem) for problem in problems], ensure_ascii=False, indent=2)
    )


def _github(problem: Problem) -> str:
    line = f",line={problem.line}" if problem.line else ""
    title = _escaped(problem.check).replace(":", "%3A").replace(",", "%2C")
    path = _escaped(problem.path).replace(":", "%3A").replace(",", "%2C")
    return f"::{_COMMANDS[problem.level]} file={path}{line},title={title}::{_escaped(_told(problem))}"


def _escaped(text: str) -> str:
    # A line break would end the command, and what comes after could begin another.
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _gitlab(problem: Problem) -> dict[str, object]:
    parts = (problem.check, problem.path, problem.field, problem.message)
    return {
        "description": _told(problem),
        "check_name": problem.check,
        # Known again when lines above it are added.
        "fingerprint": hashlib.sha256("\0".join(parts).encode()).hexdigest(),
        "severity": _SEVERITIES[problem.level],
        "location": {"path": problem.path, "lines": {"begin": problem.line or 1}},
    }


def _told(problem: Problem) -> str:
    return f"{problem.message}; {problem.remedy}" if problem.remedy else problem.message
