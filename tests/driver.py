"""Starts the real command many times quickly: imports it once and forks; kills it, or breaks its world, on order.

Run as a script. Each line of its input is an order in JSON; each answer is a line of JSON: the number
of the process that was started, or what a process that was waited for ended with.
"""

import datetime as dt
import gc
import importlib
import json
import os
import pkgutil
import random
import signal
import socket
import sqlite3
import struct
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

#: The named points.
POINTS = {
    "commit": "newsletter.outbox.desk:Desk.commit",
    "write_body": "newsletter.outbox.engine:Engine.write_body",
    "send_dots": "newsletter.outbox.engine:Engine.send_dots",
    "heard": "newsletter.outbox.engine:Engine.heard",
}
_PRELOADED = [
    f"newsletter.{name}"
    for name in "cli.send cli.resolve cli.consent outbox edition checks approval contacts".split()  # noqa: SIM905
]
#: What commands import when they come to it.
_LATER = (
    "babel.numbers", "email_validator", "mjml", "openpyxl", "premailer", "requests", "rich.table", "spellchecker",
    "tinycss2", "cssselect", "xml.dom",
)  # fmt: skip
_checked: dict[str, Any] = {}


def main() -> None:
    """Obey until the input ends."""
    everything = sys.argv[1:] == ["all"]
    for name in _everything() if everything else _PRELOADED:
        importlib.import_module(name)
    if everything:
        _heat()
    for line in sys.stdin:
        order = json.loads(line)
        if "wait" in order:
            ended, status = os.waitpid(order["wait"], os.WNOHANG if order.get("now") else 0)
            _say({"code": os.waitstatus_to_exitcode(status) if ended else None})
        elif "warm" in order:
            _warm(order["warm"])
            _say({})
        else:
            gc.freeze()
            pid = os.fork()
            if pid == 0:
                _run(order)
            _say({"pid": pid})


def _everything() -> list[str]:
    """Every module of the package, for whoever runs any command."""
    import newsletter

    found = pkgutil.walk_packages(newsletter.__path__, "newsletter.")
    return [*(module.name for module in found), *_LATER]


def _say(answer: dict[str, Any]) -> None:
    print(json.dumps(answer), flush=True)  # noqa: T201  # the answer to whoever gave the order


def _heat() -> None:
    """Check the shipped issue once: dictionaries, styles and templates are read then, and not at each start."""
    from newsletter.cli.check import read_and_check
    from newsletter.config import read_workspace

    root = Path(__file__).parents[1]
    read_and_check(read_workspace(root), root / "issues" / "2022-09.yaml")


def _warm(folder: str) -> None:
    """Read, render and check the issue once: it is the same for each start."""
    from newsletter.cli.check import read_and_check
    from newsletter.cli.console import issue_path
    from newsletter.config import read_workspace

    workspace = read_workspace(Path(folder))
    _checked["2022-09"] = read_and_check(workspace, issue_path(workspace, "2022-09"))


def _run(order: dict[str, Any]) -> None:
    """In the child: the command with its arguments; never returns."""
    for number, path in ((0, order.get("stdin", os.devnull)), (1, order["stdout"]), (2, order["stderr"])):
        flags = os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_APPEND
        os.dup2(os.open(path, flags, 0o600), number)
    sys.stdin = os.fdopen(0, closefd=False)
    os.environ.clear()
    os.environ.update(order["env"])
    time.tzset()
    os.chdir(order["folder"])
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if _checked:
        importlib.import_module("newsletter.cli.send").read_and_check = lambda workspace, path: _checked[
            path.stem
        ]  # type: ignore[attr-defined]
    for name, value in order.get("world", {}).items():
        _WORLD[name](value)
    sys.argv = ["newsletter", *order["arguments"]]
    from newsletter.__main__ import main as command

    code = 1
    try:
        command()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        # Threads are waited for, as at any end; to tear down what the driver imported would take longer than the run.
        threading._shutdown()  # type: ignore[attr-defined]
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _kill_at(point: dict[str, Any]) -> None:
    """Die at the `nth` call of a named function: before it, in it (so many seconds later), or after it."""
    owner, name = _found(point["function"])
    real, calls, lock = getattr(owner, name), [0], threading.Lock()

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        with lock:
            calls[0] += 1
            now = calls[0] == point["nth"]
        if now and point["when"] == "before":
            _kill()
        if now and point["when"] == "in":
            threading.Thread(target=lambda: (time.sleep(point["seconds"]), _kill()), daemon=True).start()
        result = real(*args, **kwargs)
        if now and point["when"] == "after":
            _kill()
        return result

    setattr(owner, name, wrapped)


def _found(point: str) -> tuple[Any, str]:
    module, _, path = POINTS[point].partition(":")
    owner = importlib.import_module(module)
    *owners, name = path.split(".")
    for part in owners:
        owner = getattr(owner, part)
    return owner, name


def _everywhere(name: str, real: object, other: object) -> None:
    """Put `other` in the place of `real` wherever it was imported by this name."""
    for module in [module for key, module in sys.modules.items() if key.startswith("newsletter")]:
        if getattr(module, name, None) is real:
            setattr(module, name, other)


