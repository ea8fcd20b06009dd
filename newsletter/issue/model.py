"""What an editor writes, as frozen data: an issue, its sections and their parts.

Texts are kept as written (Markdown where the field says so); nothing here knows HTML or people.
Descriptions are read by editors, through the JSON Schema.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationInfo,
    field_validator,
)
from pydantic.json_schema import SkipJsonSchema

from newsletter.issue.dates import parse_time
from newsletter.issue.fields import (
    Authors,
    Day,
    Doi,
    Email,
    Flag,
    Language,
    Languages,
    Line,
    Names,
    Orcid,
    Slug,
    Text,
    WebLink,
)
from newsletter.issue.part import Part
from newsletter.issue.places import Picture, Place
from newsletter.issue.when import When, WhenText, comes_before
from newsletter.issue.wording import refuse


class Image(Part):
    """A picture: a PNG, JPEG or GIF file in the workspace."""

    src: Line = Field(description="The picture's file, seen from the issue's folder: pictures/walk.jpg.")
    alt: Line = Field("", description="What the picture shows, for readers who cannot see it.")
    caption: Line = Field("", description="The line under the picture.")
    credit: Line = Field("", description="Who made the picture.")
    decorative: Flag = Field(
        False, description="Say true where the picture tells nothing; it then needs no alt."
    )
    permission: Line = Field(
        "", description="The media consent of the people shown: M-12; of several people: M-12, M-13."
    )


class Allowance(Part):
    """A finding of `newsletter check` that is meant, and why; the report repeats the reason."""

    check: Line = Field(
        min_length=1, description="The check, as its finding names it: wording.long-sentence."
    )
    reason: Line = Field(min_length=1, description="Why it is right here, in a few words.")


_ALLOW = "Findings of newsletter check that are meant, each with a reason."


class Button(Part):
    """What a reader is asked to press."""

    label: Line = Field(description="The words on the button.")
    url: WebLink = Field(description="Where it leads: a web address, mailto: or tel:.")


class Publication(Part):
    """One entry; `authors` is a list, and 'et al.' may be its last member."""

    kind: (
        Literal[
            "article",
            "preprint",
            "report",
            "chapter",
            "thesis",
            "PhD thesis",
            "master's thesis",
            "book",
            "conference paper",
            "web page",
            "dataset",
            "magazine",
            "newspaper",
        ]
        | None
    ) = Field(None, description="What it is; left out: an article where a journal is named, else a report.")
    authors: Authors = Field((), description="A list of names, or one text: A, B and C; A et al.")
    title: Line = Field("", description="The publication's title.")
    journal: Line = Field("", description="The journal's name.")
    book: Line = Field("", description="The title of the book that a chapter stands in.")
    editors: Authors = Field((), description="The book's editors, as authors are written.")
    edition: Line = Field("", description="The edition of a book, such as 2.")
    year: Line = Field("", description="The year, or words such as 'in press'.")
    volume: Line = Field("", description="The volume.")
    number: Line = Field("", description="The number of the issue within the volume.")
    pages: Line = Field("", description="The pages, such as 1-12.")
    article_number: Line = Field("", description="The article's number, where the journal counts articles.")
    publisher: Line = Field("", description="The publisher of a book or report; a thesis's university.")
    place: Line = Field("", description="The town of the publisher.")
    doi: Doi = Field(
        "", description="The DOI, such as 10.1111/hsc.13949; alone, it is looked up in references.json."
    )
    url: WebLink = Field("", description="A link, where there is no DOI.")
    ref: Line = Field("", description="The key of an entry in the section's references file.")
    open_access: Flag = Field(False, description="Say true where anyone may read it free of charge.")
    summary: Line = Field("", description="One plain-English line about what it found.")

    #: What was looked up, as CSL-JSON without what the editor wrote otherwise; '' where nothing was.
    csl: SkipJsonSchema[str] = ""


class Milestone(Part):
    """A step of the study."""

    label: Line = Field(description="What is reached.")
    date: Line = Field("", description="When, in any words: September 2022.")
    state: Literal["done", "current", "next"] = Field("next", description="done, current or next.")


class Member(Part):
    """Somebody of the team; `bio` is Markdown, `quote` is shown as theirs."""

    name: Line = Field(description="The person's name.")
    role: Line = Field("", description="What they do in the team.")
    bio: Text = Field("", description="A paragraph or two about them, in Markdown.")
    quote: Text = Field("", description="Words of their own, shown as theirs.")
    email: Email = Field("", description="Their email address, if readers may write to them.")
    orcid: Orcid = Field("", description="Their ORCID iD.")
    images: tuple[Image, ...] = Field((), description="Pictures of them.")
    permission: Line = Field("", description="Their media consent, for name, pictures and quote: M-12.")


class Person(Part):
    """Somebody whom readers may write to or ring."""

    name: Line = Field(description="The person's name.")
    role: Line = Field("", description="What they can be asked about.")
    email: Email = Field("", description="Their email address.")
    phone: Line = Field("", description="Their telephone number.")


class Link(Part):
    """A link with its words."""

    label: Line = Field(description="The words of the link.")
    url: WebLink = Field(description="Where it leads: a web address, mailto: or tel:.")


class Figure(Part):
    """A number at a glance."""

    value: Line = Field(description="The number, with its unit: 260, 7 of 10, 45%.")
    label: Line = Field(description="What it counts.")


class SectionBase(Part):
    """What every section may have. `intro` and `body` are Markdown; `audience` names lists, empty: for all."""

    title: Line = Field("", description="The section's heading.")
    intro: Text = Field("", description="Words before the rest, in Markdown.")
    body: Text = Field("", description="The section's text, in Markdown.")
    images: tuple[Image, ...] = Field((), description="Pictures.")
    audience: Names = Field((), description="The lists that this section is meant for; left out: everybody.")
    allow: tuple[Allowance, ...] = Field((), description=_ALLOW)


def _link_form(value: object) -> str:
    return "words" if isinstance(value, str) else "Link"


# A link by itself, or with its words; the empty text where there is none.
LinkOrUrl = Annotated[
    Annotated[WebLink, Tag("words")] | Annotated[Link, Tag("Link")], Discriminator(_link_form)
]
_LINK = "A link: https://…, or label: and url:."


class Article(SectionBase):
    """News, a story, a welcome: the type that a section has when it names none."""

    type: Literal["article"] = Field("article", description="The kind of section.")
    author: Line = Field("", description="Who wrote it.")
    link: LinkOrUrl = Field("", description=_LINK)


class Publications(SectionBase):
    """Papers, reports and books."""

    type: Literal["publications"] = Field(description="The kind of section.")
    items: tuple[Publication, ...] = Field(description="The publications.")
    references: Line = Field("", description="A file of references: .bib, .ris or CSL-JSON (.json).")


class Progress(SectionBase):
    """How the study is getting on."""

    type: Literal["progress"] = Field(description="The kind of section.")
    milestones: tuple[Milestone, ...] = Field((), description="The steps of the study.")


class Event(SectionBase):
    """Something to come to, or a report of it."""

    type: Literal["event"] = Field(description="The kind of section.")
    start: WhenText = Field(description="When it begins: 15 June 2022; 15 June 2022, 2pm; or June 2022.")
    end: WhenText | None = Field(None, description="When it ends; a time alone is taken on the same day.")
    place: Line = Field("", description="Where it is held.")
    link: LinkOrUrl = Field("", description=_LINK)

    @field_validator("end", mode="before")
    @classmethod
    def _on_the_same_day(cls, value: object, info: ValidationInfo) -> object:
        start, clock = info.data.get("start"), parse_time(value) if isinstance(value, str) else None
        if clock is None:
            return value
        # Where the start is at fault that is said; a time alone is right whatever the day turns out to be.
        return start.model_copy(update={"hour": clock[0], "minute": clock[1]}) if start else None

    @field_validator("end")
    @classmethod
    def _after_start(cls, end: When | None, info: ValidationInfo) -> When | None:
        start = info.data.get("start")
        if end and start and comes_before(end, start):
            raise refuse("the end comes before the start", "correct one of them")
        return end


class MeetTheTeam(SectionBase):
    """The people who do the work."""

    type: Literal["meet-the-team"] = Field(description="The kind of section.")
    members: tuple[Member, ...] = Field(description="The people.")


class Contact(SectionBase):
    """How to get in touch."""

    type: Literal["contact"] = Field(description="The kind of section.")
    people: tuple[Person, ...] = Field(
        (), description="Whom to write to; a name alone is looked up in people.yaml."
    )
    links: tuple[Link, ...] = Field((), description="Where else to look.")


class Acknowledgements(SectionBase):
    """Thanks, the funder and its disclaimer."""

    type: Literal["acknowledgements"] = Field(description="The kind of section.")
    funder: Line = Field("", description="Who pays for the study.")
    award: Line = Field("", description="The award's number.")
    logos: tuple[Image, ...] = Field((), description="Logos of the funder and the partners.")


class CallToAction(SectionBase):
    """Something that readers are asked to do."""

    type: Literal["call-to-action"] = Field(description="The kind of section.")
    button: Button = Field(description="The button to press: its label and url.")
    deadline: WhenText | None = Field(None, description="The last day.")


class Figures(SectionBase):
    """Numbers at a glance."""

    type: Literal["figures"] = Field(description="The kind of section.")
    items: tuple[Figure, ...] = Field(description="The numbers, each with value and label.")


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


#: Each set of an issue's lists may see sections of its own; more lists would make too many sets.
MOST_LISTS = 8


def _few(lists: tuple[str, ...]) -> tuple[str, ...]:
    if len(lists) > MOST_LISTS:
        raise refuse(
            f"an issue goes to at most {MOST_LISTS} lists; found {len(lists)}", "make two issues of it"
        )
    return lists


class Issue(Part):
    """One YAML file, read. `places`, `pictures`, `translations` and `known` are filled in by the reader.

    `known` are the names in people.yaml beside it.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", str_strip_whitespace=True, arbitrary_types_allowed=True
    )

    title: Line = Field(min_length=1, description="The issue's title.")
    date: Day = Field(description="The day it is dated: 30 September 2022 or 2022-09-30.")
    subject: Line = Field("", description="The message's subject; left out: title and month.")
    preheader: Line = Field("", description="The line that inboxes show after the subject.")
    language: Language = Field("en", description="The language, as a tag: en, cy, pt-BR.")
    languages: Languages = Field((), description="Several languages, the first one first: [en, cy].")
    languages_together: Flag = Field(
        False, description="yes: one message with all its languages, one after the other."
    )
    lists: Annotated[Names, AfterValidator(_few)] = Field(
        min_length=1, description="The lists that get this issue, as newsletter.toml names them."
    )
    corrects: Slug = Field("", description="On a correction only: the issue it corrects.")
    intro: Text = Field("", description="The welcome, in Markdown.")
    sections: tuple[Section, ...] = Field((), description="The sections, in the order wanted.")
    allow: tuple[Allowance, ...] = Field((), description=_ALLOW)

    slug: SkipJsonSchema[str]
    path: SkipJsonSchema[Path]
    places: SkipJsonSchema[Mapping[str, Place]] = Field(default_factory=dict, repr=False)
    pictures: SkipJsonSchema[Mapping[str, Picture]] = Field(default_factory=dict, repr=False)
    translations: SkipJsonSchema[Mapping[str, "Issue"]] = Field(default_factory=dict, repr=False)
    known: SkipJsonSchema[tuple[str, ...]] = Field((), repr=False)

    def place(self, field: str) -> Place:
        """Where `field` (such as `sections.2.items.0.doi`) stands, or the nearest field that holds it."""
        while field:
            if field in self.places:
                return self.places[field]
            field = field.rpartition(".")[0]
        return self.places.get("", Place(str(self.path), 0))


_FILLED_IN = {
    Issue: frozenset(["slug", "path", "places", "pictures", "translations", "known"]),
    Publication: frozenset(["csl"]),
}


def written_fields(model: type[BaseModel]) -> dict[str, Any]:
    """The fields that stand in the file: all but those which the reader fills in."""
    filled = _FILLED_IN.get(model, frozenset())
    return {name: field for name, field in model.model_fields.items() if name not in filled}
