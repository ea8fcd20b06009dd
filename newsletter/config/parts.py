"""The parts of `newsletter.toml`; every default stands here or in `whole.py`, and nowhere else."""

import datetime as dt
import re
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from newsletter.config.relays import PRESETS, Rate, Relay, read_rates
from newsletter.config.values import (
    Age,
    ColourCode,
    Domain,
    EmailText,
    FontStack,
    LanguageTag,
    Line,
    LinkAddress,
    OAuthName,
    Period,
    Rates,
    WebAddress,
    is_language,
    lasting,
)

_LASTS = re.compile(r"([1-9]\d{0,2}) (month|year)s?")
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Sender(Part):
    """Who writes: what stands in From, Reply-To and the footer."""

    name: Line = ""
    email: EmailText = ""
    reply_to: EmailText = ""
    postal_address: str = ""
    website: WebAddress = ""
    privacy_notice: WebAddress = ""


class Smtp(Part):
    """The mail server, and how fast it may be used; `relay` names one whose settings are known."""

    relay: Relay = "plain"
    host: Line = ""
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: Line = ""
    auth: Literal["password", "xoauth2"] = "password"
    ca_file: Line = ""
    connections: Annotated[int, Field(ge=1, le=100)] = 4
    rate: Rates = "none"
    domain_rate: Rates = "none"
    domains: dict[Domain, Rates] = Field(default_factory=dict)
    give_up_after: Age = "3 days"
    timeout: Annotated[float, Field(gt=0, le=3600)] = 60.0
    verp: bool = False

    @property
    def rates(self) -> tuple[Rate, ...]:
        """How fast messages may leave; () where there is no limit."""
        return read_rates(self.rate)

    @property
    def patience(self) -> dt.timedelta | None:
        """For how long a message that is put off is tried; None: for ever."""
        return lasting(self.give_up_after)

    @property
    def per_second(self) -> float | None:
        """Messages a second in the long run, or None where there is no limit."""
        return min((rate.per_second for rate in self.rates), default=None)

    def rates_to(self, domain: str) -> tuple[Rate, ...]:
        """How fast messages may leave for the recipients of one domain."""
        return read_rates(self.domains.get(domain, self.domain_rate))

    @model_validator(mode="before")
    @classmethod
    def _of_relay(cls, data: Any) -> Any:
        """What is known of the relay, key by key where nothing else is said."""
        if not isinstance(data, dict) or not isinstance(data.get("relay"), str):
            return data
        return {**PRESETS.get(data["relay"], {}), **data}

    @model_validator(mode="after")
    def _sound(self) -> "Smtp":
        if self.relay in PRESETS and self.host.lower() in _LOOPBACK:
            raise ValueError(
                f"relay {self.relay!r} is no server on this machine, as host {self.host!r} says: take out the lines "
                "host, port and security, which are known"
            )
        if self.security == "none" and self.host and self.host.lower() not in _LOOPBACK:
            raise ValueError(
                f"security 'none' is for a server on this machine only, not for {self.host!r}: "
                "write 'starttls' or 'tls'"
            )
        return self


class Notice(Part):
    """Who is told by mail that a run has ended, and over which other server; empty: nobody."""

    email: EmailText = ""
    smtp: Smtp = Smtp()


