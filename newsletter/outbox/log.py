"""The log of what was sent: a line of JSON for each change, without anybody's address, beside the issue's build."""

import datetime as dt
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from newsletter.outbox.receipt import read_receipt
from newsletter.outbox.report import Report
from newsletter.outbox.watching import Change

_LARGEST = 64 * 1024 * 1024  # bytes; then the file is put aside
_KEPT = 4  # files that were put aside
_encoded = json.JSONEncoder(ensure_ascii=False).encode
_quoted = json.encoder.encode_basestring


class RunLog:
    """Writes what a run tells; a Watcher. A log that cannot be written ends, and never the run.

    `failed` says why it ended, '' while all is well. The file is for its owner alone (0600).
    """

    def __init__(self, path: Path, mailing: str, clock: Callable[[], dt.datetime]) -> None:
        self.failed = ""
        self._path, self._mailing, self._clock = path, mailing, clock
        self._file: TextIO | None = None
        self._size = 0

    def begin(self, waiting: int) -> None:
        """A run begins, with so many messages waiting."""
        self._write([_encoded({"event": "begin", "waiting": waiting, "process": os.getpid()})])

    def end(self, found: Report | None, stopped: BaseException | None) -> None:
        """The run is over: the numbers, and what stopped it; its words may name whoever logs in, not the readers."""
        numbers = {
            name: value for name, value in (found.as_dict() if found else {}).items() if name != "issue"
        }
        why = read_receipt(0, str(stopped).encode()).text if stopped else ""
        self._write([_encoded({"event": "end", **numbers, "stopped": why})])
        if self._file:
            self._file.close()
        self._file = None

    def moved(self, changes: list[Change]) -> None:
        """A line for each."""
        self._write([_line(change) for change in changes])

    def flight(self, number: int, lines: int) -> None:
        """Not worth a line."""

    def waits(self, seconds: float, why: str) -> None:
        """Not worth a line: the times between the others show it."""

    def _write(self, lines: list[str]) -> None:
        """Each of these objects as a line, behind its time and its mailing."""
        if self.failed:
            return
        at = self._clock().astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        head = _encoded({"at": at, "mailing": self._mailing})[:-1]
        text = "".join([f"{head}, {line[1:]}\n" for line in lines])
        try:
            file = self._opened()
            file.write(text)
            file.flush()
            self._size += len(text)
        except OSError as error:
            self.failed = error.strerror or str(error)

    def _opened(self) -> TextIO:
        if self._file and self._size > _LARGEST:
            self._file.close()
            self._file = None
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            _put_aside(self._path)
            handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            self._file = os.fdopen(handle, "a", encoding="utf-8")
            self._size = self._path.stat().st_size
        return self._file


def _put_aside(path: Path) -> None:
    """Where the log has grown too large: `send.log.jsonl` becomes `send.log.1.jsonl`, and so on."""
    if not path.is_file() or path.stat().st_size <= _LARGEST:
        return
    stem = path.name.removesuffix(".jsonl")
    for number in range(_KEPT, 0, -1):
        older = path if number == 1 else path.with_name(f"{stem}.{number - 1}.jsonl")
        if older.is_file():
            older.replace(path.with_name(f"{stem}.{number}.jsonl"))


def _line(change: Change) -> str:
    """The object of a change. Put together by hand, since a run writes thousands a second."""
    receipt = change.receipt
    answered = ""
    if receipt:
        answered = f', "code": {receipt.code}, "enhanced": {_quoted(receipt.enhanced)}, "reply": {_quoted(receipt.text)}'
    return (
        f'{{"delivery": {change.delivery}, "state": {_quoted(change.state)}, "attempt": {change.attempt}, '
        f'"reason": {_quoted(change.reason)}, "message_id": {_quoted(change.message_id)}{answered}}}'
    )
