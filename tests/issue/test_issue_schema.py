"""The JSON Schema says what may be written: in step with the models, plain, and true to the reader."""

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from newsletter.issue import SECTION_TYPES, Issue, issue_schema, schema_text, starter, written_fields

SHIPPED = Path(__file__).parents[2] / "newsletter" / "issue" / "schema.json"
SAMPLES = Path(__file__).parents[1] / "data" / "issues"
SOUND = ("every-section", "scalars-yaml-would-change")
WRONG = ("many-faults", "key-of-another-type", "nothing-to-read", "reserved-keys", "a-list", "plain-text")


def _faults(text: str) -> list[str]:
    validator = Draft202012Validator(issue_schema())
    data: Any = YAML(typ="safe", pure=True).load(text)
    return [error.message for error in validator.iter_errors(_as_json(data))]


def _as_json(data: Any) -> Any:
    """As editors see YAML 1.2: dates are texts."""
    if isinstance(data, dict):
        return {key: _as_json(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_as_json(value) for value in data]
    return data if isinstance(data, str | int | float | bool | None) else str(data)


def test_the_shipped_schema_is_the_one_that_the_models_make() -> None:
    assert SHIPPED.read_text(encoding="utf-8") == schema_text(), (
        "run `newsletter schema > newsletter/issue/schema.json`"
    )


def test_the_schema_is_itself_sound() -> None:
    Draft202012Validator.check_schema(issue_schema())


def test_every_field_has_a_title_and_a_description() -> None:
    schema: Any = issue_schema()
    for name, part in {"Issue": schema, **schema["$defs"]}.items():
        assert part["description"], name
        for field, about in part["properties"].items():
            assert about.get("title"), f"{name}.{field}"
            assert about.get("description"), f"{name}.{field}"


def test_every_section_type_is_offered_and_nothing_that_the_reader_fills_in() -> None:
    schema: Any = issue_schema()
    offered = {
        part["properties"]["type"]["const"]
        for part in schema["$defs"].values()
        if "type" in part["properties"]
    }
    assert offered == set(SECTION_TYPES)
    assert set(schema["properties"]) == set(written_fields(Issue))
    assert not {"slug", "path", "places", "pictures", "translations", "known"} & set(schema["properties"])


@pytest.mark.parametrize("name", SOUND)
def test_what_the_reader_takes_the_schema_takes(name: str) -> None:
    text = (SAMPLES / f"{name}.yaml").read_text(encoding="utf-8")
    # What YAML itself makes no text of, the reader keeps as text and other programs do not.
    for word in ("true", "null", "="):
        text = text.replace(f": {word}\n", f": '{word}'\n")
    assert _faults(text) == []


@pytest.mark.parametrize("name", WRONG)
def test_what_the_reader_refuses_for_its_shape_the_schema_refuses(name: str) -> None:
    assert _faults((SAMPLES / f"{name}.yaml").read_text(encoding="utf-8"))


def test_the_starter_fits_the_schema() -> None:
    assert _faults(starter("2022-10", ("partners", "contributors"))) == []
