"""The outbox's rows, as tests look at them."""

from newsletter.database import Database


def states(db: Database) -> dict[str, tuple[str, str]]:
    """State and reason of each delivery, by the part of the address before the @."""
    rows = db.conn.execute("SELECT email, state, reason FROM deliveries ORDER BY id")
    return {row["email"].partition("@")[0]: (row["state"], row["reason"]) for row in rows}


def state_of(db: Database, name: str) -> str:
    """The state of the delivery to this name."""
    return states(db)[name][0]
