"""YAML taken in event by event, within bounds, and made a tree that keeps every text as written."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from newsletter.errors import IssueError, Problem
from newsletter.issue.losses import lost_text
from newsletter.issue.mending import explain
from newsletter.issue.places import Place
from newsletter.issue.reading import Reading
from newsletter.issue.source import LARGEST, decode
from newsletter.issue.tree import ListNode, MapNode, Node, Scalar
from newsletter.issue.wording import clip

_DEEPEST = 30
_MOST_NODES = 20_000
_LONGEST_KEY = 200
_QUOTE = "put quotes round the text"


@dataclass
class _Parse:
    """What is known while one file is taken in, event by event."""

    events: Iterator[Any]
    lines: list[str]
    shown: str
    anchors: dict[str, tuple[Node, int, int]] = field(default_factory=dict)
    unused: dict[str, Place] = field(default_factory=dict)
    nodes: int = 0
    problems: list[Problem] = field(default_factory=list)

    def say(self, line: int, name: str, found: str, wanted: str) -> None:
        self.problems.append(Problem("issue", "error", self.shown, line, name, found, wanted))

    def stop(self, line: int, name: str, found: str, wanted: str) -> IssueError:
        self.say(line, name, found, wanted)
        return IssueError(problems=self.problems)


def tree_of(reading: Reading, path: Path, place: Place, name: str) -> Node | None:
    """The tree of another file of the workspace, named at `place`; None after problems were noted."""
    data = reading.bytes_of(path, LARGEST, place, name)
    if data is None:
        return None
    shown = reading.shown(path)
    try:
        node, problems = compose(decode(data, shown), shown)
    except IssueError as error:
        reading.problems.extend(error.problems)
        return None
    reading.problems.extend(problems)
    return node


def compose(text: str, shown: str) -> tuple[Node, list[Problem]]:
    """The tree that the YAML in `text` makes, with the problems that do not hinder reading on.

    Raises IssueError where YAML itself gives up, the first place of it said with its mend.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    lines = text.split("\n")
    parse = _Parse(YAML(typ="safe", pure=True).parse(text), lines, shown)
    try:
        node = _document(parse)
    except (YAMLError, ValueError, OverflowError) as error:
        problem = explain(error, lines, shown)
        # What was said about this line or the one above is why YAML stumbles here.
        known = any(problem.line - other.line in {0, 1} for other in parse.problems)
        raise IssueError(problems=[*parse.problems, *([] if known else [problem])]) from None
    for name, place in parse.unused.items():
        found = f"'&{name}' was taken by YAML for a mark, not for text"
        parse.say(
            place.line, "", found, f"if it is text, {_QUOTE}; if it is a mark, nothing uses it: delete it"
        )
    return node, parse.problems


def _document(parse: _Parse) -> Node:
    kinds = iter(parse.events)
    event = _skip(kinds, "StreamStartEvent", "DocumentStartEvent")
    if event is None or _kind(event) == "StreamEndEvent":
        raise parse.stop(0, "", "the file is empty", "`newsletter new SLUG` writes a starter to begin with")
    parse.events = kinds
    node = _node(event, parse, "", 1)
    second = _skip(kinds, "DocumentEndEvent")
    if second is not None and _kind(second) == "DocumentStartEvent":
        wanted = "delete that line; inside a text, indent it as far as the text"
        raise parse.stop(second.start_mark.line + 1, "", "a line of --- begins a second document", wanted)
    return node


def _skip(events: Iterator[Any], *kinds: str) -> Any:
    return next((event for event in events if _kind(event) not in kinds), None)


def _kind(event: object) -> str:
    return type(event).__name__


def _node(event: Any, parse: _Parse, name: str, depth: int) -> Node:
    line = event.start_mark.line + 1
    parse.nodes += 1
    if depth > _DEEPEST:
        raise parse.stop(
            line, "", f"lists and groups lie more than {_DEEPEST} deep", "an issue needs about six"
        )
    if parse.nodes > _MOST_NODES:
        raise parse.stop(line, "", f"there are more than {_MOST_NODES:,} entries", "split the issue")
    if _kind(event) == "AliasEvent":
        return _aliased(event, parse, name, depth)
    before = parse.nodes
    if event.tag is not None:
        found = "the text begins with '!', which YAML takes for a tag"
        parse.say(line, name, found, f"{_QUOTE}; tags are not used here")
    node = _composed(event, parse, name, depth)
    if event.anchor:
        parse.anchors[event.anchor] = (node, parse.nodes - before + 1, _height(node))
        parse.unused[event.anchor] = Place(parse.shown, line)
    return node


