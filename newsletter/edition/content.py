"""An issue as plain data for the templates: dictionaries, safe HTML and plain text, nothing else."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as its
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from markupsafe import Markup

from newsletter.config import Config, References
from newsletter.edition.citation import citation_html, citation_text, cite, doi_of, doi_url
from newsletter.edition.dates import span_text, tile_text, when_text
from newsletter.edition.logo import load_logos
from newsletter.edition.markdown import MarkdownError, allowed_url, clean, render_markdown
from newsletter.edition.names import team_of
from newsletter.edition.pictures import edition_picture
from newsletter.edition.theme import load_theme, needs_plate
from newsletter.edition.words import day_text, direction
from newsletter.errors import InputError, IssueError, Problem
from newsletter.issue import (
    Acknowledgements,
    Article,
    CallToAction,
    Contact,
    Event,
    Figures,
    Image,
    Issue,
    Link,
    MeetTheTeam,
    Progress,
    Publications,
    Section,
)

Data = dict[str, Any]
_REFERENCES = References()
_BREAKS = re.compile(r"[ \t\n\v\f\r\x85\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Spot:
    """Where in an issue a value stands, so that an error about it can name the line."""

    issue: Issue
    field: str
    references: References = _REFERENCES
    words: Mapping[str, str] = its(default_factory=dict)

    def at(self, name: str | int) -> "Spot":
        field = f"{self.field}.{name}" if self.field else str(name)
        return Spot(self.issue, field, self.references, self.words)

    def error(self, message: str, remedy: str = "") -> IssueError:
        place = self.issue.place(self.field)
        return IssueError(
            problems=[Problem("structure", "error", place.path, place.line, self.field, message, remedy)]
        )


def issue_data(issue: Issue) -> Data:
    """The issue's own fields; `dir` is 'ltr' or 'rtl', `start` and `end` the sides that it means."""
    side = direction(issue.language)
    return {
        "title": line(issue.title),
        "date": day_text(issue.date, issue.language),
        "language": issue.language,
        "dir": side,
        "start": "left" if side == "ltr" else "right",
        "end": "right" if side == "ltr" else "left",
        "correction": bool(issue.corrects),
        "intro": _rich(issue.intro, Spot(issue, "intro"), top=2),
    }


def sender_data(config: Config) -> Data:
    """Who writes, without anything that is not meant for readers."""
    sender = config.sender
    return {
        "name": line(sender.name),
        "reply_to": sender.reply_to or sender.email,
        "postal_lines": [
            found for part in clean(sender.postal_address).split("\n") if (found := part.strip())
        ],
        "website": sender.website,
        "website_host": urlsplit(sender.website).netloc,
        "privacy_notice": sender.privacy_notice,
    }


def theme_data(config: Config, templates: Path | None) -> Data:
    """Fonts, shapes and colours by name, and what newsletter.toml adds to masthead and footer."""
    look, logos = load_theme(config, templates), load_logos(config)
    theme = config.theme
    return {
        **look.values,
        **{
            name: {
                "src": f"cid:{logos[mode].picture.name}@newsletter",
                "alt": line(theme.logo_alt),
                "width": logos[mode].width,
                "height": logos[mode].height,
            }
            if mode in logos
            else None
            for name, mode in (("logo", "light"), ("logo_dark", "dark"))
        },
        "plate": "dark" not in logos and needs_plate(look),
        "masthead": line(theme.masthead),
        "footer": [found for part in clean(theme.footer).split("\n") if (found := part.strip())],
        "links": [{"label": line(link.label), "url": link.url} for link in theme.links],
    }


def section_data(issue: Issue, index: int, number: int, config: Config, words: Mapping[str, str]) -> Data:
    """The section at `index` of the issue, which is the reader's `number`th, counted from 1."""
    section, spot = issue.sections[index], Spot(issue, f"sections.{index}", config.references, words)
    kind = words[section.type]
    title = line(section.title) or _own_title(section) or kind
    return {
        "type": section.type,
        "number": number,
        "id": f"section-{number}",
        "kind": "" if kind.casefold() == title.casefold() else kind,
        "title": title,
        "titled": title != kind,
        "intro": _rich(section.intro, spot.at("intro")),
        "body": _rich(section.body, spot.at("body")),
        "images": _images(section.images, spot.at("images")),
        **_PARTS[section.type](section, spot),
    }


def section_images(section: Section) -> Iterator[Image]:
    """Every picture of a section, wherever it stands in it."""
    yield from section.images
    if isinstance(section, MeetTheTeam):
        for member in section.members:
            yield from member.images
    if isinstance(section, Acknowledgements):
        yield from section.logos


def line(text: str) -> str:
    """`text` on one line, without what no medium can carry."""
    if text.isprintable() and "  " not in text:  # as most are: nothing to take out
        return text.strip()
    return _BREAKS.sub(" ", clean(text)).strip()


def _own_title(section: Section) -> str:
    """One member alone is the section's title, where it has none."""
    return (
        line(section.members[0].name)
        if isinstance(section, MeetTheTeam) and len(section.members) == 1
        else ""
    )


def _rich(text: str, spot: Spot, top: int = 3) -> Data:
    try:
        rich = render_markdown(text, top)
    except MarkdownError as error:
        raise spot.error(str(error)) from None
    return {"html": Markup(rich.html), "text": rich.text}  # noqa: S704  # nh3 has cleaned it


def _images(images: tuple[Image, ...], spot: Spot) -> list[Data]:
    return [_image(image, spot.at(n)) for n, image in enumerate(images)]


