"""Whatever a file holds, reading it gives an issue or an IssueError, and nothing else."""

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.errors import IssueError
from newsletter.issue import SECTION_TYPES, Issue, read_issue

_HEAD = b"title: T\ndate: 2022-09-30\nlists: [partners]\nsections:\n"
_PIECES = [
    *(f"{key}: " for key in ("title", "date", "lists", "sections", "items", "images", "src", "body", "type", "start")),
    *(f"{key}: " for key in ("end", "people", "link", "url", "label", "doi", "ref", "authors", "include", "audience")),
    *SECTION_TYPES, "\n", "\n  ", "\n    ", "\n- ", "\n  - ", "- ", ": ", " #", "#", "'", '"', "|\n", ">\n", "[", "]",
    "{", "}", ",", "&a ", "*a", "!t ", "? ", "%", "@", "`", "---\n", "...\n", "\t", "\\", "\\x0", "\\u12", "\u2028",
    "\x85", "\0", "\x1b", "é", "😀", "2022-02-30", "15 June 2022, 2pm", "12:30", "10.1234/x", "https://[", "javascript:",
    "../x", "x.png", "people", "~", "null", "0x1F", "a@b", "text", "\r", "\r\n", "<<: ", "partners",
    '"\\ud800"', '"\\0"',
]  # fmt: skip
_quick = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def read_or_refused(data: bytes) -> Issue | IssueError:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "issue.yaml"
        path.write_bytes(data)
        try:
            return read_issue(path, Path(name), ["partners"])
        except IssueError as error:
            str(error).encode()
            return error


@_quick
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    assert read_or_refused(data)


@_quick
@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    assert read_or_refused(text.encode("utf-8", "surrogatepass"))


@_quick
@given(st.lists(st.sampled_from(_PIECES), max_size=40).map("".join))
def test_anything_that_looks_like_yaml_is_read_or_refused(text: str) -> None:
    assert read_or_refused(text.encode())


@_quick
@given(st.lists(st.sampled_from(_PIECES), max_size=25).map("".join))
def test_any_section_is_read_or_refused(text: str) -> None:
    assert read_or_refused(_HEAD + b"  - " + text.encode())


_KEYS = (
    "type title body items images src people members name link url label start end button milestones audience "
    "doi ref references authors include logos links"
)
_keys = st.sampled_from(_KEYS.split())
_values = st.recursive(
    st.text(alphabet=st.characters(codec="utf-8", exclude_characters="'\n\r"), max_size=12)
    | st.sampled_from(
        ["15 June 2022", "partners", "x.png", "https://example.org", "event", "contact", "publications"]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=4),
    max_leaves=12,
)


def _flow(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return f"'{value}'"


@_quick
@given(st.lists(st.dictionaries(_keys, _values, max_size=5), max_size=4))
def test_any_shape_of_sections_is_read_or_refused(sections: list[object]) -> None:
    assert read_or_refused(_HEAD + "".join(f"  - {_flow(section)}\n" for section in sections).encode())
