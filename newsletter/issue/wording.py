"""What validation finds, said in plain words: pydantic's errors become Problems with a place and a mend."""

from collections.abc import Iterable, Sequence
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails, PydanticCustomError

from newsletter.errors import near

_SHOWN = 60
_TYPES = {"string_type": "text", "bool_type": "yes or no", "bool_parsing": "yes or no"}
_LISTS = {"tuple_type", "list_type", "iterable_type"}
_EMPTY = {"too_short", "string_too_short"}
_GROUPS = {"model_type", "model_attributes_type", "dict_type"}


def refuse(found: str, wanted: str, *, at: str = "") -> PydanticCustomError:
    """The error a validator raises: what was found, what is wanted, and `at` which words of a long text."""
    return PydanticCustomError("refused", "{found}", {"found": found, "wanted": wanted, "at": at})


def clip(text: str) -> str:
    """`text` in quotes, cut to a length that can be read in a message."""
    cut = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
    # A backslash as it was typed; what cannot be seen as its code.
    return repr(cut).replace("\\\\", "\\")


def shape(value: object) -> str:
    """What a value of the file is, as its writer would call it."""
    if isinstance(value, dict):
        return "a group of keys" if value else "an empty group {}"
    if isinstance(value, list | tuple):
        return "a list"
    return "nothing" if value == "" else clip(str(value))


def words(error: ErrorDetails, model: type[BaseModel], known: Sequence[str]) -> tuple[str, str]:
    """What was found and what is wanted; `model` is the part that holds the field, `known` its keys."""
    kind, value, key = error["type"], error["input"], str(error["loc"][-1] if error["loc"] else "")
    if kind == "refused":
        return error["ctx"]["found"], error["ctx"]["wanted"]
    if kind == "missing":
        return "is missing", _wanted_for(model, key)
    if kind == "extra_forbidden":
        hint = near(key[:_SHOWN], known)
        return f"the key {clip(key)} is not known here{hint}", f"known are {', '.join(known)}"
    if kind == "string_unicode":
        return f"{clip(str(value))} holds half of a character", "type the text there anew"
    if kind in _EMPTY:
        return "is empty", _wanted_for(model, key)
    return f"{shape(value)} stands here", _wanted_instead(error, model)


def _wanted_instead(error: ErrorDetails, model: type[BaseModel]) -> str:
    """What should stand where something of another shape does."""
    kind = error["type"]
    if kind == "literal_error":
        return f"write one of {error['ctx']['expected']}"
    if kind in _LISTS:
        return "write a list: each entry on a line of its own that begins with '- '"
    if kind in _GROUPS:
        return f"write keys with values, such as {_example(model)}"
    return f"write {_TYPES.get(kind, 'something else')}{_quotes(error['input'])}"


def _quotes(value: object) -> str:
    if isinstance(value, dict | list | tuple):
        return "; if the text begins with [ or {, or has a colon in it, put quotes round it"
    return ""


def _wanted_for(model: type[BaseModel], key: str) -> str:
    field = model.model_fields.get(key)
    about = (field.description or "") if field else ""
    return f"write {key}: … ({about[:1].lower()}{about[1:].rstrip('.')})" if about else f"write {key}: …"


def _example(model: type[BaseModel]) -> str:
    names = [name for name in model.model_fields if name != "type"]
    return ", ".join(f"{name}: …" for name in names[:2])


def model_at(start: type[BaseModel], location: Iterable[Any]) -> type[BaseModel]:
    """The model at the end of `location`; among several, such as section types, the tag chooses."""
    model, choices = start, dict[str, type[BaseModel]]()
    for step in location:
        field = model.model_fields.get(step) if isinstance(step, str) else None
        if step in choices:
            model, choices = choices[step], {}
        elif field:
            inner = list(_parts_of(field.annotation))
            choices = {tag_of(part): part for part in inner} if len(inner) > 1 else {}
            model = inner[0] if len(inner) == 1 else model
    return model


def tag_of(model: type[BaseModel]) -> str:
    """The `type` that a section model is chosen by; the model's own name for any other."""
    field = model.model_fields.get("type")
    return str(get_args(field.annotation)[0]) if field else model.__name__


def _parts_of(annotation: object) -> Iterable[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _parts_of(argument)
