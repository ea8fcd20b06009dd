"""Whether somebody writes, in their own words, that they want to be written to no more."""

import re

from newsletter.replies.letters.phrases import folded, phrases

# A wish stands at the beginning of an answer; long letters are read by a person anyway.
_LIMIT = 3_000
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n\s*\n|\s+(?:but|however)\s+|[()]")
_BARE = re.compile(r"[\s.,!?:;*_-]+")
_SHORT = 60
_LETTER = 400  # characters; in a longer one 'Stop.' may be said of anything
# What mail programs put before a subject; an answer's subject is ours, so only one without counts.
_ANSWER = re.compile(r"\s*(?:\[[^\]]{0,30}\]\s*)?[^\s:]{1,8}(?:\[\d+\])?\s?[::]")


def asks_to_stop(words: str, subject: str = "") -> bool:
    """Whether the words, without quotes, or a subject of the writer's own, read like 'please take me off'.

    In every language of `words/`. A sentence that says the opposite, or means another list, does not count.
    """
    said = folded(words[:_LIMIT])
    if _in_a_word(said.split("\n\n")[0]) or _in_a_word(said):
        return True
    if not _ANSWER.match(subject):
        own = folded(subject[: _SHORT * 3])
        if _in_a_word(own) or _wishes(own):
            return True
    sentences = [" ".join(sentence.split()) for sentence in _SENTENCE.split(said)]
    return any(_wishes(one) for one in sentences) or (len(said) < _LETTER and any(map(_in_a_word, sentences)))


def _wishes(sentence: str) -> bool:
    sentence = sentence.strip(" .,!?:;")
    return bool(phrases("stop").search(sentence)) and not phrases("keep").search(sentence)


def _in_a_word(text: str) -> bool:
    """Whether the text is nothing but a word such as 'unsubscribe', and what is said for politeness."""
    if not text.strip() or len(text) > _SHORT:
        return False
    bare = _BARE.sub(" ", phrases("polite", whole=True).sub(" ", text)).strip()
    return bool(phrases("alone", whole=True).fullmatch(bare))
