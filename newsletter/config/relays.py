"""How fast a mail server may be used, and what is known of the servers that many use."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

Relay = Literal["plain", "microsoft365", "google", "ses"]

_RATE = re.compile(r"([1-9]\d{0,8})\s*/\s*(second|minute|hour|day)")
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
_NONE = "none"

#: What a relay stands for where newsletter.toml says nothing else. Sources and their dates: docs/rates.md.
PRESETS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "microsoft365": {
            "host": "smtp.office365.com",
            "port": 587,
            "security": "starttls",
            "connections": 3,
            "rate": "30/minute, 10000/day",
        },
        "google": {
            "host": "smtp.gmail.com",
            "port": 587,
            "security": "starttls",
            "connections": 2,
            "rate": "2000/day",
        },
        "ses": {
            "host": "email-smtp.eu-west-2.amazonaws.com",
            "port": 587,
            "security": "starttls",
            "connections": 2,
            "rate": "1/second, 200/day",
        },
    }
)


@dataclass(frozen=True, slots=True)
class Rate:
    """So many messages in any stretch of one unit of time."""

    number: int
    unit: str

    def __str__(self) -> str:
        return f"{self.number}/{self.unit}"

    @property
    def seconds(self) -> int:
        return _SECONDS[self.unit]

    @property
    def per_second(self) -> float:
        return self.number / self.seconds


def read_rates(text: str) -> tuple[Rate, ...]:
    """The rates that hold together, such as '30/minute, 10000/day'; () for 'none'.

    Raises ValueError where one is not understood, or two have the same unit.
    """
    parts = [part.strip() for part in text.split(",")]
    if parts == [_NONE]:
        return ()
    rates = tuple(_read_rate(part) for part in parts)
    units = [rate.unit for rate in rates]
    if twice := next((unit for unit in units if units.count(unit) > 1), None):
        raise ValueError(f"rate {text!r} has two numbers for a {twice}: keep the smaller one")
    return rates


def joined_rates(value: Any) -> Any:
    """A list of rates as the one line that stands for it; anything else as it is."""
    if isinstance(value, list | tuple) and value and all(isinstance(part, str) for part in value):
        return ", ".join(value)
    return value


def checked_rates(text: str) -> str:
    """`text`, if it can be read. Raises ValueError as `read_rates`."""
    read_rates(text)
    return text


def _read_rate(text: str) -> Rate:
    match = _RATE.fullmatch(text)
    if not match:
        raise ValueError(
            f"rate {text!r} is not understood: write '30/minute', '10000/day', '30/minute, 10000/day' or 'none'"
        )
    return Rate(int(match[1]), match[2])
