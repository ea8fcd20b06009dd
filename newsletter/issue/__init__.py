"""What an editor writes: the issue file, read with every problem found at once."""

from newsletter.issue.bibliography import entry_of
from newsletter.issue.cited import Cited, cited_in
from newsletter.issue.csl import csl_of, kept_record, notices_of, owns_up, parse_name
from newsletter.issue.csl_json import BrokenItem, items_of
from newsletter.issue.fields import bare_doi, doi_text
from newsletter.issue.languages import in_language
from newsletter.issue.load import read_issue
from newsletter.issue.model import (
    SECTION_TYPES,
    Acknowledgements,
    Allowance,
    Article,
    Button,
    CallToAction,
    Contact,
    Event,
    Figure,
    Figures,
    Image,
    Issue,
    Link,
    MeetTheTeam,
    Member,
    Milestone,
    Person,
    Progress,
    Publication,
    Publications,
    Section,
    SectionBase,
    written_fields,
)
from newsletter.issue.part import Part
from newsletter.issue.pictures import read_picture
from newsletter.issue.places import Picture, Place
from newsletter.issue.schema import issue_schema, schema_text
from newsletter.issue.shown import Shown, names_person, people_named_in, permissions_named, shown_in
from newsletter.issue.starter import check_slug, check_title, starter
from newsletter.issue.when import When

__all__ = [
    "SECTION_TYPES",
    "Acknowledgements",
    "Allowance",
    "Article",
    "BrokenItem",
    "Button",
    "CallToAction",
    "Cited",
    "Contact",
    "Event",
    "Figure",
    "Figures",
    "Image",
    "Issue",
    "Link",
    "MeetTheTeam",
    "Member",
    "Milestone",
    "Part",
    "Person",
    "Picture",
    "Place",
    "Progress",
    "Publication",
    "Publications",
    "Section",
    "SectionBase",
    "Shown",
    "When",
    "bare_doi",
    "check_slug",
    "check_title",
    "cited_in",
    "csl_of",
    "doi_text",
    "entry_of",
    "in_language",
    "issue_schema",
    "items_of",
    "kept_record",
    "names_person",
    "notices_of",
    "owns_up",
    "parse_name",
    "people_named_in",
    "permissions_named",
    "read_issue",
    "read_picture",
    "schema_text",
    "shown_in",
    "starter",
    "written_fields",
]
