"""Wording: sentences that can be followed, words that are known, and slips of the keyboard."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from newsletter.checks.acronyms import unexplained
from newsletter.checks.fields import Text, fields_of
from newsletter.checks.markdown import read_markdown
from newsletter.checks.rules import Rule, Spot, Subject, finding
from newsletter.checks.sentences import Sentence, reading_age, sentences_of
from newsletter.checks.spelling import FURTHER, american_words, has_dictionary, read_spelling
from newsletter.checks.team import WORDING_FILE, WORDS_FILE
from newsletter.config import shipped
from newsletter.errors import Problem

LONG_SENTENCE = Rule(
    "wording.long-sentence", "note", "Beyond about 25 words most readers have to begin again."
)
READING_AGE = Rule(
    "wording.reading-age", "note", "In the United Kingdom the average adult reads as at 9 to 11."
)
ACRONYM = Rule("wording.acronym", "note", "Insiders forget that they once had to ask what it stands for.")
JARGON = Rule("wording.jargon", "note", "Words of the trade keep out the very people whom the news is for.")
DOUBLED = Rule("wording.doubled-word", "warning", "Everybody sees it, but for the one who wrote it.")
SPELLING = Rule("wording.spelling", "note", "A slip makes readers doubt the rest.")
AMERICAN = Rule("wording.american-spelling", "note", "Readers in the United Kingdom take it for a slip.")
NOT_CHECKED = Rule("wording.not-checked", "note", "What no check has looked at needs another pair of eyes.")
TEAM_FILE = Rule(
    "wording.team-file", "warning", "What the team agreed on is not looked at until the file is mended."
)

RULES = (
    LONG_SENTENCE, READING_AGE, ACRONYM, JARGON, DOUBLED, SPELLING, AMERICAN, NOT_CHECKED, TEAM_FILE,
)  # fmt: skip

MOST_WORDS = 35  # of a sentence
AGE_LIMIT = 16.0  # years
_ENOUGH_WORDS = 50  # below, a reading age says more about chance than about the text
# Read as sentences or headings; names, places and what others published are not.
_OURS = {"title", "subject", "preheader", "summary", "alt", "caption", "label"}
_DOUBLED = re.compile(r"\b([^\W\d_]+)(\s+)\1\b", re.IGNORECASE)
_RIGHTLY_DOUBLED = {"that", "had", "very", "so", "no", "bye", "ha", "knock", "there", "really", "many"}


def check(subject: Subject) -> Iterator[Problem]:
    """Findings about every text of the issue's own words; reading age and slips in English only."""
    yield from _team_file(subject)
    texts = [text for text in subject.texts if _is_ours(subject, text)]
    language = subject.issue.language.lower().partition("-")[0]
    if language == "en":
        yield from _english(subject, texts)
    else:
        yield from _not_checked(subject, language)
    if has_dictionary(language):
        yield from _spelling(subject, texts, language)


def _not_checked(subject: Subject, language: str) -> Iterator[Problem]:
    what = "reading age, acronyms, jargon, doubled words and weekdays"
    message = f"{what} are not checked in '{subject.issue.language}'"
    remedy = "have somebody read it aloud"
    if not has_dictionary(language):
        message += "; its spelling was not looked at either"
        if language in FURTHER:
            message += ", since its dictionary is not installed"
            remedy = "install it: pip install 'newsletter[spelling]'"
        else:
            message += ", since there is no dictionary for it"
    yield finding(subject, NOT_CHECKED, "language", message, remedy=remedy)


def _english(subject: Subject, texts: Sequence[Text]) -> Iterator[Problem]:
    for text in texts:
        yield from _doubled(subject, text)
        yield from _jargon(subject, text)
        for sentence in _sentences(text):
            yield from _long(subject, text, sentence)
    yield from _ages(subject, texts)
    for acronym in unexplained([(text.field, _prose(text)) for text in texts], subject.team):
        message = f"'{acronym.name}' is not spelt out where it stands first"
        remedy = f"write it out once, with ({acronym.name}) behind it; what all know stands in {WORDING_FILE}"
        yield finding(subject, ACRONYM, Spot(acronym.field, acronym.name), message, remedy=remedy)
    if subject.config.timezone == "Europe/London" and subject.issue.language.lower() in {"en", "en-gb"}:
        yield from _american(subject, texts)


def _is_ours(subject: Subject, text: Text) -> bool:
    names = text.field.split(".")
    if text.kind == "markdown":
        return True
    if text.kind != "plain" or names[-1] not in _OURS:
        return False
    # The title of a publication is as its authors wrote it.
    return not (names[-1] == "title" and "items" in names)


def _prose(text: Text) -> str:
    """The words to look at: in Markdown without code, links and what is quoted."""
    if text.kind != "markdown":
        return text.value
    read = read_markdown(text.value)
    return "\n\n".join(block.prose for block in read.blocks if not block.quoted)


def _sentences(text: Text) -> Iterator[Sentence]:
    if text.kind == "markdown":
        for block in read_markdown(text.value).blocks:
            if not block.quoted and block.kind == "p":
                yield from sentences_of(block.words)
    elif text.field.rpartition(".")[2] == "summary":
        yield from sentences_of(text.value)


def _long(subject: Subject, text: Text, sentence: Sentence) -> Iterator[Problem]:
    count = len(sentence.words)
    if count > MOST_WORDS:
        message = f"the sentence that begins '{sentence.first} …' has {count} words"
        yield finding(
            subject,
            LONG_SENTENCE,
            Spot(text.field, sentence.first),
            message,
            remedy="make two or three of it",
        )


