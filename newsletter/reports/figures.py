"""The figures of a mailing, or of part of one: what was sent, and what came back of it."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Figures:
    """How many messages, or people: one delivery is one of each.

    `delivered` is as far as anybody knows: sent, and nothing came back. `hard`, `soft` and `policy`
    came back, each message under its gravest bounce. Complaints and unsubscribes are of people who
    got the message or not: they take nothing away from the others. Whoever complained is taken off
    the lists too, and is no unsubscribe.
    """

    candidates: int = 0
    sent: int = 0
    delivered: int = 0
    hard: int = 0
    soft: int = 0
    policy: int = 0
    complaints: int = 0
    unsubscribed: int = 0
    refused: int = 0
    in_doubt: int = 0
    waiting: int = 0
    skipped: int = 0

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))

    def __iter__(self) -> Iterator[int]:
        return (getattr(self, name) for name in NAMES)

    @property
    def bounced(self) -> int:
        """Everything that came back."""
        return self.hard + self.soft + self.policy

    @property
    def failed(self) -> int:
        """What did not arrive for certain: it came back, or was refused at the door."""
        return self.bounced + self.refused

    def as_dict(self) -> dict[str, int]:
        """The figures by the names that scripts rely on."""
        back = {"bounced": self.bounced, "bounced_hard": self.hard, "bounced_soft": self.soft}
        known = dict(zip(NAMES, self, strict=True)) | {"bounced_policy": self.policy} | back
        return {name: known[name] for name in SHOWN}


NAMES = tuple(field.name for field in fields(Figures))
#: The figures as JSON and CSV name them.
SHOWN = (
    *("candidates", "sent", "delivered", "bounced", "bounced_hard", "bounced_soft", "bounced_policy"),
    *("complaints", "unsubscribed", "refused", "in_doubt", "waiting", "skipped"),
)


def total(figures: Sequence[Figures]) -> Figures:
    """All of them together."""
    return sum(figures, Figures())


#: SQL for the columns of Figures, in their order, over `deliveries d` with `returns r` beside it.
COLUMNS = """count(*), sum(d.state = 'sent'), sum(d.state = 'sent' AND coalesce(r.severity, '') = ''),
    sum(r.severity IS 'hard'), sum(r.severity IS 'soft'), sum(r.severity IS 'policy'), sum(coalesce(r.complained, 0)),
    sum(coalesce((r.opted_out OR r.withdrawals > 0) AND NOT r.complained, 0)), sum(d.state = 'refused'), sum(d.state IN ('in-doubt', 'sending')),
    sum(d.state = 'waiting'), sum(d.state = 'skipped')"""

_BY_STATE = """SELECT mailing_id, sum(messages), sum(iif(state = 'sent', messages, 0)), sum(iif(state = 'refused', messages, 0)),
    sum(iif(state IN ('in-doubt', 'sending'), messages, 0)), sum(iif(state = 'waiting', messages, 0)),
    sum(iif(state = 'skipped', messages, 0)) FROM mailing_counts {chosen} GROUP BY mailing_id"""
_BY_RETURN = """SELECT mailing_id, sum(iif(state = 'sent' AND severity <> '', messages, 0)),
    sum(iif(severity = 'hard', messages, 0)), sum(iif(severity = 'soft', messages, 0)),
    sum(iif(severity = 'policy', messages, 0)), sum(complained * messages), sum(left_by_it * messages)
    FROM return_counts {chosen} GROUP BY mailing_id"""


def figures_by_mailing(conn: sqlite3.Connection, mailings: Sequence[int] | None = None) -> dict[int, Figures]:
    """The figures of each mailing (of these, or of all) by its id, from the counts that are kept ready."""
    chosen = "" if mailings is None else "WHERE mailing_id IN (SELECT value FROM json_each(?))"
    ids = () if mailings is None else (json.dumps([*mailings]),)
    returned = {row[0]: row[1:] for row in conn.execute(_BY_RETURN.format(chosen=chosen), ids)}
    found = {}
    for mailing, candidates, sent, refused, in_doubt, waiting, skipped in conn.execute(
        _BY_STATE.format(chosen=chosen), ids
    ):
        back, hard, soft, policy, complaints, left = returned.get(mailing, (0,) * 6)
        found[mailing] = Figures(
            candidates, sent, sent - back, hard, soft, policy, complaints, left, refused, in_doubt, waiting, skipped
        )  # fmt: skip
    return found
