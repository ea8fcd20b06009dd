"""An issue that has gone out to Ada, Dora and Egon, and what comes back of it, as the tests of recording make it."""

import datetime as dt
from dataclasses import dataclass, replace

from arriving import link, person, queued

from newsletter.config import Workspace
from newsletter.contacts import NewContact, add_contact, reason_to_skip
from newsletter.database import Database
from newsletter.replies import Failed, Recorded, Reply, record_reply


@dataclass
class Round:
    """An issue that was sent; `back` has a message come back about it."""

    db: Database
    workspace: Workspace
    now: dt.datetime
    ada: int
    dora: int
    cleo: int
    came: int = 0

    def back(self, reply: Reply, **odd: object) -> Recorded:
        """Record a message that nobody has recorded yet, or that of this digest."""
        self.came += 1
        usual: dict[str, object] = {
            "digest": f"{self.came:064}",
            "source": "maildir",
            "now": self.now,
            "config": self.workspace.config,
        }
        return record_reply(self.db, reply, **(usual | odd))  # type: ignore[arg-type]

    def bounce(self, email: str = "ada@example.org", *, to: int = 0, **odd: object) -> Reply:
        """A bounce of the message to Ada (`to`: another), with our Message-ID unless it says so."""
        told: dict[str, object] = {"severity": "hard", "reason": "user-unknown", "status": "5.1.1"}
        about = {
            name: odd.pop(name) for name in [*odd] if name in ("severity", "reason", "status", "diagnostic")
        }
        failed = Failed(email, **(told | about))  # type: ignore[arg-type]
        reply = Reply("bounce", (failed,), message_id=self.message_id(to or self.ada))
        return replace(reply, **odd)  # type: ignore[arg-type]

    def message_id(self, contact: int) -> str:
        return f"<{link(self.db, contact, 'delivery')}@example.org>"

    def opt_out(self, contact: int) -> str:
        """The token by which a reader leaves."""
        return link(self.db, contact)

    def skip(self, contact: int, now: dt.datetime | None = None) -> str | None:
        """Why the next issue to the partners would not go to them."""
        return reason_to_skip(self.db, contact, ["partners"], now or self.now)

    def row(self, column: str, number: int | None = None) -> object:
        """What the newest row says, or that of this number."""
        chosen = number or self.db.conn.execute("SELECT max(id) FROM replies").fetchone()[0]
        return self.db.conn.execute(f"SELECT {column} FROM replies WHERE id = ?", (chosen,)).fetchone()[0]

    def suppressed(self) -> list[tuple[str, str]]:
        found = self.db.conn.execute("SELECT reason, source FROM suppressions ORDER BY recorded_at, reason")
        return [(row[0], row[1]) for row in found]


def sent_round(db: Database, workspace: Workspace, now: dt.datetime) -> Round:
    """Ada and Dora got the issue; Cleo is known, and nobody wrote to her."""
    ada, dora = person(db, "Ada", now), person(db, "Dora", now)
    cleo = add_contact(db, NewContact(email="cleo@example.org", name="Cleo"), now)
    queued(db, workspace, now)
    db.conn.execute(
        "UPDATE deliveries SET state = 'sent', queue_id = 'Q' || contact_id, changed_at = '2022-09-30T09:00:00Z'"
    )
    return Round(db, workspace, now, ada, dora, cleo)
