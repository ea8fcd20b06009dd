"""What the doctor says of one thing: how it is, what was found, and what to do about it."""

from dataclasses import asdict, dataclass
from typing import Literal

Level = Literal["ok", "note", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One check and how it came out; `remedy` is a command, a setting, or a line for the IT department."""

    check: str
    level: Level
    found: str
    remedy: str = ""

    def as_dict(self) -> dict[str, str]:
        """The finding as the flat object that `--json` prints."""
        return asdict(self)


def ok(check: str, found: str) -> Finding:
    """It is as it should be."""
    return Finding(check, "ok", found)


def note(check: str, found: str, remedy: str = "") -> Finding:
    """Good to know; nothing depends on it, or it cannot be known from here."""
    return Finding(check, "note", found, remedy)


def warning(check: str, found: str, remedy: str) -> Finding:
    """Sending works, and may not go as wished."""
    return Finding(check, "warning", found, remedy)


def error(check: str, found: str, remedy: str) -> Finding:
    """Sending does not work, or must not be done, until this is mended."""
    return Finding(check, "error", found, remedy)
