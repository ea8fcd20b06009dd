"""Fixed words by language, of editions and of pages: from `templates/words/`, each replaceable by a workspace."""

import datetime as dt
import functools
import re
import stat
import string
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date

from newsletter.config import shipped
from newsletter.errors import Problem, TemplateError, near

_FIRST = "en"
#: What words begin with that say why a reader gets something: because of one list, and of several at once.
_OF_ONE, _OF_SEVERAL = "reason_", "reasons_"
#: The folders below `templates/` that hold words: those of an edition, and those of the public pages.
EDITION, PAGES = "words", "words/pages"
# Day, month, year, as they stand in running text; other languages have theirs from Unicode's tables.
_PATTERNS = {
    "en": {"day": "d MMMM y", "weekday": "EEEE d MMMM y", "month": "MMMM y", "short": "d MMMM"},
    "cy": {"day": "d MMMM y", "weekday": "EEEE d MMMM y", "month": "MMMM y", "short": "d MMMM"},
}

#: Zero-width non-joiner and joiner: invisible, and part of the spelling.
_JOINERS = "\u200c\u200d"

#: Languages written from right to left, by primary subtag (BCP 47).
_RIGHT_TO_LEFT = frozenset(
    ["ar", "arc", "ckb", "dv", "fa", "ha", "he", "ks", "ku", "ps", "sd", "ug", "ur", "yi"]
)
_RIGHT_TO_LEFT_SCRIPTS = frozenset(["arab", "hebr", "syrc", "thaa", "nkoo", "adlm", "rohg"])


def words_for(language: str, templates: Path | None = None, catalogue: str = EDITION) -> Mapping[str, str]:
    """The fixed words of a catalogue in `language` (BCP 47), English where there are none.

    A file in the workspace's folder `templates` wins over the shipped one, word by word. Raises
    TemplateError with every word there that is unknown or lacks what is filled in.
    """
    spoken = "" if _primary(language) == _FIRST else language
    return _words(tuple(_files(language, templates, catalogue)), spoken)


def lacking(language: str, templates: Path | None = None, catalogue: str = EDITION) -> tuple[str, ...]:
    """The words that `language` has neither in a file nor in Unicode's tables, so that English stands in.

    It does not for a reason of several lists where there is that of one: each list has its sentence then.
    """
    if _primary(language) == _FIRST:
        return ()
    own = set(_from_tables(language)) | {
        key
        for path, changed in _files(language, templates, catalogue)
        if path.stem.partition("-")[0] == _primary(language)
        for key in _read(path, changed)
    }
    return tuple(
        key
        for key in words_for(_FIRST, catalogue=catalogue)
        if key not in own and key.replace(_OF_SEVERAL, _OF_ONE) not in own
    )


def direction(language: str) -> str:
    """'rtl' or 'ltr', by the script where the tag names one, else by the language."""
    primary, *rest = language.lower().split("-")
    script = next((part for part in rest if len(part) == 4 and part.isalpha()), "")
    if script:
        return "rtl" if script in _RIGHT_TO_LEFT_SCRIPTS else "ltr"
    return "rtl" if primary in _RIGHT_TO_LEFT else "ltr"


def greeting(name: str, given_name: str, language: str, templates: Path | None = None) -> str:
    """'Dear Sam,' from the given name, else from the full name; 'Hello,' where neither is known."""
    return greeter(language, templates)(name, given_name)


def greeter(language: str, templates: Path | None = None) -> Callable[[str, str], str]:
    """What `greeting` says in `language` of a name and a given name, for many: its words are looked up once."""
    words = words_for(language, templates)
    dear, hello = words["dear"], words["hello"]

    def greet(name: str, given_name: str) -> str:
        called = one_line(given_name) or one_line(name)
        return dear.format(name=called) if called else hello

    return greet


def day_text(day: dt.date, language: str = "en", form: str = "day") -> str:
    """'30 September 2022'; with the form `weekday`, `month` or `short` more of it or less."""
    locale = locale_of(language)
    return format_date(day, _pattern(locale, form), locale=locale)


def spells_dates_itself(language: str) -> bool:
    """Whether the forms of dates are our own, so that spans can leave out what both ends share."""
    return str(locale_of(language)) in _PATTERNS


