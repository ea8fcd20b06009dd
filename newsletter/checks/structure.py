"""Structure: titles, headings and the frame that a screen reader steers by."""

import re
from collections.abc import Iterator
from itertools import pairwise

from newsletter.checks.markdown import read_markdown
from newsletter.checks.pages import Page, words_of
from newsletter.checks.rules import Rule, Spot, Subject, finding, template_finding
from newsletter.checks.templates import Clues
from newsletter.edition import lacking, visible_sections
from newsletter.errors import Problem
from newsletter.issue import Section

TITLE = Rule("structure.title", "error", "The title is the first thing that is read, seen or heard.")
SUBJECT = Rule("structure.subject", "error", "A message without a subject looks like junk and is filed so.")
NO_SECTIONS = Rule("structure.no-sections", "error", "There is nothing to read.")
SECTION_TITLE = Rule(
    "structure.section-title", "warning", "Screen readers jump from title to title, and skimming eyes do too."
)
SECTION_EMPTY = Rule("structure.section-empty", "error", "Readers would see a title with nothing under it.")
AUDIENCE_EMPTY = Rule(
    "structure.audience-empty", "error", "The people on this list would get a newsletter without news."
)
UNREACHED = Rule(
    "structure.audience-unreached", "warning", "Nobody who gets the issue is on the lists of the section."
)
MARKUP_SHOWN = Rule(
    "structure.markup-shown",
    "warning",
    "Markdown takes neither HTML nor footnotes here: readers see the marks.",
)
PUBLIC_EMPTY = Rule("structure.public-empty", "note", "The page on the web shows unrestricted sections only.")
HEADING_LEVELS = Rule(
    "structure.heading-levels",
    "note",
    "The skipped level is closed up in the email; it may not be what you meant.",
)
HEADING_ORDER = Rule(
    "structure.heading-order", "warning", "A skipped level makes a screen reader's outline look broken."
)
ONE_H1 = Rule(
    "structure.one-h1", "error", "One main heading tells a screen reader where the newsletter begins."
)
LANGUAGE = Rule(
    "structure.language",
    "error",
    "Without its language and direction a text is read aloud in the wrong voice.",
)
DOCUMENT_TITLE = Rule(
    "structure.document-title", "error", "It is announced first, and names the tab and the print."
)
ROLES = Rule(
    "structure.layout-role", "error", "A table without a role is announced cell by cell: 'row 1, column 1'."
)
TEXT_PART = Rule(
    "structure.text-part", "error", "Some people read plain text, and filters distrust its absence."
)

WORDS = Rule(
    "structure.words",
    "note",
    "Readers meet English words between those of their language, in the footer too.",
)

RULES = (
    TITLE, SUBJECT, NO_SECTIONS, SECTION_TITLE, SECTION_EMPTY, AUDIENCE_EMPTY, UNREACHED, MARKUP_SHOWN,
    PUBLIC_EMPTY, HEADING_LEVELS, HEADING_ORDER, ONE_H1, LANGUAGE, DOCUMENT_TITLE, ROLES, TEXT_PART,
    WORDS,
)  # fmt: skip

# What may fill a section besides its texts and pictures, by its name in the model.
_CONTENT = (
    "intro", "body", "images", "items", "milestones", "members", "people", "links", "funder", "award",
    "logos", "button", "start", "link",
)  # fmt: skip
# Where these have no title, 'News', 'Event' or 'Take part' stands over them, which says little; what
# stands over the others ('Publications', 'Stay in touch' …) is as good as a title.
_NEED_A_TITLE = {"article", "event", "call-to-action"}


_LAYOUT = Clues(file="email/layout.mjml")
_MARKUP = re.compile(r"</?[A-Za-z][A-Za-z0-9]*(?:\s[^<>]*)?/?>|<!--|\[\^[^\]\s]{1,20}\]")
_MENDS = {
    "b": "write **the words**", "strong": "write **the words**", "i": "write *the words*", "em": "write *the words*",
    "br": "end the line with a backslash, or leave an empty line", "p": "leave an empty line between paragraphs",
    "a": "write [the words](https://…)", "img": "name the picture under `images:`",
    "!": "write the note after a # outside the text", "[": "say it in brackets (like this), or in a sentence",
}  # fmt: skip


def check(subject: Subject) -> Iterator[Problem]:
    """Findings about the issue's frame, then about the frame of each finished edition."""
    yield from _issue(subject)
    yield from _words(subject)
    for number, section in enumerate(subject.issue.sections):
        yield from _section(subject, f"sections.{number}", section)
    yield from _audiences(subject)
    yield from _headings(subject)
    yield from _markup(subject)
    for page in subject.pages:
        yield from _frame(subject, page)
        yield from _tables(subject, page)
        yield from _page_headings(subject, page)


def _words(subject: Subject) -> Iterator[Problem]:
    language = subject.issue.language
    if missing := lacking(language, subject.config.templates):
        found = f"{len(missing)} fixed words are not there in {language}, and stand in English"
        file = f"templates/words/{language.lower().partition('-')[0]}.toml"
        remedy = f"write them into {file}: {', '.join(missing[:4])}{' …' if len(missing) > 4 else ''}"
        yield finding(subject, WORDS, "language", found, remedy=remedy)


def _issue(subject: Subject) -> Iterator[Problem]:
    issue = subject.issue
    if not issue.title.strip():
        yield finding(subject, TITLE, "title", "the issue has no title", remedy="give it one, in a few words")
    if not issue.subject.strip():
        yield finding(
            subject, SUBJECT, "subject", "the subject is empty", remedy="write one, or leave the key out"
        )
    # A short notice may be all intro.
    if not issue.sections and not issue.intro.strip():
        message, remedy = "the issue has neither an intro nor sections", "write at least one of them"
        yield finding(subject, NO_SECTIONS, "sections", message, remedy=remedy)


