"""`newsletter.toml` read into a frozen Config; every default stands here and nowhere else."""

import functools
import re
import tomllib
import zoneinfo
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    field_validator,
    model_validator,
)

from newsletter.errors import ConfigError, Problem, near

FILE_NAME = "newsletter.toml"
_PACKAGE = Path(__file__).parent
_RATE = re.compile(r"(\d+)\s*/\s*(second|minute|hour|day)")
_PERIOD = re.compile(r"[1-9]\d{0,2} (day|week|month|year)s?")
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
_LASTS = re.compile(r"([1-9]\d{0,2}) (month|year)s?")
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def _address(text: str) -> str:
    from email_validator import EmailNotValidError, validate_email

    if not text:
        return text
    try:
        return validate_email(
            text, check_deliverability=False, allow_smtputf8=False, test_environment=True
        ).normalized
    except EmailNotValidError as error:
        raise ValueError(f"{text!r} is not an email address: {error}") from None


def _web(text: str) -> str:
    if text and not re.fullmatch(r"https?://[^\s\"<>]+", text):
        raise ValueError(f"{text!r} is not a web address: it should begin with https://")
    return text


def _one_line(text: str) -> str:
    if any(ord(char) < 32 or char in "\x7f\x85\u2028\u2029" for char in text):
        raise ValueError("it must stand on one line, without control characters")
    return text


