"""All that `newsletter.toml` says, in one frozen Config, and the workspace that it stands in."""

import zoneinfo
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, model_validator

from newsletter.config.dkim import Dkim
from newsletter.config.parts import (
    Consent,
    ListConfig,
    Mailbox,
    Notice,
    OAuth,
    OwnField,
    Part,
    People,
    Public,
    References,
    Retention,
    Sender,
    Smtp,
    Theme,
)
from newsletter.config.values import FieldName, Line, ListName

# What 64 octets (RFC 5321 section 4.5.3.1.1) leave beside '+' and a token of 37.
_LOCAL_FOR_VERP = 26


class Config(Part):
    """All that `newsletter.toml` says, with defaults for what it leaves out."""

    timezone: Line = "Europe/London"
    max_recipients: Annotated[int, Field(ge=1)] = 2000
    sender: Sender = Sender()
    smtp: Smtp = Smtp()
    dkim: Dkim = Dkim()
    notice: Notice = Notice()
    mailbox: Mailbox = Mailbox()
    oauth: OAuth = OAuth()
    public: Public = Public()
    theme: Theme = Theme()
    references: References = References()
    consent: Consent = Consent()
    retention: Retention = Retention()
    lists: dict[ListName, ListConfig] = Field(default_factory=dict)
    people: People = People()
    contact_fields: dict[FieldName, OwnField] = Field(default_factory=dict)
    relationships: dict[Line, Line] = Field(default_factory=dict)

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

    @model_validator(mode="after")
    def _room_for_token(self) -> "Config":
        local = self.sender.email.rpartition("@")[0]
        if self.smtp.verp and len(local) > _LOCAL_FOR_VERP:
            raise ValueError(
                f"smtp.verp puts 38 characters behind {local!r} in sender.email, and servers take 64 before the @: "
                f"choose an address with at most {_LOCAL_FOR_VERP} there, or take verp out"
            )
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
    def inbox(self) -> Path:
        """What came in on public pages that are served here."""
        return self.root / "inbox.db"

    @property
    def archive(self) -> Path:
        """What was published; it need not be there."""
        return self.root / "public"

    @property
    def build(self) -> Path:
        return self.root / "build"

    def shown(self, path: Path) -> str:
        """`path` as the operator should read it: relative where it lies in the workspace."""
        try:
            return str(path.resolve().relative_to(self.root.resolve()))
        except ValueError:
            return str(path)
