"""What the starter of a new issue says, to know its sample texts and hints again."""

import re

from ruamel.yaml import YAML

from newsletter.issue import Issue, starter

# Shorter samples, such as a name or a role, may be what the editor means to say.
_SHORTEST = 20


def starter_texts(issue: Issue) -> frozenset[str]:
    """Each line of the starter's sample texts, with blanks squeezed."""
    data = YAML(typ="safe", pure=True).load(_starter(issue))
    lines = {" ".join(line.split()) for text in _strings(data) for line in text.splitlines()}
    return frozenset(line for line in lines if len(line) >= _SHORTEST and not re.match(r"\w+:\S+$", line))


def starter_comments(issue: Issue) -> frozenset[str]:
    """Each comment line of the starter, without the blanks before it."""
    lines = (line.strip() for line in _starter(issue).splitlines())
    return frozenset(line for line in lines if line.startswith("#") and len(line) >= _SHORTEST)


def _starter(issue: Issue) -> str:
    return starter(issue.slug, issue.lists)


def _strings(data: object) -> list[str]:
    if isinstance(data, str):
        return [data]
    items = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    return [text for item in items for text in _strings(item)]
