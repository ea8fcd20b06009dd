"""Work out what an import would do, without doing it: who is new, what would change, what cannot be."""

import datetime as dt
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace

from newsletter.contacts.fields import require_no_participants
from newsletter.contacts.lists import all_lists
from newsletter.contacts.suppression import suppressed_by_name
from newsletter.contacts.transfer import checking
from newsletter.contacts.transfer.agreements import AgreementReader, Given
from newsletter.contacts.transfer.columns import Columns, Wanted, find_columns
from newsletter.contacts.transfer.existing import Settled, first_learned, look_up, settle
from newsletter.contacts.transfer.lines import RowReader, reason_of
from newsletter.contacts.transfer.mapping import kept_mapping
from newsletter.contacts.transfer.merging import merge_rows
from newsletter.contacts.transfer.order import ImportOrder
from newsletter.contacts.transfer.ours import OursReader, is_ours
from newsletter.contacts.transfer.people import Person, person_of
from newsletter.contacts.transfer.restoring import tell_apart
from newsletter.contacts.transfer.scratch import Scratch, open_scratch
from newsletter.contacts.transfer.source import Shape, inspect_file, read_rows
from newsletter.contacts.wordings import Wording
from newsletter.database import Database
from newsletter.errors import InputError, Problem

Progress = Callable[[int, int], None]  # lines done, lines in all
_STEP = 500
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that cannot be taken: its cells as they stood, and why."""

    line: int
    cells: tuple[str, ...]
    problem: Problem


@dataclass(slots=True)
class Plan:
    """What an import would do. `version` tells whether the database is still the one it was made for.

    `beyond_ascii`: some address in the file is not plain ASCII; so much is known as it is read.

    The people themselves lie in `scratch`, on disk: a plan for a million is as small as one for ten.
    """

    order: ImportOrder
    shape: Shape
    columns: Columns
    version: tuple[int, int]
    scratch: Scratch
    wordings: dict[str, Wording] = field(default_factory=dict)
    kept_withdrawn: int = 0
    notes: list[str] = field(default_factory=list)
    beyond_ascii: bool = False
    _counts: dict[str, int] = field(default_factory=dict)

    def people(self, fate: str = "", limit: int = -1) -> Iterator[Person]:
        """The people of the file, or those with whom one thing is to be done, at most `limit`."""
        what = "WHERE fate = ?" if fate else "WHERE fate IN ('added', 'changed', 'unchanged') AND ? = ''"
        return map(person_of, self.scratch.rows(f"{what} ORDER BY id LIMIT ?", (fate, limit)))

    def rejected(self, limit: int = -1) -> Iterator[Rejected]:
        """The rows that cannot be taken, in the order of the file, at most `limit`."""
        sql = "SELECT line, field, reason, cells FROM rejects ORDER BY line, id LIMIT ?"
        for line, name, reason, cells in self.scratch.conn.execute(sql, (limit,)):
            problem = Problem("import", "error", self.order.called, line, name, reason)
            yield Rejected(line, tuple(json.loads(cells or "[]")), problem)

    def problems(self, limit: int = -1) -> list[Problem]:
        """Why rows were rejected, in the order of the file, at most `limit`."""
        return [rejected.problem for rejected in self.rejected(limit)]

    def suppressed(self, limit: int = -1) -> list[int]:
        """The lines of those who must never be written to, at most `limit`."""
        return [row["line"] for row in self.scratch.rows("WHERE fate = 'suppressed' LIMIT ?", (limit,))]

    def counts(self) -> dict[str, int]:
        """The summary: people added, changed and unchanged, consents, and what stays out."""
        if not self._counts:
            self._counts = self._counted()
        return dict(self._counts)

    def _counted(self) -> dict[str, int]:
        fates = dict(self.scratch.conn.execute("SELECT fate, count(*) FROM rows GROUP BY fate").fetchall())
        all_given = self.scratch.count(
            f"SELECT coalesce(sum(json_array_length(given)), 0) FROM rows {_TAKEN}"
        )
        withdrawn = self.scratch.count(
            f"SELECT count(*) FROM rows, json_each(given) one {_TAKEN} AND instr(given, 'withdrawn') "
            f"AND json_extract(one.value, '$[{_KIND}]') = 'withdrawn'"
        )
        rejected = self.scratch.count("SELECT count(*) FROM rejects")
        return {
            **{name: fates.get(name, 0) for name in ("added", "changed", "unchanged")},
            "consents": all_given - withdrawn,
            "withdrawals": withdrawn,
            "barred": fates.get("barred", 0),
            "kept_withdrawn": self.kept_withdrawn,
            "suppressed": fates.get("suppressed", 0),
            "rejected": rejected,
        }

    def close(self) -> None:
        """Let go of what lies on disk."""
        self.scratch.conn.close()


_KIND = [field.name for field in fields(Given)].index("kind")
_TAKEN = "WHERE fate IN ('added', 'changed') AND given <> ''"
# Of the addresses that come in: those of new people, and those that join people who are known.
_BEYOND_ASCII = """
    SELECT count(*) FROM (
        SELECT email FROM rows WHERE fate = 'added'
        UNION ALL SELECT one.value FROM rows, json_each('["' || replace(others, char(10), '","') || '"]') one
            WHERE fate = 'added' AND others <> ''
        UNION ALL SELECT json_extract(one.value, '$[2]') FROM rows, json_each(changes) one
            WHERE fate = 'changed' AND changes <> '' AND json_extract(one.value, '$[0]') = 'address')
    WHERE needs_smtputf8(email)
