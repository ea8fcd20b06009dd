"""What one table holds about people: how a person's rows are found, shown to them, and erased."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

#: What erasing a person does with their rows: 'deleted' by us; 'follows' the contact's row by foreign
#: key; 'emptied' of what is personal; 'kept' for the reason in `why`; 'nobody': it is about no person.
Treatment = Literal["deleted", "follows", "emptied", "kept", "nobody"]

#: Conditions under which a row is about the person: `:ids` are the ids that they have and had,
#: `:keys` the keyed hashes of addresses that are theirs alone, both as JSON.
IDS = "(SELECT value FROM json_each(:ids))"
OWN = f"contact_id IN {IDS}"
KEYS = "(SELECT value FROM json_each(:keys))"
#: A contact that is not kept any more: what was left of it is found by its address.
GONE = "contact_id NOT IN (SELECT id FROM contacts UNION ALL SELECT old_id FROM contact_aliases)"


@dataclass(frozen=True, slots=True)
class Holding:
    """One table. `columns` names each column as the person is told it; '' for what they are not shown.

    `shown` has SQL in place of a column's bare value, `sets` the SQL to which 'emptied' sets columns.
    `texts` are columns of free text, in which anybody may be mentioned; `deleted` is the narrower
    condition under which erasure deletes, where not all that is about the person goes.
    """

    table: str
    holds: str
    columns: Mapping[str, str]
    erased: Treatment = "nobody"
    found: str = ""
    shown: Mapping[str, str] = field(default_factory=dict)
    sets: Mapping[str, str] = field(default_factory=dict)
    texts: tuple[str, ...] = ()
    deleted: str = ""
    why: str = ""

    @property
    def emptying(self) -> str:
        """What 'emptied' sets, as SQL."""
        return ", ".join(f"{column} = {value}" for column, value in self.sets.items())


def unseen(*columns: str) -> dict[str, str]:
    """Columns that tell a person nothing about themselves: numbers of ours, keyed hashes, colleagues' names."""
    return dict.fromkeys(columns, "")
