"""A token is fresh whenever it is asked for, whatever the clocks do."""

import threading
from contextlib import suppress

import pytest

from newsletter.oauth.tokens import MARGIN, Clocks, Fresh, Token


class World:
    """Two clocks, and tokens that are told apart by their number."""

    def __init__(self, lives: float = 3600) -> None:
        self.steady, self.wall, self.lives = 1000.0, 1_900_000_000.0, lives
        self.given = 0
        self.fresh = Fresh(self._renew, Clocks(lambda: self.steady, lambda: self.wall))

    def _renew(self) -> Token:
        self.given += 1
        return Token(f"token {self.given}", self.lives, "grant")

    def passes(self, seconds: float) -> None:
        self.steady += seconds
        self.wall += seconds


def test_a_token_is_given_again_while_it_has_minutes_left() -> None:
    world = World()
    assert world.fresh() == "token 1"
    world.passes(3600 - MARGIN - 1)
    assert world.fresh() == "token 1"
    world.passes(1)
    assert world.fresh() == "token 2"


def test_a_clock_put_back_does_not_make_a_token_live_longer() -> None:
    world = World()
    world.fresh()
    world.passes(3400)
    world.wall -= 86_400
    assert world.fresh() == "token 2"


def test_a_clock_put_forward_costs_one_token_more() -> None:
    world = World()
    world.fresh()
    world.wall += 86_400
    assert [world.fresh(), world.fresh()] == ["token 2", "token 2"]


def test_a_token_is_old_after_the_computer_has_slept() -> None:
    """The steady clock of Linux stands still meanwhile."""
    world = World()
    world.fresh()
    world.wall += 7200
    assert world.fresh() == "token 2"


def test_tokens_of_a_short_life_are_had_each_time() -> None:
    world = World(lives=60)
    assert [world.fresh(), world.fresh()] == ["token 1", "token 2"]


def test_lines_that_open_together_ask_once() -> None:
    given: list[str] = []
    two_at_once = threading.Barrier(2)

    def renew() -> Token:
        with suppress(threading.BrokenBarrierError):
            two_at_once.wait(0.2)  # the first waits here for a second one, who must not come
        given.append(f"token {len(given) + 1}")
        return Token(given[-1], 3600, "grant")

    fresh, words = Fresh(renew, Clocks(lambda: 0.0, lambda: 0.0)), list[str]()
    threads = [threading.Thread(target=lambda: words.append(fresh())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert words == ["token 1"] * 8
    assert given == ["token 1"]


def test_a_token_that_was_refused_is_replaced_once_for_all_who_were_refused_it() -> None:
    world = World()
    refused = world.fresh()
    assert [world.fresh.in_place_of(refused) for _ in range(3)] == ["token 2"] * 3
    assert world.fresh() == "token 2"
    assert world.fresh.in_place_of("token 2") == "token 3"
    assert world.given == 3


def test_a_new_token_in_place_of_one_that_was_refused_is_not_given_when_it_is_old() -> None:
    world = World()
    refused = world.fresh()
    world.fresh.in_place_of(refused)
    world.passes(3600)
    assert world.fresh.in_place_of(refused) == "token 3"


def test_a_token_that_could_not_be_had_is_asked_for_again() -> None:
    answers = [OSError("away"), Token("token", 3600, "grant")]

    def renew() -> Token:
        answer = answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return answer

    fresh = Fresh(renew, Clocks(lambda: 0.0, lambda: 0.0))
    with pytest.raises(OSError, match="away"):
        fresh()
    assert fresh() == "token"


def test_a_token_does_not_show_itself() -> None:
    assert "s3cret" not in repr(Token("s3cret", 1, "s3cret"))
