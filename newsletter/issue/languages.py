"""An issue in several languages: one file, seen in each as if it were written in that one alone."""

from collections.abc import Collection
from dataclasses import dataclass

from newsletter.issue.model import Issue
from newsletter.issue.reading import Reading
from newsletter.issue.tree import ListNode, MapNode, Node, Scalar
from newsletter.issue.wording import clip

#: Gmail cuts what is longer; two are usual.
MOST_TOGETHER = 4

#: What decides who gets which part must be the same in every language.
_ONE_FOR_ALL = frozenset(
    [
        "type",
        "audience",
        "lists",
        "date",
        "corrects",
        "language",
        "languages",
        "languages_together",
        "include",
        "allow",
    ]
)


def in_language(issue: Issue, language: str) -> Issue:
    """The issue as readers of `language` see it; the first language where it is not in theirs.

    Where the languages go together, the others come after it as its `translations`.
    """
    views = {issue.language: issue, **issue.translations}
    exact = {tag.lower(): tag for tag in views}
    near = {tag.partition("-")[0]: tag for tag in reversed(views)}
    wanted = language.strip().lower()
    chosen = exact.get(wanted) or near.get(wanted.partition("-")[0]) or issue.language
    if chosen == issue.language or not issue.languages_together:
        return views.pop(chosen)
    first = views.pop(chosen)
    others = {tag: view.model_copy(update={"translations": {}}) for tag, view in views.items()}
    return first.model_copy(update={"translations": others})


def languages_of(tree: MapNode, reading: Reading) -> tuple[str, ...]:
    """The languages that the file says its texts are in, the first of them first; () for one language."""
    node = tree.entries.get("languages")
    found: list[str] = []
    if isinstance(node, Scalar):
        found = [part.strip() for part in node.text.split(",") if part.strip()]
    elif isinstance(node, ListNode):
        found = [row.text.strip() for row in node.items if isinstance(row, Scalar)]
    if not found:
        if "languages_together" in tree.entries:
            wanted = "write languages: [en, cy] too, or delete it"
            found_alone = "it stands there without languages"
            reading.say(tree.keys["languages_together"], "languages_together", found_alone, wanted)
        return ()
    place = tree.keys["languages"]
    if len(found) < 2 or len(set(map(str.lower, found))) < len(found):
        reading.say(
            place, "languages", "two languages or more are wanted, each once", "write such as [en, cy]"
        )
    if "languages_together" in tree.entries and len(found) > MOST_TOGETHER:
        wanted = "name fewer, or delete languages_together"
        reading.say(place, "languages", f"more than {MOST_TOGETHER} would not fit into one message", wanted)
    if "language" in tree.entries:
        wanted = "delete it: the first of languages is meant"
        reading.say(tree.keys["language"], "language", "it stands beside languages", wanted)
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class _View:
    language: str
    languages: Collection[str]
    reading: Reading


def in_one_language(tree: MapNode, language: str, languages: Collection[str], reading: Reading) -> MapNode:
    """The tree with each text that comes in several languages given in `language`.

    A text that is not there in it is noted as a problem, at its line.
    """
    view = _View(language, languages, reading)
    place = tree.keys["languages"]
    entries = {key: _seen(value, view, key) for key, value in tree.entries.items()}
    entries["language"] = Scalar(language, place)
    return MapNode(entries, {**tree.keys, "language": place}, tree.place)


def _seen(node: Node, view: _View, name: str) -> Node:
    if isinstance(node, ListNode):
        return ListNode(
            tuple(_seen(row, view, f"{name}.{n}") for n, row in enumerate(node.items)), node.place
        )
    if not isinstance(node, MapNode):
        return node
    if node.entries.keys() & set(view.languages):
        return _chosen(node, view, name)
    entries = {key: _seen(value, view, f"{name}.{key}") for key, value in node.entries.items()}
    return MapNode(entries, node.keys, node.place)


def _chosen(node: MapNode, view: _View, name: str) -> Node:
    known = ", ".join(view.languages)
    # A milestone's date is words ('End of 2022') and not the issue's.
    if name == "date" or name.rpartition(".")[2] in _ONE_FOR_ALL - {"date"}:
        view.reading.say(node.place, name, "it is given by language", "write it once, the same for all")
    for key, place in node.keys.items():
        if key not in view.languages:
            view.reading.say(
                place, name, f"{clip(key)} is not among the issue's languages", f"they are {known}"
            )
    value = node.entries.get(view.language, Scalar("", node.place))
    if isinstance(value, Scalar) and not value.text.strip():
        wanted = f"write {view.language}: … beside the others, or the text alone where it is the same in all"
        view.reading.say(node.place, name, f"it is missing in {view.language}", wanted)
    return value