@functools.lru_cache(maxsize=32)
def locale_of(language: str) -> Locale:
    """Unicode's tables for a language tag; English's where it is not known there."""
    for tag in (language, _primary(language)):
        try:
            found = Locale.parse(tag, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
        # British dates for English unless it is another country's; the rest of the tag says nothing of dates.
        return Locale(found.language) if found.territory in {None, "GB"} else found
    return Locale(_FIRST)


@functools.lru_cache(maxsize=64)
def _pattern(locale: Locale, form: str) -> str:
    own = _PATTERNS.get(str(locale))
    if own:
        return own[form]
    if form in {"day", "weekday"}:
        return str(locale.date_formats["long" if form == "day" else "full"].pattern)
    skeleton = locale.datetime_skeletons.get("yMMMM" if form == "month" else "MMMMd")
    # 'L', the name of a month that stands alone, is taken from the wrong language by Babel 2.18 where
    # a language has none of its own.
    return (
        str(skeleton.pattern).replace("L", "M") if skeleton else {"month": "MMMM y", "short": "d MMMM"}[form]
    )


def _primary(language: str) -> str:
    return language.lower().partition("-")[0]


def _files(language: str, templates: Path | None, catalogue: str) -> Iterator[tuple[Path, int]]:
    """The files whose words count, the later before the earlier, each with when it was changed."""
    for path in _paths(language, templates, catalogue):
        try:
            found = path.stat()
        except OSError:
            if path.is_file():
                raise
            continue
        if stat.S_ISREG(found.st_mode):
            yield path, found.st_mtime_ns


@functools.lru_cache(maxsize=64)
def _paths(language: str, templates: Path | None, catalogue: str) -> tuple[Path, ...]:
    """Where those files would be."""
    tags = dict.fromkeys([_FIRST, _primary(language), language.lower()])
    return tuple(
        folder / catalogue / f"{tag}.toml"
        for tag in tags
        if re.fullmatch(r"[a-z0-9-]+", tag)
        for folder in (shipped("templates"), *([templates] if templates else []))
    )


@functools.lru_cache(maxsize=64)
def _words(stamps: tuple[tuple[Path, int], ...], spoken: str) -> Mapping[str, str]:
    words: dict[str, str] = {}
    first = [stamp for stamp in stamps if stamp[0].stem == _FIRST]
    for path, changed in first:
        _take_over(words, _read(path, changed))
    if spoken:
        words.update(_from_tables(spoken))
    for path, changed in stamps:
        if path.stem != _FIRST:
            _take_over(words, _read(path, changed))
    return MappingProxyType(words)


def _take_over(words: dict[str, str], newer: Mapping[str, str]) -> None:
    """Words of a later file win; a sentence of several lists goes where the later file has that of one list alone.

    Else who rewrites or translates the one would have the other said in words that are not theirs.
    """
    for key in newer:
        if key.startswith(_OF_ONE):
            words.pop(key.replace(_OF_ONE, _OF_SEVERAL), None)
    words.update(newer)


@functools.lru_cache(maxsize=64)
def _from_tables(language: str) -> Mapping[str, str]:
    """What Unicode's tables have for any language: how the ends of a span are joined, its name for itself."""
    locale = locale_of(language)
    # Thin spaces, which the tables have round the dash, are boxes in some fonts of mail programs.
    span = str(locale.interval_formats.get(None, "{0} – {1}")).replace("\u2009", " ")
    timed = str(locale.datetime_formats["medium"]).replace("'", "")
    own = (locale.get_display_name() if locale.language == _primary(language) else None) or language
    return {
        "to": span.replace("{0}", "{start}").replace("{1}", "{end}"),
        "day_and_time": timed.replace("{1}", "{day}").replace("{0}", "{time}"),
        "below": f"{own[:1].upper()}{own[1:]} ↓",
    }


@functools.lru_cache(maxsize=64)
def _read(path: Path, changed: int) -> Mapping[str, str]:
    """The words of one file. Raises TemplateError with all that is wrong with them."""
    catalogue = PAGES if path.parent.name == "pages" else EDITION
    shown = f"templates/{catalogue}/{path.name}"
    try:
        text = path.read_text(encoding="utf-8")
        found = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise TemplateError(f"{shown}: this is not TOML: {error}") from None
    first = shipped("templates") / catalogue / f"{_FIRST}.toml"
    known = found if path == first else _read(first, first.stat().st_mtime_ns)
    problems = [
        Problem("template", "error", shown, _line(key, text), key, *fault)
        for key, value in found.items()
        if (fault := _fault(key, value, known, catalogue))
    ]
    if problems:
        raise TemplateError(problems=problems)
    return MappingProxyType(found)


def _fault(key: str, value: Any, known: Mapping[str, str], catalogue: str) -> tuple[str, str] | None:
    """What is wrong with a word, and what is wanted; None where nothing is."""
    if key not in known:
        return f"there is no such word{near(key, known)}", f"take one of templates/{catalogue}/{_FIRST}.toml"
    if not isinstance(value, str) or not value.strip() or "\n" in value:
        return "it is empty or no text of one line", "write words in quotes"
    try:
        found, wanted = _filled(value), _filled(known[key])
    except ValueError:
        return "a brace stands alone", "write a { and a } round each name"
    if found != wanted:
        names = " and ".join(f"{{{name}}}" for name in sorted(wanted)) or "nothing in braces"
        return f"{value!r} does not hold what is filled in", f"it needs {names}"
    return None


def _filled(text: str) -> set[str]:
    parts = list(string.Formatter().parse(text))
    if any(spec or conversion for _, name, spec, conversion in parts if name is not None):
        raise ValueError(text)
    return {name for _, name, _, _ in parts if name is not None}


def _line(key: str, text: str) -> int:
    found = re.search(rf"^\s*{re.escape(key)}\s*=", text, re.MULTILINE)
    return text.count("\n", 0, found.start()) + 1 if found else 0


def one_line(text: str) -> str:
    """`text` without what moves or hides; joiners stay, which spell names in Persian, Malayalam and emoji."""
    shown = text
    if not text.isprintable():
        shown = "".join(char if char.isprintable() or char in _JOINERS else " " for char in text)
    return " ".join(shown.split()) if shown.strip(f" {_JOINERS}") else ""
