"""Pictures: alternative texts that say what is seen, and sizes that arrive well."""

import io
import re
from collections.abc import Iterator

from PIL import Image as Pillow

from newsletter.checks.fields import images_of
from newsletter.checks.pages import Page, words_of
from newsletter.checks.rules import Rule, Spot, Subject, finding, template_finding
from newsletter.checks.templates import Clues
from newsletter.edition import edition_picture
from newsletter.errors import Problem
from newsletter.issue import Image

ALT_MISSING = Rule(
    "images.alt-missing", "error", "People who cannot see it, or whose mail hides pictures, get nothing."
)
ALT_FILE_NAME = Rule(
    "images.alt-file-name", "warning", "A file name read aloud says nothing of what is seen."
)
ALT_GENERIC = Rule(
    "images.alt-generic", "warning", "A screen reader says 'image' by itself; what does it show?"
)
ALT_DECORATIVE = Rule(
    "images.alt-decorative", "warning", "A decorative picture is passed over, so its text is never heard."
)
ALT_LONG = Rule(
    "images.alt-long", "warning", "Alternative text is heard in one breath and cannot be paused in."
)
SMALL = Rule("images.small", "note", "A small picture looks blurred on the sharp screens of phones.")
HEAVY = Rule("images.heavy", "warning", "Heavy pictures fill mailboxes and load slowly on a phone.")
OVERSIZE = Rule(
    "images.oversize", "note", "It is made smaller for the message; the file only makes work slower."
)
PHOTO_AS_PNG = Rule("images.photo-as-png", "note", "As JPEG a photograph weighs a tenth and looks the same.")
ANIMATED = Rule(
    "images.animated",
    "warning",
    "Movement that cannot be stopped keeps some people from reading, and flashes can do harm (WCAG 2.2.2, 2.3.1).",
)
TOTAL = Rule("images.total", "note", "All pictures travel in each message, to every reader.")
FINAL_ALT = Rule("images.final-alt", "error", "A picture without alt is read out by its address.")

RULES = (
    ALT_MISSING, ALT_FILE_NAME, ALT_GENERIC, ALT_DECORATIVE, ALT_LONG, SMALL, HEAVY, OVERSIZE, PHOTO_AS_PNG,
    ANIMATED, TOTAL, FINAL_ALT,
)  # fmt: skip

ALT_LIMIT = 250  # characters
HEAVY_BYTES = 1_000_000
SMALL_PIXELS = 120  # of its width
OVERSIZE_PIXELS = 12_000_000  # of the whole picture
PNG_BYTES, PNG_COLOURS = 400_000, 20_000
TOTAL_BYTES = 2_500_000

_FILE_NAME = re.compile(
    r"^[\w .()-]+\.(?:jpe?g|png|gif|webp|svg|bmp|tiff?|heic)$|^(?:img|dsc|dscn|image|photo)[_-]?\d{2,}$", re.I
)
_GENERIC = {
    "image", "an image", "photo", "a photo", "photograph", "a photograph", "picture", "a picture", "pic",
    "graphic", "logo", "icon", "illustration", "screenshot", "figure", "diagram", "chart", "alt", "alt text",
    "description", "headshot", "portrait", "team photo", "group photo", "banner",
}  # fmt: skip


def check(subject: Subject) -> Iterator[Problem]:
    """Findings about each picture of the issue, then about the finished HTML."""
    for field, image in images_of(subject.issue):
        yield from _alt(subject, field, image)
        yield from _pixels(subject, field, image)
        yield from _format(subject, field, image)
    yield from _total(subject)
    for page in subject.pages:
        yield from _final(subject, page)


def _alt(subject: Subject, place: str, image: Image) -> Iterator[Problem]:
    field, alt = f"{place}.alt", image.alt.strip()
    if image.decorative:
        if alt:
            message = f"'{image.src}' is marked as decorative and has an alternative text too"
            remedy = "take out `decorative:` if it tells something, else take out `alt:`"
            yield finding(subject, ALT_DECORATIVE, field, message, remedy=remedy)
    elif not alt:
        message = f"'{image.src}' has no alternative text"
        remedy = "say in a sentence what it shows (`alt:`), or write `decorative: true` if it tells nothing"
        yield finding(subject, ALT_MISSING, field, message, remedy=remedy)
    else:
        yield from _wording(subject, field, alt)


