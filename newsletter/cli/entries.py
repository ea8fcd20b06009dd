"""An entry of the ledger on the screen: a sentence for people, a dict for scripts."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict

from newsletter.cli.people import channel_in_words
from newsletter.contacts import ANSWERED_ENTRY, Line, evidence_in, said

_KINDS = {
    "given": "agreed to",
    "confirmed": "confirmed",
    "refreshed": "agreed again to",
    "withdrawn": "withdrew from",
    "expired": "ran out for",
    "voided": "entry {voids} was struck out for",
}
#: What a detail is called where it is one number or word of ours.
_OURS = {
    "asked with entry": "asked in the same breath as entry {}",
    "delivery": "in answer to a message that we sent",
    "again": "what entry {} says, in force again",
    "undoes": "taking back change {}",
    "why": "why: {}",
}
#: What is told in words of its own; anything else is what an imported list brought, and stands as it came.
_TOLD = {*_OURS, "source", "import", "line", "covers", "obtained", "could_refuse", "evidence", "answers"}


def line_in_words(line: Line) -> str:
    """One entry as a sentence."""
    entry = line.entry
    words = [
        f"{said(entry.effective_at)}: {_KINDS[entry.kind].format(voids=entry.voids)} {_of_what(entry.list)}",
        *([] if entry.kind == "withdrawn" else [f"({entry.basis})"]),
        channel_in_words(entry.channel),
    ]
    rest = [
        *(["source erased"] if line.detail is None else _details(line.detail)),
        f"wording: {line.wording}" if line.wording else "",
        f"until {said(entry.expires_at)}" if entry.expires_at else "",
        f"recorded on {said(entry.recorded_at)} by {entry.recorder} as entry {entry.sequence}",
    ]
    return "; ".join([" ".join(words), *(part for part in rest if part)])


def line_as_dict(line: Line) -> dict[str, object]:
    """One entry as scripts read it."""
    return asdict(line.entry) | {"wording": line.wording, "detail": line.detail}


def _of_what(name: str) -> str:
    """A list by its name, or a permission to be shown in words."""
    return f"being shown ({name.removeprefix('media:')})" if name.startswith("media:") else name


def _details(detail: Mapping[str, object]) -> Iterator[str]:
    """What is known of how it came to be, part by part."""
    if source := detail.get("source"):
        yield f"source: {source}"
    if line := detail.get("line"):
        yield f"line {line} of import {detail.get('import')}"
    if isinstance(covers := detail.get("covers"), list):
        yield f"covers: {', '.join(map(str, covers))}"
    if obtained := detail.get("obtained"):
        yield f"obtained: {obtained}"
    if detail.get("could_refuse"):
        yield "they could refuse then"
    yield from (f"{name}: {value}" for name, value in detail.items() if name not in _TOLD)
    yield from (f"evidence: {file.kept} (SHA-256 {file.sha256})" for file in evidence_in(detail))
    if isinstance(answers := detail.get("answers"), dict):
        yield from (_answer(question, answer) for question, answer in answers.items())
    yield from (words.format(detail[name]) for name, words in _OURS.items() if detail.get(name))


def _answer(question: str, answer: object) -> str:
    if question == ANSWERED_ENTRY:
        return f"in answer to entry {answer}"
    return f"asked '{question}', answered '{answer}'"
