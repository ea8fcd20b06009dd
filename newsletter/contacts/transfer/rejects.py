"""Write the rows that could not be taken to a file beside the one imported, to mend and import again."""

import csv
import os
from pathlib import Path

from newsletter.contacts.transfer.columns import REJECTS
from newsletter.contacts.transfer.planning import Plan
from newsletter.errors import InputError


def write_rejects(plan: Plan) -> Path | None:
    """The file written, readable by its owner alone; None where every row could be taken.

    The cells are as they stood, with the line and the reason behind them.
    """
    if not plan.rejected:
        return None
    path = plan.order.path.with_name(f"{plan.order.path.name}.rejects.csv")
    try:
        # O_EXCL: never through somebody's link, and private from the first byte on.
        path.unlink(missing_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise InputError(f"{path}: the rejected rows cannot be written there: {error.strerror}") from None
    # The mark at the beginning (utf-8-sig) tells Excel that this is UTF-8.
    with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        width = plan.columns.width
        writer.writerow([*plan.columns.headings, *REJECTS])
        for rejected in sorted(plan.rejected, key=lambda rejected: rejected.line):
            cells = [*rejected.cells, *[""] * (width - len(rejected.cells))]
            problem = rejected.problem
            reason = f"{problem.field}: {problem.message}" if problem.field else problem.message
            # A row with too many fields keeps them in one, or its reason would stand in the wrong column.
            kept = [*cells[: width - 1], ",".join(cells[width - 1 :])]
            writer.writerow([*kept, rejected.line, reason])
    return path
