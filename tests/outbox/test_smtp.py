"""One message over one line, answer by answer: what may be concluded from each."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from types import SimpleNamespace

import pytest

from newsletter.config import Smtp
from newsletter.outbox import open_line
from newsletter.outbox.connection import Line
from newsletter.outbox.dialogue import Dialogue, Envelope, Offers, Parcel, unfit
from newsletter.outbox.meaning import meaning_of
from newsletter.outbox.receipt import Outcome, read_receipt
from newsletter.outbox.smtp import transmit

ENVELOPE = Envelope("news@example.org", "ada@example.org")
CONTENT = b"Subject: News\r\n\r\nHello.\r\n"
GOOD = [b"250 ok\r\n", b"250 ok\r\n", b"354 go on\r\n", b"250 2.0.0 taken\r\n"]
HANG_UP = b"<hang up>"

Attempt = Callable[..., Outcome]


class Script:
    """A server of few words: one for each command that it gets, then it hangs up."""

    def __init__(self) -> None:
        self.words: list[bytes] = []
        self.got = b""
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self._serve)

    def _serve(self) -> None:
        line, _ = self.listener.accept()
        with closing(line), line.makefile("rb") as lines, suppress(ConnectionError):
            line.sendall(b"220 script\r\n")
            lines.readline()
            line.sendall(b"250-script\r\n250 SMTPUTF8\r\n")
            before = b""
            for word in self.words:
                self._hear(lines, until=b".\r\n" if before.startswith(b"354") else b"")
                line.sendall(word.removesuffix(HANG_UP))
                if word.endswith(HANG_UP):
                    return
                before = word
            while self._hear(lines):
                pass

    def _hear(self, lines: Iterator[bytes], until: bytes = b"") -> bytes:
        heard = b""
        for heard in lines:
            self.got += heard
            if not until or heard == until:
                return heard
        return b""


@pytest.fixture
def attempt() -> Iterator[Attempt]:
    """Transmits one message to a server that says these words."""
    scripts: list[Script] = []

    def run(words: list[bytes], content: bytes = CONTENT) -> Outcome:
        script = Script()
        scripts.append(script)
        script.words = words
        script.thread.start()
        smtp = Smtp(host="127.0.0.1", port=script.listener.getsockname()[1], security="none", timeout=5.0)
        line = open_line(smtp, str, introduce_as="example.org")
        try:
            outcome = transmit(line, ENVELOPE, content)
        finally:
            line.drop()
            script.thread.join(5)
        run.got = script.got  # type: ignore[attr-defined]
        return outcome

    yield run
    for script in scripts:
        script.listener.close()


def test_a_message_goes_in_these_steps_and_no_others(attempt: Attempt) -> None:
    outcome = attempt(GOOD)
    assert (outcome.verdict, outcome.receipt.code, outcome.receipt.enhanced) == ("accepted", 250, "2.0.0")
    assert attempt.got == (  # type: ignore[attr-defined]
        b"MAIL FROM:<news@example.org>\r\nRCPT TO:<ada@example.org>\r\nDATA\r\n" + CONTENT + b".\r\n"
    )


@pytest.mark.parametrize("word", [b"421 4.4.2 too slow\r\n", b"250 taken\r\n", HANG_UP])
def test_what_the_server_says_before_the_dot_is_no_answer_to_it(word: bytes) -> None:
    dialogue, parcel = Dialogue(Offers()), Parcel(ENVELOPE, (CONTENT,))
    dialogue.begin(parcel)
    assert dialogue.hear(b"".join(GOOD[:3])) == [(parcel, None)]
    # So is it while the claim of a body that was said is on its way to the disk.
    parcel.phase = "dot"
    events = dialogue.cut("the server hung up") if word == HANG_UP else dialogue.hear(word)
    outcomes = [(outcome.verdict, outcome.phase, outcome.lost) for _, outcome in events if outcome]
    assert outcomes == [("later", "dot", True)]


DOUBTFUL = [
    HANG_UP,
    b"banana\r\n",
    b"250-taken\r\n" + HANG_UP,
    b"25" + HANG_UP,
    b"354 more?\r\n",
    b"999 what\r\n",
    b"250" + b"x" * 9000 + b"\r\n",
]


@pytest.mark.parametrize("word", DOUBTFUL)
def test_anything_but_a_clear_answer_to_the_dot_is_doubt(attempt: Attempt, word: bytes) -> None:
    outcome = attempt([*GOOD[:3], word])
    assert (outcome.verdict, outcome.phase, outcome.lost) == ("in doubt", "dot", True)


def test_a_reply_without_an_end_is_not_listened_to_for_ever(attempt: Attempt) -> None:
    outcome = attempt([*GOOD[:3], b"250-and another thing\r\n" * 4000])
    assert (outcome.verdict, outcome.lost) == ("in doubt", True)
    assert "no end" in outcome.receipt.text


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize(
    "word", [HANG_UP, b"banana\r\n", b"25" + HANG_UP, b"-1 no\r\n", b"421 4.3.0 closing\r\n"]
)
def test_a_lost_line_before_the_dot_is_for_later(attempt: Attempt, place: int, word: bytes) -> None:
    outcome = attempt([*GOOD[:place], word])
    assert (outcome.verdict, outcome.lost) == ("later", True)
    assert outcome.phase == ("MAIL", "RCPT", "DATA")[place]


@pytest.mark.parametrize(
    ("word", "verdict"),
    [
        (b"450 busy\r\n", "later"),
        (b"550 5.1.1 no\r\n", "refused"),
        (b"599 odd\r\n", "refused"),
        (b"299 eh\r\n", "later"),
        (b"400 eh\r\n", "later"),
    ],
)
def test_a_no_to_data_leaves_the_line_for_the_next_message(
    attempt: Attempt, word: bytes, verdict: str
) -> None:
    outcome = attempt([*GOOD[:2], word, b"250 reset\r\n"])
    assert (outcome.verdict, outcome.phase, outcome.lost) == (verdict, "DATA", False)
    assert attempt.got.endswith(b"RSET\r\n")  # type: ignore[attr-defined]


@pytest.mark.parametrize("word", [b"251 forwarded\r\n", b"252 cannot tell\r\n", b"250-one\r\n250 two\r\n"])
def test_any_2xx_to_rcpt_is_a_yes(attempt: Attempt, word: bytes) -> None:
    assert attempt([GOOD[0], word, *GOOD[2:]]).verdict == "accepted"


@pytest.mark.parametrize(
    ("word", "verdict"),
    [(b"451 4.3.0 later\r\n", "later"), (b"554 5.6.0 never\r\n", "refused"), (b"421 4.3.0 bye\r\n", "later")],
)
def test_a_clear_no_to_the_dot_is_no_doubt(attempt: Attempt, word: bytes, verdict: str) -> None:
    outcome = attempt([*GOOD[:3], word])
    assert (outcome.verdict, outcome.phase) == (verdict, "dot")


def test_an_answer_that_came_with_the_354_is_not_taken_for_the_dots(attempt: Attempt) -> None:
    outcome = attempt([*GOOD[:2], b"354 go on\r\n250 2.0.0 taken already\r\n"])
    assert outcome.verdict == "later"
    assert not attempt.got.endswith(b"\r\n.\r\n")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "enhanced", "kept"),
    [
        (b"5.1.1 <ada@example.org>: no", "5.1.1", "5.1.1 <<address>>: no"),
        (b"no mailbox \xff here", "", "no mailbox \ufffd here"),
        (b"2.0.0 ok\nqueued as 123", "2.0.0", "2.0.0 ok queued as 123"),
        (b"5.7 half a code", "", "5.7 half a code"),
        (b"a\0b\x1b[31m", "", "a?b?[31m"),
        (b"x" * 9000, "", "x" * 300),
    ],
)
def test_what_is_kept_of_a_reply_is_short_plain_and_names_nobody(
    text: bytes, enhanced: str, kept: str
) -> None:
    receipt = read_receipt(550, text)
    assert (receipt.enhanced, receipt.text) == (enhanced, kept)


@pytest.mark.parametrize(
    ("offers", "why"),
    [
        (Offers(pipelining=True), "SMTPUTF8"),
        (Offers(smtputf8=True, size=True, largest=10), "takes at most 10"),
    ],
)
def test_what_the_server_cannot_take_is_known_before_it_is_asked(offers: Offers, why: str) -> None:
    misfit = unfit(Parcel(Envelope("news@example.org", "zoë@example.org"), (CONTENT,)), offers)
    assert misfit is not None
    assert misfit.verdict == "refused"
    assert why in misfit.receipt.text


@pytest.mark.parametrize(
    ("size", "offered", "fits"),
    [
        (36_000_000, "35882577", False),
        (35_882_577, "35882577", True),
        (36_000_000, "0", True),
        (36_000_000, "", True),
        (36_000_000, "many", True),
        (36_000_000, "9" * 5000, True),
        (5_000, "4000", False),
    ],
)
def test_a_message_beyond_the_server_s_size_is_known_beforehand(size: int, offered: str, fits: bool) -> None:
    smtp = SimpleNamespace(sock=SimpleNamespace(setsockopt=lambda *_: None), esmtp_features={"size": offered})
    misfit = unfit(Parcel(ENVELOPE, (bytes(size),)), Line(smtp, 5.0).offered)  # type: ignore[arg-type]
    assert (misfit is None) is fits
    if misfit:
        assert meaning_of(misfit) == "size"
        assert "36,000,000 octets" in misfit.receipt.text or "5,000 octets" in misfit.receipt.text


def test_an_address_beyond_ascii_goes_where_smtputf8_is_offered() -> None:
    parcel = Parcel(Envelope("news@example.org", "zoë@example.org"), (CONTENT,))
    offers = Offers(smtputf8=True)
    assert unfit(parcel, offers) is None
    assert Dialogue(offers).begin(parcel).endswith(b" BODY=8BITMIME SMTPUTF8\r\n")
