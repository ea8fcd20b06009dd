"""What was posted, as fields: urlencoded or multipart, bounded, and never an exception of the parser's."""

import email.parser
import email.policy
from collections.abc import Mapping
from email.message import Message
from urllib.parse import parse_qsl

#: Octets of a whole body, and fields in it. Ours are far smaller.
BODY_LIMIT, _MOST_FIELDS = 32 * 1024, 200

Fields = Mapping[str, tuple[str, ...]]


def read_fields(content_type: str, body: bytes) -> Fields:
    """Each field's values in the order sent; nothing where the body is no form. Files have no place in it."""
    kind = content_type.partition(";")[0].strip().lower()
    pairs = _multipart(content_type, body) if kind == "multipart/form-data" else _urlencoded(body)
    fields: dict[str, tuple[str, ...]] = {}
    for name, value in pairs[:_MOST_FIELDS]:
        fields[name] = (*fields.get(name, ()), value.replace("\r\n", "\n"))
    return fields


def one(fields: Fields, name: str) -> str:
    """The first value of a field without blanks round it; '' where there is none."""
    return fields.get(name, ("",))[0].strip()


def is_one_click(fields: Fields) -> bool:
    """Whether this is the body of RFC 8058 section 3.1."""
    return one(fields, "List-Unsubscribe").lower() == "one-click"


def _urlencoded(body: bytes) -> list[tuple[str, str]]:
    text = body.decode("utf-8", "replace").strip()
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return []


def _multipart(content_type: str, body: bytes) -> list[tuple[str, str]]:
    """The parts of RFC 7578 that are fields. The standard library reads them as it reads mail."""
    head = f"Content-Type: {' '.join(content_type.split())}\r\n\r\n".encode("utf-8", "replace")
    try:
        message = email.parser.BytesParser(policy=email.policy.compat32).parsebytes(head + body)
        parts = message.get_payload()
        if not isinstance(parts, list):
            return []
        return [
            field for part in parts[:_MOST_FIELDS] if isinstance(part, Message) and (field := _field(part))
        ]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return []  # a body that no browser writes: no form


def _field(part: Message) -> tuple[str, str] | None:
    name = part.get_param("name", header="Content-Disposition")
    if not isinstance(name, str) or part.get_filename() is not None or part.is_multipart():
        return None
    value = part.get_payload(decode=True)
    return (name, value.decode("utf-8", "replace")) if isinstance(value, bytes) else None
