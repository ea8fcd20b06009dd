"""Several languages in one message: each whole edition after the other, joined into one."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from newsletter.edition.words import direction, words_for
from newsletter.issue import Issue

#: What inboxes show of a subject, and a little more.
_LONGEST_SUBJECT = 78
_BETWEEN = " / "
_RULE = "=" * 72
_STYLE = re.compile(r"<style[^>]*>.*?</style>", re.DOTALL)
_PAGE = re.compile(r"<body[^>]*>(.*)</body>", re.DOTALL)


def in_turn(issue: Issue) -> list[Issue]:
    """The issue in each language that its message has, in their order; alone where readers get one language."""
    return [issue, *(issue.translations.values() if issue.languages_together else ())]


def turn_data(views: Sequence[Issue], turn: int, templates: Path | None) -> dict[str, Any]:
    """Where one language of a message stands: whether `together` with others, and the `first` of them.

    `id` is a further language's own, `others` stand at the top with the way to them.
    """
    others = views[1:] if turn == 0 else ()
    return {
        "together": len(views) > 1,
        "first": turn == 0,
        "id": _id(views[turn]) if turn else "",
        "others": [
            {
                "id": _id(view),
                "language": view.language,
                "dir": direction(view.language),
                "below": words_for(view.language, templates)["below"],
            }
            for view in others
        ],
    }


def section_prefix(view: Issue, turn: int) -> str:
    """What makes the anchors of a further language its own."""
    return f"{view.language}-" if turn else ""


def joined_subject(views: Sequence[Issue]) -> str:
    """'News / Newyddion': what the editor wrote, else titles with months, else titles alone if that is too long."""
    subjects = _joined([view.subject for view in views])
    if len(subjects) <= _LONGEST_SUBJECT or any("subject" in view.places for view in views):
        return subjects
    return _joined([view.title for view in views])


def joined_line(lines: Sequence[str]) -> str:
    """The lines that differ, one after the other on one."""
    return _joined([line for line in lines if line])


def joined_html(pages: Sequence[str]) -> str:
    """The first page, with what the others show after what it shows; headings of theirs go one level down.

    So there is one main heading, and each further language is a chapter under it. The body of every
    page is an element with its own lang and dir.
    """
    first, *others = pages
    for page in others:
        new = [style for style in _STYLE.findall(page) if style not in first]
        first = first.replace("</head>", "".join(new) + "</head>", 1)
        shown = _PAGE.search(page)
        if shown is None:  # mrml writes a body always
            raise ValueError("a page has no body")
        head, end, tail = first.rpartition("</body>")
        first = head + _one_level_down(shown[1]) + end + tail
    return first


def joined_text(texts: Sequence[str]) -> str:
    """The texts with a rule between them."""
    return f"\n\n\n{_RULE}\n\n\n".join(text.rstrip("\n") for text in texts) + "\n"


def _id(view: Issue) -> str:
    return f"language-{view.language}"


def _joined(texts: Sequence[str]) -> str:
    return _BETWEEN.join(dict.fromkeys(texts))


def _one_level_down(html: str) -> str:
    return re.sub(r"(</?h)([1-5])(?=[\s>])", lambda tag: f"{tag[1]}{int(tag[2]) + 1}", html)