class Mailbox(Part):
    """Where bounces, opt-outs and replies arrive: a folder at an IMAP server, or a Maildir or mbox on this computer.

    `processed` is a folder that bounces and their like are moved to once they are recorded, `aside` one for
    what could not be read; empty: they stay where they are. Each failure for the time being is a point,
    which halves in `soft_half_life` days; at `soft_limit` the address is given up.
    """

    host: Line = ""
    port: Annotated[int, Field(ge=1, le=65535)] = 993
    security: Literal["tls", "starttls", "none"] = "tls"
    user: Line = ""
    auth: Literal["password", "xoauth2"] = "password"
    ca_file: Line = ""
    folder: Line = "INBOX"
    processed: Line = ""
    aside: Line = ""
    timeout: Annotated[float, Field(gt=0, le=3600)] = 60.0
    path: Line = ""
    soft_limit: Annotated[float, Field(ge=1, le=100)] = 4.0
    soft_half_life: Annotated[float, Field(ge=1, le=3650)] = 120.0

    @property
    def is_read(self) -> bool:
        """Whether there is one that the program reads."""
        return bool(self.host or self.path)

    @model_validator(mode="before")
    @classmethod
    def _usual_port(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("security") in ("starttls", "none"):
            return {"port": 143, **data}
        return data

    @model_validator(mode="after")
    def _sound(self) -> "Mailbox":
        if self.host and self.path:
            raise ValueError("host names a server and path a mailbox on this computer: keep one of them")
        if self.security == "none" and self.host and self.host.lower() not in _LOOPBACK:
            raise ValueError(
                f"security 'none' is for a server on this machine only, not for {self.host!r}: "
                "write 'tls' or 'starttls'"
            )
        if not self.folder:
            raise ValueError(
                "folder names what is read, such as 'INBOX'; leave the line out where it is that"
            )
        if self.folder in (self.processed, self.aside):
            raise ValueError(f"folder {self.folder!r} is read: processed and aside must be others")
        return self


class OAuth(Part):
    """Whom to ask for tokens, where `auth` is "xoauth2": the provider, and what it calls us."""

    provider: Literal["", "microsoft", "google"] = ""
    tenant: OAuthName = ""
    client_id: OAuthName = ""
    authority: WebAddress = ""

    @model_validator(mode="after")
    def _encrypted(self) -> "OAuth":
        if self.authority and not self.authority.startswith("https://"):
            raise ValueError(f"authority {self.authority!r} must begin with https://")
        return self


class Public(Part):
    """Where the public pages can be reached (empty: opting out goes by mail alone), and in which languages they are.

    No languages: English, and those in which the lists have names. `forms`: how many forms that anybody can
    fill in are taken from all visitors together, of those that join and of those about somebody's data each.
    """

    url: WebAddress = ""
    languages: tuple[LanguageTag, ...] = ()
    forms: Rates = "200/hour, 1000/day"

    @property
    def form_rates(self) -> tuple[Rate, ...]:
        """As `forms`; () where there is no limit."""
        return read_rates(self.forms)


class Colours(Part):
    """Colours in place of the theme's, named for what they do; None: the theme's."""

    page: ColourCode | None = None
    paper: ColourCode | None = None
    text: ColourCode | None = None
    heading: ColourCode | None = None
    quiet: ColourCode | None = None
    accent: ColourCode | None = None
    on_accent: ColourCode | None = None
    masthead: ColourCode | None = None
    on_masthead: ColourCode | None = None
    masthead_quiet: ColourCode | None = None
    masthead_rule: ColourCode | None = None
    warm: ColourCode | None = None
    warm_tint: ColourCode | None = None
    on_warm: ColourCode | None = None
    now: ColourCode | None = None
    tint: ColourCode | None = None
    line: ColourCode | None = None
    rule: ColourCode | None = None
    footer: ColourCode | None = None
    footer_line: ColourCode | None = None
    logo_ground: ColourCode | None = None


class Fonts(Part):
    """Fonts in place of the theme's: of the text and of the headings."""

    text: FontStack | None = None
    heading: FontStack | None = None


class FooterLink(Part):
    """A link in the footer, in words: social media, accessibility, an archive."""

    label: Annotated[Line, Field(min_length=1)]
    url: LinkAddress


class Theme(Part):
    """The look of what is sent; pictures are files in the workspace."""

    name: Line = "paper"
    logo: Line = ""
    logo_dark: Line = ""
    logo_alt: Line = ""
    masthead: Line = ""
    footer: str = ""
    links: tuple[FooterLink, ...] = ()
    fonts: Fonts = Fonts()
    colours: Colours = Colours()
    dark: Colours = Colours()


class References(Part):
    """How publications are cited: the style, whose names stand out, and who is asked about a DOI."""

    style: Literal["apa", "vancouver", "harvard"] = "apa"
    team: tuple[Line, ...] = ()
    resolver: WebAddress = "https://doi.org/"

    @model_validator(mode="after")
    def _encrypted(self) -> "References":
        if not self.resolver.startswith("https://") and urlsplit(self.resolver).hostname not in _LOOPBACK:
            raise ValueError(f"resolver {self.resolver!r} must begin with https://")
        return self


class Consent(Part):
    """How people are asked: for how many days a request to confirm can be answered."""

    confirm_within: Annotated[int, Field(ge=1, le=90)] = 7


class Retention(Part):
    """How long what is kept: periods such as '6 years'; empty: until somebody decides otherwise."""

    never_confirmed: Period = ""
    withdrawn: Period = ""
    left: Period = ""
    quiet: Period = ""
    operations_images: Period = ""
    deliveries_addresses: Period = ""
    requests: Period = ""
    replies: Period = ""


class People(Part):
    """Who may be held: study participants only where the study's approval says so."""

    participants: bool = False


class OwnField(Part):
    """Something that the team keeps about people beside the usual: its label, and what it may be."""

    label: Line
    choices: tuple[Line, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _by_label(cls, data: Any) -> Any:
        return {"label": data} if isinstance(data, str) else data


class ListConfig(Part):
    """What people subscribe to: its name, and the purpose that they are told.

    Either may be given once for each language, `{en = "…", cy = "…"}`; the first stands where no
    language is asked for. `consent_lasts` is a span such as "24 months"; empty: no end. `public`: whether
    anybody may ask to join on the public pages.
    """

    name: Line
    purpose: str = ""
    consent_lasts: Line = ""
    public: bool = True
    names: dict[str, Line] = Field(default={}, alias="names by language")
    purposes: dict[str, str] = Field(default={}, alias="purposes by language")

    @model_validator(mode="before")
    @classmethod
    def _by_language(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        for key, each in (("name", "names by language"), ("purpose", "purposes by language")):
            given = data.get(key)
            if isinstance(given, dict):
                _require_languages(key, given)
                data = {**data, key: next(iter(given.values())), each: given}
        return data

    @field_validator("consent_lasts")
    @classmethod
    def _a_span(cls, text: str) -> str:
        if text and not _LASTS.fullmatch(text):
            raise ValueError(
                f'consent_lasts {text!r} is not understood: write "24 months" or "2 years", or leave it out'
            )
        return text

    @property
    def consent_months(self) -> int:
        """For how many months a consent holds; 0 where it has no end."""
        match = _LASTS.fullmatch(self.consent_lasts)
        return int(match[1]) * (12 if match[2] == "year" else 1) if match else 0

    def name_in(self, language: str) -> str:
        """The name in `language` (BCP 47); the first where it has none in it."""
        return _in_language(self.names, language) or self.name

    def purpose_in(self, language: str) -> str:
        """The purpose, likewise."""
        return _in_language(self.purposes, language) or self.purpose


def _in_language(texts: dict[str, str], language: str) -> str:
    """The text in `language`, else in the language without its region; '' where there is none."""
    known = {tag.lower(): text for tag, text in texts.items()}
    wanted = language.lower()
    return known.get(wanted) or known.get(wanted.partition("-")[0]) or ""


def _require_languages(key: str, given: dict[Any, Any]) -> None:
    if not given or not all(
        isinstance(text, str) and text.strip() and is_language(tag) for tag, text in given.items()
    ):
        raise ValueError(f'{key} wants a text, or one for each language: {{en = "Partners", cy = "…"}}')