def _slug(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", text):
        raise ValueError(f"{text!r} cannot name a list: small letters, digits and hyphens can")
    return text


def _colour(text: str) -> str:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", text):
        raise ValueError(f"{text!r} is not a colour: write # and six digits, such as '#0a665a'")
    return text.lower()


def _fonts(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9 ,'\"-]+", text):
        raise ValueError(f"{text!r} names no fonts: write names with commas between them")
    if text.rpartition(",")[2].strip() not in {"serif", "sans-serif", "monospace"}:
        raise ValueError(
            "fonts end with 'serif', 'sans-serif' or 'monospace', for readers who have none of the others"
        )
    return text.replace('"', "'")


def _period(text: str) -> str:
    if text and not _PERIOD.fullmatch(text):
        raise ValueError(
            f"{text!r} is not a period: write a number and a word, such as '30 days' or '6 years'"
        )
    return text


def _link(text: str) -> str:
    if not re.fullmatch(r"(?:https?://|mailto:|tel:)[^\s\"<>\\]+", text):
        raise ValueError(f"{text!r} is not a link: begin it with https://, mailto: or tel:")
    return text


def _field_name(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,62}", text):
        raise ValueError(f"{text!r} cannot name a field: small letters, digits, hyphens and underscores can")
    return text


Line = Annotated[str, AfterValidator(_one_line)]
ColourCode = Annotated[str, AfterValidator(_colour)]
FontStack = Annotated[str, AfterValidator(_fonts)]
Period = Annotated[str, AfterValidator(_period)]
LinkAddress = Annotated[str, AfterValidator(_link)]
EmailText = Annotated[str, AfterValidator(_address)]
WebAddress = Annotated[str, AfterValidator(_web)]
ListName = Annotated[str, AfterValidator(_slug)]
FieldName = Annotated[str, AfterValidator(_field_name)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Sender(_Part):
    """Who writes: what stands in From, Reply-To and the footer."""

    name: Line = ""
    email: EmailText = ""
    reply_to: EmailText = ""
    postal_address: str = ""
    website: WebAddress = ""
    privacy_notice: WebAddress = ""


class Smtp(_Part):
    """The mail server, and how fast it may be used."""

    host: Line = ""
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: Line = ""
    auth: Literal["password", "xoauth2"] = "password"
    connections: Annotated[int, Field(ge=1, le=50)] = 4
    rate: Line = "none"
    timeout: Annotated[float, Field(gt=0, le=3600)] = 60.0

    @property
    def per_second(self) -> float | None:
        """Messages a second, or None where there is no limit."""
        match = _RATE.fullmatch(self.rate)
        return int(match[1]) / _SECONDS[match[2]] if match else None

    @model_validator(mode="after")
    def _sound(self) -> "Smtp":
        if self.rate != "none" and not (_RATE.fullmatch(self.rate) and self.per_second):
            raise ValueError(
                f"rate {self.rate!r} is not understood: write '30/minute', '10000/day' or 'none'"
            )
        if self.security == "none" and self.host and self.host.lower() not in _LOOPBACK:
            raise ValueError(
                f"security 'none' is for a server on this machine only, not for {self.host!r}: "
                "write 'starttls' or 'tls'"
            )
        return self


class Mailbox(_Part):
    """Where bounces, opt-outs and replies arrive; an empty host means that nothing is read."""

    host: Line = ""
    user: Line = ""


class Public(_Part):
    """Where the public pages can be reached; empty: opting out goes by mail alone."""

    url: WebAddress = ""


class Colours(_Part):
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


class Fonts(_Part):
    """Fonts in place of the theme's: of the text and of the headings."""

    text: FontStack | None = None
    heading: FontStack | None = None


class FooterLink(_Part):
    """A link in the footer, in words: social media, accessibility, an archive."""

    label: Annotated[Line, Field(min_length=1)]
    url: LinkAddress


class Theme(_Part):
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


class References(_Part):
    """How publications are cited: the style, whose names stand out, and who is asked about a DOI."""

    style: Literal["apa", "vancouver", "harvard"] = "apa"
    team: tuple[Line, ...] = ()
    resolver: WebAddress = "https://doi.org/"

    @model_validator(mode="after")
    def _encrypted(self) -> "References":
        if not self.resolver.startswith("https://") and urlsplit(self.resolver).hostname not in _LOOPBACK:
            raise ValueError(f"resolver {self.resolver!r} must begin with https://")
        return self


class Consent(_Part):
    """How people are asked: for how many days a request to confirm can be answered."""

    confirm_within: Annotated[int, Field(ge=1, le=90)] = 7


class Retention(_Part):
    """How long what is kept: periods such as '6 years'; empty: until somebody decides otherwise."""

    never_confirmed: Period = ""
    withdrawn: Period = ""
    left: Period = ""
    quiet: Period = ""
    operations_images: Period = ""
    deliveries_addresses: Period = ""
    requests: Period = ""


class People(_Part):
    """Who may be held: study participants only where the study's approval says so."""

    participants: bool = False


class OwnField(_Part):
    """Something that the team keeps about people beside the usual: its label, and what it may be."""

    label: Line
    choices: tuple[Line, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _by_label(cls, data: Any) -> Any:
        return {"label": data} if isinstance(data, str) else data


class ListConfig(_Part):
    """What people subscribe to: its name, and the purpose that they are told.

    A name may be given once for each language, `{en = "…", cy = "…"}`; the first stands where no
    language is asked for. `consent_lasts` is a span such as "24 months"; empty: no end.
    """

    name: Line
    purpose: str = ""
    consent_lasts: Line = ""
    names: dict[str, Line] = Field(default={}, alias="names by language")

    @model_validator(mode="before")
    @classmethod
    def _by_language(cls, data: Any) -> Any:
        if not isinstance(data, dict) or not isinstance(data.get("name"), dict):
            return data
        names = data["name"]
        if not names or not all(
            isinstance(text, str) and text.strip() and re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", tag)
            for tag, text in names.items()
        ):
            raise ValueError('name wants a text, or one for each language: {en = "Partners", cy = "…"}')
        return {**data, "name": next(iter(names.values())), "names by language": names}

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
        names = {tag.lower(): name for tag, name in self.names.items()}
        wanted = language.lower()
        return names.get(wanted) or names.get(wanted.partition("-")[0]) or self.name


class Config(_Part):
    """All that `newsletter.toml` says, with defaults for what it leaves out."""

    timezone: Line = "Europe/London"
    max_recipients: Annotated[int, Field(ge=1)] = 2000
    sender: Sender = Sender()
    smtp: Smtp = Smtp()
    mailbox: Mailbox = Mailbox()
    public: Public = Public()
    theme: Theme = Theme()
    references: References = References()
    consent: Consent = Consent()
    retention: Retention = Retention()
    lists: dict[ListName, ListConfig] = {}
    people: People = People()
    contact_fields: dict[FieldName, OwnField] = {}
    relationships: dict[Line, Line] = {}

    _folder: Path | None = PrivateAttr(default=None)

    @property
    def folder(self) -> Path | None:
        """The workspace that these settings stand in; None where they were read from a text."""
        return self._folder

    @property
    def templates(self) -> Path | None:
        """The workspace's own templates and words, where there is a workspace."""
        return self._folder / "templates" if self._folder else None

    @property
    def own_fields(self) -> dict[str, OwnField]:
        """The fields that the team added, and 'region', which is always there."""
        return {"region": OwnField(label="Region"), **self.contact_fields}

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The time zone in which dates without one are meant."""
        return zoneinfo.ZoneInfo(self.timezone)

    @model_validator(mode="after")
    def _known_zone(self) -> "Config":
        try:
            zoneinfo.ZoneInfo(self.timezone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            raise ValueError(
                f"timezone {self.timezone!r} is not known: write one such as 'Europe/London'"
            ) from None
        return self


class Workspace(BaseModel):
    """A folder with `newsletter.toml`, and where its parts lie."""

    model_config = ConfigDict(frozen=True)

    root: Path
    config: Config

    @property
    def issues(self) -> Path:
        return self.root / "issues"

    @property
    def templates(self) -> Path:
        return self.root / "templates"

    @property
    def consent(self) -> Path:
        return self.root / "consent"

    @property
    def database(self) -> Path:
        return self.root / "contacts.db"

    @property
    def build(self) -> Path:
        return self.root / "build"

    def shown(self, path: Path) -> str:
        """`path` as the operator should read it: relative where it lies in the workspace."""
        try:
            return str(path.resolve().relative_to(self.root.resolve()))
        except ValueError:
            return str(path)


def read_workspace(root: Path) -> Workspace:
    """The workspace at `root`. Raises ConfigError, with every problem found, where there is none."""
    path = root / FILE_NAME
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(
            f"{root} is no workspace: it has no {FILE_NAME}",
            remedy="Make one with `newsletter init DIR`, or name one with `--workspace DIR`.",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from None
    config = read_config(text, str(path))
    config._folder = root
    return Workspace(root=root, config=config)


def read_config(text: str, path: str = FILE_NAME) -> Config:
    """The Config that the TOML in `text` gives. Raises ConfigError with every problem and its line."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: this is not TOML: {error}") from None
    try:
        return Config.model_validate(data)
    except ValidationError as error:
        problems = [_problem(item, text, path) for item in error.errors()]
        raise ConfigError(problems=problems) from None


@functools.lru_cache(maxsize=32)
def shipped(name: str) -> Path:
    """A file or folder that comes with the package: in the wheel, or beside it in a checkout."""
    for base in (_PACKAGE, _PACKAGE / "demo", _PACKAGE.parent):
        if (base / name).exists():
            return base / name
    raise ConfigError(f"the installation is not whole: {name} is missing", remedy="Install newsletter again.")


def _problem(item: Any, text: str, path: str) -> Problem:
    location = [str(part) for part in item["loc"] if part != "[key]"]
    message = str(item["msg"]).removeprefix("Value error, ")
    if item["type"] == "extra_forbidden":
        message = f"this key is not known{near(location[-1], _known_keys(location[:-1]))}"
    return Problem("config", "error", path, line_of(location, text), ".".join(location), message)


def _known_keys(parents: list[str]) -> list[str]:
    part: Any = Config
    for name in parents:
        if part in (ListConfig, OwnField) or name.isdigit():
            continue
        if name not in part.model_fields:
            return list(ListConfig.model_fields)
        kinds: dict[str, Any] = {"lists": ListConfig, "links": FooterLink, "contact_fields": OwnField}
        part = kinds.get(name, part.model_fields[name].annotation)
    return list(part.model_fields)


def line_of(location: list[str], text: str) -> int:
    """The line where the key stands, or its table, counted from 1; 0 where neither is found."""
    table, found, repeats = list[str](), 0, dict[str, int]()
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*(\[+)\s*([^\]]+?)\s*\]", line):
            table = header[2].split(".")
            if header[1] == "[[":
                # The parts of an array of tables are told by number, from 0.
                repeats[header[2]] = repeats.get(header[2], -1) + 1
                table.append(str(repeats[header[2]]))
        key = re.match(r"\s*([\w-]+)\s*=", line)
        if key and [*table, key[1]] == location:
            return number
        if header and table == location[: len(table)]:
            found = number
    return found
