"""The kinds of text that a field may hold: how each is read, and what is refused and why."""

import datetime as dt
import re
import unicodedata
from typing import Annotated, Any
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from newsletter.addresses import BadAddress, parse_address
from newsletter.issue.dates import DAY_WANTED, parse_day
from newsletter.issue.wording import clip, refuse, shape

LONGEST_LINE = 2000
SCHEMES = ("https", "http", "mailto", "tel")
SLUG = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
_SLUG_WANTED = "use letters, digits, hyphens, underscores and dots, beginning with a letter or digit"
#: Marks that turn the direction of writing round, so that a line reads otherwise than it is.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
#: Those that force letters against their own direction, which no language needs.
_OVERRIDES = frozenset("\u202d\u202e")
_CLOSES = {"\u202a": "\u202c", "\u202b": "\u202c", "\u2066": "\u2069", "\u2067": "\u2069", "\u2068": "\u2069"}
_SEPARATORS = frozenset("\x85\u2028\u2029")
# A link in Markdown `](scheme:`, an autolink `<scheme:`, or a definition `[name]: scheme:`.
_MARKDOWN_LINK = re.compile(
    r"(?:\]\(\s*<?|<(?=[^\s<>]*>)|^ {0,3}\[[^\]\n]+\]:\s*<?)([A-Za-z][A-Za-z0-9+.-]{1,31}):[^\s>]",
    re.MULTILINE,
)
_MARKDOWN_PICTURE = re.compile(r"(?<![\\`])!\[[^\]\n]*\]\([^()\n]*\)")
_DOI = re.compile(r"10\.\d{4,9}/\S+")
_DOI_PREFIX = re.compile(r"^(?:https?://)?(?:(?:dx|www)\.)?doi\.org/(?:doi:)?|^doi[:\s]\s*", re.IGNORECASE)
_ORCID = re.compile(r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}")
_INITIALS = re.compile(r"[^\W\d_]{1,2}|(?:[^\W\d_]\.[ -]?){1,4}")
_ET_AL = re.compile(r",?\s+et\.? al\.?$", re.IGNORECASE)


def one_line(text: str) -> str:
    """`text` if it can stand on one line of a message's head; what hides in it is named."""
    if "\n" in text or "\r" in text:
        raise refuse(
            "stands on several lines", "write it on one line, or after '>' so that the lines are joined"
        )
    _refuse_hidden(text, allowed="")
    if len(text) > LONGEST_LINE:
        raise refuse(f"is {len(text):,} characters long", f"write at most {LONGEST_LINE:,}")
    return text


def many_lines(text: str) -> str:
    """`text` as Markdown may be: of several lines, with tabs, its links to ordinary places."""
    _refuse_hidden(text, allowed="\n\t" + "".join(_TURNING - _OVERRIDES))
    _refuse_unclosed_turns(text)
    for match in _MARKDOWN_LINK.finditer(text):
        if match[1].lower() not in SCHEMES:
            raise refuse(f"a link begins with {match[1]}:", _scheme_wanted(), at=match[0])
    if picture := _MARKDOWN_PICTURE.search(text):
        found = f"a picture stands in the text: {clip(picture[0])}"
        raise refuse(found, "name it under images:, with src: and alt:", at=picture[0])
    return text


def hidden(char: str) -> str:
    """What an invisible or forbidden character is called, or nothing for an ordinary one."""
    if char in _SEPARATORS:
        return "an invisible line separator"
    if char in _TURNING:
        return "an invisible mark that turns the direction of writing round"
    if char in "\ufffe\uffff":
        return "a character that means nothing"
    kind = "tab" if char == "\t" else unicodedata.category(char)
    return {"tab": "a tab", "Cc": "a control character", "Cs": "half of a character"}.get(kind, "")


def _refuse_unclosed_turns(text: str) -> None:
    """A mark that turns the writing round must be taken back in its line, or what follows is turned too (UAX #9)."""
    for line in text.split("\n"):
        wanted: list[tuple[str, str]] = []
        for char in line:
            if char in _CLOSES:
                wanted.append((char, _CLOSES[char]))
            elif char in _TURNING and (not wanted or wanted.pop()[1] != char):
                raise _unpaired(char)
        if wanted:
            raise _unpaired(wanted[-1][0])


