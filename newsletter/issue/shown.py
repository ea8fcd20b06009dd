"""Whom an issue shows, where and how, and which permissions it names for that."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from newsletter.issue.model import Acknowledgements, Article, Contact, Image, Issue, MeetTheTeam, Member

_BETWEEN = re.compile(r"[\s,;]+")


@dataclass(frozen=True, slots=True)
class Shown:
    """A person or picture in an issue: its field, what is shown ('photo', 'name', 'quote'), what allows it.

    `name` is whose it is, where that is said; `words` are those that stand with a picture.
    """

    field: str
    covers: tuple[str, ...]
    permissions: tuple[str, ...]
    name: str = ""
    words: str = ""


def shown_in(issue: Issue) -> tuple[Shown, ...]:
    """Everybody whom the issue's team sections show, and every other picture, in the issue's order."""
    return tuple(_shown(issue))


def people_named_in(issue: Issue) -> tuple[str, ...]:
    """The names of people that the issue gives as names, each once."""
    names: list[str] = []
    for section in issue.sections:
        if isinstance(section, MeetTheTeam):
            names += [member.name for member in section.members]
        elif isinstance(section, Contact):
            names += [person.name for person in section.people]
        elif isinstance(section, Article) and section.author:
            names.append(section.author)
    return tuple(dict.fromkeys([*names, *issue.known]))


def names_person(words: str, name: str) -> bool:
    """Whether somebody's whole name stands in these words."""
    bare = " ".join(name.split()).casefold()
    return bool(bare) and bool(
        re.search(rf"(?<!\w){re.escape(bare)}(?!\w)", " ".join(words.split()).casefold())
    )


def permissions_named(words: str) -> tuple[str, ...]:
    """The permissions that a `permission` names; several stand with commas between."""
    return tuple(dict.fromkeys(word for word in _BETWEEN.split(words) if word))


def _shown(issue: Issue) -> Iterator[Shown]:
    for number, section in enumerate(issue.sections):
        place = f"sections.{number}"
        if isinstance(section, MeetTheTeam):
            for which, member in enumerate(section.members):
                yield from _member(f"{place}.members.{which}", member)
        yield from _pictures(f"{place}.images", section.images)
        if isinstance(section, Acknowledgements):
            yield from _pictures(f"{place}.logos", section.logos)


def _member(field: str, member: Member) -> Iterator[Shown]:
    pictures = [image for image in member.images if not image.decorative]
    own = [permissions_named(image.permission) for image in pictures]
    covers = ["name"]
    if member.quote:
        covers.append("quote")
    if not all(own):
        covers.append("photo")
    named = permissions_named(member.permission) or tuple(
        dict.fromkeys(one for names in own for one in names)
    )
    yield Shown(field, tuple(covers), named, member.name)
    for number, image in enumerate(member.images):
        if names := permissions_named(image.permission):
            yield Shown(f"{field}.images.{number}", ("photo",), names, words=_words(image))


def _pictures(field: str, images: tuple[Image, ...]) -> Iterator[Shown]:
    for number, image in enumerate(images):
        named = permissions_named(image.permission)
        if named or not image.decorative:
            yield Shown(f"{field}.{number}", ("photo",), named, words=_words(image))


def _words(image: Image) -> str:
    return f"{image.alt} {image.caption}"
