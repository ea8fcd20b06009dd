"""The families run beside each other, and none is waited for for ever."""

import threading
from collections.abc import Iterator, Sequence

import pytest

from newsletter.doctor import Case, Family, Finding, examine
from newsletter.doctor.finding import ok
from newsletter.errors import ConfigError


def family(name: str, check: object, *, online: bool = False) -> Family:
    return Family(name, name.title(), check, online)  # type: ignore[arg-type]


def test_families_run_at_the_same_time_and_keep_their_order(case: Case) -> None:
    meeting = threading.Barrier(2, timeout=10)

    def meets(name: str) -> object:
        def check(case: Case) -> Iterator[Finding]:
            meeting.wait()
            yield ok(name, "we met")

        return check

    heard: list[list[str]] = []

    def told(waiting: Sequence[Family]) -> None:
        heard.append([one.name for one in waiting])

    results = examine(case, [family("b", meets("b")), family("a", meets("a"))], told)
    assert [finding.check for finding in results.all()] == ["b", "a"]
    assert heard[0] == ["b", "a"]
    assert len(heard[1]) == 1


def test_one_that_hangs_is_left_and_what_it_had_found_is_kept(case: Case) -> None:
    never = threading.Event()

    def hangs(case: Case) -> Iterator[Finding]:
        yield ok("server.name", "found")
        never.wait()

    try:
        families = [
            family("server", hangs, online=True),
            family("dns", hangs, online=True),
            family("secrets", hangs),
        ]
        results = examine(case, families, seconds=0.2)
    finally:
        never.set()
    assert [finding.level for finding in results.all()] == ["ok", "error", "ok", "warning", "ok", "error"]
    assert "no answer came in 0.2 seconds" in results.found["dns"][1].found


@pytest.mark.parametrize("trouble", [ConfigError("no", remedy="do"), OSError("disk")])
def test_trouble_of_one_family_is_a_finding(case: Case, trouble: Exception) -> None:
    def breaks(case: Case) -> Iterator[Finding]:
        yield ok("x", "first")
        raise trouble

    results = examine(case, [family("place", breaks)])
    assert [(finding.check, finding.level) for finding in results.all()] == [
        ("x", "ok"),
        ("place.trouble", "error"),
    ]


def test_a_fault_of_ours_is_not_hidden(case: Case) -> None:
    def wrong(case: Case) -> Iterator[Finding]:
        raise AssertionError("ours")
        yield

    with pytest.raises(AssertionError, match="ours"):
        examine(case, [family("place", wrong)])