def _unpaired(char: str) -> PydanticCustomError:
    return refuse(
        f"holds {hidden(char)} (U+{ord(char):04X}), and not its counterpart in the same line",
        "delete it, and type the text afresh where it was pasted",
        at=char,
    )


def _refuse_hidden(text: str, allowed: str) -> None:
    for char in text:
        if not char.isprintable() and char not in allowed and (name := hidden(char)):
            raise refuse(
                f"holds {name} (U+{ord(char):04X})",
                "delete it, and type the text there anew",
                at=_sayable(char),
            )


def _sayable(char: str) -> str:
    """The character, but for half of one, which pydantic's errors cannot carry."""
    return "" if unicodedata.category(char) == "Cs" else char


def web_link(text: str) -> str:
    """`text` if it is a web address, a `mailto:` or a `tel:` that a reader may be sent to, or empty."""
    if not one_line(text):
        return text
    scheme = text.partition(":")[0].lower() if ":" in text else ""
    if scheme not in SCHEMES:
        bare = re.match(r"[\w-]+(\.[\w-]+)+(/|$)", text)
        raise refuse(f"{clip(text)} is not a link", f"write https://{text}" if bare else _scheme_wanted())
    if re.search(r"[\s\\<>\"]", text):
        raise refuse(f"{clip(text)} has a space or a mark that no link may have", "copy the link again")
    if re.search(r"%0[ad]", text, re.IGNORECASE) and scheme in {"mailto", "tel"}:
        raise refuse(f"{clip(text)} hides a line break", "write the address alone")
    if not _leads_somewhere(text):
        raise refuse(f"{clip(text)} is not whole", "write it as https://example.org/page")
    return text


def _leads_somewhere(text: str) -> bool:
    try:
        parts = urlsplit(text)
        host = parts.hostname if parts.scheme in {"http", "https"} else parts.path
        return bool(host) and (parts.port or 1) > 0
    except ValueError:
        return False


def _scheme_wanted() -> str:
    return "write one that begins with https:// (http:, mailto: and tel: work too)"


def email_address(text: str) -> str:
    try:
        return parse_address(one_line(text)).email if text else text
    except BadAddress as error:
        raise refuse(str(error), "write one such as name@example.org") from None


def doi(text: str) -> str:
    """A DOI without the address of its resolver; the case is kept (DOIs compare without it)."""
    bare = bare_doi(one_line(text))
    if bare and not _DOI.fullmatch(bare):
        raise refuse(f"{clip(text)} is not a DOI", "write one such as 10.1111/hsc.13949")
    return bare


def doi_text(text: str) -> str:
    """The bare DOI, however it was written; '' where `text` is none."""
    bare = bare_doi(text)
    return bare if _DOI.fullmatch(bare) and not any(map(hidden, bare)) else ""


def bare_doi(text: str) -> str:
    """`text` without `https://doi.org/` or `doi:` before it, and without <…> round it.

    An address has '%3C' where the DOI has '<'.
    """
    text = text.strip()
    text = text[1:-1] if text.startswith("<") and text.endswith(">") else text
    bare = _DOI_PREFIX.sub("", text, count=1).strip()
    return unquote(bare) if bare != text and "doi.org/" in text.lower() else bare


def orcid(text: str) -> str:
    """An ORCID iD whose check digit holds (ISO 7064 MOD 11-2)."""
    bare = re.sub(r"^https?://orcid\.org/", "", one_line(text)).upper()
    if not bare:
        return bare
    total = 0
    for digit in bare.replace("-", "")[:-1] if _ORCID.fullmatch(bare) else "":
        total = (total + int(digit)) * 2
    check = (12 - total % 11) % 11
    if not _ORCID.fullmatch(bare) or bare[-1] != ("X" if check == 10 else str(check)):
        raise refuse(f"{clip(text)} is not an ORCID iD", "copy it from orcid.org: 0000-0002-1825-0097")
    return bare


