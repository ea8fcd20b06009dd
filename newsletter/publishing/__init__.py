"""The public site: its look, its languages, and the issues that were sent as pages that anybody may read."""

from newsletter.publishing.frame import Places, frame_of, page_templates, served
from newsletter.publishing.languages import choose_language, languages, own_name
from newsletter.publishing.look import STYLESHEET, Asset, assets

__all__ = [
    "STYLESHEET",
    "Asset",
    "Places",
    "assets",
    "choose_language",
    "frame_of",
    "languages",
    "own_name",
    "page_templates",
    "served",
]
