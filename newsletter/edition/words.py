"""The fixed words of an edition, by language: English so far, and for every language not here yet."""

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType

_ENGLISH = {
    # Section kinds, shown small above a heading, or as the heading where a section has no title.
    "publications": "Publications",
    "progress": "Progress",
    "article": "News",
    "event": "Event",
    "meet-the-team": "Meet the team",
    "contact": "Stay in touch",
    "acknowledgements": "Acknowledgements",
    "call-to-action": "Take part",
    "figures": "In numbers",
    # In and around sections.
    "contents": "In this issue",
    "by": "By {name}",
    "read_more": "Read more at {host}",
    "event_link": "More about this event",
    "free_to_read": "free to read",
    "done": "Done",
    "current": "Now",
    "next": "Next",
    "when": "When",
    "where": "Where",
    "deadline": "Deadline: {date}",
    "funded_by": "Funded by {funder}",
    "award": "award {award}",
    "picture": "Picture: {alt}",
    "credit": "Picture: {credit}",
    "email": "Email",
    "phone": "Phone",
    "orcid": "ORCID",
    "correction": "Correction",
    # The footer.
    "stop": "Stop these emails",
    "privacy": "How we look after your details",
    "reply": "Questions, or something to tell us? Write to",
    "website": "Website",
    # The greeting and the reason.
    "dear": "Dear {name},",
    "hello": "Hello,",
    "sample_name": "Sam",
    "sample_list": "Project partners",
    "reason_consent": "You get this because you asked on {date} to be on our list ‘{list}’.",
    "reason_legitimate-interests": (
        "You get this because, on {date}, we put you on our list ‘{list}’: you work with us, "
        "and we believe that the news is of use to you. You can stop it at any time."
    ),
    "reason_public-task": (
        "You get this because you have been on our list ‘{list}’ since {date}; "
        "keeping you informed is part of our public task."
    ),
    "reason_contract": (
        "You get this because you have been on our list ‘{list}’ since {date}, under the agreement between us."
    ),
    "reason_soft-opt-in": (
        "You get this because you gave us your address on {date} when you dealt with us before, "
        "and have not asked us to stop (our list ‘{list}’)."
    ),
    "reason_charitable-soft-opt-in": (
        "You get this because you gave us your address on {date} when you supported us or asked about our work, "
        "and have not asked us to stop (our list ‘{list}’)."
    ),
    "reason_other": "You get this because you have been on our list ‘{list}’ since {date}.",
    "reason_undated": "You get this because you are on our list ‘{list}’.",
    # Dates.
    "months": "January February March April May June July August September October November December",
    "months_short": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    "weekdays": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "to": "{start} to {end}",
}

#: language -> words. A language that is not complete falls back to English word by word.
WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType({"en": _ENGLISH})

#: Zero-width non-joiner and joiner: invisible, and part of the spelling.
_JOINERS = "\u200c\u200d"

#: Languages written from right to left, by primary subtag (BCP 47).
_RIGHT_TO_LEFT = frozenset(
    ["ar", "arc", "ckb", "dv", "fa", "ha", "he", "ks", "ku", "ps", "sd", "ug", "ur", "yi"]
)


def words_for(language: str) -> dict[str, str]:
    """The fixed words in `language` (BCP 47), English where there are none."""
    primary = language.lower().partition("-")[0]
    return {**_ENGLISH, **WORDS.get(primary, {}), **WORDS.get(language.lower(), {})}


def direction(language: str) -> str:
    """'rtl' or 'ltr'."""
    return "rtl" if language.lower().partition("-")[0] in _RIGHT_TO_LEFT else "ltr"


def greeting(name: str, given_name: str, language: str) -> str:
    """'Dear Sam,' from the given name, else from the full name; 'Hello,' where neither is known."""
    words = words_for(language)
    called = _one_line(given_name) or _one_line(name)
    return words["dear"].format(name=called) if called else words["hello"]


def reason_line(list_name: str, since: str, basis: str, language: str = "en") -> str:
    """Why a reader gets this, in a sentence or two that is true for the lawful `basis`.

    `since` is an ISO day or time; where it is empty or is none, no date is told.
    """
    words = words_for(language)
    try:
        date = day_text(dt.date.fromisoformat(since[:10]), language)
    except ValueError:
        return words["reason_undated"].format(list=_one_line(list_name))
    key = "reason_" + basis.strip().lower().replace("_", "-").replace(" ", "-")
    return words.get(key, words["reason_other"]).format(list=_one_line(list_name), date=date)


def day_text(day: dt.date, language: str = "en") -> str:
    """'30 September 2022'."""
    return f"{day.day} {words_for(language)['months'].split()[day.month - 1]} {day.year}"


def _one_line(text: str) -> str:
    """`text` without what moves or hides; joiners stay, which spell names in Persian, Malayalam and emoji."""
    shown = "".join(char if char.isprintable() or char in _JOINERS else " " for char in text)
    return " ".join(shown.split()) if shown.strip(f" {_JOINERS}") else ""
