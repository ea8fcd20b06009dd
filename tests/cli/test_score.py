"""How a run stands: counted, timed, and said in a line."""

import dataclasses

import pytest

from newsletter.cli.progress import Lines
from newsletter.cli.score import Score, span_in_words
from newsletter.outbox import Change


@dataclasses.dataclass
class Watch:
    at: float = 0.0

    def __call__(self) -> float:
        return self.at


def test_what_is_put_off_is_deferred_until_it_is_settled() -> None:
    score = Score(3, Watch())
    score.moved([Change(1, "sending"), Change(1, "waiting"), Change(2, "sent")])
    assert (score.done, score.deferred) == (1, 1)
    score.moved([Change(1, "waiting"), Change(1, "sent"), Change(3, "skipped", reason="withdrawn")])
    assert (score.done, score.deferred) == (3, 0)
    assert score.reasons == {"withdrawn": 1}
    assert score.left == 0.0


def test_the_rate_is_that_of_the_last_seconds() -> None:
    clock = Watch()
    score = Score(10_000, clock)
    for second in range(1, 101):
        clock.at = float(second)
        score.moved([Change(second * 100 + n, "sent") for n in range(10 if second <= 50 else 50)])
    assert score.per_second == pytest.approx(50, rel=0.05)
    assert score.left == pytest.approx((10_000 - 3_000) / 50, rel=0.05)


def test_what_is_left_takes_as_long_as_the_rate_limit_makes_it() -> None:
    clock = Watch()
    score = Score(130, clock, limit=0.5)
    assert score.left == pytest.approx(260)
    clock.at = 2.0
    score.moved([Change(n, "sent") for n in range(30)])
    assert score.per_second == pytest.approx(15)
    assert score.left == pytest.approx(200), "what was saved up is spent, and goes on at 30 a minute"


def test_nobody_can_say_how_long_it_takes_before_anything_has_left() -> None:
    score = Score(3, Watch())
    assert score.left is None
    assert "seconds_left=unknown" in score.as_line("2022-10")


def test_what_it_waits_for_is_over_by_itself() -> None:
    clock = Watch()
    score = Score(3, clock)
    score.waits(12.0, "30/minute")
    assert score.wait == 12.0
    clock.at = 20.0
    assert score.wait == 0.0


def test_the_line_is_made_of_names_and_values() -> None:
    clock = Watch()
    score = Score(4, clock)
    clock.at = 2.0
    score.moved([Change(1, "sent"), Change(2, "refused"), Change(3, "in-doubt"), Change(4, "waiting")])
    score.flight(0, 2)
    assert score.as_line("2022-10") == (
        "progress issue=2022-10 done=3 total=4 sent=1 skipped=0 deferred=1 refused=1 in_doubt=1 in_flight=0 "
        "per_second=1.5 seconds_left=0"
    )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.4, "0 s"),
        (59.4, "59 s"),
        (65, "1 min 5 s"),
        (7_380, "2 h 3 min"),
        (86_400 + 7_200, "1 day 2 h"),
        (3 * 86_400, "3 days 0 h"),
    ],
)
def test_spans_are_said_as_people_say_them(seconds: float, words: str) -> None:
    assert span_in_words(seconds) == words


def test_the_last_line_is_not_written_again_for_its_speed_alone(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Watch()
    score = Score(2, clock)
    lines = Lines("2022-10", score)
    for number in (1, 2):
        clock.at = float(number)
        score.moved([Change(number, "sent")])
        lines.moved([])
    clock.at = 3.0
    lines.end()
    assert [line.split(" ")[2] for line in capsys.readouterr().err.splitlines()] == ["done=1", "done=2"]
    score.flight(1, 1)
    lines.end()
    assert "in_flight=1" in capsys.readouterr().err
