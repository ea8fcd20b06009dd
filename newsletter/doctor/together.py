"""Runs the checks beside each other, each family in a thread of its own, and waits for none for ever."""

import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from newsletter.doctor import database, domain, machine, mailbox, pages, place, secrets, server, settings
from newsletter.doctor.case import Case
from newsletter.doctor.finding import Finding, error, warning
from newsletter.errors import NewsletterError

Check = Callable[[Case], Iterator[Finding]]
_SECONDS = 25.0  # for all of them together


@dataclass(frozen=True, slots=True)
class Family:
    """Checks that belong together; `online`: they ask somebody outside this machine."""

    name: str
    title: str
    check: Check
    online: bool = False


FAMILIES = (
    Family("settings", "Settings", settings.check),
    Family("machine", "This machine", machine.check),
    Family("pages", "Clock and pages", pages.check, online=True),
    Family("place", "Where the workspace lies", place.check),
    Family("database", "Database", database.check),
    Family("secrets", "Keychain", secrets.check),
    Family("server", "Mail server", server.check, online=True),
    Family("mailbox", "Mailbox", mailbox.check, online=True),
    Family("dns", "The From domain in the DNS", domain.check, online=True),
)


@dataclass
class Results:
    """What each family has found so far, in the order of the families."""

    found: dict[str, list[Finding]] = field(default_factory=dict)

    def all(self) -> list[Finding]:
        return [finding for findings in self.found.values() for finding in findings]


def examine(
    case: Case,
    families: Sequence[Family],
    told: Callable[[Sequence[Family]], None] = lambda waiting: None,
    seconds: float = _SECONDS,
) -> Results:
    """What the families find; whichever has not ended after `seconds` is said to have taken too long.

    `told` hears, each time one has ended, which are still waited for. A look at everything
    (`case.thorough`) is waited for as long as it takes on this machine.
    """
    results = Results({family.name: [] for family in families})
    ended: queue.SimpleQueue[tuple[Family, BaseException | None]] = queue.SimpleQueue()
    for family in families:
        # Daemons: a look-up or a keyring that hangs must not keep the program from ending.
        threading.Thread(
            target=_run, args=(family, case, results.found[family.name], ended), name=family.name, daemon=True
        ).start()
    waiting, end = list(families), time.monotonic() + seconds
    while waiting:
        told(waiting)
        unbounded = case.thorough and any(family.name == "database" for family in waiting)
        try:
            family, broken = ended.get(timeout=None if unbounded else max(0.0, end - time.monotonic()))
        except queue.Empty:
            break
        waiting.remove(family)
        if broken:
            raise broken
    for family in waiting:
        results.found[family.name] = [*results.found[family.name], _too_slow(family, seconds)]
    return results


def _run(
    family: Family,
    case: Case,
    found: list[Finding],
    ended: "queue.SimpleQueue[tuple[Family, BaseException | None]]",
) -> None:
    broken: BaseException | None = None
    try:
        for finding in family.check(case):
            found.append(finding)  # noqa: PERF402  # what was found before it hangs is kept
    except (NewsletterError, OSError, sqlite3.Error) as trouble:
        remedy = (
            trouble.remedy if isinstance(trouble, NewsletterError) else "Look at the rights of the workspace."
        )
        found.append(error(f"{family.name}.trouble", f"it could not be looked at: {trouble}", remedy))
    except BaseException as fault:  # a fault of ours: carried to the main thread, which raises it again
        broken = fault
    ended.put((family, broken))


def _too_slow(family: Family, seconds: float) -> Finding:
    told = f"no answer came in {seconds:g} seconds"
    if family.online and family.name not in ("server", "mailbox"):
        return warning(
            f"{family.name}.time", told, "Try again later, or look at the rest: newsletter doctor --offline"
        )
    hint = "Is the keyring waiting for its password?" if family.name == "secrets" else "Try again later."
    return error(f"{family.name}.time", told, hint)
