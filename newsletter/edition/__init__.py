"""What the reader sees: issues rendered as editions, personal values filled in, editions kept by digest."""

import hashlib
from collections.abc import Mapping

from newsletter.edition.files import edition_files, replace_folder
from newsletter.edition.model import Edition, EditionPicture, Personal, audience_name
from newsletter.edition.pictures import edition_picture
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
from newsletter.edition.words import day_text, greeter, greeting, lacking, reason_line

__all__ = [
    "INERT_STOP",
    "REQUESTS",
    "Asking",
    "Edition",
    "EditionPicture",
    "Personal",
    "Slot",
    "audience_name",
    "audiences",
    "day_text",
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
    "personal_in",
    "reason_line",
    "render_all",
    "render_edition",
    "render_request",
    "replace_folder",
    "sample_asking",
    "sample_personal",
    "split_slots",
    "spoken",
    "store_edition",
    "visible_sections",
]


def issue_digest(editions: Mapping[str, Edition]) -> str:
    """SHA-256 (hex) over the sorted pairs of audience and digest: what an approval stands for."""
    pairs = "".join(f"{audience}\0{edition.digest}\n" for audience, edition in sorted(editions.items()))
    return hashlib.sha256(pairs.encode()).hexdigest()