def _ages(subject: Subject, texts: Sequence[Text]) -> Iterator[Problem]:
    sections: dict[str, list[tuple[Text, Sentence]]] = {}
    for text in texts:
        names = text.field.split(".")
        sections.setdefault(".".join(names[:2]) if names[0] == "sections" else names[0], []).extend(
            (text, sentence) for sentence in _sentences(text)
        )
    for found in sections.values():
        sentences = [sentence for _, sentence in found]
        age = reading_age(sentences)
        if sum(len(sentence.words) for sentence in sentences) >= _ENOUGH_WORDS and age > AGE_LIMIT:
            hard = [pair for pair in found if reading_age([pair[1]]) > AGE_LIMIT] or found
            hardest = sorted(hard, key=lambda pair: -reading_age([pair[1]]))[:2]
            shown = " and ".join(f"'{sentence.first} …'" for _, sentence in hardest)
            message = f"this reads with ease from {age:.0f} years on; hardest: {shown}"
            remedy = "shorter sentences, everyday words; say who does what"
            text, sentence = hardest[0]
            yield finding(subject, READING_AGE, Spot(text.field, sentence.first), message, remedy=remedy)


def _doubled(subject: Subject, text: Text) -> Iterator[Problem]:
    for hit in _DOUBLED.finditer(_prose(text)):
        # An empty line between them is the end of one paragraph and the start of the next.
        if hit[1].lower() in _RIGHTLY_DOUBLED or "\n\n" in hit[2] or hit[0].split()[-1][0].isupper():
            continue
        message = f"'{' '.join(hit[0].split())}' stands twice in a row"
        yield finding(
            subject, DOUBLED, Spot(text.field, hit[0].splitlines()[0]), message, remedy="take one out"
        )


def _jargon(subject: Subject, text: Text) -> Iterator[Problem]:
    plain = {**shipped_jargon(), **subject.team.plain}
    seen: set[str] = set()
    for hit in _pattern(tuple(plain)).finditer(_prose(text)):
        phrase = " ".join(hit[0].casefold().split())
        if phrase not in seen and plain[phrase]:
            seen.add(phrase)
            message = f"'{' '.join(hit[0].split())}' is not everybody's word"
            remedy = f"say it plainly: {plain[phrase]}"
            yield finding(subject, JARGON, Spot(text.field, hit[0].splitlines()[0]), message, remedy=remedy)


def _american(subject: Subject, texts: Sequence[Text]) -> Iterator[Problem]:
    words = american_words()
    for text in texts:
        for word in dict.fromkeys(re.findall(r"\b[a-z]{4,}\b", _prose(text))):
            if word in words and word not in subject.team.words:
                message, remedy = f"'{word}' is the American spelling", f"write '{words[word]}'"
                yield finding(subject, AMERICAN, Spot(text.field, word), message, remedy=remedy)


def _spelling(subject: Subject, texts: Sequence[Text], language: str) -> Iterator[Problem]:
    own = subject.team.words | _names(subject)
    for text in texts:
        read = read_spelling(_prose(text), language, own)
        if read.foreign:
            message = f"this is hardly in '{subject.issue.language}': its spelling was not looked at"
            remedy = "translate it, or correct `language:`; leave it if it is meant"
            start = " ".join(_prose(text).split("\n")[0].split()[:3])
            yield finding(subject, NOT_CHECKED, Spot(text.field, start), message, remedy=remedy)
        for slip in read.slips:
            message = f"the dictionary does not know '{slip.word}'; is '{slip.meant}' meant?"
            remedy = f"correct it, or put the word into {WORDS_FILE} beside newsletter.toml"
            yield finding(subject, SPELLING, Spot(text.field, slip.word), message, remedy=remedy)


def _names(subject: Subject) -> frozenset[str]:
    """The words of every name, place and publication in the issue, in small letters."""
    texts = [
        str(value)
        for field, value in fields_of(subject.issue)
        if (isinstance(value, str) and field.rpartition(".")[2] in {"name", "place", "journal", "funder", "award"})
        or ".authors." in field or (".items." in field and field.endswith(".title"))
    ]  # fmt: skip
    return frozenset(word for text in texts for word in re.findall(r"[^\W\d_]+", text.casefold()))


def _team_file(subject: Subject) -> Iterator[Problem]:
    for line, message in subject.team.faults:
        remedy = f"see docs/checks.md for what {WORDING_FILE} may say"
        yield Problem(TEAM_FILE.id, TEAM_FILE.level, WORDING_FILE, line, "", message, remedy)


@lru_cache(maxsize=1)
def shipped_jargon() -> dict[str, str]:
    """Words of the trade with plainer ones, as they come with the package."""
    lines = shipped("checks/jargon.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.partition("=") for line in lines if line.strip() and not line.startswith("#"))
    return {phrase.strip(): plain.strip() for phrase, _, plain in pairs}


@lru_cache(maxsize=4)
def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    longest = sorted(phrases, key=len, reverse=True)
    words = "|".join(r"\s+".join(map(re.escape, phrase.split())) for phrase in longest if phrase.strip())
    return re.compile(rf"(?<![\w-])(?:{words})(?![\w-])" if words else r"(?!)", re.IGNORECASE)
