"""Asks the DNS, each question once, and gives up on a DNS that does not answer."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import dns.resolver

_MOST_UNANSWERED = 3  # questions in a row


class Unanswered(Exception):
    """Nobody answered, or the answer was that something is wrong there."""


@dataclass
class Records:
    """The DNS as one resolver tells it; each answer is waited for `seconds` at most."""

    resolver: "dns.resolver.Resolver"
    seconds: float = 4.0
    _known: dict[tuple[str, str], tuple[str, ...] | Unanswered] = field(default_factory=dict)
    _unanswered: int = 0

    def texts(self, name: str) -> tuple[str, ...]:
        """The TXT records, each with its pieces put together (RFC 7208 section 3.3). Raises Unanswered."""
        return self.ask(name, "TXT")

    def ask(self, name: str, kind: str) -> tuple[str, ...]:
        """The records of a kind; () where the name, or the kind, is not there. Raises Unanswered."""
        question = (name.rstrip(".").lower(), kind)
        if question not in self._known:
            self._known[question] = self._asked(*question)
        known = self._known[question]
        if isinstance(known, Unanswered):
            raise known
        return known

    def addresses(self, name: str) -> tuple[str, ...]:
        """All its IP addresses. Raises Unanswered."""
        return self.ask(name, "A") + self.ask(name, "AAAA")

    def _asked(self, name: str, kind: str) -> tuple[str, ...] | Unanswered:
        import dns.exception
        import dns.resolver

        if self._unanswered >= _MOST_UNANSWERED:
            return Unanswered("the DNS does not answer, so this was not asked")
        try:
            answer = self.resolver.resolve(name, kind, lifetime=self.seconds, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            self._unanswered = 0
            return ()
        except dns.resolver.NoNameservers:
            self._unanswered += 1
            return Unanswered(f"no name server could say anything about {name} ({kind})")
        except dns.exception.Timeout:
            self._unanswered += 1
            return Unanswered(f"the DNS did not answer about {name} ({kind}) in {self.seconds:g} seconds")
        except (dns.exception.DNSException, OSError, UnicodeError) as error:
            # A name that is none (an empty or too long label), or an answer that loops.
            return Unanswered(f"{name} ({kind}) cannot be looked up: {error}")
        self._unanswered = 0
        return tuple(_told(record) for record in answer)


def _told(record: object) -> str:
    """A record as text: a TXT joined, a host or address without its last full stop."""
    strings = getattr(record, "strings", None)
    if strings is not None:
        return b"".join(strings).decode("utf-8", "replace")
    exchange = getattr(record, "exchange", None)
    return str(record if exchange is None else exchange).rstrip(".")


def system_records(nameserver: str = "") -> Records:
    """The DNS that this machine uses, or the one at `nameserver` ('9.9.9.9', '127.0.0.1:5353', '[::1]:53').

    Raises ValueError where `nameserver` is no address.
    """
    import dns.resolver

    if not nameserver:
        try:
            return Records(dns.resolver.Resolver())
        except dns.resolver.NoResolverConfiguration:
            return Records(dns.resolver.Resolver(configure=False))  # nobody to ask: each question says so
    resolver = dns.resolver.Resolver(configure=False)
    host, port = _host_and_port(nameserver)
    resolver.nameservers = [host]
    resolver.port = port
    return Records(resolver)


def _host_and_port(text: str) -> tuple[str, int]:
    if text.startswith("["):
        host, _, port = text[1:].partition("]")
        port = port.removeprefix(":")
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    else:
        host, port = text, ""
    return host, int(port or 53)
