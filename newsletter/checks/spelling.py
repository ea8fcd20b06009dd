"""Words that no dictionary knows, with the word that was probably meant; British spelling is right."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from string import ascii_lowercase

from newsletter.config import shipped

#: The languages for which a dictionary comes with the package `pyspellchecker`.
LANGUAGES = ("en", "de", "es", "fr", "it", "nl", "pt")
#: Those that `simplemma` adds (the extra `spelling`), as far as plain texts raised no false alarms and the
#: dictionary is read within a second or so. Mutations such as Cymru, Gymru, Nghymru are in it.
FURTHER = ("cs", "cy", "el", "ga", "gd", "ro", "sv", "uk")

_WORD = re.compile(r"(?<![\w@./&#'’\-])[^\W\d_]+(?:['’\-][^\W\d_]+)*(?![\w@/&]|\.\w)")
_SHORTEST, _SHORT, _EVERYDAY = 4, 5, 50_000
_FOREIGN_WORDS, _FOREIGN_SHARE = 3, 0.4  # unknown ones, from which a text is in another language
# The dictionary is American; each pair is a British spelling and what it has instead.
_BRITISH = tuple(
    (re.compile(found), instead)
    for found, instead in (
        (r"is(e|ed|es|er|ers|ing|ation|ations|ational|able)$", r"iz\1"),
        (r"ys(e|ed|es|ing|er|ers)$", r"yz\1"),
        (r"our", "or"),
        (r"tre(s|d)?$", r"ter\1"),
        (r"ll(ed|ing|er|ers|or|ors)$", r"l\1"),
        (r"ogue(s|d)?$", r"og\1"),
        (r"ae|oe", "e"),
        (r"ence(s|less)?$", r"ense\1"),
        (r"mme(s)?$", r"m\1"),
    )
)
_PREFIX = re.compile(
    r"^(?:un|re|non|pre|co|over|under|multi|inter|anti|sub|self|mis|out|mid|socio|psycho|bio|neuro)"
)
_SUFFIX = re.compile(r"(?:s|ly|ness|r|rs|er|ers|less|like|wide)$")


@dataclass(frozen=True, slots=True)
class Misspelt:
    """A word as it stands, and the word that was probably meant."""

    word: str
    meant: str


@dataclass(frozen=True, slots=True)
class Read:
    """What a dictionary says of a text: its slips, or that it is `foreign`: in another language as a whole."""

    slips: tuple[Misspelt, ...] = ()
    foreign: bool = False


def has_dictionary(language: str) -> bool:
    """Whether the spelling of a language (such as `cy`) can be looked at here."""
    return language in LANGUAGES or (language in FURTHER and find_spec("simplemma") is not None)


def read_spelling(text: str, language: str, own: Collection[str]) -> Read:
    """Each unknown word that is one slip away from a known one, once; `own` are known words in small letters.

    Names (with a capital) and terms that resemble no known word are passed over, and in Welsh and others of
    `FURTHER` English words are: no reader takes them for a slip.
    """
    words = list(dict.fromkeys(_words(text, language)))
    unknown = [word for word in words if word not in own and not is_known(word, language)]
    if len(unknown) >= _FOREIGN_WORDS and len(unknown) >= _FOREIGN_SHARE * len(words):
        return Read(foreign=True)
    if language in FURTHER:
        unknown = [word for word in unknown if not is_known(word, "en")]
    letters = "".join(sorted({*ascii_lowercase, *"".join(words)})) if language in FURTHER else ascii_lowercase
    pairs = ((word, _meant(word, language, letters)) for word in unknown)
    return Read(tuple(Misspelt(word, meant) for word, meant in pairs if meant))


def _words(text: str, language: str) -> Iterator[str]:
    """The words to look up, without the endings and parts that an apostrophe or a hyphen ties to them."""
    for found in _WORD.findall(text):
        for part in found.replace("’", "'").split("-"):
            whole = part.removesuffix("'s").removesuffix("'")
            # Welsh and Irish tie small words on: teimlo'n, a'u, d'athraigh.
            for word in whole.split("'") if language in FURTHER else [whole]:
                if len(word) >= _SHORTEST and word.islower() and "'" not in word:
                    yield word


@lru_cache(maxsize=20_000)
def is_known(word: str, language: str) -> bool:
    """Whether the dictionary has the word (in small letters), for English its British spelling or a form of it."""
    if language in FURTHER:
        return _is_in_further(word, language)
    words = _dictionary(language)
    if word in words:
        return True
    if language != "en":
        return False
    forms = {word, *(pattern.sub(instead, word) for pattern, instead in _BRITISH)}
    forms |= {_SUFFIX.sub("", form, count=1) for form in forms}
    forms |= {pattern.sub(instead, form) for form in forms for pattern, instead in _BRITISH}
    forms |= {bare for form in forms if len(bare := _PREFIX.sub("", form)) >= _SHORTEST}
    return any(form in words for form in forms if len(form) >= _SHORTEST)


def _is_in_further(word: str, language: str) -> bool:
    import simplemma

    # The whole dictionary opened would take seconds and hundreds of megabytes for some languages.
    return bool(simplemma.is_known(word, language, low_memory=True))


def _meant(word: str, language: str, letters: str) -> str:
    """The most usual known word that is one slip away, or nothing."""
    if language in FURTHER:
        first = (
            other for other in _slips(word, letters) if len(other) >= _SHORTEST and is_known(other, language)
        )
        return next(first, "") if len(word) > _SHORTEST else ""
    words = _dictionary(language)
    near = {
        other
        for other in set(_slips(word, letters))
        if other in words or (language == "en" and _in_british(other, language))
    }
    best = max(sorted(near), key=lambda other: words.get(other, 0), default="")
    # A short word is one slip away from many; it is taken for a slip where an everyday word is near.
    return best if len(word) > _SHORT or words.get(best, 0) >= _EVERYDAY else ""


def _in_british(word: str, language: str) -> bool:
    return any(pattern.search(word) for pattern, _ in _BRITISH[:3]) and is_known(word, language)


def _slips(word: str, letters: str) -> Iterator[str]:
    """What one letter swapped with the next, left out, put in or taken for another would make; likeliest first."""
    parts = [(word[:cut], word[cut:]) for cut in range(len(word) + 1)]
    yield from (start + end[1] + end[0] + end[2:] for start, end in parts if len(end) > 1)
    yield from (start + end[1:] for start, end in parts if end)
    yield from (start + letter + end for start, end in parts for letter in letters)
    yield from (start + letter + end[1:] for start, end in parts if end for letter in letters)


@lru_cache(maxsize=4)
def _dictionary(language: str) -> dict[str, int]:
    """Words in small letters, with how often they are used."""
    from spellchecker import SpellChecker

    words = dict(SpellChecker(language=language, distance=1).word_frequency.dictionary)
    if language == "en":
        words |= dict.fromkeys(shipped_words(), 1)
    return words


@lru_cache(maxsize=1)
def shipped_words() -> frozenset[str]:
    """Words of health research and of our time that the dictionary does not have."""
    text = shipped("checks/words.txt").read_text(encoding="utf-8")
    lines = (line.partition("#")[0] for line in text.splitlines())
    return frozenset(word for line in lines for word in line.split())


@lru_cache(maxsize=1)
def american_words() -> dict[str, str]:
    """American spellings with the British ones."""
    text = shipped("checks/american.txt").read_text(encoding="utf-8")
    pairs = (line.split() for line in text.splitlines() if line.strip() and not line.startswith("#"))
    return dict(tuple(pair) for pair in pairs)  # type: ignore[misc]
