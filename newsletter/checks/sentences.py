"""A text in sentences and words, and how many years of reading it asks for (English)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_WORD = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*|\d[\d.,:/]*")
_END = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+(?=[\"'“‘(\[]?[A-Z\d])")
# A full stop after these ends no sentence.
_SHORT = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|et al|cf|vs|approx|Dr|Mr|Mrs|Ms|Prof|St|No|Nos|Fig|Vol|pp|ed|eds)|\b[A-Z])\.$"
)
_VOWELS = re.compile(r"[aeiouy]+")
# Read as one vowel here, and heard as two.
_APART = re.compile(r"ia(?!l$|n$)|io(?!n)|ua(?!r|l$)|uou|[aeiouy]ing$|ism$|[^aeiouy]le[ds]?$")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence as it stands, line breaks included; `first` is what stands on its first line."""

    text: str

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(_WORD.findall(self.text))

    @property
    def first(self) -> str:
        return " ".join(self.text.strip().splitlines()[0].split()[:4]) if self.text.strip() else ""


def sentences_of(text: str) -> Iterator[Sentence]:
    """The sentences of one paragraph, those without a word left out."""
    start = 0
    for gap in _END.finditer(text):
        if _SHORT.search(text[: gap.start()]):
            continue
        yield from _worded(text[start : gap.start()])
        start = gap.end()
    yield from _worded(text[start:])


def _worded(text: str) -> Iterator[Sentence]:
    sentence = Sentence(text.strip())
    if sentence.words:
        yield sentence


def syllables(word: str) -> int:
    """About how many syllables an English word has: its groups of vowels, silent endings left out."""
    word = re.sub(r"[^a-z]", "", word.lower())
    if len(word) <= 3:
        return 1
    stem = re.sub(r"(?<=[^aeiouylr])es$|(?<=[^aeiouytd])ed$|e$", "", word)
    return max(1, len(_VOWELS.findall(stem)) + len(_APART.findall(word)))


def reading_age(sentences: Sequence[Sentence]) -> float:
    """The age in years at which a text is read with ease: Flesch-Kincaid grade (Kincaid 1975) and five."""
    words = [word for sentence in sentences for word in sentence.words if word[0].isalpha()]
    if not words:
        return 0.0
    per_sentence = len(words) / len(sentences)
    return 0.39 * per_sentence + 11.8 * sum(map(syllables, words)) / len(words) - 15.59 + 5
