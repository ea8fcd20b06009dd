"""The mail services that many use, and how each shows in the DNS of those who send through it."""

import re
from dataclasses import dataclass

from newsletter.config import Smtp


@dataclass(frozen=True, slots=True)
class Relay:
    """A service: the names of its servers, what an SPF record includes for it, and its DKIM selectors.

    `word` is what newsletter.toml calls it. `own_envelope`: unless told otherwise it sends with a return address of its own, whose SPF counts.
    """

    word: str
    name: str
    hosts: re.Pattern[str]
    include: str
    selectors: tuple[str, ...] = ()
    own_envelope: bool = False


RELAYS = (
    Relay(
        "microsoft365",
        "Microsoft 365",
        re.compile(
            r"smtp(-legacy|-hve)?\.office365\.com|smtp\.outlook\.com|.+\.mail\.protection\.outlook\.com"
        ),
        "spf.protection.outlook.com",
        ("selector1", "selector2"),
    ),
    Relay(
        "google", "Google Workspace", re.compile(r"smtp(-relay)?\.gmail\.com"), "_spf.google.com", ("google",)
    ),
    Relay(
        "ses",
        "Amazon SES",
        re.compile(r"email-smtp(-fips)?\.[a-z0-9-]+\.amazonaws\.com"),
        "amazonses.com",
        own_envelope=True,
    ),
)


def relay_of(settings: Smtp) -> Relay | None:
    """The service that sends, as newsletter.toml names it or by the server's name; None for one we do not know."""
    host = settings.host.lower().rstrip(".")
    named = next((relay for relay in RELAYS if relay.word == settings.relay), None)
    return named or next((relay for relay in RELAYS if relay.hosts.fullmatch(host)), None)