def language_tag(text: str) -> str:
    """A BCP 47 tag in its usual case: `en-GB`, `zh-Hant`; `NO` is Norwegian."""
    if not _LANGUAGE.fullmatch(text):
        raise refuse(f"{clip(text)} is not a language tag", "write one such as en, cy or pt-BR")
    first, *rest = text.split("-")
    cased = [part.upper() if len(part) == 2 else part.title() if len(part) == 4 else part for part in rest]
    return "-".join([first.lower(), *cased])


def slug_text(text: str) -> str:
    if text and (not re.fullmatch(SLUG, text) or ".." in text):
        raise refuse(f"{clip(text)} cannot name an issue", _SLUG_WANTED)
    return text


def day(value: object) -> object:
    if isinstance(value, str):
        return parse_day(value)
    return value if isinstance(value, dt.date) else _refuse_shape(value, DAY_WANTED)


def names(value: object) -> object:
    """A list of names, each once, where one text holds several: `partners, contributors`."""
    if isinstance(value, str):
        value = [name.strip() for name in value.split(",") if name.strip()]
    if isinstance(value, list) and all(isinstance(name, str) for name in value):
        return list(dict.fromkeys(name.strip() for name in value))
    return value


def authors(value: object) -> object:
    """A list of authors where one text holds them: `A, B and C`, `Tierney, S., Wong, G.`, `A et al.`"""
    if isinstance(value, str):
        text, others = _ET_AL.subn("", value.strip())
        pieces = text.split(";") if ";" in text else re.split(r",\s*(?:and\s|&)?|\s+(?:and|&)\s+", text)
        return _with_initials(pieces) + ["et al."] * others
    if isinstance(value, list) and all(isinstance(name, str) for name in value):
        return _with_initials(value)
    return value


def _with_initials(pieces: list[str]) -> list[str]:
    """The names, initials that a comma cut off put back behind the family name."""
    found: list[str] = []
    for piece in (part.strip() for part in pieces):
        if found and piece.isupper() and _INITIALS.fullmatch(piece):
            found[-1] += f", {piece}"
        elif piece:
            found.append(piece)
    return found


def _refuse_shape(value: object, wanted: str) -> Any:
    raise refuse(f"{shape(value)} stands here", wanted)


# A text may be a group too: one text for each of the issue's languages.
_WORDS = {"type": ["string", "number", "object"]}
_WORD = {"type": ["string", "number"]}
_LIST_OR_TEXT = {"type": ["array", "string"], "items": _WORD}

Line = Annotated[str, AfterValidator(one_line), WithJsonSchema(_WORDS)]
Text = Annotated[str, AfterValidator(many_lines), WithJsonSchema(_WORDS)]
WebLink = Annotated[str, AfterValidator(web_link), WithJsonSchema({"type": "string"})]
Email = Annotated[str, AfterValidator(email_address), WithJsonSchema({"type": "string"})]
Doi = Annotated[str, AfterValidator(doi), WithJsonSchema({"type": "string"})]
Orcid = Annotated[str, AfterValidator(orcid), WithJsonSchema({"type": "string"})]
Language = Annotated[str, AfterValidator(language_tag), WithJsonSchema({"type": "string"})]
Slug = Annotated[str, AfterValidator(slug_text), WithJsonSchema(_WORD)]
Flag = Annotated[bool, WithJsonSchema({"type": ["boolean", "string"]})]
Day = Annotated[dt.date, BeforeValidator(day), WithJsonSchema({"type": "string"})]
Names = Annotated[tuple[Line, ...], BeforeValidator(names), WithJsonSchema(_LIST_OR_TEXT)]
Languages = Annotated[
    tuple[Annotated[str, AfterValidator(language_tag)], ...],
    BeforeValidator(names),
    WithJsonSchema(_LIST_OR_TEXT),
]
Authors = Annotated[tuple[Line, ...], BeforeValidator(authors), WithJsonSchema(_LIST_OR_TEXT)]
