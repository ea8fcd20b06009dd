"""The commented starter of a new issue: it reads and builds as it stands."""

import datetime as dt
import re
from collections.abc import Collection

from pydantic_core import PydanticCustomError

from newsletter.errors import InputError
from newsletter.issue.dates import month_name
from newsletter.issue.fields import one_line, slug_text

_MONTH = re.compile(r"((?:19|20|21)\d\d)-(0[1-9]|1[0-2])(?!\d)")
_EXAMPLE_DAY = dt.date(2022, 9, 30)

_TEXT = """\
# Lines that begin with # are notes to you; readers never see them. Delete what you do not need.
# A text with a colon or a # in it needs quotes round it:  title: "Link workers: what we found"
# See it at any time:  newsletter build {slug}

title: {title}
date: {date}
lists: [{lists}]  # who gets it; newsletter.toml names the lists
preheader: One line that inboxes show after the subject
# subject: Left out, it is the title with the month
# language: en

intro: |
  Welcome to this issue. Say in two or three sentences what has happened since the
  last one, and what you would like your readers to do.

  Leave an empty line between paragraphs. **Bold**, *italics*, lists and links such as
  [the study's web page](https://example.org) are written as in Markdown.

sections:
  - type: progress
    title: How the study is getting on
    body: |
      Tell what you did, what comes next, and what it means for the people who help.
    milestones:  # state: done, current or next
      - label: Ethical approval
        date: Spring
        state: done
      - label: Interviews at the study sites
        state: current
      - label: Findings shared with everybody who took part
        state: next

  - title: A story from the study  # a section without a type is an article
    body: |
      Write as you would tell it to a friend. Short sentences are read more often.
    # images:
    #   - src: pictures/group.jpg  # a PNG, JPEG or GIF file in issues/pictures
    #     alt: What the picture shows, for readers who cannot see it
    #     caption: The line under the picture
    #     credit: Who took it
    # audience: [{first}]  # only for these lists; without it, for everybody

  - type: figures
    title: Numbers at a glance
    items:
      - value: 7
        label: study sites

  # - type: publications
  #   title: New publications
  #   items:
  #     - authors: A. Author, B. Writer and C. Reader
  #       title: "The title: with quotes, since there is a colon in it"
  #       journal: The Journal
  #       year: {year}
  #       doi: 10.1234/example
  #       summary: What it found, in one plain sentence
  #     - doi: 10.1234/another  # alone, it is looked up in issues/references.json

  # - type: event
  #   title: Come and talk to us
  #   start: 15 {month} {year}, 2pm  # or a day alone, or a month
  #   end: 4pm
  #   place: Town Hall, Exampleton
  #   link: https://example.org/event
  #   body: |
  #     Who may come, and what will happen.

  # - type: meet-the-team
  #   title: Meet the team
  #   members:
  #     - name: Ada Example
  #       role: Researcher
  #       bio: |
  #         A few sentences about her work.

  # - type: call-to-action
  #   title: Tell us what you think
  #   body: |
  #     Five questions, five minutes.
  #   button:
  #     label: Answer the survey
  #     url: https://example.org/survey

  - type: contact
    title: Stay in touch
    body: |
      Answer this message to reach the study team.
    # people:
    #   - name: Ada Example
    #     role: Project lead
    #     email: ada@example.org

  - type: acknowledgements
    title: Thank you
    body: |
      Thank everybody who gave their time.
    # funder: The funder's name
    # award: The award's number
"""


def starter(slug: str, lists: Collection[str], *, title: str = "", today: dt.date | None = None) -> str:
    """The YAML of a new issue named `slug` for the workspace's `lists`.

    It is dated `today`, or on the first of another month where the slug names one (`2022-10`).
    """
    date = _date(slug, today or _EXAMPLE_DAY)
    return _TEXT.format(
        slug=slug,
        title=_quoted(title) if title else f"{month_name(date.month)} {date.year} news",
        date=f"{date.day} {month_name(date.month)} {date.year}",
        lists=", ".join(lists),
        first=next(iter(lists), "partners"),
        month=month_name(date.month),
        year=date.year,
    )


def check_slug(slug: str) -> str:
    """The slug, if a file may be named so. Raises InputError with what is wanted."""
    try:
        if not slug:
            raise InputError("the issue has no name", remedy="Name it after its month, such as 2022-10.")
        return slug_text(slug)
    except PydanticCustomError as error:
        raise InputError(f"{error}: {(error.context or {})['wanted']}") from None


def check_title(title: str) -> str:
    """The title without blanks round it. Raises InputError where it cannot stand on one line."""
    try:
        return one_line(title.strip())
    except PydanticCustomError as error:
        raise InputError(f"the title {error}: {(error.context or {})['wanted']}") from None


def _date(slug: str, today: dt.date) -> dt.date:
    match = _MONTH.match(slug)
    named = dt.date(int(match[1]), int(match[2]), 1) if match else today
    return today if named == today.replace(day=1) else named


def _quoted(text: str) -> str:
    """`text` in double quotes, as YAML takes any text."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
