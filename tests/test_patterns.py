"""Regular expressions that every Python from 3.11.0 on reads alike."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from typing import Any

import pytest

import newsletter

#: Until 3.11.3 these forget what a group held, or match what they must not (CPython's issue 101955).
_FAULTY = {"POSSESSIVE_REPEAT", "ATOMIC_GROUP"}


def _patterns(value: object) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        yield from (one for each in (*value, *value.values()) for one in _patterns(each))
    elif isinstance(value, list | tuple | set | frozenset):
        yield from (one for each in value for one in _patterns(each))


def _operations(parsed: object) -> Iterator[str]:
    """The names of all that a parsed pattern does, however deep."""
    if hasattr(parsed, "data"):
        parsed = parsed.data
    if isinstance(parsed, list | tuple):
        for each in parsed:
            yield from _operations(each)
    elif hasattr(parsed, "name"):
        yield str(parsed.name)


def _faults(pattern: str | bytes, flags: int = 0) -> set[str]:
    return _FAULTY & {*_operations(re._parser.parse(pattern, flags))}  # type: ignore[attr-defined]


@pytest.mark.parametrize("pattern", ["a*+", "(?:ab|c)++d", "(?>ab?)c", "x(?:y(?>z)){2}", b"a?+"])
def test_what_python_3_11_2_cannot_do_is_seen(pattern: str | bytes) -> None:
    assert _faults(pattern)


def test_no_pattern_asks_for_what_early_versions_do_wrongly() -> None:
    seen, found = 0, []
    for module in pkgutil.walk_packages(newsletter.__path__, "newsletter."):
        if module.name.endswith("__main__"):
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            for pattern in _patterns(value):
                seen += 1
                if _faults(pattern.pattern, pattern.flags & re.VERBOSE):
                    found.append(f"{module.name}.{name}")
    assert seen > 100
    assert found == []
