"""The wordings of `words/`, in every language at once: nobody says which language they will answer in."""

import functools
import re
import tomllib
import unicodedata
from importlib import resources
from typing import Literal

Sort = Literal[
    "automatic",
    "perhaps",
    "away",
    "left",
    "stayed",
    "moved",
    "reached",
    "until",
    "since",
    "stop",
    "alone",
    "polite",
    "keep",
]

_QUOTES = str.maketrans("’‘ʼ´`“”„«»–—‐‑", "'''''\"\"\"\"\"----")
_BLANKS = re.compile(r"[ \t\u00a0\u200b-\u200d\ufeff]+")


def folded(text: str) -> str:
    """The text as the wordings are written: small letters without accents, plain quotes, single blanks; lines stay."""
    small = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).translate(_QUOTES).casefold())
    bare = "".join(char for char in small if not unicodedata.combining(char))
    return _BLANKS.sub(" ", unicodedata.normalize("NFC", bare))


@functools.cache
def phrases(sort: Sort, *, whole: bool = False) -> re.Pattern[str]:
    """Any wording of that sort, in any language; `whole`: that ends where a word does."""
    known = "|".join(f"(?:{_bounded(phrase)})" for phrase in _all(sort))
    return re.compile(rf"(?:{known})(?!\w)" if whole else known)


@functools.cache
def _all(sort: Sort) -> tuple[str, ...]:
    return tuple(dict.fromkeys(phrase for words in _languages() for phrase in words.get(sort, ())))


@functools.cache
def _languages() -> tuple[dict[str, list[str]], ...]:
    folder = resources.files("newsletter.replies.letters").joinpath("words")
    files = sorted(
        (file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name
    )
    return tuple(tomllib.loads(file.read_text(encoding="utf-8")) for file in files)


def _bounded(phrase: str) -> str:
    """The wording at the beginning of a word, where it does not say otherwise."""
    return phrase if phrase.startswith("\\b") else rf"(?<!\w){phrase}"
