"""Write the rows that could not be taken to a file beside the one imported, to mend and import again."""

import csv
import io
import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from newsletter.contacts.transfer.columns import REJECTS, guarded
from newsletter.contacts.transfer.planning import Plan
from newsletter.errors import InputError


def write_rejects(plan: Plan) -> Path | None:
    """The file written, readable by its owner alone; None where every row could be taken.

    The cells are as they stood, with the line and the reason behind them; a cell that a spreadsheet
    program would run as a formula has a quote before it, which an import takes away again. A file
    that stands there already is kept: somebody may be mending it.

    Raises InputError where it cannot be written.
    """
    if not plan.rejected:
        return None
    # The mark at the beginning (utf-8-sig) tells Excel that this is UTF-8.
    content = _content(plan).encode("utf-8-sig")
    for path in _names(plan.order.path):
        try:
            if not os.path.lexists(path):
                return _write(path, content)
            if path.is_file() and not path.is_symlink() and path.read_bytes() == content:
                return path
        except OSError as error:
            raise InputError(
                f"{path}: the rejected rows cannot be written there: {error.strerror}",
                remedy="Copy the file into a folder of yours, and import it from there.",
            ) from None
    raise AssertionError  # pragma: no cover  # the names do not end


def _names(imported: Path) -> Iterator[Path]:
    yield imported.with_name(f"{imported.name}.rejects.csv")
    for number in count(2):
        yield imported.with_name(f"{imported.name}.{number}.rejects.csv")


def _write(path: Path, content: bytes) -> Path:
    # O_EXCL: never through somebody's link, and private from the first byte on.
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    return path


def _content(plan: Plan) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    width = plan.columns.width
    writer.writerow([*plan.columns.headings, *REJECTS])
    for rejected in sorted(plan.rejected, key=lambda rejected: rejected.line):
        cells = [*map(guarded, rejected.cells), *[""] * (width - len(rejected.cells))]
        problem = rejected.problem
        reason = f"{problem.field}: {problem.message}" if problem.field else problem.message
        # A row with too many fields keeps them in one, or its reason would stand in the wrong column.
        kept = [*cells[: width - 1], ",".join(cells[width - 1 :])]
        writer.writerow([*kept, rejected.line, reason])
    return text.getvalue()