def _wording(subject: Subject, field: str, alt: str) -> Iterator[Problem]:
    remedy = "say in a sentence what it shows and why it is here"
    if _FILE_NAME.match(alt):
        yield finding(
            subject, ALT_FILE_NAME, field, f"the alternative text is a file name: '{alt}'", remedy=remedy
        )
    elif alt.casefold().strip(" .:") in _GENERIC:
        yield finding(
            subject, ALT_GENERIC, Spot(field, alt), f"the alternative text says only '{alt}'", remedy=remedy
        )
    if len(alt) > ALT_LIMIT:
        message = f"the alternative text has {len(alt)} characters; about {ALT_LIMIT} can be followed"
        remedy = "keep what matters here, and tell the rest in the caption or the body"
        yield finding(subject, ALT_LONG, field, message, remedy=remedy)


def _pixels(subject: Subject, place: str, image: Image) -> Iterator[Problem]:
    field, picture = f"{place}.src", subject.issue.pictures.get(image.src)
    if picture is None:
        return
    if picture.width < SMALL_PIXELS:
        message = f"'{image.src}' is only {picture.width} by {picture.height} pixels"
        remedy = "take a larger one: 1200 pixels wide for a full-width picture, 400 for a portrait"
        yield finding(subject, SMALL, field, message, remedy=remedy)
    weight = len(edition_picture(picture)[0].data)
    if weight > HEAVY_BYTES:
        message = f"'{image.src}' weighs {weight / 1e6:.1f} MB in the message"
        remedy = "save a photograph as JPEG, a drawing as PNG with few colours: 300 kB is plenty"
        yield finding(subject, HEAVY, field, message, remedy=remedy)


def _format(subject: Subject, place: str, image: Image) -> Iterator[Problem]:
    field, picture = f"{place}.src", subject.issue.pictures.get(image.src)
    if picture is None:
        return
    sent = edition_picture(picture)[0]
    if picture.width * picture.height > OVERSIZE_PIXELS:
        message = f"'{image.src}' has {picture.width} by {picture.height} pixels"
        remedy = "save it 1600 pixels wide; no mail program shows more"
        yield finding(subject, OVERSIZE, field, message, remedy=remedy)
    if sent.media_type in {"image/gif", "image/png"} and _frames(sent.data) > 1:
        message = f"'{image.src}' moves: it has {_frames(sent.data)} frames"
        remedy = "take a still picture, or link to a film that can be stopped"
        yield finding(subject, ANIMATED, field, message, remedy=remedy)
    if sent.media_type == "image/png" and len(sent.data) > PNG_BYTES and _is_photograph(sent.data):
        message = f"'{image.src}' looks like a photograph saved as PNG ({len(sent.data) / 1e6:.1f} MB)"
        yield finding(subject, PHOTO_AS_PNG, field, message, remedy="save it as JPEG")


def _total(subject: Subject) -> Iterator[Problem]:
    pictures = {picture.name: picture for page in subject.pages for picture in page.edition.pictures}
    weight = sum(len(picture.data) for picture in pictures.values())
    if weight > TOTAL_BYTES:
        message = f"the {len(pictures)} pictures weigh {weight / 1e6:.1f} MB together"
        remedy = "leave some out, or save photographs as JPEG, 1200 pixels wide"
        yield finding(subject, TOTAL, "sections", message, remedy=remedy)


def _frames(data: bytes) -> int:
    with Pillow.open(io.BytesIO(data)) as image:
        return int(getattr(image, "n_frames", 1))


def _is_photograph(data: bytes) -> bool:
    """Whether it has more colours than a drawing has; asked of its upper left, which is quickly read."""
    with Pillow.open(io.BytesIO(data)) as image:
        return image.convert("RGB").crop((0, 0, 600, 600)).getcolors(PNG_COLOURS) is None


def _final(subject: Subject, page: Page) -> Iterator[Problem]:
    bare = [image for image in page.tree.iter("img") if image.get("alt") is None]
    silent = [
        link
        for link in page.tree.iter("a")
        if not words_of(link) and not any((image.get("alt") or "").strip() for image in link.iter("img"))
    ]
    if bare:
        message = f"{page.name} has {len(bare)} pictures without any alt"
        remedy, clues = (
            "mend the template: write alt, empty if need be",
            Clues((bare[0].get("src") or "", "<img")),
        )
        yield template_finding(subject, FINAL_ALT, clues, message, remedy=remedy)
    if silent:
        message = f"{page.name} has {len(silent)} links that have neither words nor a picture with a text"
        remedy = "give the link words, or its picture an alternative text that says where it leads"
        clues = Clues((silent[0].get("href") or "",))
        yield template_finding(subject, FINAL_ALT, clues, message, remedy=remedy)
