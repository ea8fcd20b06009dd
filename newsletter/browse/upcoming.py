"""The issue whose audience was looked at last: whether it is still to come, and whom it reaches."""

from dataclasses import dataclass

from newsletter.browse.hooks import Datasette, rows, value

_NEWEST = "SELECT issue, taken_at FROM kept_ready WHERE issue <> ''"
_BEGUN = "SELECT count(*) FROM mailings WHERE issue = ? AND kind IN ('issue', 'correction') AND state <> 'cancelled'"


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
    issue, taken_at = found[0]
    return Upcoming(issue, taken_at, bool(await value(datasette, _BEGUN, issue)))


async def reach(datasette: Datasette) -> tuple[int, int]:
    """How many get the issue that was looked at last, out of how many."""
    found = await rows(
        datasette,
        "SELECT coalesce(sum(people) FILTER (WHERE decision = 'send'), 0), coalesce(sum(people), 0) FROM audience_counts",
    )
    return found[0][0], found[0][1]