def _clock(path: str) -> None:
    """The time is the real one plus so many seconds, as the file says at each look; or the moment that it names."""
    from newsletter.cli import console

    def now() -> dt.datetime:
        said = Path(path).read_text(encoding="ascii")
        if said.startswith("at "):
            begun, since = said[3:].split(" ")
            return dt.datetime.fromisoformat(begun) + dt.timedelta(seconds=time.time() - float(since))
        return dt.datetime.now(dt.UTC) + dt.timedelta(seconds=float(said))

    _everywhere("now", console.now, now)


def _resend(value: object) -> None:
    """A broken engine: what a dead run left in `sending` is sent again."""
    from newsletter.outbox import ledger

    def recover(db: Any, now: dt.datetime) -> int:
        db.conn.execute("UPDATE deliveries SET state = 'waiting' WHERE state = 'sending'")
        return 0

    _everywhere("recover", ledger.recover, recover)


def _forget(value: object) -> None:
    """A broken engine: what a dead run left in `sending` is called sent."""
    from newsletter.outbox import ledger

    def recover(db: Any, now: dt.datetime) -> int:
        db.conn.execute("UPDATE deliveries SET state = 'sent' WHERE state = 'sending'")
        return 0

    _everywhere("recover", ledger.recover, recover)


def _no_dns(value: object) -> None:
    real = socket.getaddrinfo

    def ask(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host and not str(host)[0].isdigit():
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return real(host, *args, **kwargs)

    socket.getaddrinfo = ask


def _impatient(milliseconds: int) -> None:
    """A database that another program holds is waited for so long, and receipts not longer than ten times that."""
    real = sqlite3.connect

    def connect(*args: Any, **kwargs: Any) -> sqlite3.Connection:
        return real(*args, **kwargs | {"timeout": milliseconds / 1000})

    sqlite3.connect = connect
    for module, name in (
        ("run", "_TO_KEEP_A_RECEIPT"),
        ("desk", "_TO_KEEP_A_RECEIPT"),
        ("engine", "_TO_KEEP_A_RECEIPT"),
    ):
        try:
            owner = importlib.import_module(f"newsletter.outbox.{module}")
        except ModuleNotFoundError:
            continue
        if hasattr(owner, name):
            setattr(owner, name, milliseconds / 100)


def _synced(path: str) -> None:
    """Write down after each commit how far the log is on the disk for certain: its salts and its frames."""
    notes = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    class Connection(sqlite3.Connection):
        def execute(self, *args: Any) -> sqlite3.Cursor:
            found = super().execute(*args)
            self._note(args[0])
            return found

        def commit(self) -> None:
            super().commit()
            self._note("COMMIT")

        def _note(self, sql: str) -> None:
            word = sql.lstrip()[:6].upper()
            if self.in_transaction or word not in ("COMMIT", "UPDATE", "INSERT", "DELETE", "END"):
                return
            if super().execute("PRAGMA synchronous").fetchone()[0] != 2:
                return
            name = super().execute("PRAGMA database_list").fetchone()[2]
            salts, frames = frames_of(Path(f"{name}-wal"))
            os.write(notes, f"{salts} {frames}\n".encode())

    real = sqlite3.connect

    def connect(*args: Any, **kwargs: Any) -> sqlite3.Connection:
        return real(*args, **{"factory": Connection} | kwargs)

    sqlite3.connect = connect


def frames_of(log: Path) -> tuple[str, int]:
    """The salts of a write-ahead log and how many of its frames, from the first on, belong to them."""
    try:
        data = log.read_bytes()
    except FileNotFoundError:
        return "", 0
    if len(data) < 32:
        return "", 0
    (page,), salts, count = struct.unpack(">I", data[8:12]), data[16:24], 0
    for start in range(32, len(data) - 23 - page, 24 + page):
        if data[start + 8 : start + 16] != salts:
            break
        count += 1
    return salts.hex(), count


def _seed(value: int) -> None:
    random.seed(value)


def _read_only(value: object) -> None:
    real = sqlite3.connect

    def connect(name: str, *args: Any, **kwargs: Any) -> sqlite3.Connection:
        return real(name.replace("?mode=rw", "?mode=ro"), *args, **kwargs)

    sqlite3.connect = connect


def _terminal_gone(value: object) -> None:
    """What is written to the terminal fails, as after it was closed."""
    reading, writing = os.pipe()
    os.close(reading)
    os.dup2(writing, 2)


def _elsewhere(value: object) -> None:
    """Have messages made in a second process, few as they are and unsigned."""
    from newsletter.outbox import sender

    sender._worth_a_second_press = lambda *_: True  # type: ignore[assignment]


_WORLD: dict[str, Callable[[Any], None]] = {
    "elsewhere": _elsewhere,
    "kill": _kill_at,
    "clock": _clock,
    "resend": _resend,
    "forget": _forget,
    "no dns": _no_dns,
    "impatient": _impatient,
    "synced": _synced,
    "seed": _seed,
    "read only": _read_only,
    "terminal gone": _terminal_gone,
}

if __name__ == "__main__":
    main()
