"""The JSON Schema of an issue file: what may be written, for editors that complete and check."""

import json
from typing import Any

from newsletter.issue.model import Issue

_INCLUDE = {
    "title": "Include",
    "description": "Sections from another file.",
    "type": "object",
    "properties": {
        "include": {
            "title": "Include",
            "description": "The file, seen from the issue's folder: acknowledgements.yaml.",
            "type": "string",
        }
    },
    "required": ["include"],
    "additionalProperties": False,
}
_NAME = {"description": "A name, looked up in people.yaml beside the issue.", "type": "string"}


def issue_schema() -> dict[str, object]:
    """The schema (draft 2020-12) of what an editor may write, made from the models."""
    schema = Issue.model_json_schema()
    parts: dict[str, Any] = schema["$defs"]
    for part in [*parts.values(), schema]:
        part["properties"] = {name: _written(name, field, part) for name, field in part["properties"].items()}
    sections = schema["properties"]["sections"]
    sections["items"] = {"anyOf": [*sections["items"]["oneOf"], {"$ref": "#/$defs/Include"}]}
    people = parts["Contact"]["properties"]["people"]
    people["items"] = {"anyOf": [people["items"], _NAME]}
    parts["Publication"]["anyOf"] = [{"required": [name]} for name in ("title", "doi", "ref")]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "Newsletter issue",
        "description": "One issue of the newsletter, as its editor writes it.",
        "anyOf": [{"required": ["intro"]}, {"required": ["sections"]}],
        "$defs": dict(sorted({**parts, "Include": _INCLUDE}.items())),
    }


def schema_text() -> str:
    """The schema as the file that is shipped and printed."""
    return json.dumps(issue_schema(), ensure_ascii=False, indent=2) + "\n"


def _written(name: str, field: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """A field without the defaults that say nothing; one that may be left out may stand empty too."""
    kept = {key: value for key, value in field.items() if key != "default" or value not in ("", [], None)}
    kept.setdefault("title", name.replace("_", " ").title())
    if name not in part.get("required", ()) and "type" in kept and "enum" not in kept and "const" not in kept:
        kinds = kept["type"] if isinstance(kept["type"], list) else [kept["type"]]
        kept["type"] = [*kinds, "null"]
    return kept
