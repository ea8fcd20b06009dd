"""What the DNS says about the From domain, and whether that is what the big mailbox providers ask."""

from collections.abc import Iterator

from newsletter.doctor import dkim, dmarc, spf
from newsletter.doctor.case import Case, is_example
from newsletter.doctor.finding import Finding, error, note, ok, warning
from newsletter.doctor.records import Unanswered
from newsletter.doctor.relays import relay_of


def check(case: Case) -> Iterator[Finding]:
    """Findings about the From domain, the bulk-sender rules last since they rest on the others."""
    if not case.domain:
        yield error(
            "dns.domain", "there is no From domain to look up", "Write sender.email in newsletter.toml."
        )
        return
    if is_example(case.domain):
        yield note(
            "dns.domain",
            f"{case.domain} is a domain of examples, so the DNS was not asked about it",
            "Write your own address as sender.email in newsletter.toml.",
        )
        return
    found: list[Finding] = []
    for part in (_mail, spf.check, dkim.check, dmarc.check, _alignment, _reports):
        for finding in part(case):
            found.append(finding)
            yield finding
    yield bulk_rules(case, found)


def _mail(case: Case) -> Iterator[Finding]:
    """Whether mail can come back to the domain: many receivers refuse a sender to whom nobody can answer."""
    try:
        servers = list(case.records.ask(case.domain, "MX"))
        if servers == [""]:
            yield error(
                "dns.mail",
                f"{case.domain} says that it takes no mail at all (a null MX, RFC 7505); receivers refuse such a sender",
                "Write another address as sender.email in newsletter.toml, one that can be answered.",
            )
        elif servers:
            yield ok("dns.mail", f"{case.domain} takes mail: {', '.join(sorted(servers)[:3])}")
        elif case.records.addresses(case.domain):
            yield warning(
                "dns.mail",
                f"{case.domain} has no MX record; mail to it goes to its own address, which is seldom meant",
                f"Ask your IT department for a line such as: {case.domain}. IN MX 10 MAIL-SERVER.",
            )
        else:
            yield error(
                "dns.mail",
                f"{case.domain} has neither a mail server nor an address; receivers refuse a sender who cannot be answered",
                "Is sender.email in newsletter.toml spelt right? Else ask your IT department.",
            )
    except Unanswered as lost:
        yield warning(
            "dns.mail",
            f"{case.domain}: {lost}",
            "Is this machine online? Without: newsletter doctor --offline",
        )


def _alignment(case: Case) -> Iterator[Finding]:
    """Whether what SPF proves counts for DMARC: it does where the return address is at the From domain."""
    service = relay_of(case.config.smtp)
    if service and service.own_envelope:
        yield note(
            "dns.alignment",
            f"{service.name} sends with a return address of its own, so only DKIM can speak for {case.domain} (DMARC)",
            f"Set up DKIM for {case.domain} there, or a custom MAIL FROM domain below {case.domain}.",
        )
    else:
        yield ok(
            "dns.alignment",
            f"From and return address are both at {case.domain}, so SPF speaks for it as DMARC wants (alignment)",
        )


def _reports(case: Case) -> Iterator[Finding]:
    """MTA-STS and TLS-RPT: about the mail that comes, so good to know at most."""
    try:
        strict = any(text.startswith("v=STSv1") for text in case.records.texts(f"_mta-sts.{case.domain}"))
        told = any(text.startswith("v=TLSRPTv1") for text in case.records.texts(f"_smtp._tls.{case.domain}"))
    except Unanswered:
        return
    have = [name for name, there in (("MTA-STS", strict), ("TLS reports", told)) if there]
    yield note(
        "dns.incoming",
        f"{case.domain} has {' and '.join(have) or 'neither MTA-STS nor TLS reports'}; they guard mail that comes in, "
        "and sending does not need them",
    )


def bulk_rules(case: Case, found: list[Finding]) -> Finding:
    """Gmail's, Yahoo's and Microsoft's rules for bulk senders in one finding, from what was found before."""
    levels = {finding.check: finding.level for finding in found}
    spf_levels = levels.get("dns.spf", "note"), levels.get("dns.spf-relay", "note")
    parts = {
        "SPF": max(spf_levels, key=_GRAVITY.index),
        "DKIM": levels.get("dns.dkim", "note"),
        "DMARC": levels.get("dns.dmarc", "note"),
    }
    one_click, mend = _one_click(case)
    said = "; ".join(f"{part}: {_IN_WORDS[level]}" for part, level in parts.items())
    text = (
        "what Gmail, Yahoo and Microsoft ask of bulk senders (some 5,000 messages a day to personal mailboxes, "
        f"counted over your whole domain): {said}; stopping with one click: {one_click}"
    )
    worst = max(parts.values(), key=_GRAVITY.index)
    if worst in ("warning", "error"):
        return warning(
            "dns.bulk", text, "Mend what is said above; smaller senders are judged by much of it too."
        )
    if mend:
        return note("dns.bulk", text, mend)
    return ok("dns.bulk", text) if worst == "ok" else note("dns.bulk", text, _TEST)


def _one_click(case: Case) -> tuple[str, str]:
    """Whether readers can stop with one click (RFC 8058), and what to do about it; '' for nothing."""
    if not case.config.public.url.startswith("https://"):
        return "no", _NO_PAGE
    service = relay_of(case.config.smtp)
    if service and service.word == "microsoft365" and not case.config.dkim.domain:
        return "not by the signature of Microsoft 365, which leaves List-Unsubscribe out", _SIGN_HERE
    return "yes", ""


_GRAVITY = ("ok", "note", "warning", "error")
_IN_WORDS = {
    "ok": "yes",
    "note": "cannot be known from here",
    "warning": "not as it should be",
    "error": "no",
}
_TEST = "What is not known from here shows in the header Authentication-Results of a test message."
_SIGN_HERE = "Sign messages here as well: newsletter keys dkim new (docs/dkim.md tells when it is needed)."
_NO_PAGE = (
    "Below 5,000 a day a link that opens an email is enough. To let readers stop with one click, set public.url in "
    "newsletter.toml to an https:// address of yours."
)
