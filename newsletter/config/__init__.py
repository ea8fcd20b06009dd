"""`newsletter.toml` read into a frozen Config."""

from newsletter.config.parts import (
    Colours,
    Fonts,
    Mailbox,
    Notice,
    OAuth,
    References,
    Retention,
    Sender,
    Smtp,
)
from newsletter.config.reading import FILE_NAME, line_of, read_config, read_workspace, shipped
from newsletter.config.relays import PRESETS, Rate
from newsletter.config.whole import Config, Workspace

__all__ = [
    "FILE_NAME",
    "PRESETS",
    "Colours",
    "Config",
    "Fonts",
    "Mailbox",
    "Notice",
    "OAuth",
    "Rate",
    "References",
    "Retention",
    "Sender",
    "Smtp",
    "Workspace",
    "line_of",
    "read_config",
    "read_workspace",
    "shipped",
]
