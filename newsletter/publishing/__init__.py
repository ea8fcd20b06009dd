"""The public site: its look, its languages, and the issues that were sent as pages that anybody may read."""

from newsletter.publishing.frame import frame_of, page_templates, served
from newsletter.publishing.languages import choose_language, languages, own_name
from newsletter.publishing.look import Asset, assets
from newsletter.publishing.sent import SentIssue, Withheld, sent_issues
from newsletter.publishing.site import CATALOGUE, PageInArchive, index_of, read_catalogue, site_files
from newsletter.publishing.writing import Written, plan_writing, write_files

__all__ = [
    "CATALOGUE",
    "Asset",
    "PageInArchive",
    "SentIssue",
    "Withheld",
    "Written",
    "assets",
    "choose_language",
    "frame_of",
    "index_of",
    "languages",
    "own_name",
    "page_templates",
    "plan_writing",
    "read_catalogue",
    "sent_issues",
    "served",
    "site_files",
    "write_files",
]
