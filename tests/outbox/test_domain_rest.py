"""A domain that does not want our mail today: the others are served, and the run does not wait for it."""

from collections.abc import Callable
from typing import Any

from postroom import Postroom

from newsletter.outbox import Mailing


def test_a_run_ends_where_only_a_domain_that_is_left_in_peace_is_waiting(
    people: Any, queue: Callable[[], Mailing], send: Any, room: Postroom
) -> None:
    """Whoever comes first: deliveries go in the order of keys that are drawn by chance."""
    for number in range(6):
        people.add(f"reader{number}", f"reader{number}@example.net")
    for number in range(8):
        people.add(f"other{number}")
    room.say("RCPT", "550 5.7.1 not from you", only="example.net")
    found = send(queue())
    assert found.sent == 8
    assert found.exit_code == 75
    assert found.waiting + found.refused == 6
    assert found.waiting >= 1
