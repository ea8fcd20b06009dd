"""The issue whose audience was looked at last: whether it is still to come, and whom it reaches."""

from dataclasses import dataclass
from typing import Any

from newsletter.browse.hooks import Datasette, rows

_NEWEST = (
    "SELECT issue, taken_at, EXISTS (SELECT 1 FROM mailings m WHERE m.issue = k.issue "
    "AND m.kind IN ('issue', 'correction')) FROM kept_ready k WHERE issue <> ''"
)


@dataclass(frozen=True, slots=True)
class Upcoming:
    """`begun`: the sending has begun or is done, so it is no longer the next issue."""

    issue: str
    taken_at: str
    begun: bool


async def looked_at(datasette: Datasette) -> Upcoming | None:
    """The issue that a dry run looked at last, or None where none did."""
    found = await rows(datasette, _NEWEST)
    if not found:
        return None
    issue, taken_at, begun = found[0]
    return Upcoming(issue, taken_at, bool(begun))


async def audience(datasette: Datasette) -> list[Any]:
    """Of the issue that was looked at last: decision, reason, and how many people, most first."""
    return await rows(
        datasette, "SELECT decision, reason, people FROM audience_counts ORDER BY people DESC, reason"
    )


def reach(counts: list[Any]) -> tuple[int, int]:
    """How many get the issue, out of how many, by the counts of its `audience`."""
    reached = sum(row["people"] for row in counts if row["decision"] == "send")
    return reached, sum(row["people"] for row in counts)