def _composed(event: Any, parse: _Parse, name: str, depth: int) -> Node:
    place = Place(parse.shown, event.start_mark.line + 1)
    if _kind(event) == "ScalarEvent":
        return Scalar(event.value, place, block=event.style == "|")
    if _kind(event) == "SequenceStartEvent":
        return ListNode(tuple(_items(parse, name, depth)), place)
    return _group(parse, name, depth, place)


def _aliased(event: Any, parse: _Parse, name: str, depth: int) -> Node:
    line = event.start_mark.line + 1
    if event.anchor not in parse.anchors:
        found = f"the text begins with '*{event.anchor}', which YAML takes for a reference"
        raise parse.stop(line, name, found, _QUOTE)
    node, size, height = parse.anchors[event.anchor]
    parse.unused.pop(event.anchor, None)
    parse.nodes += size
    if parse.nodes > _MOST_NODES or depth + height > _DEEPEST:
        found = f"references such as *{event.anchor} swell the file beyond {_MOST_NODES:,} entries"
        raise parse.stop(line, name, found, "write the entries out instead")
    return node


def _height(node: Node) -> int:
    inner = (
        node.items
        if isinstance(node, ListNode)
        else node.entries.values()
        if isinstance(node, MapNode)
        else ()
    )
    return 1 + max(map(_height, inner), default=0)


def _items(parse: _Parse, name: str, depth: int) -> Iterator[Node]:
    index = 0
    while _kind(event := next(parse.events)) != "SequenceEndEvent":
        inner = f"{name}.{index}".lstrip(".")
        item = _node(event, parse, inner, depth + 1)
        _check_lost(event, parse, inner)
        yield item
        index += 1


def _group(parse: _Parse, name: str, depth: int, place: Place) -> MapNode:
    group = MapNode({}, {}, place)
    while _kind(event := next(parse.events)) != "MappingEndEvent":
        key, where = _key(event, parse, name, depth)
        inner = f"{name}.{key}".lstrip(".")
        value = next(parse.events)
        node = _node(value, parse, inner, depth + 1)
        _check_lost(value, parse, inner, key_mark=event.end_mark)
        if fault := _odd_key(key, group):
            parse.say(where.line, inner if key in group.entries else name, *fault)
        else:
            group.entries[key], group.keys[key] = node, where
    return group


def _odd_key(key: str, group: MapNode) -> tuple[str, str] | None:
    """Why `key` cannot be taken into the group, with the mend; None where it can."""
    if re.match(r"-\w", key):
        return f"{clip(key)} has no space after its hyphen", f"write '- {key[1:]}: …'"
    if key in group.entries:
        found = f"the key {clip(key)} stands here and in line {group.keys[key].line}"
        return found, "keep one of them, or begin a new entry with '- '"
    if len(key) > _LONGEST_KEY or not key.isprintable():
        return f"{clip(key)} is no key", _QUOTE
    return None


def _key(event: Any, parse: _Parse, name: str, depth: int) -> tuple[str, Place]:
    node = _node(event, parse, name, depth + 1)
    if not isinstance(node, Scalar):
        found = "a list or group in brackets stands where a key is wanted"
        raise parse.stop(node.place.line, name, found, _QUOTE)
    return node.text.strip(), node.place


def _check_lost(event: Any, parse: _Parse, name: str, key_mark: Any = None) -> None:
    """Say it where YAML took the rest of a plain text for a comment."""
    if _kind(event) != "ScalarEvent" or event.style is not None:
        return
    mark = event.end_mark if event.value or key_mark is None else key_mark
    if mark.line < len(parse.lines) and (lost := lost_text(parse.lines[mark.line], mark.column, name)):
        found = f"YAML drops {clip(lost)}, since a # after a space begins a comment"
        parse.say(
            mark.line + 1, name, found, "put quotes round the whole text; before a comment put two spaces"
        )
