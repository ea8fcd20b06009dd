"""What the reader sees: issues rendered as editions, personal values filled in, editions kept by digest."""

import hashlib
from collections.abc import Mapping

from newsletter.edition.content import sender_data
from newsletter.edition.files import edition_files, replace_folder
from newsletter.edition.foreign import words_in_html
from newsletter.edition.logo import Logo, load_logos
from newsletter.edition.markdown import render_markdown
from newsletter.edition.model import INERT_CHANGE, Edition, EditionPicture, Personal, audience_name
from newsletter.edition.pictures import edition_picture
from newsletter.edition.reasons import Ground, reason_line, reason_writer
from newsletter.edition.render import audiences, edition_name, render_all, render_edition, visible_sections
from newsletter.edition.requests import REQUESTS, Asking, render_request, spoken
from newsletter.edition.slots import (
    INERT_STOP,
    Slot,
    fill_html,
    fill_text,
    personal_in,
    sample_asking,
    sample_personal,
    split_slots,
)
from newsletter.edition.store import load_edition, store_edition
from newsletter.edition.theme import load_theme, needs_plate
from newsletter.edition.words import (
    PAGES,
    day_text,
    direction,
    greeter,
    greeting,
    lacking,
    locale_of,
    words_for,
)

__all__ = [
    "INERT_CHANGE",
    "INERT_STOP",
    "PAGES",
    "REQUESTS",
    "Asking",
    "Edition",
    "EditionPicture",
    "Ground",
    "Logo",
    "Personal",
    "Slot",
    "audience_name",
    "audiences",
    "day_text",
    "direction",
    "edition_files",
    "edition_name",
    "edition_picture",
    "fill_html",
    "fill_text",
    "greeter",
    "greeting",
    "issue_digest",
    "lacking",
    "load_edition",
    "load_logos",
    "load_theme",
    "locale_of",
    "needs_plate",
    "personal_in",
    "reason_line",
    "reason_writer",
    "render_all",
    "render_edition",
    "render_markdown",
    "render_request",
    "replace_folder",
    "sample_asking",
    "sample_personal",
    "sender_data",
    "split_slots",
    "spoken",
    "store_edition",
    "visible_sections",
    "words_for",
    "words_in_html",
]


def issue_digest(editions: Mapping[str, Edition]) -> str:
    """SHA-256 (hex) over the sorted pairs of audience and digest: what an approval stands for."""
    pairs = "".join(f"{audience}\0{edition.digest}\n" for audience, edition in sorted(editions.items()))
    return hashlib.sha256(pairs.encode()).hexdigest()
