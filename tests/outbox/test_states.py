"""The states as they are told in docs/outbox.md."""

import re
from pathlib import Path

from newsletter.outbox.states import IN_WORDS, MOVES

DOCS = (Path(__file__).parents[2] / "docs" / "outbox.md").read_text(encoding="utf-8")


def test_the_docs_tell_every_move_as_it_is() -> None:
    rows = re.findall(
        r"^\| ([a-z]) ([a-z ]+) \| (?:`([a-z-]+)`)? ?\| `([a-z-]+)` \| (.+) \|$", DOCS, re.MULTILINE
    )
    told = [(letter, name, origin or None, target, when) for letter, name, origin, target, when in rows]
    assert told == [(move.letter, move.name, move.origin, move.target, move.when) for move in MOVES]


def test_every_state_is_told_in_the_docs_and_in_words() -> None:
    known = {move.target for move in MOVES}
    assert (
        set(re.findall(r"^\| `([a-z-]+)` \| .+ \| .+ \|$", DOCS.split("## Moves")[0], re.MULTILINE)) == known
    )
    assert set(IN_WORDS) == known


def test_nothing_leaves_sending_but_by_its_receipt_or_by_recovery() -> None:
    assert {move.name for move in MOVES if move.origin == "sending"} == {
        "accept",
        "put back",
        "reject",
        "doubt",
    }


def test_nothing_in_doubt_moves_without_the_operators_word() -> None:
    assert all("operator" in move.when for move in MOVES if move.origin == "in-doubt")


def test_sent_and_refused_are_ends() -> None:
    assert not [move for move in MOVES if move.origin in ("sent", "refused")]
