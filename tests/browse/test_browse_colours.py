"""The preview wears the colours of the pages: each has a style sheet of its own, served apart, and they must agree."""

import re
from pathlib import Path

import newsletter

ROOT = Path(newsletter.__file__).parent


def _palettes(part: str, sheet: str) -> list[dict[str, str]]:
    """Names and values by day and by night."""
    css = (ROOT / part / "static" / sheet).read_text(encoding="utf-8")
    return [
        dict(re.findall(r"(--[\w-]+): ([^;]+);", block)) for block in re.findall(r":root \{([^}]*)\}", css)
    ]


def test_a_colour_of_one_name_is_the_same_in_the_pages_and_in_the_preview() -> None:
    pages, preview = _palettes("browse", "browse.css"), _palettes("preview", "preview.css")
    assert len(pages) == len(preview) == 2
    for ours, theirs in zip(pages, preview, strict=True):
        shared = set(ours) & set(theirs)
        assert len(shared) >= 11
        assert {name: ours[name] for name in shared} == {name: theirs[name] for name in shared}
