"""What of a mailing only the operator can settle: messages that may have arrived, or cannot be made again."""

from dataclasses import asdict, dataclass, replace

from newsletter.database import Database
from newsletter.outbox.report import the_mailing

#: In the reply of a row that waits: what was frozen of it cannot be made into the same bytes any more.
NOT_THE_SAME = "would not be the same bytes"
# In the order of the fields of `Open`.
_OPEN = (
    "SELECT id, email, state, reply, message_id, queue_id, changed_at, NOT EXISTS ("
    "SELECT 1 FROM addresses a WHERE a.address_key = d.recipient_key AND a.is_primary = 1 AND a.contact_id = coalesce("
    "(SELECT contact_id FROM contact_aliases WHERE old_id = d.contact_id), d.contact_id)), "
    "EXISTS (SELECT 1 FROM erasures e WHERE e.contact_id = d.contact_id) "
    "FROM deliveries d WHERE mailing_id = ? AND state = ? AND instr(reply, ?) ORDER BY id"
)


@dataclass(frozen=True, slots=True)
class Open:
    """One such message; `since` is when it came into this state, `queue_id` what the server calls it, if it said so.

    `address_changed`: the address that it was made for is not its reader's any more, so that it does not go again.
    `erased`: its reader was, and nothing is kept here of who they were.
    """

    id: int
    email: str
    state: str
    reply: str
    message_id: str
    queue_id: str
    since: str
    address_changed: bool = False
    erased: bool = False

    @property
    def in_doubt(self) -> bool:
        """Whether it may have arrived; else it cannot be made again."""
        return self.state == "in-doubt"

    def as_dict(self) -> dict[str, object]:
        """The object that `--json` prints."""
        return asdict(self)


def doubtful_of(db: Database, slug: str) -> list[Open]:
    """Those of an issue's messages that may have arrived. Raises NotQueued."""
    return _found(db, slug, "in-doubt", "")


def stuck_of(db: Database, slug: str) -> list[Open]:
    """Those that wait and cannot be made again. Raises NotQueued."""
    return _found(db, slug, "waiting", NOT_THE_SAME)


def _found(db: Database, slug: str, state: str, reply: str) -> list[Open]:
    rows = db.conn.execute(_OPEN, (the_mailing(db, slug).id, state, reply))
    return [replace(Open(*row), address_changed=bool(row[-2]), erased=bool(row[-1])) for row in rows]
