"""The part `[dkim]`: whether messages are signed here, and as whom."""

import re

from pydantic import field_validator

from newsletter.config.parts import Part
from newsletter.config.values import Line

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")
_SELECTOR = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")


class Dkim(Part):
    """The domain that signs, empty: nobody does here; and the name under which its key is published."""

    domain: Line = ""
    selector: Line = "newsletter"

    @field_validator("domain")
    @classmethod
    def _a_domain(cls, text: str) -> str:
        try:
            ascii_form = text.encode("idna").decode("ascii").lower()
        except UnicodeError:
            ascii_form = ""
        if text and (len(ascii_form) > 253 or not _DOMAIN.fullmatch(ascii_form)):
            raise ValueError(f"domain {text!r} is not a domain: write one such as 'example.org'")
        return ascii_form

    @field_validator("selector")
    @classmethod
    def _a_selector(cls, text: str) -> str:
        if len(text) > 63 or not _SELECTOR.fullmatch(text.lower()):
            raise ValueError(
                f"selector {text!r} is not understood: write small letters, digits and hyphens, such as 'news1'"
            )
        return text.lower()
