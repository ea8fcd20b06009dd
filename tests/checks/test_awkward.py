"""The large awkward issue reads and renders in each of its languages, for every audience."""

from collections.abc import Mapping
from pathlib import Path

import lxml.html
import pytest
from awkward import awkward_issue

from newsletter.config import read_config, shipped
from newsletter.edition import Edition, fill_text, render_all, sample_personal
from newsletter.issue import SECTION_TYPES, Issue, read_issue

AUDIENCES = ("public", "partners", "contributors", "partners+contributors")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("awkward")


@pytest.fixture(scope="module")
def issue(root: Path) -> Issue:
    return read_issue(awkward_issue(root), root, ["partners", "contributors"])


@pytest.fixture(scope="module")
def editions(issue: Issue, root: Path) -> Mapping[str, Edition]:
    config = read_config(shipped("newsletter.toml").read_text(encoding="utf-8"))
    return render_all(issue, config, root / "templates")


def test_it_has_twenty_sections_of_every_type_and_three_languages(issue: Issue) -> None:
    assert len(issue.sections) == 20
    assert {section.type for section in issue.sections} == set(SECTION_TYPES)
    assert [issue.language, *issue.translations] == ["en", "cy", "ar"]


def test_every_audience_has_an_edition_in_every_language(editions: Mapping[str, Edition]) -> None:
    assert set(editions) == {name + tag for name in AUDIENCES for tag in ("", ".cy", ".ar")}
    for name, edition in editions.items():
        language = name.partition(".")[2] or "en"
        side = "rtl" if language == "ar" else "ltr"
        assert f'lang="{language}"' in edition.html
        assert f'dir="{side}"' in edition.html
        assert ("17. " in edition.text or "١٧. " in edition.text) == ("partners" in name)


def test_signs_and_marks_come_through_whole(editions: Mapping[str, Edition]) -> None:
    html = editions["partners"].html
    alts = lxml.html.document_fromstring(html).xpath("//img/@alt")
    assert 'A "quoted" picture & \\ <b>, it’s 🎈' in alts
    assert "10\u00a0km" in editions["partners"].text
    assert "&lt;b&gt;This is not HTML&lt;/b&gt;" in html
    assert "\\u{" not in html


def test_only_words_that_cannot_break_are_longer_than_a_line(editions: Mapping[str, Edition]) -> None:
    for edition in editions.values():
        text = fill_text(edition, sample_personal(None, edition.language))
        for line in text.partition("_" * 72)[0].splitlines():
            assert len(line) <= 72 or len(max(line.split(), key=len)) > 40, line
