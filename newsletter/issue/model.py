"""What an editor writes, as frozen data: an issue, its sections and their parts.

Texts are kept as written (Markdown where the field says so); nothing here knows HTML or people.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class Part(BaseModel):
    """Base of everything in an issue: frozen, and strict about unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


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


class When(Part):
    """A month, a day, or a day with a time, in the workspace's time zone; `end` is a When too."""

    year: int
    month: int
    day: int | None = None
    hour: int | None = None
    minute: int | None = None

    @property
    def date(self) -> dt.date | None:
        """The day, or None where only the month is known."""
        return dt.date(self.year, self.month, self.day) if self.day else None


class Image(Part):
    src: str
    alt: str = ""
    caption: str = ""
    credit: str = ""
    decorative: bool = False
    permission: str = ""


class Button(Part):
    label: str
    url: str


class Publication(Part):
    """One entry; `authors` is a list, and 'et al.' may be its last member."""

    authors: tuple[str, ...] = ()
    title: str = ""
    journal: str = ""
    year: str = ""
    volume: str = ""
    number: str = ""
    pages: str = ""
    article_number: str = ""
    publisher: str = ""
    doi: str = ""
    url: str = ""
    ref: str = ""
    open_access: bool = False
    summary: str = ""


class Milestone(Part):
    label: str
    date: str = ""
    state: Literal["done", "current", "next"] = "next"


class Member(Part):
    """Somebody of the team; `bio` is Markdown, `quote` is shown as theirs."""

    name: str
    role: str = ""
    bio: str = ""
    quote: str = ""
    email: str = ""
    orcid: str = ""
    images: tuple[Image, ...] = ()


class Person(Part):
    name: str
    role: str = ""
    email: str = ""
    phone: str = ""


class Link(Part):
    label: str
    url: str


class Figure(Part):
    value: str
    label: str


class SectionBase(Part):
    """What every section may have. `intro` and `body` are Markdown; `audience` names lists, empty: for all."""

    title: str = ""
    intro: str = ""
    body: str = ""
    images: tuple[Image, ...] = ()
    audience: tuple[str, ...] = ()


class Article(SectionBase):
    type: Literal["article"] = "article"
    author: str = ""
    link: str | Link = ""


class Publications(SectionBase):
    type: Literal["publications"]
    items: tuple[Publication, ...]
    references: str = ""


class Progress(SectionBase):
    type: Literal["progress"]
    milestones: tuple[Milestone, ...] = ()


class Event(SectionBase):
    type: Literal["event"]
    start: When
    end: When | None = None
    place: str = ""
    link: str | Link = ""


class MeetTheTeam(SectionBase):
    type: Literal["meet-the-team"]
    members: tuple[Member, ...]


class Contact(SectionBase):
    type: Literal["contact"]
    people: tuple[Person, ...] = ()
    links: tuple[Link, ...] = ()


class Acknowledgements(SectionBase):
    type: Literal["acknowledgements"]
    funder: str = ""
    award: str = ""
    logos: tuple[Image, ...] = ()


class CallToAction(SectionBase):
    type: Literal["call-to-action"]
    button: Button
    deadline: When | None = None


class Figures(SectionBase):
    type: Literal["figures"]
    items: tuple[Figure, ...]


Section = Annotated[
    Article
    | Publications
    | Progress
    | Event
    | MeetTheTeam
    | Contact
    | Acknowledgements
    | CallToAction
    | Figures,
    Field(discriminator="type"),
]

#: Every section type, as it is written in the YAML.
SECTION_TYPES = (
    "publications", "progress", "article", "event", "meet-the-team",
    "contact", "acknowledgements", "call-to-action", "figures",
)  # fmt: skip


class Issue(Part):
    """One YAML file, read. `places` and `pictures` are filled in by the reader."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", str_strip_whitespace=True, arbitrary_types_allowed=True
    )

    title: str
    date: dt.date
    subject: str
    preheader: str = ""
    language: str = "en"
    lists: tuple[str, ...]
    corrects: str = ""
    intro: str = ""
    sections: tuple[Section, ...]

    slug: str
    path: Path
    places: Mapping[str, Place] = Field(default_factory=dict, repr=False)
    pictures: Mapping[str, Picture] = Field(default_factory=dict, repr=False)

    def place(self, field: str) -> Place:
        """Where `field` (such as `sections.2.items.0.doi`) stands, or the nearest field that holds it."""
        while field:
            if field in self.places:
                return self.places[field]
            field = field.rpartition(".")[0]
        return self.places.get("", Place(str(self.path), 0))