def _image(image: Image, spot: Spot) -> Data:
    picture = spot.issue.pictures.get(image.src)
    if picture is None:
        raise spot.at("src").error(f"{image.src!r} was not read with the issue")
    try:
        sent, width, height = edition_picture(picture)
    except InputError as error:
        raise spot.at("src").error(error.message, error.remedy) from None
    return {
        "src": f"cid:{sent.name}@newsletter",
        "alt": "" if image.decorative else line(image.alt),
        "caption": line(image.caption),
        "credit": line(image.credit),
        "decorative": image.decorative,
        "width": width,
        "height": height,
    }


def _url(url: str, spot: Spot) -> str:
    url = url.strip()
    if not allowed_url(url):
        raise spot.error(f"{clean(url)!r} cannot be a link", "begin it with https://, mailto: or tel:")
    return url


def _link(link: str | Link, spot: Spot, word: str) -> Data | None:
    """A link with its label; a bare address is named for where it leads."""
    if not link:
        return None
    if isinstance(link, Link):
        return {"label": line(link.label), "url": _url(link.url, spot.at("url"))}
    url = _url(link, spot)
    host = urlsplit(url).netloc.removeprefix("www.")
    return {"label": word.format(host=host or url.partition(":")[2]), "url": url}


def _article(section: Article, spot: Spot) -> Data:
    word = spot.words["read_more"]
    return {"author": line(section.author), "link": _link(section.link, spot.at("link"), word)}


def _publications(section: Publications, spot: Spot) -> Data:
    items, how = [], spot.references
    team = team_of(spot.issue, how.team)
    for number, item in enumerate(section.items, 1):
        runs, doi = cite(item, how.style, spot.issue.language, team), doi_of(item)
        url = doi_url(doi) if doi else item.url and _url(item.url, spot.at("items").at(number - 1).at("url"))
        items.append(
            {
                "number": number,
                "summary": line(item.summary),
                "citation": {"html": Markup(clean(citation_html(runs))), "text": line(citation_text(runs))},  # noqa: S704  # escaped there
                "doi": line(doi),
                "url": url,
                "host": urlsplit(url).netloc.removeprefix("www."),
                "open_access": item.open_access,
            }
        )
    return {"items": items}


def _progress(section: Progress, spot: Spot) -> Data:
    words = spot.words
    return {
        "milestones": [
            {"label": line(m.label), "date": line(m.date), "state": m.state, "word": words[m.state]}
            for m in section.milestones
        ]
    }


def _event(section: Event, spot: Spot) -> Data:
    language = spot.issue.language
    small, large = tile_text(section.start, language)
    return {
        "when": span_text(section.start, section.end, language, spot.words),
        "tile": {
            "small": small,
            "large": large,
            "month": section.start.day is None,
            # Whether the tile alone says all that is known.
            "whole": section.start.day is None and section.end is None,
        },
        "place": line(section.place),
        "link": _link(section.link, spot.at("link"), spot.words["event_link"]),
    }


def _team(section: MeetTheTeam, spot: Spot) -> Data:
    members = []
    for n, member in enumerate(section.members):
        at = spot.at("members").at(n)
        orcid = member.orcid.strip().rpartition("/")[2]
        members.append(
            {
                "name": line(member.name),
                "role": line(member.role),
                "bio": _rich(member.bio, at.at("bio"), top=4),
                "quote": line(member.quote),
                "email": line(member.email),
                "mailto": _mailto(member.email),
                "orcid": line(orcid),
                "orcid_url": f"https://orcid.org/{quote(orcid)}" if orcid else "",
                "images": _images(member.images, at.at("images")),
            }
        )
    return {"members": members, "named": not section.title and len(members) == 1}


def _contact(section: Contact, spot: Spot) -> Data:
    people = [
        {
            "name": line(person.name),
            "role": line(person.role),
            "email": line(person.email),
            "mailto": _mailto(person.email),
            "phone": line(person.phone),
            "tel": "tel:" + re.sub(r"[^\d+]", "", person.phone),
        }
        for person in section.people
    ]
    links = [_link(link, spot.at("links").at(n), "{host}") for n, link in enumerate(section.links)]
    return {"people": people, "links": links}


def _acknowledgements(section: Acknowledgements, spot: Spot) -> Data:
    words = spot.words
    funder = words["funded_by"].format(funder=line(section.funder)) if section.funder else ""
    award = words["award"].format(award=line(section.award)) if section.award else ""
    return {
        # Added and not joined: words that are marked up would become plain text with tags in it.
        "funding": funder + (", " if funder and award else "") + award,
        "logos": _images(section.logos, spot.at("logos")),
    }


def _call(section: CallToAction, spot: Spot) -> Data:
    language, button = spot.issue.language, section.button
    deadline = when_text(section.deadline, language, spot.words) if section.deadline else ""
    return {
        "button": {"label": line(button.label), "url": _url(button.url, spot.at("button").at("url"))},
        "deadline": spot.words["deadline"].format(date=deadline) if deadline else "",
    }


def _figures(section: Figures, spot: Spot) -> Data:  # the table below calls all alike
    return {"items": [{"value": line(item.value), "label": line(item.label)} for item in section.items]}


def _mailto(email: str) -> str:
    return f"mailto:{quote(email.strip(), safe='@+')}" if email.strip() else ""


#: section type -> what it has beyond title, intro, body and pictures.
_PARTS: Mapping[str, Callable[[Any, Spot], Data]] = {
    "article": _article,
    "publications": _publications,
    "progress": _progress,
    "event": _event,
    "meet-the-team": _team,
    "contact": _contact,
    "acknowledgements": _acknowledgements,
    "call-to-action": _call,
    "figures": _figures,
}
