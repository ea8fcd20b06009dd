"""Cells that no spreadsheet program runs as a formula, and back."""

import re

#: What makes a spreadsheet program run a cell as a formula (OWASP ASVS 1.2.10).
_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def guarded(cell: str) -> str:
    """A cell that no spreadsheet program runs as a formula: such a one with a quote before it."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unguarded(cell: str) -> str:
    """What `guarded` was given."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
