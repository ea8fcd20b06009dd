"""Answers that come together: looked at at once or one by one, the same follows from them."""

from hypothesis import given
from hypothesis import strategies as st

from newsletter.outbox.dialogue import Dialogue, Envelope, Offers, Parcel
from newsletter.outbox.receipt import Outcome

TEXTS = st.sampled_from(
    ["", "2.0.0 Ok", "2.0.0 Ok: queued as 4XyZ12", "ok <ada@example.org>", " two  blanks ", "é"]
)
CODES = st.sampled_from([200, 220, 250, 251, 252, 299, 300, 354, 421, 450, 451, 550, 554, 199, 600])
REPLIES = st.tuples(CODES, st.sampled_from([" ", "-", ""]), TEXTS, st.sampled_from(["\r\n", "\n", "\r"]))
WELL = [(250, " ", "2.0.0 Ok", "\r\n")] * 3 + [(354, " ", "go on", "\r\n")]

Told = list[tuple[int, Outcome | None]]


def behind_a_dot() -> tuple[Dialogue, list[Parcel]]:
    """A line on which a message was ended and another one begun, both unanswered."""
    dialogue = Dialogue(Offers(pipelining=True))
    parcels = [Parcel(Envelope("news@example.org", f"{name}@example.org"), (b"x\r\n",)) for name in "ab"]
    dialogue.begin(parcels[0])
    dialogue.hear(b"250 ok\r\n250 ok\r\n354 go on\r\n")
    dialogue.end(parcels[0])
    dialogue.begin(parcels[1])
    return dialogue, parcels


def told(data: list[bytes]) -> tuple[Told, tuple[object, ...]]:
    """What follows from octets that come in these pieces, and how the line stands then."""
    dialogue, parcels = behind_a_dot()
    events = [event for piece in data for event in dialogue.hear(piece)]
    held = dialogue.holding
    left = (dialogue.lost, held and parcels.index(held), dialogue.awaits, dialogue.heard, dialogue.words())
    ways = tuple((parcel.phase, parcel.dotted, parcel.refusal) for parcel in parcels)
    return [(parcels.index(parcel), outcome) for parcel, outcome in events], (*left, *ways)


@given(st.lists(st.one_of(REPLIES, st.sampled_from(WELL)), min_size=3, max_size=6))
def test_the_same_follows_however_the_answers_come(replies: list[tuple[int, str, str, str]]) -> None:
    data = "".join(f"{code}{mark}{text}{end}" for code, mark, text, end in replies).encode()
    assert told([data]) == told([data[at : at + 1] for at in range(len(data))])


@given(TEXTS, st.sampled_from([250, 251]), TEXTS)
def test_four_that_are_all_well_settle_one_message_and_hold_the_next(text: str, code: int, more: str) -> None:
    data = f"250 {text}\r\n250 {more}\r\n{code} {more}\r\n354 {more}\r\n".encode()
    events, left = told([data])
    assert [(index, outcome and outcome.verdict) for index, outcome in events] == [(0, "accepted"), (1, None)]
    assert left[:4] == ("", 1, None, 7)
    assert (events, left) == told([data[at : at + 1] for at in range(len(data))])
