"""An issue read from its file, with every problem found in one go."""

from collections.abc import Collection, Iterable
from pathlib import Path

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from newsletter.errors import IssueError, Problem, near
from newsletter.issue.composing import tree_of
from newsletter.issue.dates import month_name
from newsletter.issue.fields import slug_text
from newsletter.issue.languages import in_one_language, languages_of
from newsletter.issue.model import SECTION_TYPES, Issue, SectionBase, written_fields
from newsletter.issue.people import people_known, with_people
from newsletter.issue.pictures import read_pictures
from newsletter.issue.places import Place
from newsletter.issue.reading import Reading
from newsletter.issue.references import with_references
from newsletter.issue.sections import with_sections
from newsletter.issue.tree import ListNode, MapNode, Node, Scalar, at, places, plain
from newsletter.issue.wording import clip, model_at, tag_of, words

_MOST_SHOWN = 100
_TYPES = {tag_of(model): model for model in SectionBase.__subclasses__()}
_FILLED = {"contact": with_people, "publications": with_references}


def read_issue(path: Path, root: Path, lists: Collection[str] | None = None) -> Issue:
    """The issue in the file at `path`; nothing outside the workspace at `root` is read.

    `lists` are the names that newsletter.toml knows; None leaves them unchecked.
    Raises IssueError with all problems, each with its file, line and field.
    """
    reading = Reading(root.resolve(), path.parent.resolve())
    tree = _issue_tree(path, reading)
    if tree is None:
        raise _failed(reading, path)
    tree = _filled_in(with_sections(tree, reading, path), reading)
    _check_lists(tree, lists, reading)
    languages = languages_of(tree, reading)
    trees = [in_one_language(tree, language, languages, reading) for language in languages] or [tree]
    views = [_view(one, path, reading) for one in trees]
    if reading.problems or None in views:
        raise _failed(reading, path)
    first, *others = [view for view in views if view is not None]
    return first.model_copy(update={"translations": {view.language: view for view in others}})


def _view(tree: MapNode, path: Path, reading: Reading) -> Issue | None:
    """The issue as it stands in one language; None where something is wrong, which is noted."""
    pictures = read_pictures(tree, reading)
    standing = dict(places(tree))
    issue = _validated(tree, path, standing, reading)
    if issue is None:
        return None
    subject = issue.subject or _default_subject(issue)
    found = {"places": standing, "pictures": pictures, "subject": subject, "known": people_known(reading)}
    return issue.model_copy(update=found)


def _issue_tree(path: Path, reading: Reading) -> MapNode | None:
    located = reading.locate_issue(path, Place(str(path), 0))
    if located is None:
        return None
    start = Place(reading.shown(located), 0)
    try:
        slug_text(path.stem)
    except PydanticCustomError as error:
        reading.say(start, "", str(error), "rename the file, such as 2022-10.yaml")
    node = tree_of(reading, located, start, "")
    if node is not None and not isinstance(node, MapNode):
        found = (
            "the file holds a list, not an issue"
            if isinstance(node, ListNode)
            else "the file holds plain text"
        )
        reading.say(node.place, "", found, "begin it with title: …, date: … and lists: …")
        return None
    return node


def _filled_in(tree: MapNode, reading: Reading) -> MapNode:
    """The tree with people and publications that are only named put in from their files."""
    rows = tree.entries.get("sections")
    if not isinstance(rows, ListNode):
        return tree
    sections = tuple(_with_looked_up(row, f"sections.{i}", reading) for i, row in enumerate(rows.items))
    return MapNode({**tree.entries, "sections": ListNode(sections, rows.place)}, tree.keys, tree.place)


def _with_looked_up(row: Node, name: str, reading: Reading) -> Node:
    kind = row.entries.get("type") if isinstance(row, MapNode) else None
    fill = _FILLED.get(kind.text.strip()) if isinstance(kind, Scalar) else None
    return fill(row, name, reading) if fill and isinstance(row, MapNode) else row


def _check_lists(tree: MapNode, known: Collection[str] | None, reading: Reading) -> None:
    if known is None:
        return
    rows = tree.entries.get("sections")
    sections = rows.items if isinstance(rows, ListNode) else ()
    audiences = ((f"sections.{i}.audience", row, "audience") for i, row in enumerate(sections))
    for name, node, key in (("lists", tree, "lists"), *audiences):
        for text, place in _names_at(node, key):
            if text not in known:
                found = f"there is no list {clip(text)} in newsletter.toml{near(text[:60], known)}"
                reading.say(place, name, found, _list_wanted(text, known))


def _list_wanted(text: str, known: Collection[str]) -> str:
    if text.startswith("-"):
        return (
            f"put a space after the hyphen: '- {text[1:].split()[0]}'" if text[1:].strip() else "write a name"
        )
    return f"known are {', '.join(known)}" if known else "add [lists.NAME] there first"


