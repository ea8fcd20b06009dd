"""Where organisations stand on the grid of influence and interest, as judged on a day, by whom and why.

Of organisations only: an opinion about a person is theirs to read, and has no place here.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby, pairwise

from newsletter.contacts.dates import parse_day, said, stamp, today_utc
from newsletter.contacts.fields import BadField, lines, one_line
from newsletter.database import Database, transaction
from newsletter.errors import InputError

#: The least and the most of influence, and of interest.
LEAST, MOST = 1, 5


class BadStance(InputError):
    """An organisation cannot be judged so."""


@dataclass(frozen=True, slots=True)
class NewStance:
    """A judgement as it is added: influence and interest from 1 to 5, the day as text."""

    organisation_id: int
    influence: int
    interest: int
    judged_on: str
    judged_by: str
    why: str


@dataclass(frozen=True, slots=True)
class Stance:
    """A judgement as it is kept."""

    id: int
    organisation_id: int
    organisation: str
    influence: int
    interest: int
    judged_on: str
    judged_by: str
    why: str

    @property
    def place(self) -> tuple[int, int]:
        """Interest (to the right) and influence (upwards)."""
        return self.interest, self.influence


@dataclass(frozen=True, slots=True)
class Standpoint:
    """Where an organisation stands on a day, and where it stood before, oldest first."""

    stance: Stance
    before: tuple[Stance, ...] = ()

    @property
    def name(self) -> str:
        return self.stance.organisation

    @property
    def moves(self) -> tuple[Stance, ...]:
        """The stances of `before` that stood elsewhere than the one after them."""
        path = (*self.before, self.stance)
        return tuple(one for one, after in pairwise(path) if one.place != after.place)


def add_stance(db: Database, new: NewStance, now: dt.datetime) -> int:
    """Keep a judgement of an organisation; its number. Raises BadStance, BadField or BadDate."""
    for name, value in (("influence", new.influence), ("interest", new.interest)):
        if not LEAST <= value <= MOST:
            raise BadStance(f"{name}: {value} is not from {LEAST} (little) to {MOST} (much)")
    day = parse_day(new.judged_on, "on").isoformat()
    # A day on: east of Greenwich today may not have begun in UTC.
    if day > today_utc(now + dt.timedelta(days=1)):
        raise BadStance(f"on: {said(day)} is in the future; nobody has judged anything then")
    by, why = one_line(new.judged_by, "by"), lines(new.why, "why", 2000)
    if not (by and why):
        raise BadField("why: say by whom and why it is judged so; without that it cannot be understood later")
    with transaction(db):
        if db.one("SELECT 1 FROM organisations WHERE id = ?", new.organisation_id) is None:
            raise BadStance(f"there is no organisation with the id {new.organisation_id}")
        cursor = db.conn.execute(
            "INSERT INTO stances (organisation_id, influence, interest, judged_on, judged_by, why, created_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (new.organisation_id, new.influence, new.interest, day, by, why, stamp(now)),
        )
    return int(cursor.lastrowid or 0)


def remove_stance(db: Database, organisation_id: int, number: int) -> None:
    """Forget a judgement of an organisation. Raises BadStance where it has none of this number."""
    with transaction(db):
        gone = db.conn.execute(
            "DELETE FROM stances WHERE id = ? AND organisation_id = ?", (number, organisation_id)
        )
    if not gone.rowcount:
        raise BadStance(f"there is no judgement {number} of this organisation")


def stances_of(db: Database, organisation_id: int) -> list[Stance]:
    """Every judgement of an organisation, newest first."""
    sql = f"{_STANCES} WHERE s.organisation_id = ? ORDER BY s.judged_on DESC, s.id DESC"
    return [Stance(*row) for row in db.conn.execute(sql, (organisation_id,))]


def standpoints(db: Database, on: dt.date, since: dt.date | None = None) -> list[Standpoint]:
    """Where each organisation that was ever judged stands on a day, by name.

    With `since` also where it stood on that day and in between.
    """
    rows = db.conn.execute(
        f"{_STANCES} WHERE s.judged_on <= ? ORDER BY o.name COLLATE NOCASE, s.organisation_id, s.judged_on, s.id",
        (on.isoformat(),),
    )
    stances = (Stance(*row) for row in rows)
    by_organisation = groupby(stances, key=lambda stance: stance.organisation_id)
    return [_standpoint(judged, since) for _, judged in by_organisation]


_STANCES = """
    SELECT s.id, s.organisation_id, o.name, s.influence, s.interest, s.judged_on, s.judged_by, s.why
    FROM stances s JOIN organisations o ON o.id = s.organisation_id
"""


def _standpoint(judged: Iterable[Stance], since: dt.date | None) -> Standpoint:
    *before, last = judged
    if since is None:
        return Standpoint(last)
    first = since.isoformat()
    later = [one for one in before if one.judged_on > first]
    then = [one for one in before if one.judged_on <= first][-1:] if last.judged_on > first else []
    return Standpoint(last, (*then, *later))
