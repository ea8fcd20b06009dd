"""DKIM: whether the public keys stand in the DNS with which receivers verify our messages (RFC 6376)."""

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass

from newsletter.doctor.case import Case
from newsletter.doctor.dmarc import aligned, tags
from newsletter.doctor.finding import Finding, error, note, ok, warning
from newsletter.doctor.records import Records, Unanswered
from newsletter.doctor.relays import Relay, relay_of
from newsletter.errors import NewsletterError
from newsletter.outbox import dkim_record

_WEAK, _GOOD = 1024, 2048  # bits: RFC 8301 section 3.2 forbids less than the first
#: What many services call their keys.
_USUAL = ("selector1", "selector2", "google", "default", "dkim", "mail", "s1", "k1")
_LOOK = (
    "Send yourself a test (`newsletter send ISSUE --test ADDRESS`) and look for 'dkim=pass' with header.d={} in its "
    "header Authentication-Results."
)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key as the DNS gives it: bits is 0 where it is no RSA key; `fault` says what is wrong with it."""

    data: bytes
    bits: int = 0
    kind: str = "rsa"
    fault: str = ""
    testing: bool = False


def check(case: Case) -> Iterator[Finding]:
    """Findings about the DKIM keys of the From domain, as far as they can be known without a message."""
    try:
        if case.config.dkim.domain:
            yield from _ours(case)
        else:
            yield _of_service(case, relay_of(case.config.smtp))
            yield from _made_ready(case)
    except Unanswered as lost:
        yield warning("dns.dkim", f"DKIM of {case.domain}: {lost}", "Try again later.")


def key_at(records: Records, selector: str, domain: str) -> PublicKey | None:
    """The key of a selector, or None where there is none. Raises Unanswered."""
    found = records.texts(f"{selector}._domainkey.{domain}")
    return read_key(found[0]) if found else None


def read_key(text: str) -> PublicKey:
    """The key that a TXT record holds (RFC 6376 section 3.6.1)."""
    given = tags(text)
    kind = given.get("k", "rsa").lower()
    testing = "y" in given.get("t", "").split(":")
    if given.get("v", "DKIM1") != "DKIM1" or "p" not in given:
        return PublicKey(b"", kind=kind, fault="this is no DKIM record")
    if not given["p"]:
        return PublicKey(b"", kind=kind, fault="the key has been revoked (p= is empty)")
    try:
        data = base64.b64decode("".join(given["p"].split()), validate=True)
        return PublicKey(data, _bits(data, kind), kind, testing=testing)
    except (binascii.Error, ValueError):
        return PublicKey(b"", kind=kind, fault="the key cannot be read")


def _bits(data: bytes, kind: str) -> int:
    """The length of an RSA key. Raises ValueError where it is none."""
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    if kind == "ed25519":
        if len(data) != 32:
            raise ValueError("an Ed25519 key has 32 octets")
        return 0
    key = load_der_public_key(data)
    if not isinstance(key, rsa.RSAPublicKey):
        raise ValueError("not an RSA key")  # noqa: TRY004  # it is the text that is wrong
    return key.key_size


def judged(check_name: str, name: str, key: PublicKey) -> Finding:
    """What is to be said of the key that stands at `name`."""
    if key.fault:
        return warning(check_name, f"{name}: {key.fault}", "Ask your IT department to mend it.")
    if key.kind == "rsa" and key.bits < _WEAK:
        return warning(
            check_name,
            f"{name}: an RSA key of {key.bits} bits, which receivers take for none (RFC 8301)",
            f"Ask your IT department for one of {_GOOD} bits.",
        )
    if key.kind == "rsa" and key.bits < _GOOD:
        return warning(
            check_name,
            f"{name}: an RSA key of {key.bits} bits, which is short",
            f"Ask for one of {_GOOD} bits.",
        )
    if key.testing:
        return warning(
            check_name,
            f"{name}: the key is marked as a trial (t=y), and receivers may treat the mail as unsigned",
            "Ask your IT department to take t=y out, once all works.",
        )
    size = f"RSA, {key.bits} bits" if key.kind == "rsa" else key.kind
    return ok(check_name, f"{name}: a good key ({size})")


def _ours(case: Case) -> Iterator[Finding]:
    """The key that we sign with ourselves: in the DNS, the right one, and of the From domain."""
    service = relay_of(case.config.smtp)
    if service and service.own_envelope:
        yield warning(
            "dns.dkim-broken",
            f"{service.name} puts a Message-ID and a Date of its own into messages, which breaks signatures made here",
            f'Write domain = "" under [dkim] in newsletter.toml, and let {service.name} sign (docs/dkim.md).',
        )
    try:
        record = dkim_record(case.config)
    except NewsletterError as trouble:
        yield error("dns.dkim", trouble.message, trouble.remedy)
        return
    found = case.records.texts(record.name)
    line = f"Ask your IT department for this line in the DNS: {' '.join(record.as_zone().split())}"
    if len(found) != 1:
        stands = f"{len(found)} records stand there" if found else "no key stands there"
        yield error("dns.dkim", f"messages are signed with the key of {record.name}, and {stands}", line)
        return
    key = read_key(found[0])
    if not key.fault and key.data != read_key(record.value).data:
        yield error(
            "dns.dkim", f"the key that stands at {record.name} is not the one that signs messages", line
        )
        return
    yield judged("dns.dkim", record.name, key)
    yield _aligned(case)


def _made_ready(case: Case) -> Iterator[Finding]:
    """A key of ours that does not sign yet: whether its record can be seen, so that it may."""
    try:
        record = dkim_record(case.config)
    except NewsletterError:
        return  # no key was made, and none is needed
    seen = [read_key(text).data for text in case.records.texts(record.name)] == [read_key(record.value).data]
    if seen:
        then = f'Now write domain = "{case.domain}" under [dkim] in newsletter.toml.'
        yield note("dns.dkim-new", f"your new key can be seen at {record.name}, and does not sign yet", then)
    else:
        waits = "Give the line that `newsletter keys dkim show` prints to your IT department, and wait."
        yield note(
            "dns.dkim-new", f"your new key cannot be seen at {record.name} yet, and does not sign", waits
        )


def _aligned(case: Case) -> Finding:
    signs = case.config.dkim.domain
    if aligned(case.records, signs, case.domain):
        return ok(
            "dns.dkim-alignment",
            f"messages from {case.domain} are signed by {signs}, as DMARC wants (alignment)",
        )
    return warning(
        "dns.dkim-alignment",
        f"messages from {case.domain} are signed by {signs}, which DMARC takes for somebody else",
        f'Write domain = "{case.domain}" under [dkim] in newsletter.toml.',
    )


def _of_service(case: Case, service: Relay | None) -> Finding:
    """What the keys under the usual names tell, where the mail server is the one that signs."""
    wanted = service.selectors if service and service.selectors else _USUAL
    for selector in wanted:
        key = key_at(case.records, selector, case.domain)
        if key and not key.fault:
            return judged("dns.dkim", f"{selector}._domainkey.{case.domain}", key)
    if service and service.selectors:
        return _unsigned(case.domain, service)
    return note(
        "dns.dkim",
        f"whether the mail server signs messages as {case.domain} (DKIM) cannot be known from here: no key stands "
        "under a usual name",
        _LOOK.format(case.domain),
    )


def _unsigned(domain: str, service: Relay) -> Finding:
    names = ", ".join(f"{selector}._domainkey.{domain}" for selector in service.selectors)
    other = " (it then signs as onmicrosoft.com, which is not aligned)" * (service.name == "Microsoft 365")
    return warning(
        "dns.dkim",
        f"no DKIM key of {service.name} stands at {names}: it does not sign messages as {domain}{other}",
        f"Ask your IT department to switch DKIM on for {domain} in {service.name}; it shows the lines for the DNS. "
        + _LOOK.format(domain),
    )
