"""Files of references as reference managers write them: their kinds, their size, and their broken entries."""

import time

import pytest

from newsletter.issue.bibliography import Entry, read_entries


def one(text: str, suffix: str, key: str) -> Entry:
    found = read_entries(text.encode(), suffix, {key})
    assert isinstance(found, list)
    return next(entry for entry in found if entry.key == key)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("@book{k, author={A B}, title={T}, edition={2}, address={London}}", {"type": "book", "edition": "2"}),
        ("@incollection{k, title={T}, booktitle={B}, editor={C D}}", {"type": "chapter", "container-title": "B"}),
        ("@phdthesis{k, title={T}, school={U}}", {"type": "thesis", "genre": "PhD thesis", "publisher": "U"}),
        ("@techreport{k, title={T}, institution={I}, number={7}}", {"type": "report", "number": "7"}),
        ("@misc{k, title={T}, eprinttype={arXiv}}", {"type": "article", "genre": "Preprint", "publisher": "arXiv"}),
        ("@article{k, title={T}, year=2020, month=mar}", {"issued": {"date-parts": [[2020, 3]]}}),
        ("@article{k, title={T}, author={{Link Group} and van der Berg, M. and others}}", {
            "author": [
                {"literal": "Link Group"},
                {"given": "M.", "non-dropping-particle": "van der", "family": "Berg"},
                {"literal": "et al."},
            ]
        }),
    ],
)  # fmt: skip
def test_bibtex_says_what_an_entry_is(entry: str, expected: dict[str, object]) -> None:
    csl = one(entry, ".bib", "k").csl
    assert {key: csl.get(key) for key in expected} == expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("CHAP", "chapter"), ("THES", "thesis"), ("RPRT", "report"), ("BOOK", "book"), ("XXXX", "document")],
)
def test_ris_says_what_an_entry_is(kind: str, expected: str) -> None:
    text = f"TY  - {kind}\nID  - k\nAU  - Berg, Ada, Jr.\nTI  - T\nPY  - 2020/05/03\nER  - \n"
    csl = one(text, ".ris", "k").csl
    assert csl["type"] == expected
    assert csl["author"] == [{"family": "Berg", "given": "Ada", "suffix": "Jr."}]
    assert csl["issued"] == {"date-parts": [[2020, 5, 3]]}


def bibtex(number: int, broken: int = -1) -> bytes:
    rows = (
        f"@article{{k{n},\n title={{Title{'' if n == broken else '}'},\n doi={{10.1000/{n}}}\n}}\n"
        for n in range(number)
    )
    return "\n".join(rows).encode()


def ris(number: int, broken: int = -1) -> bytes:
    return "".join(
        f"TY  - JOUR\nID  - k{n}\nTI  - Title\n{'' if n == broken else 'ER  - '}\n" for n in range(number)
    ).encode()


def csl_json(number: int, broken: int = -1) -> bytes:
    rows = (f'{{"id": "k{n}", "title": "T"{"" if n == broken else "}"}' for n in range(number))
    return ("[" + ",\n".join(rows) + "]").encode()


@pytest.mark.parametrize(
    ("make", "suffix", "said"),
    [
        (bibtex, ".bib", "line 15001: the entry 'k3000'"),
        (ris, ".ris", "the entry of line 12001 is not ended with 'ER  -' before line 12005"),
        (
            csl_json,
            ".json",
            "line 3002: Expecting property name enclosed in double quotes in the entry 'k3000'",
        ),
    ],
)
def test_one_broken_entry_of_five_thousand_is_named_and_soon(make, suffix: str, said: str) -> None:
    began = time.process_time()
    whole = read_entries(make(5000), suffix, {"k1"})
    assert len(whole) == 5000
    found = read_entries(make(5000, broken=3000), suffix, {"k1"})
    assert isinstance(found, str)
    assert said in found
    assert time.process_time() - began < 5