"""


def plan_import(db: Database, order: ImportOrder, now: dt.datetime, progress: Progress | None = None) -> Plan:
    """What importing the file would do; nothing is changed. Close the plan when it has served.

    Raises BadFile where the file cannot be read at all, InputError where the order cannot be.
    """
    version = version_of(db)
    shape = inspect_file(order.path, shown=order.shown, encoding=order.encoding, sheet=order.sheet)
    kept = kept_mapping(db, order.source)
    wanted = Wanted({**kept, **order.mapping}, order.own, order.program)
    shape, columns = find_columns(shape, wanted)
    if columns.preset and not order.source:
        order = replace(order, source=columns.preset.title)
    notes = checking.check_order(db, order, shape, columns)
    plan = Plan(order, shape, columns, version, open_scratch(db.path.parent), notes=notes)
    try:
        _fill(db, plan, now, progress)
    except BaseException:
        plan.close()
        raise
    return plan


def version_of(db: Database) -> tuple[int, int]:
    """Changes with every change of the database, by this connection or by another program."""
    row = db.one("PRAGMA data_version")
    return (int(row[0]) if row else 0, db.conn.total_changes)


def list_names(db: Database) -> dict[str, str]:
    """What a list may be called in a file: its name, or the title that people see."""
    lists = all_lists(db)
    titles = {info.name.casefold(): info.list for info in lists}
    return titles | {info.list.casefold(): info.list for info in lists}


def _fill(db: Database, plan: Plan, now: dt.datetime, progress: Progress | None) -> None:
    order = plan.order
    learned = first_learned(db, plan.shape.digest, order.today)
    asked = "status" in plan.columns.places
    agreed = AgreementReader(order, list_names(db), now, learned, asked, plan.wordings)
    if is_ours(plan.columns):
        # A row is a person, whoever else has the address.
        _read(plan, OursReader(plan.columns, agreed, db.key), progress)
        plan.scratch.conn.execute("CREATE INDEX rows_key ON rows (key)")
    else:
        _read(plan, RowReader(plan.columns, agreed, db.key), progress)
        merge_rows(plan.scratch)
    _settle_all(db, plan)
    _look_up_cells(plan)
    if plan.beyond_ascii and (number := plan.scratch.count(_BEYOND_ASCII)):
        plan.notes.append(checking.beyond_ascii(number))


def _read(plan: Plan, reader: RowReader | OursReader, progress: Progress | None) -> None:
    below, scratch = not plan.columns.has_header, plan.scratch
    for line, cells in read_rows(plan.shape, plan.columns.delimiter):
        if progress and line % _STEP == 0:
            progress(line, plan.shape.lines)
        if not below:
            below = tuple(cells) == plan.columns.headings
            continue
        try:
            row = reader.read(line, cells)
            if not plan.order.participants:
                require_no_participants(row.roles.splitlines())
            scratch.add(row)
            plan.beyond_ascii |= not (row.email.isascii() and row.others.isascii())
        except InputError as error:
            scratch.reject(line, *reason_of(error), cells=json.dumps(cells))
    scratch.flush()


def _settle_all(db: Database, plan: Plan) -> None:
    """Match the rows with the people who are there; with nobody there, everybody is new."""
    scratch = plan.scratch
    if not db.one("SELECT 1 FROM addresses UNION ALL SELECT 1 FROM suppressions LIMIT 1"):
        scratch.conn.execute("UPDATE rows SET fate = 'barred' WHERE fate = 'added' AND suppress <> ''")
        return

    def reject(line: int, field: str, reason: str) -> None:
        scratch.reject(line, field, reason, None)

    after = 0
    what = "WHERE fate = 'added' AND id > ? ORDER BY id LIMIT ?"
    while rows := list(scratch.rows(what, (after, _BATCH))):
        after = rows[-1]["id"]
        known = look_up(db, rows)
        if is_ours(plan.columns):
            tell_apart(db, scratch, known, rows)
        settled: list[Settled] = []
        gone = suppressed_by_name(db, ((row["id"], row["key"], row["name"]) for row in rows))
        for row in rows:
            if row["id"] in gone and not row["suppress"]:
                settled.append(("suppressed", None, "", "", row["id"]))
                continue
            outcome, kept = settle(known, row, reject)
            plan.kept_withdrawn += kept
            if outcome[0] != "added":
                settled.append(outcome)
        scratch.settle(settled)


def _look_up_cells(plan: Plan) -> None:
    """The cells of rows that were rejected only after they were read: the file is read once more for all."""
    conn = plan.scratch.conn
    conn.execute("INSERT OR IGNORE INTO lines SELECT line FROM rejects WHERE cells IS NULL")
    wanted = iter(conn.execute("SELECT line FROM lines ORDER BY line").fetchmany, [])
    lines = (row[0] for rows in wanted for row in rows)
    next_line = next(lines, None)
    if next_line is None:
        return
    found = []
    for line, cells in read_rows(plan.shape, plan.columns.delimiter):
        if line == next_line:
            found.append((json.dumps(cells), line))
            next_line = next(lines, None)
        if next_line is None or len(found) >= _BATCH:
            conn.executemany("UPDATE rejects SET cells = ? WHERE line = ? AND cells IS NULL", found)
            found.clear()
        if next_line is None:
            return
