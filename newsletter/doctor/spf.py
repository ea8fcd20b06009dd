"""SPF: whether the DNS says, once and rightly, which servers may send for the domain (RFC 7208)."""

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from newsletter.doctor.case import Case
from newsletter.doctor.finding import Finding, error, note, ok, warning
from newsletter.doctor.records import Records, Unanswered
from newsletter.doctor.relays import Relay, relay_of
from newsletter.internet import NotFound

_MOST_LOOKUPS, _MOST_VOIDS, _MOST_HOSTS = 10, 2, 10  # RFC 7208 section 4.6.4
_ASKED_AT_MOST = 30  # lookups; a record far beyond the limit is not followed to its end
_TERM = re.compile(
    r"(?P<sign>[+?~-]?)(?P<name>[a-z0-9]+)(?::(?P<value>[^/]*?))?(?P<cidr>(?:/\d+)?(?://\d+)?)", re.I
)
_ADDRESSES = re.compile(r"(?P<sign>[+?~-]?)(?P<name>ip4|ip6):(?P<value>[0-9a-f.:]+(?:/\d+)?)", re.I)
_MODIFIER = re.compile(r"(?P<name>[a-z][a-z0-9_.-]*)=(?P<value>\S*)", re.I)
_ASKING = {"include", "a", "mx", "ptr", "exists"}


@dataclass
class Walk:
    """A record followed through all that it includes: what it costs, what it lets send, what is wrong in it."""

    records: Records
    lookups: int = 0
    voids: int = 0
    end: str = ""
    included: set[str] = field(default_factory=set)
    networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    has_ptr: bool = False
    unsure: bool = False

    def allows(self, address: str) -> bool:
        """Whether the record names this IP address."""
        ip = ipaddress.ip_address(address.partition("%")[0])
        return any(ip in network for network in self.networks if network.version == ip.version)


def check(case: Case) -> Iterator[Finding]:
    """Findings about the domain's SPF record."""
    try:
        found = records_of(case.records, case.domain)
    except Unanswered as lost:
        yield warning("dns.spf", f"SPF of {case.domain}: {lost}", "Try again later.")
        return
    service = relay_of(case.config.smtp)
    line = f'{case.domain}. IN TXT "v=spf1 {_wanted(service)} -all"'
    if not found:
        yield error(
            "dns.spf",
            f"{case.domain} has no SPF record: nothing says which servers may send for it",
            f"Ask your IT department for this line in the DNS: {line}",
        )
        return
    if len(found) > 1:
        yield error(
            "dns.spf",
            f"{case.domain} has {len(found)} SPF records, and receivers then take none of them",
            f"Ask your IT department to make one of them, such as: {line}",
        )
        return
    yield from _about(case, found[0], service)


def records_of(records: Records, domain: str) -> list[str]:
    """The TXT records that are SPF (RFC 7208 section 4.5). Raises Unanswered."""
    return [text for text in records.texts(domain) if re.fullmatch(r"v=spf1( .*)?", text, re.I | re.S)]


def follow(records: Records, domain: str, text: str) -> Walk:
    """The record `text` of `domain`, followed."""
    walk = Walk(records)
    _follow(walk, domain, text, (domain,), main=True)
    return walk


def _about(case: Case, text: str, service: Relay | None) -> Iterator[Finding]:
    walk = follow(case.records, case.domain, text)
    for fault in walk.faults:
        yield error("dns.spf", f"SPF of {case.domain}: {fault}", f"Ask your IT department to mend it: {text}")
    if not walk.faults:
        yield ok("dns.spf", f"{case.domain} has one SPF record, and it can be read: {text}")
    yield _cost(case.domain, walk)
    yield _end(case.domain, walk)
    if walk.has_ptr:
        yield warning(
            "dns.spf-ptr",
            f"SPF of {case.domain} uses 'ptr', which is slow, and which many receivers do not ask (RFC 7208 section 5.5)",
            "Ask your IT department to name the servers by ip4, ip6 or include instead.",
        )
    yield _relay(case, walk, service)


def _cost(domain: str, walk: Walk) -> Finding:
    told = f"SPF of {domain} takes {walk.lookups} look-ups, {walk.voids} of them without an answer"
    if walk.lookups > _MOST_LOOKUPS or walk.voids > _MOST_VOIDS:
        return error(
            "dns.spf-lookups",
            f"{told}; {_MOST_LOOKUPS} and {_MOST_VOIDS} are allowed, and receivers refuse the record beyond that",
            "Ask your IT department to take out what is not needed any more, or to send the newsletter from a "
            f"subdomain with a record of its own, such as news.{domain}.",
        )
    unsure = ", as far as the DNS answers now" * walk.unsure
    return ok("dns.spf-lookups", f"{told} ({_MOST_LOOKUPS} and {_MOST_VOIDS} are allowed){unsure}")


def _end(domain: str, walk: Walk) -> Finding:
    if walk.end in ("-", "~"):
        strict = "refuses" if walk.end == "-" else "doubts"
        return ok("dns.spf-end", f"SPF of {domain} ends with {walk.end}all: it {strict} all other servers")
    said = f"ends with {walk.end}all" if walk.end else "does not end with 'all'"
    return warning(
        "dns.spf-end",
        f"SPF of {domain} {said}: it forbids nobody to send in your name",
        "Ask your IT department to end it with ~all, and with -all once all senders are named.",
    )


def _wanted(service: Relay | None) -> str:
    return f"include:{service.include}" if service else "ip4:ADDRESS-OF-YOUR-MAIL-SERVER"


