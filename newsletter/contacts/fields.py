"""What may stand in a field of a contact: text on one line or several, a language, a format."""

import re
from collections.abc import Callable, Collection, Iterable

from newsletter.contacts.dates import parse_day
from newsletter.errors import InputError, near

FORMATS = ("html", "text", "print", "large-print")
SUBSCRIBERS = ("individual", "corporate")
STOPS = ("do-not-contact", "deceased", "left-study")
ROLES = ("partner", "contributor", "participant", "staff", "funder", "press")
_PARTICIPANT = "participant"

_ONE_LINE_LIMIT = 500
_LINES_LIMIT = 20_000
# Controls (C0 and C1), the line breaks of Unicode, and lone surrogates, which no file can hold.
_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_FORBIDDEN_IN_LINES = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_BLANKS = " \t\u00a0"
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")
_LANGUAGES = {
    "english": "en",
    "welsh": "cy",
    "cymraeg": "cy",
    "french": "fr",
    "german": "de",
    "spanish": "es",
    "polish": "pl",
    "arabic": "ar",
    "urdu": "ur",
    "hindi": "hi",
    "bengali": "bn",
    "punjabi": "pa",
    "gujarati": "gu",
    "chinese": "zh",
    "portuguese": "pt",
    "italian": "it",
    "romanian": "ro",
}
_FORMAT_WORDS = {
    "": "html",
    "e-mail": "html",
    "email": "html",
    "plain": "text",
    "plain text": "text",
    "txt": "text",
    "paper": "print",
    "post": "print",
    "printed": "print",
    "large print": "large-print",
    "largeprint": "large-print",
}
_SUBSCRIBER_WORDS = {"": "individual", "person": "individual", "company": "corporate"}


class BadField(InputError):
    """A field holds what it may not hold."""


def one_line(text: str, field: str, limit: int = _ONE_LINE_LIMIT) -> str:
    """`text` without blanks round it. Raises BadField for line breaks, controls and what is too long."""
    bare = text.strip(_BLANKS)
    if not bare:
        return ""
    if found := _FORBIDDEN.search(bare):
        raise BadField(f"{field}: it has a {_name_of(found[0])} in it; it must be plain text on one line")
    return _short_enough(bare, field, limit)


def lines(text: str, field: str, limit: int = _LINES_LIMIT) -> str:
    """`text` with line breaks as LF. Raises BadField for other controls and what is too long."""
    if not text:
        return ""
    bare = text.replace("\r\n", "\n").replace("\r", "\n").strip(_BLANKS + "\n")
    if found := _FORBIDDEN_IN_LINES.search(bare):
        raise BadField(f"{field}: it has a {_name_of(found[0])} in it; it must be plain text")
    return _short_enough(bare, field, limit)


def language(text: str) -> str:
    """A BCP 47 tag such as `en` or `zh-Hant`, from a tag or the language's English name; '' stays ''."""
    if not text:
        return ""
    bare = one_line(text, "language").replace("_", "-").casefold()
    tag = _LANGUAGES.get(bare, bare)
    if tag and not _LANGUAGE.fullmatch(tag):
        raise BadField(f"language: {text!r} is not a language; write its tag, such as 'en' or 'cy'")
    first, *rest = tag.split("-")
    # Case as RFC 5646 section 2.1.1 writes it: en-GB, zh-Hant.
    return "-".join([first, *(p.upper() if len(p) == 2 else p.title() if len(p) == 4 else p for p in rest)])


def mail_format(text: str) -> str:
    """`html`, `text`, `print` or `large-print`. Raises BadField for anything else."""
    return _choice(text, "format", FORMATS, _FORMAT_WORDS)


def subscriber(text: str) -> str:
    """`individual` or `corporate`. Raises BadField for anything else."""
    return _choice(text, "subscriber", SUBSCRIBERS, _SUBSCRIBER_WORDS)


def stop(text: str) -> str:
    """'' or the word for why nobody writes to this person. Raises BadField for anything else."""
    return _choice(text, "stop", STOPS, {"": "", "none": ""})


def role(text: str) -> str:
    """A role; the usual ones in small letters, so that 'Partner' and 'partner' are one."""
    bare = one_line(text, "role")
    return bare.casefold() if bare.casefold() in ROLES else bare


def require_no_participants(roles: Iterable[str]) -> None:
    """Raises BadField where somebody is a study participant: they stay out unless newsletter.toml lets them in."""
    if any(text.strip().casefold() == _PARTICIPANT for text in roles):
        raise BadField(
            "role: study participants are not held here; only with `participants = true` under [people] in "
            "newsletter.toml, if your ethics approval and privacy notice allow it"
        )


def own_value(text: str, label: str, choices: Collection[str] = ()) -> str:
    """What stands in a field of the team's own. Raises BadField for what is not one of its choices."""
    bare = one_line(text, label)
    known = {choice.casefold(): choice for choice in choices}
    if bare and known and bare.casefold() not in known:
        raise BadField(f"{label}: {text!r} is not one of {', '.join(choices)}{near(bare, choices)}")
    return known.get(bare.casefold(), bare)


def day(text: str) -> str:
    """A day as YYYY-MM-DD; '' stays ''. Raises BadDate."""
    return parse_day(text, "paused until").isoformat() if text else ""


#: How each field of a contact is brought into its kept form; '' gives what an empty field means.
CLEAN: dict[str, Callable[[str], str]] = {
    "name": lambda text: one_line(text, "name"),
    "given_name": lambda text: one_line(text, "given name"),
    "position": lambda text: one_line(text, "position"),
    "language": language,
    "format": mail_format,
    "postal_address": lambda text: lines(text, "postal address", 1000),
    "subscriber": subscriber,
    "stop": stop,
    "paused_until": day,
    "notes": lambda text: lines(text, "notes"),
}
#: The same for the fields that hold several texts.
CLEAN_EACH: dict[str, Callable[[str], str]] = {
    "organisations": lambda text: one_line(text, "organisation"),
    "roles": role,
    "tags": lambda text: one_line(text, "tag"),
}


def distinct(texts: Iterable[str], clean: Callable[[str], str]) -> tuple[str, ...]:
    """Each text in its kept form, once, without the empty ones."""
    return tuple(dict.fromkeys(kept for text in texts if (kept := clean(text))))


def _choice(text: str, field: str, known: tuple[str, ...], words: dict[str, str]) -> str:
    if text in known:
        return text
    bare = one_line(text, field).casefold()
    found = words.get(bare, bare)
    if found not in known and found not in words.values():
        raise BadField(f"{field}: {text!r} is not one of {', '.join(known)}{near(bare, known)}")
    return found


def _short_enough(text: str, field: str, limit: int) -> str:
    if len(text) > limit:
        raise BadField(f"{field}: it has {len(text):,} characters; {limit:,} are the most")
    return text


def _name_of(char: str) -> str:
    if char in "\r\n\x85\u2028\u2029":
        return "line break"
    return "NUL byte" if char == "\0" else f"control character (U+{ord(char):04X})"