def _names_at(node: Node, key: str) -> Iterable[tuple[str, Place]]:
    value = node.entries.get(key) if isinstance(node, MapNode) else None
    if isinstance(value, Scalar):
        for text in value.text.split(","):
            if text.strip():
                yield text.strip(), value.place
    elif isinstance(value, ListNode):
        yield from ((row.text.strip(), row.place) for row in value.items if isinstance(row, Scalar))


def _validated(tree: MapNode, path: Path, standing: dict[str, Place], reading: Reading) -> Issue | None:
    data = plain(tree)
    for name in [name for name in data if name in Issue.model_fields and name not in written_fields(Issue)]:
        reading.say(standing[name], name, f"the key {clip(name)} is not known here", "delete it")
        del data[name]
    for section in data.get("sections", ()) if isinstance(data.get("sections"), list) else ():
        if isinstance(section, dict):
            section.setdefault("type", "article")
    if not data.keys() & {"intro", "sections"}:
        reading.say(tree.place, "sections", "there is nothing to read", "write intro: … or sections: …")
    try:
        return Issue.model_validate({**data, "slug": path.stem, "path": path})
    except ValidationError as error:
        found = [_problem(item, tree, standing) for item in error.errors(include_url=False)]
        # A field of which something was said already would be said to be missing or odd as well.
        said = {(problem.path, problem.field) for problem in reading.problems}
        reading.problems.extend(one for one in found if (one.path, one.field) not in said)
        return None


def _problem(error: ErrorDetails, tree: MapNode, standing: dict[str, Place]) -> Problem:
    location = _field_steps(error["loc"])
    name = ".".join(map(str, location))
    place = _nearest(name, standing)
    if error["type"] == "union_tag_invalid" and location[:1] == ["sections"]:
        kind = str(error["ctx"]["tag"])
        found = f"there is no section type {clip(kind)}{near(kind[:60], SECTION_TYPES)}"
        wanted = f"write one of {', '.join(SECTION_TYPES)}"
        place = standing.get(f"{name}.type", place)
        return Problem("issue", "error", place.path, place.line, f"{name}.type", found, wanted)
    model = _model_of(error)
    found, wanted = words(error, model, list(written_fields(model)))
    if error["type"] == "extra_forbidden" and (home := _elsewhere(str(location[-1]), error["loc"])):
        found = found.partition(" (did you mean")[0] + home
    line = place.line + _lines_down(error, at(tree, location))
    return Problem("issue", "error", place.path, line, name, found, wanted)


def _field_steps(location: tuple[int | str, ...]) -> list[int | str]:
    """The location without the tags that pydantic puts after a section's index and after `link`."""
    steps = list(location)
    if steps[:1] == ["sections"] and len(steps) > 2:
        del steps[2]
    if len(steps) > 3 and steps[2] == "link":
        del steps[3]
    return steps


def _model_of(error: ErrorDetails) -> type[BaseModel]:
    inside = error["type"] in {"missing", "extra_forbidden"}
    return model_at(Issue, error["loc"][:-1] if inside else error["loc"])


def _elsewhere(key: str, location: tuple[int | str, ...]) -> str:
    """A hint where a key of one section type stands in a section of another."""
    homes = [kind for kind, model in _TYPES.items() if key in model.model_fields]
    if len(location) != 4 or location[0] != "sections" or not homes:
        return ""
    return f" (it belongs to a section with type: {' or '.join(homes)}; this one is {location[2]})"


def _lines_down(error: ErrorDetails, node: Node | None) -> int:
    """How many lines below its key the words lie that a validator stumbled over."""
    sought = error["ctx"].get("at") if error["type"] == "refused" else ""
    if not sought or not isinstance(node, Scalar) or not node.block or sought not in node.text:
        return 0
    return node.text[: node.text.index(sought)].count("\n") + 1


def _nearest(name: str, standing: dict[str, Place]) -> Place:
    while name and name not in standing:
        name = name.rpartition(".")[0]
    return standing[name]


def _default_subject(issue: Issue) -> str:
    """Title and month, or the title alone where it names the month already."""
    name = month_name(issue.date.month, issue.language)
    month = f"{name} {issue.date.year}" if name else f"{issue.date:%Y-%m}"
    return issue.title if month in issue.title else f"{issue.title}: {month}"


def _failed(reading: Reading, path: Path) -> IssueError:
    """All problems, those of the issue's own file first, each once, in the order of their lines."""
    own = reading.shown(path)
    found = sorted(dict.fromkeys(reading.problems), key=lambda one: (one.path != own, one.path, one.line))
    more = len(found) - _MOST_SHOWN
    remedy = f"There are {more} problems more; mend these first." if more > 0 else ""
    return IssueError(problems=found[:_MOST_SHOWN], remedy=remedy)
