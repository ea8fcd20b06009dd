"""What became of an issue: the equation, counted from the rows, and each recipient's part in it."""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from newsletter.database import Database
from newsletter.errors import InputError, NewsletterError, ProofFailed
from newsletter.outbox.mailings import Mailing, mailing_of

# One statement, so that the numbers belong together while a sender is at work. Only of those who are skipped the
# rows themselves are read, for the reasons: the states are counted in the index.
_COUNTS = """
    SELECT state, '', count(*) FROM deliveries WHERE mailing_id = ?1 AND state <> 'skipped' GROUP BY state
    UNION ALL
    SELECT state, reason, count(*) FROM deliveries WHERE mailing_id = ?1 AND state = 'skipped' GROUP BY reason
"""
# In the order of the fields of `Recipient`.
_SHOWN = "SELECT id, contact_id, email, state, reason, reply, message_id FROM deliveries"
# Along the rows as they lie: found by the index of the mailing they would all be sorted, in memory.
_EVERYBODY = f"""
    {_SHOWN} WHERE id BETWEEN (SELECT min(id) FROM deliveries WHERE mailing_id = ?1)
        AND (SELECT max(id) FROM deliveries WHERE mailing_id = ?1) AND +mailing_id = ?1 AND +state <> ?2 ORDER BY id
"""


class NotQueued(InputError):
    """This issue has not been sent."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """One row as `report` shows it; `email` is empty for somebody without an address."""

    id: int
    contact_id: int
    email: str
    state: str
    reason: str
    reply: str
    message_id: str

    def as_dict(self) -> dict[str, str]:
        """The object of this shape that scripts rely on."""
        names = ("email", "state", "reason", "reply", "message_id")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True)
class Report:
    """Both sides of the equation. `next_due` is when the first that waits may go; `stopped` why a run ended early."""

    issue: str
    candidates: int
    sent: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    refused: int = 0
    waiting: int = 0
    in_doubt: int = 0
    next_due: str = ""
    stopped: NewsletterError | None = None

    @property
    def exit_code(self) -> int:
        """What a command that ends with this report ends with."""
        if self.stopped:
            return self.stopped.exit_code
        if self.waiting:
            return 75
        return 1 if self.refused or self.in_doubt else 0

    def equation(self) -> str:
        """The equation as one line for people."""
        reasons = ", ".join(f"{count} {reason}" for reason, count in self.skipped.items())
        skipped = f"{sum(self.skipped.values())} skipped" + (f" ({reasons})" if reasons else "")
        return (
            f"{self.candidates} candidates = {self.sent} sent + {skipped} + {self.refused} refused "
            f"+ {self.waiting} waiting + {self.in_doubt} in doubt"
        )

    def as_dict(self) -> dict[str, object]:
        """The numbers in the shape that scripts rely on, without the recipients."""
        names = ("issue", "candidates", "sent", "skipped", "refused", "waiting", "in_doubt")
        return {name: getattr(self, name) for name in names}


def report_of(db: Database, slug: str) -> Report:
    """The report of an issue's mailing. Raises NotQueued, and ProofFailed if the equation does not hold."""
    mailing = the_mailing(db, slug)
    counts: Counter[str] = Counter()
    skipped: dict[str, int] = {}
    for state, reason, number in db.conn.execute(_COUNTS, (mailing.id,)):
        counts[state] += number
        if state == "skipped":
            skipped[reason] = number
    report = Report(
        issue=slug,
        candidates=_number(db, "SELECT count(*) FROM deliveries WHERE mailing_id = ?", mailing),
        sent=counts["sent"],
        skipped=skipped,
        refused=counts["refused"],
        waiting=counts["waiting"],
        # What is on its way may have arrived, as far as anybody can tell from here.
        in_doubt=counts["in-doubt"] + counts["sending"],
        next_due=_next_due(db, mailing),
    )
    _prove(report)
    return report


def recipients_of(db: Database, slug: str, *, but: str = "") -> Iterator[Recipient]:
    """Every recipient of an issue's mailing, in the order of their rows, streamed; `but` those in this state."""
    return map(_recipient, db.conn.execute(_EVERYBODY, (the_mailing(db, slug).id, but)))


def the_mailing(db: Database, slug: str) -> Mailing:
    """The mailing of an issue, or of this name. Raises NotQueued."""
    mailing = mailing_of(db, slug)
    if mailing is None:
        raise NotQueued(
            f"the issue {slug} has not been sent",
            remedy=f"See who would get it with `newsletter send {slug} --dry-run`.",
        )
    return mailing


def _recipient(row: sqlite3.Row) -> Recipient:
    return Recipient(*row)


def _number(db: Database, sql: str, mailing: Mailing) -> int:
    return int(db.conn.execute(sql, (mailing.id,)).fetchone()[0])


def _next_due(db: Database, mailing: Mailing) -> str:
    row = db.one(
        "SELECT min(due_at) AS due FROM deliveries WHERE mailing_id = ? AND state = 'waiting'", mailing.id
    )
    return (row["due"] or "") if row else ""


def _prove(report: Report) -> None:
    right = report.sent + sum(report.skipped.values()) + report.refused + report.waiting + report.in_doubt
    if report.candidates != right:
        raise ProofFailed(f"the numbers of {report.issue} do not add up: {report.equation()}")
