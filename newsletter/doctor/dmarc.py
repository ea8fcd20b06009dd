"""DMARC: what the domain asks receivers to do with mail that is not its own (the tree walk of DMARCbis)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from newsletter.doctor.case import Case
from newsletter.doctor.finding import Finding, error, note, ok, warning
from newsletter.doctor.records import Records, Unanswered

_MOST_STEPS = 8  # DMARCbis section 4.10: a longer name is cut to seven labels after the first question


@dataclass(frozen=True)
class Policy:
    """The DMARC record that counts for a domain: where it stands, and its tags."""

    at: str
    tags: dict[str, str]
    text: str

    def asked_of(self, domain: str) -> str:
        """The policy for `domain`: that for subdomains where the record stands above it."""
        own = self.tags.get("p", "none")
        return (own if domain == self.at else self.tags.get("sp", own)).lower()


def check(case: Case) -> Iterator[Finding]:
    """Findings about the DMARC record of the From domain."""
    try:
        yield from _judged(case)
    except Unanswered as lost:
        yield warning("dns.dmarc", f"DMARC of {case.domain}: {lost}", "Try again later.")


def _judged(case: Case) -> Iterator[Finding]:
    domain = case.domain
    own = dmarc_records(case.records, domain)
    if len(own) > 1:
        yield warning(
            "dns.dmarc",
            f"{domain} has {len(own)} DMARC records, and receivers then take none of them",
            f"Ask your IT department to leave one at _dmarc.{domain}.",
        )
        return
    policy = policy_of(case.records, domain)
    if policy is None:
        yield warning(
            "dns.dmarc",
            f"{domain} has no DMARC record, nor has a domain above it; Gmail, Yahoo and Microsoft ask for one",
            f'Ask your IT department for this line in the DNS: _dmarc.{domain}. IN TXT "v=DMARC1; p=none; '
            f'rua=mailto:dmarc-reports@{domain}"',
        )
        return
    yield from _about(domain, policy)


def _about(domain: str, policy: Policy) -> Iterator[Finding]:
    asked = policy.asked_of(domain)
    where = (
        "" if policy.at == domain else f", which stands at {policy.at} (found by the tree walk of DMARCbis)"
    )
    if asked not in ("none", "quarantine", "reject"):
        yield error(
            "dns.dmarc",
            f"the DMARC record of {domain}{where} asks for p={asked}, which nobody knows",
            f"Ask your IT department to mend it: {policy.text}",
        )
        return
    means = {
        "none": "mail that is not yours is only counted",
        "quarantine": "mail that is not yours goes to spam",
        "reject": "mail that is not yours is refused",
    }
    yield ok("dns.dmarc", f"{domain} has a DMARC record{where}: p={asked}, so {means[asked]}")
    reports = policy.tags.get("rua", "")
    if not reports:
        yield note(
            "dns.dmarc-reports",
            f"the DMARC record of {domain} names nobody who gets reports (rua)",
            f"With rua=mailto:dmarc-reports@{policy.at} your IT department sees who sends in your name.",
        )
    elif not all(re.match(r"\s*(mailto|https?):.+", one, re.I) for one in reports.split(",")):
        yield warning(
            "dns.dmarc-reports",
            f"the DMARC record of {domain} sends reports to what is no address: {reports}",
            "Ask your IT department to write rua=mailto: and an address.",
        )


def dmarc_records(records: Records, domain: str) -> list[dict[str, str]]:
    """The tags of each DMARC record right at the domain. Raises Unanswered."""
    texts = records.texts(f"_dmarc.{domain}")
    return [{**tags(text), "": text} for text in texts if re.match(r"v\s*=\s*DMARC1\s*(;|$)", text)]


def policy_of(records: Records, domain: str) -> Policy | None:
    """The record that counts for `domain`: its own, else its organisational domain's. Raises Unanswered."""
    own = _at(records, domain)
    if own:
        return own
    top = organisational_domain(records, domain)
    return _at(records, top) if top != domain else None


def organisational_domain(records: Records, domain: str) -> str:
    """The domain that `domain` belongs to, by the tree walk of DMARCbis, which needs no list of suffixes.

    The domain itself where no record is found. Raises Unanswered.
    """
    found = [policy for name in _upwards(domain) if (policy := _at(records, name))]
    for policy in found:
        if policy.tags.get("psd", "u").lower() == "n":
            return policy.at
        if policy.tags.get("psd", "u").lower() == "y" and policy.at != domain:
            # A public suffix such as ac.uk: whoever stands right below it is the organisation.
            depth = len(policy.at.split(".")) + 1
            return ".".join(domain.split(".")[-depth:])
    return found[-1].at if found else domain


def aligned(records: Records, one: str, other: str) -> bool:
    """Whether two domains are of one organisation (relaxed alignment). Raises Unanswered."""
    return one == other or organisational_domain(records, one) == organisational_domain(records, other)


def tags(text: str) -> dict[str, str]:
    """`v=DMARC1; p=none` as {'v': 'DMARC1', 'p': 'none'}."""
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip().lower(): value.strip() for name, found, value in pairs if found}


def _at(records: Records, domain: str) -> Policy | None:
    found = dmarc_records(records, domain)
    return Policy(domain, found[0], found[0][""]) if len(found) == 1 else None


def _upwards(domain: str) -> Iterator[str]:
    labels = domain.split(".")
    yield domain
    for start in range(max(1, len(labels) - _MOST_STEPS + 1), len(labels)):
        yield ".".join(labels[start:])
