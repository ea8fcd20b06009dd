"""The issues that a permission to be shown matters to, and what can be done about each."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.cli.console import issue_files

if TYPE_CHECKING:
    from newsletter.config import Workspace
    from newsletter.database import Database
    from newsletter.outbox import Report


@dataclass(frozen=True, slots=True)
class Affected:
    """An issue, how far it has come, whether its file names the permission, and what is to be done now."""

    issue: str
    named: bool
    sent: int
    waiting: int
    told: str
    to_do: tuple[str, ...]


def affected_by(db: "Database", workspace: "Workspace", permission: str) -> list[Affected]:
    """Every issue whose file names the permission, or that was approved or queued with it."""
    from newsletter.contacts import issues_leaning_on

    files = {path.stem: path for path in issue_files(workspace) if _names(path, permission)}
    slugs = sorted({*files, *issues_leaning_on(db, permission)})
    return [_affected(db, slug, named=slug in files) for slug in slugs]


def _names(path: Path, permission: str) -> bool:
    """Whether a `permission:` of the file has this word; looked for in the text, since the file may not be readable."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    written = re.findall(r"permission:[ \t]*([^\n}]*)", text)
    return any(permission in re.split(r"[\s,;\"'#\[\]]+", words) for words in written)


def _affected(db: "Database", slug: str, *, named: bool) -> Affected:
    from newsletter.approval import approval_of
    from newsletter.outbox import mailing_of, report_of

    if mailing_of(db, slug) is None:
        approved = approval_of(db, slug) is not None
        return Affected(slug, named, 0, 0, _unsent(approved=approved), _before_sending(slug))
    report = report_of(db, slug)
    return Affected(slug, named, report.sent, report.waiting, _mailed(report), _after_sending(slug, report))


def _unsent(*, approved: bool) -> str:
    return "approved, not sent" if approved else "not sent"


def _before_sending(slug: str) -> tuple[str, ...]:
    return (
        "It can neither be approved nor sent while it names this permission.",
        f"Take out what is shown, then `newsletter check {slug}` and have it approved again.",
    )


def _mailed(report: "Report") -> str:
    told = f"sent to {report.sent}"
    doubtful = f", {report.in_doubt} may have arrived" if report.in_doubt else ""
    return f"{told}{doubtful}, {report.waiting} waiting" if report.waiting else f"{told}{doubtful}"


def _after_sending(slug: str, report: "Report") -> tuple[str, ...]:
    lines = []
    if report.waiting:
        lines.append(
            f"Stopped: the {report.waiting} messages that wait are not sent. They were frozen as they are; whom "
            "they were for a new issue can reach, without what is shown."
        )
    if report.sent or report.in_doubt:
        lines.append("What was sent lies in other people's mailboxes and cannot be called back.")
        lines.append("Type `newsletter publish`: where it stands in the archive, its pages are taken away.")
    lines.append(
        "Pages and PDFs that were made from it: take what is shown out of the YAML, and make them again."
    )
    return tuple(lines)