def _section(subject: Subject, field: str, section: Section) -> Iterator[Problem]:
    if not section.title.strip() and section.type in _NEED_A_TITLE:
        yield finding(
            subject,
            SECTION_TITLE,
            field,
            f"this {section.type} section has no title",
            remedy="add `title:` with a few words that say what it tells",
        )
    if not any(getattr(section, name, None) for name in _CONTENT):
        yield finding(
            subject,
            SECTION_EMPTY,
            field,
            f"this {section.type} section is empty",
            remedy="write its `body:`, or take the section out",
        )


def _audiences(subject: Subject) -> Iterator[Problem]:
    issue = subject.issue
    if not issue.sections:
        return
    for name in issue.lists:
        if not visible_sections(issue, (name,)):
            message = f"no section is meant for the list '{name}'"
            remedy = "take it out of `lists:`, or give a section without `audience:`"
            yield finding(subject, AUDIENCE_EMPTY, "lists", message, remedy=remedy)
    for number, section in enumerate(issue.sections):
        if section.audience and not set(section.audience) & set(issue.lists):
            message = f"the section is for {', '.join(section.audience)}, and the issue goes to {', '.join(issue.lists)}"
            remedy = "add the list to `lists:`, or take the section or its `audience:` out"
            yield finding(subject, UNREACHED, f"sections.{number}.audience", message, remedy=remedy)
    if not visible_sections(issue, ()):
        message = "every section is for some lists only, so that the public page would be empty"
        remedy = "leave `audience:` out where everybody may read it, or do not publish this issue"
        yield finding(subject, PUBLIC_EMPTY, "sections", message, remedy=remedy)


def _markup(subject: Subject) -> Iterator[Problem]:
    for text in subject.texts:
        read = read_markdown(text.value).prose if text.kind == "markdown" else text.value
        found = _MARKUP.findall(read) if text.kind in {"markdown", "plain"} else ()
        for mark in dict.fromkeys(found):
            name = re.match(r"</?([a-z0-9]+)|<?([!\[])", mark.lower())
            mend = _MENDS.get((name[1] or name[2]) if name else "", "take it out: Markdown has its own marks")
            message = f"'{mark}' would be seen by readers as it stands"
            yield finding(subject, MARKUP_SHOWN, Spot(text.field, mark), message, remedy=mend)


def _headings(subject: Subject) -> Iterator[Problem]:
    for text in subject.texts:
        if text.kind != "markdown":
            continue
        for above, below in pairwise(read_markdown(text.value).headings):
            if below.level > above.level + 1:
                yield finding(
                    subject,
                    HEADING_LEVELS,
                    Spot(text.field, f"{'#' * below.level} {below.text}"),
                    f"the heading '{below.text}' has {below.level} marks after one with {above.level}",
                    remedy=f"begin it with {'#' * (above.level + 1)}",
                )


def _frame(subject: Subject, page: Page) -> Iterator[Problem]:
    html, place = page.tree.getroottree().getroot(), page.name
    if html.get("lang", "") in {"", "und"} or html.get("dir") not in {"ltr", "rtl"}:
        message = f"{place} does not say its language and direction (found lang={html.get('lang')!r}, dir={html.get('dir')!r})"
        remedy = "write `language: en` in the issue; a template of yours may have lost it"
        yield template_finding(subject, LANGUAGE, _LAYOUT, message, remedy=remedy)
    if not (page.tree.findtext(".//title") or "").strip():
        message, remedy = f"{place} has an empty <title>", "mend your template of the email's head"
        yield template_finding(subject, DOCUMENT_TITLE, _LAYOUT, message, remedy=remedy)
    if (count := len(page.tree.findall(".//h1"))) != 1:
        message = f"{place} has {count} main headings (h1); one is wanted"
        remedy = "mend your template: the issue's title is the h1, section titles are h2"
        yield template_finding(subject, ONE_H1, Clues(("<h1",), _LAYOUT.file), message, remedy=remedy)
    if not page.edition.text.strip():
        message, remedy = f"{place} has an empty text part", "mend your template of the text"
        yield template_finding(subject, TEXT_PART, Clues(file="text/layout.txt"), message, remedy=remedy)


def _tables(subject: Subject, page: Page) -> Iterator[Problem]:
    bare = [
        table
        for table in page.tree.iter("table")
        if table.get("role") not in {"presentation", "none"} and table.find(".//th") is None
    ]
    if bare:
        message = (
            f"{page.name} has {len(bare)} tables that are neither marked as layout nor have header cells"
        )
        remedy = 'give the table in your template role="presentation", or its first row <th> cells'
        yield template_finding(subject, ROLES, Clues(("<table>", "<table")), message, remedy=remedy)


def _page_headings(subject: Subject, page: Page) -> Iterator[Problem]:
    """Levels skipped in the finished HTML, which only a template can do: those of Markdown are closed up."""
    headings = page.tree.xpath("//h1|//h2|//h3|//h4|//h5|//h6")
    for above, below in pairwise(headings):
        if int(below.tag[1]) > int(above.tag[1]) + 1:
            message = f"in {page.name} the heading '{words_of(below)}' ({below.tag}) follows a {above.tag}"
            remedy = "mend your template: h2 for sections, h3 for what stands in them"
            yield template_finding(
                subject, HEADING_ORDER, Clues((words_of(below), f"<{below.tag}")), message, remedy=remedy
            )
