"""Write the rows that could not be taken to a file beside the one imported, to mend and import again."""

import csv
import hashlib
import io
import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from newsletter.contacts.transfer.columns import REJECTS
from newsletter.contacts.transfer.formulas import guarded
from newsletter.contacts.transfer.planning import Plan, Rejected
from newsletter.errors import InputError

# The mark at the beginning tells Excel that this is UTF-8.
_MARK = "\ufeff".encode()


def write_rejects(plan: Plan) -> Path | None:
    """The file written, readable by its owner alone; None where every row could be taken.

    The cells are as they stood, with the line and the reason behind them; a cell that a spreadsheet
    program would run as a formula has a quote before it, which an import takes away again. A file
    that stands there already is kept: somebody may be mending it.

    Raises InputError where it cannot be written.
    """
    if not plan.counts()["rejected"]:
        return None
    digest = ""
    for path in _names(plan.order.rejects or plan.order.path):
        try:
            if not os.path.lexists(path):
                return _write(path, plan)
            digest = digest or _digest(_content(plan))
            if path.is_file() and not path.is_symlink() and _digest(_chunks(path)) == digest:
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


def _write(path: Path, plan: Plan) -> Path:
    # O_EXCL: never through somebody's link, and private from the first byte on.
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(_content(plan))
    except OSError:
        # Half a file would be mended and imported as if it were all.
        path.unlink(missing_ok=True)
        raise
    return path


def _digest(chunks: Iterator[bytes]) -> str:
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(1 << 16):
            yield chunk


def _content(plan: Plan) -> Iterator[bytes]:
    yield _MARK
    yield _line([*plan.columns.headings, *REJECTS])
    for rejected in plan.rejected():
        yield _line(_cells(rejected, plan.columns.width))


def _cells(rejected: Rejected, width: int) -> list[object]:
    cells = [*map(guarded, rejected.cells), *[""] * (width - len(rejected.cells))]
    problem = rejected.problem
    reason = f"{problem.field}: {problem.message}" if problem.field else problem.message
    # A row with too many fields keeps them in one, or its reason would stand in the wrong column.
    return [*cells[: width - 1], ",".join(cells[width - 1 :]), rejected.line, reason]


def _line(cells: list[object] | list[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerow(cells)
    return text.getvalue().encode("utf-8", "replace")
