"""`references.json`: the records that were fetched, in an order and a form that make small differences."""

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from newsletter.errors import InputError
from newsletter.issue import BrokenItem, bare_doi, items_of

FILE_NAME = "references.json"
LARGEST = 10 << 20  # bytes


class StoreBroken(InputError):
    """references.json cannot be read."""

    line = 0


@dataclass(frozen=True, slots=True)
class Row:
    """One record as it stands in the file, with its line from 1."""

    line: int
    csl: dict[str, Any]

    @property
    def doi(self) -> str:
        """Its DOI, case folded, since DOIs compare without case; '' where it has none."""
        return bare_doi(str(self.csl.get("DOI") or "")).casefold()


def read_store(path: Path, shown: str) -> list[Row]:
    """Every record of the file; none where there is no file.

    Raises StoreBroken, with the line and the entry, where it cannot be read.
    """
    try:
        data = path.read_bytes() if path.exists() else b"[]"
        if len(data) > LARGEST:
            raise StoreBroken(f"{shown} is too big: at most {LARGEST >> 20} MB can be taken")
        return [Row(line, csl) for line, csl in items_of(data.decode("utf-8-sig").replace("\r\n", "\n"))]
    except BrokenItem as error:
        raise StoreBroken(f"{shown} {error}", remedy=_REMEDY) from None
    except RecursionError:
        raise StoreBroken(f"{shown} has brackets in brackets beyond measure", remedy=_REMEDY) from None
    except UnicodeDecodeError as error:
        line = data[: error.start].count(10) + 1
        raise StoreBroken(f"{shown} is not saved as UTF-8 (line {line})", remedy=_REMEDY) from None


_REMEDY = "Mend that place, or bring back an older version of the file; nothing was changed."


def write_store(path: Path, rows: list[dict[str, Any]]) -> None:
    """The records over the file, sorted, one field a line; whole or not at all."""
    text = json.dumps(sorted(rows, key=_order), ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".references-", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _order(row: dict[str, Any]) -> tuple[str, str]:
    return str(row.get("DOI") or row.get("id") or "").casefold(), str(row.get("id") or "")
