"""Size: what Gmail would cut, what a mailbox would refuse, what an inbox shows of the first lines."""

from collections.abc import Iterator

from newsletter.checks.fields import images_of
from newsletter.checks.pages import Page
from newsletter.checks.rules import Rule, Subject, finding
from newsletter.edition import Edition, edition_picture
from newsletter.errors import Problem

HTML_NEAR = Rule("size.html-near-limit", "warning", "Gmail cuts a message near 102 kB: 'Message clipped'.")
HTML_OVER = Rule(
    "size.html-over-limit", "error", "Gmail would cut the end off, and with it how to stop the newsletter."
)
MESSAGE_HEAVY = Rule(
    "size.message-heavy", "warning", "Many readers are on a phone, and some pay by the megabyte."
)
MESSAGE_TOO_HEAVY = Rule("size.message-too-heavy", "error", "Mail servers refuse messages from about 10 MB.")
SUBJECT_LONG = Rule("size.subject-long", "note", "Inboxes show the first 40 to 70 characters of a subject.")
PREHEADER_MISSING = Rule(
    "size.preheader-missing",
    "warning",
    "It is the inbox's second line, and many decide by it whether to open.",
)
PREHEADER_LONG = Rule("size.preheader-long", "note", "Inboxes show about 90 characters of it, phones fewer.")

RULES = (
    HTML_NEAR, HTML_OVER, MESSAGE_HEAVY, MESSAGE_TOO_HEAVY, SUBJECT_LONG, PREHEADER_MISSING, PREHEADER_LONG,
)  # fmt: skip

HTML_WARNING, HTML_ERROR = 90_000, 100_000  # bytes
MESSAGE_WARNING, MESSAGE_ERROR = 5_000_000, 10_000_000  # bytes
SUBJECT_LIMIT, PREHEADER_LIMIT = 78, 140  # characters


def check(subject: Subject) -> Iterator[Problem]:
    """Findings about the largest edition, the subject and the preheader."""
    if subject.pages:
        yield from _html(subject, max(subject.pages, key=lambda page: _html_bytes(page.edition)))
        yield from _message(subject, max(subject.pages, key=lambda page: message_bytes(page.edition)))
    yield from _inbox(subject)


def message_bytes(edition: Edition) -> int:
    """What the message will weigh, in bytes: pictures travel in base64, a third heavier."""
    pictures = sum(len(picture.data) for picture in edition.pictures)
    return _html_bytes(edition) + len(edition.text.encode()) + pictures * 137 // 100


def _html(subject: Subject, page: Page) -> Iterator[Problem]:
    size = _html_bytes(page.edition)
    message = f"the HTML of {page.name} has {size:,} bytes"
    remedy = "shorten the longest sections and link to the rest, or make two issues of it"
    if size >= HTML_ERROR:
        yield finding(
            subject, HTML_OVER, "sections", f"{message}; the limit is {HTML_ERROR:,}", remedy=remedy
        )
    elif size >= HTML_WARNING:
        yield finding(
            subject, HTML_NEAR, "sections", f"{message}; {HTML_ERROR:,} is the limit", remedy=remedy
        )


def _message(subject: Subject, page: Page) -> Iterator[Problem]:
    size = message_bytes(page.edition)
    if size < MESSAGE_WARNING:
        return
    rule = MESSAGE_TOO_HEAVY if size >= MESSAGE_ERROR else MESSAGE_HEAVY
    field, src, weight = _heaviest(subject)
    message = f"with its pictures {page.name} weighs {size / 1e6:.1f} MB"
    if src:
        message += f"; the heaviest is '{src}' with {weight / 1e6:.1f} MB"
    remedy = "save photographs as JPEG, 1200 pixels wide at most, or leave some out"
    yield finding(subject, rule, field, message, remedy=remedy)


def _heaviest(subject: Subject) -> tuple[str, str, int]:
    """Field, file and bytes of the picture that weighs most in the message."""
    pictures = subject.issue.pictures
    weights = [
        (len(edition_picture(pictures[image.src])[0].data), field, image.src)
        for field, image in images_of(subject.issue)
        if image.src in pictures
    ]
    weight, field, src = max(weights, default=(0, "sections", ""))
    return field, src, weight


def _inbox(subject: Subject) -> Iterator[Problem]:
    issue = subject.issue
    # Where several languages go together the message has them all in its subject.
    length = max([len(issue.subject), *(len(page.edition.subject) for page in subject.pages)])
    if length > SUBJECT_LIMIT:
        message = f"the subject has {length} characters; up to {SUBJECT_LIMIT} are good"
        remedy = "begin with what is new, and drop the rest"
        yield finding(subject, SUBJECT_LONG, "subject", message, remedy=remedy)
    if not issue.preheader.strip():
        message = "there is no preheader; the first titles stand in for it"
        remedy = "add `preheader:` with what else is in it, in one line"
        yield finding(subject, PREHEADER_MISSING, "preheader", message, remedy=remedy)
    elif len(issue.preheader) > PREHEADER_LIMIT:
        message = f"the preheader has {len(issue.preheader)} characters; about 90 are seen"
        remedy = "put what matters first, and shorten it"
        yield finding(subject, PREHEADER_LONG, "preheader", message, remedy=remedy)


def _html_bytes(edition: Edition) -> int:
    return len(edition.html.encode())
