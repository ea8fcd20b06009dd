"""What is examined, and the world that it is held against: clock, DNS, names, the web."""

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

from newsletter.addresses import BadAddress, domain_of, parse_address
from newsletter.config import Config, Workspace
from newsletter.doctor.records import Records
from newsletter.internet import Names, Policy, is_public

_EXAMPLES = ("example.org", "example.com", "example.net", "example", "invalid", "localhost")


@dataclass(frozen=True)
class Case:
    """A workspace on a machine; `seconds` is how long one answer from the network is waited for."""

    workspace: Workspace
    now: dt.datetime
    records: Records
    names: Names = field(default_factory=Names)
    allowed: Policy = is_public
    thorough: bool = False
    seconds: float = 6.0

    @property
    def config(self) -> Config:
        return self.workspace.config

    @property
    def database(self) -> Path:
        return self.workspace.database

    @property
    def sender(self) -> str:
        """The From address as it goes on the wire; '' where there is none that can."""
        try:
            return parse_address(self.config.sender.email).ascii_email
        except BadAddress:
            return ""

    @property
    def domain(self) -> str:
        """The From address's domain in ASCII; '' where there is none."""
        return domain_of(self.sender)


def is_example(domain: str) -> bool:
    """Whether the domain is one that stands in examples and can never be somebody's (RFC 2606)."""
    return any(domain == name or domain.endswith(f".{name}") for name in _EXAMPLES)
