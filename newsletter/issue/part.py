"""What everything in an issue is: frozen data that knows its keys."""

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """Base of everything in an issue: frozen, and strict about unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)
