"""Where a field stands in its file, and what an image file holds: what a reading notes beside the texts."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where a field stands: a file as shown to the operator, and a line counted from 1."""

    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Picture:
    """An image file as it was read: bytes, media type (`image/png` …), width and height in pixels."""

    data: bytes
    media_type: str
    width: int
    height: int
