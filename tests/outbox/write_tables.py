"""Writes the tables of faults into docs/outbox.md: `make faults`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from faults import tables

DOCS = Path(__file__).parents[2] / "docs" / "outbox.md"

before, begin, rest = DOCS.read_text(encoding="utf-8").partition("<!-- faults -->\n")
_, end, after = rest.partition("<!-- end -->")
assert begin, "docs/outbox.md has the place no more"
assert end, "docs/outbox.md has no end of the place"
DOCS.write_text(before + begin + tables() + end + after, encoding="utf-8")
