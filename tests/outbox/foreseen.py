"""What a run does where people change their addresses: told from the rows before it, by rules and not by the engine's steps."""

import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

_ROWS = """
    SELECT id, contact_id, recipient_key, email, state, reason, personal, message_id, dated, message_digest
    FROM deliveries ORDER BY id
"""


@dataclass(frozen=True)
class Row:
    """A delivery: whose, the address whose key it `holds` ('' for none), and what was frozen of it ('' before a claim)."""

    id: int
    person: int
    holds: str
    state: str
    reason: str
    frozen: tuple[str, ...] = ()

    @property
    def is_spare(self) -> bool:
        """Left out for somebody else at the address, and it may be handed on to."""
        return self.state == "skipped" and self.reason == "duplicate" and not self.frozen


@dataclass(frozen=True)
class Foreseen:
    """`states`: what becomes of rows, as far as it hangs on nobody else; `served`: who may get it at each address.

    One of them does where the address is in `surely`, else one at most.
    """

    states: Mapping[int, tuple[str, str]]
    served: Mapping[str, Collection[int]]
    surely: Collection[str]


def rows_of(conn: sqlite3.Connection, key_of: Callable[[str], str]) -> list[Row]:
    """All deliveries, by id."""
    return [
        Row(
            *(number, person, email if key == key_of(email) else "", state, reason),
            frozen=tuple(frozen) if frozen[0] else (),
        )
        for number, person, key, email, state, reason, *frozen in conn.execute(_ROWS)
    ]


def foresee(
    rows: Sequence[Row],
    home: Mapping[int, str],
    agreed: Collection[int],
    faults: Mapping[str, str],
    *,
    newcomers: bool = False,
) -> Foreseen:
    """What follows for these rows where people live at `home` now; `faults` end in this state at that address.

    `newcomers`: whoever has nothing to show for the mailing is offered it.
    """
    states = {}
    for row in rows:
        if row.state == "sending":
            states[row.id] = ("in-doubt", row.reason)
        elif row.state == "waiting" and row.person not in agreed:
            states[row.id] = ("skipped", "withdrawn")
        elif row.state == "waiting" and row.frozen:
            here = home[row.person] == row.holds
            states[row.id] = (faults.get(row.holds, "sent"), "") if here else ("skipped", "address-changed")
        elif row.state != "waiting" and not row.is_spare:
            states[row.id] = (row.state, row.reason)
    served: dict[str, set[int]] = {}
    surely = set()
    for address in set(home.values()):
        people = {person for person in agreed if home[person] == address}
        members = {row.person for row in rows if row.person in people and _is_in_play(row, rows)}
        held = [row for row in rows if row.holds == address]
        if any(row.frozen or row.state not in ("waiting", "skipped") for row in held):
            served[address] = set()
            continue
        going = any(row.state == "waiting" for row in held)
        sure = any(going or row.state == "waiting" for row in rows if row.person in members)
        if newcomers:
            fresh = {person for person in people if _is_unserved(person, address, rows)}
            # What somebody holds who is about to leave it is offered to nobody yet, but handed on.
            sure, members = sure or (bool(fresh) and not going), members | fresh
        served[address] = members if sure or newcomers else set()
        if sure:
            surely.add(address)
    return Foreseen(states, served, surely)


def _is_in_play(row: Row, rows: Sequence[Row]) -> bool:
    """Whether it goes to whatever address its person has, or may be handed on to."""
    if row.frozen or not (row.state == "waiting" or row.is_spare):
        return False
    return not any(
        other.person == row.person and other.id != row.id and other.state != "skipped" for other in rows
    )


def _is_unserved(person: int, address: str, rows: Sequence[Row]) -> bool:
    """Whether nothing was ever made for them but what an address that they left has kept."""
    return not any(
        row.state != "skipped" or (row.frozen and (row.reason != "address-changed" or row.holds == address))
        for row in rows
        if row.person == person
    )
