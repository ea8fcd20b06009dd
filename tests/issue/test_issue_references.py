"""Publications that are named only: looked up in references.json, .bib, .ris and CSL-JSON files."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.errors import Problem
from newsletter.issue import Issue, Publication, Publications

HEAD = "title: News\ndate: 30 September 2022\nlists: [partners]\nsections:\n  - type: publications\n"
Read = Callable[[str], Issue]
Refuse = Callable[[str], list[Problem]]


def _items(issue: Issue) -> tuple[Publication, ...]:
    section = issue.sections[0]
    assert isinstance(section, Publications)
    return section.items


@pytest.mark.parametrize(
    "doi", ["10.1234/LOOKED.up", "https://doi.org/10.1234/looked.up", "doi: 10.1234/looked.UP"]
)
def test_a_doi_alone_is_looked_up_whatever_its_case(doi: str, read: Read) -> None:
    entry = _items(read(f"{HEAD}    items:\n      - doi: '{doi}'\n"))[0]
    assert entry.model_copy(update={"csl": ""}) == Publication(
        authors=("Ada Example", "The Team"),
        title="Found & filled in",
        journal="The Journal",
        year="2022",
        volume="20",
        pages="1-9",
        doi=doi.removeprefix("https://doi.org/").removeprefix("doi: "),
    )


def test_what_is_written_by_hand_wins(read: Read) -> None:
    text = (
        f"{HEAD}    items:\n      - doi: 10.1234/looked.up\n        title: By hand\n        authors: [Me]\n"
    )
    entry = _items(read(text))[0]
    assert (entry.title, entry.authors, entry.journal) == ("By hand", ("Me",), "The Journal")


def test_an_entry_by_hand_needs_no_file(read: Read, samples: Path) -> None:
    (samples / "references.json").unlink()
    entry = _items(read(f"{HEAD}    items:\n      - doi: 10.1234/unknown\n        title: By hand\n"))[0]
    assert entry.title == "By hand"


def test_a_bibtex_key_is_looked_up_with_its_accents(read: Read) -> None:
    entry = _items(read(f"{HEAD}    references: refs.bib\n    items:\n      - ref: byhand2022\n"))[0]
    assert entry.authors == ("Ada Müller", "World Health Organization", "et al.")
    assert (entry.title, entry.pages, entry.year) == ("Tailoring offers & needs", "1–12", "2021")
    assert entry.doi == "10.1234/bib.1"


def test_a_doi_is_looked_up_in_the_sections_own_file_too(read: Read) -> None:
    entry = _items(read(f"{HEAD}    references: refs.bib\n    items:\n      - doi: 10.1234/BIB.1\n"))[0]
    assert entry.title == "Tailoring offers & needs"


def test_a_ris_key_is_looked_up(read: Read) -> None:
    entry = _items(read(f"{HEAD}    references: refs.ris\n    items:\n      - ref: ris1\n"))[0]
    assert entry.authors == ("Ada Example", "Ben Example")
    assert (entry.title, entry.journal, entry.year, entry.pages) == (
        "A RIS title",
        "The Journal",
        "2022",
        "1-12",
    )


def test_fields_that_were_looked_up_stand_where_the_entry_is_named(read: Read) -> None:
    issue = read(f"{HEAD}    items:\n      - doi: 10.1234/looked.up\n")
    assert issue.place("sections.0.items.0.title").line == 7
    assert issue.place("sections.0.items.0.authors.1").line == 7


@pytest.mark.parametrize(
    ("said", "line", "field", "found", "wanted"),
    [
        (
            "items:\n      - doi: 10.1234/absent",
            7,
            "items.0.doi",
            "is not in references.json",
            "write authors:",
        ),
        ("items:\n      - journal: x", 7, "items.0", "has no title and names no reference", "title: …"),
        ("items:\n      - ref: byhand2022", 7, "items.0.ref", "cannot be looked up", "references: refs.bib"),
        (
            "references: refs.bib\n    items:\n      - ref: byhand2020",
            8,
            "items.0.ref",
            "did you mean 'byhand2022'?",
            "",
        ),
        ("references: absent.bib\n    items: []", 6, "references", "there is no file", ""),
        ("references: refs.docx\n    items: []", 6, "references", "is of a kind that is not known", ".bib"),
        ("references: ../../x.bib\n    items: []", 6, "references", "leads outside", ""),
        ("references: broken.json\n    items: []", 6, "references", "is not JSON: line 1", ""),
        ("references: deep.json\n    items: []", 6, "references", "brackets in brackets", ""),
        ("references: text.json\n    items: []", 6, "references", "is not CSL-JSON", ""),
        ("references: latin.bib\n    items: []", 6, "references", "is not saved as UTF-8 (line 2)", ""),
        ("references: empty.bib\n    items: []", 6, "references", "holds no BibTeX entry", ""),
        ("references: deep.bib\n    items: [{ref: a}]", 6, "references", "brackets in brackets", ""),
        ("references: empty.ris\n    items: []", 6, "references", "holds no RIS entry", ""),
    ],
)
def test_what_cannot_be_looked_up_is_told(
    said: str, line: int, field: str, found: str, wanted: str, samples: Path, refused: Refuse
) -> None:
    files = {"refs.docx": b"x", "broken.json": b"[{", "deep.json": b"[" * 100_000, "text.json": b'"x"'}
    files |= {
        "latin.bib": b"@a{b,\n title={\xe9}}",
        "empty.bib": b"words",
        "empty.ris": b"",
    }
    files["deep.bib"] = b"@a{a, title = {" + b"{" * 20_000 + b"}" * 20_000 + b"}}"
    for name, data in files.items():
        (samples / name).write_bytes(data)
    problems = refused(f"{HEAD}    {said}\n")
    assert [(problem.line, problem.field) for problem in problems] == [(line, f"sections.0.{field}")]
    assert found in problems[0].message
    assert wanted in problems[0].remedy


def test_odd_rows_of_a_references_file_do_no_harm(samples: Path, read: Read) -> None:
    rows = [
        {},
        {"id": 7, "title": None, "author": "x", "issued": []},
        {"id": "b", "title": ["One\u2028\x00 two", 3], "author": [1, {}, {"family": "F"}], "issued": {"date-parts": [[]]}},
        {"id": "c", "title": "T", "URL": "javascript:alert(1)", "DOI": "nonsense", "issued": {"raw": "in 2020"}},
    ]  # fmt: skip
    (samples / "odd.json").write_text(json.dumps(rows), encoding="utf-8")
    found = _items(read(f"{HEAD}    references: odd.json\n    items:\n      - ref: b\n      - ref: c\n"))
    assert (found[0].title, found[0].authors, found[0].year) == ("One two", ("F",), "")
    assert (found[1].title, found[1].url, found[1].doi, found[1].year) == ("T", "", "", "2020")