def _relay(case: Case, walk: Walk, service: Relay | None) -> Finding:
    """Whether the record lets the mail server that sends go through, as far as it can be known."""
    host = case.config.smtp.host
    if service and service.include in walk.included:
        return ok("dns.spf-relay", f"SPF of {case.domain} lets {service.name} send ({_wanted(service)})")
    if service and service.own_envelope:
        return note(
            "dns.spf-relay",
            f"{service.name} sends with a return address of its own, so the SPF of {case.domain} is not asked, unless "
            "a custom MAIL FROM domain was set up there",
            f"For a domain of your own, let its SPF hold {_wanted(service)}.",
        )
    if service:
        return error(
            "dns.spf-relay",
            f"SPF of {case.domain} does not let {service.name} send, which is your mail server",
            f"Ask your IT department to add {_wanted(service)} to the SPF record of {case.domain}.",
        )
    if address := _allowed_address(case, walk):
        return ok("dns.spf-relay", f"SPF of {case.domain} lets {host} send ({address})")
    return note(
        "dns.spf-relay",
        f"whether SPF of {case.domain} lets {host} send cannot be known from here: it may send on by another address",
        "Send yourself a test (`newsletter send ISSUE --test ADDRESS`) and look for 'spf=pass' in its header "
        "Authentication-Results.",
    )


def _allowed_address(case: Case, walk: Walk) -> str:
    """The address of the mail server that the record names; '' where there is none."""
    try:
        addresses = case.names.addresses(case.config.smtp.host, case.config.smtp.port)
    except NotFound:
        return ""
    return next((address for address in addresses if walk.allows(address)), "")


def _follow(walk: Walk, domain: str, text: str, above: tuple[str, ...], *, main: bool) -> None:
    """Each term in turn; `main`: what it ends with is what the record itself ends with."""
    redirect, has_all = "", False
    for term in text.split(" ")[1:]:
        if not term or walk.lookups > _ASKED_AT_MOST:
            continue
        if modifier := _MODIFIER.fullmatch(term):
            if modifier["name"].lower() == "redirect":
                redirect = modifier["value"]
        elif match := _ADDRESSES.fullmatch(term) or _TERM.fullmatch(term):
            has_all = has_all or match["name"].lower() == "all"
            _mechanism(walk, domain, match, above, main=main)
        else:
            walk.faults.append(f"'{term[:60]}' is not understood")
    if redirect and not has_all:
        walk.lookups += 1
        _into(walk, redirect, above, main=main, how="redirect=")


def _mechanism(walk: Walk, domain: str, match: re.Match[str], above: tuple[str, ...], *, main: bool) -> None:
    name, groups = match["name"].lower(), match.groupdict()
    value, cidr = groups["value"] or "", groups.get("cidr") or ""
    if name == "all":
        walk.end = (match["sign"] or "+") if main else walk.end
    elif name in ("ip4", "ip6"):
        _network(walk, match[0], name, value)
    elif name not in _ASKING:
        walk.faults.append(f"'{match[0][:60]}' is not understood")
    else:
        walk.lookups += 1
        walk.has_ptr = walk.has_ptr or name == "ptr"
        if name == "include":
            _into(walk, value, above, main=False, how="include:")
        elif name != "ptr" and "%" not in value:  # with a macro it depends on the message
            _hosts(walk, name, value or domain, cidr)


def _network(walk: Walk, term: str, name: str, value: str) -> None:
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        network = None
    if network is None or network.version != int(name[2]):
        walk.faults.append(f"'{term[:60]}' holds no address of that kind")
    else:
        walk.networks.append(network)


def _into(walk: Walk, target: str, above: tuple[str, ...], *, main: bool, how: str) -> None:
    """Follow `include:` or `redirect=`."""
    name = target.rstrip(".").lower()
    if "%" in name:
        walk.unsure = True
        return
    if not name or name in above:
        walk.faults.append(f"{how}{target} leads " + ("in a circle" if name else "nowhere"))
        return
    try:
        answer = walk.records.texts(name)
        found = records_of(walk.records, name)
    except Unanswered:
        walk.unsure = True
        return
    walk.voids += not answer
    if len(found) != 1:
        has = "no SPF record" if not found else f"{len(found)} SPF records"
        walk.faults.append(f"{how}{name} leads to {has}, and receivers then refuse the whole record")
        return
    walk.included.add(name)
    _follow(walk, name, found[0], (*above, name), main=main)


def _hosts(walk: Walk, name: str, value: str, cidr: str) -> None:
    """The addresses behind `a`, `mx` or `exists`."""
    try:
        hosts = walk.records.ask(value, "MX") if name == "mx" else (value,)
        addresses = [address for host in hosts[:_MOST_HOSTS] for address in walk.records.addresses(host)]
    except Unanswered:
        walk.unsure = True
        return
    walk.voids += not (hosts if name == "mx" else addresses)
    if len(hosts) > _MOST_HOSTS:
        walk.faults.append(f"mx:{value} has {len(hosts)} servers; {_MOST_HOSTS} are allowed")
    if name != "exists":
        walk.networks += [_around(address, cidr) for address in addresses]


def _around(address: str, cidr: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    four, _, six = cidr.removeprefix("/").partition("//") if not cidr.startswith("//") else ("", "", cidr[2:])
    ip = ipaddress.ip_address(address)
    length = (four if ip.version == 4 else six) or str(ip.max_prefixlen)
    return ipaddress.ip_network((address, min(int(length), ip.max_prefixlen)), strict=False)
