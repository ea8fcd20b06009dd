"""Files of references as programs really write them: accents, escapes, loose tags, odd line ends, numbers as text."""

import json

import pytest

from newsletter.issue import doi_text
from newsletter.issue.bibliography import Entry, read_entries


def entry(text: str, suffix: str, key: str = "key") -> Entry:
    found = read_entries(text.encode(), suffix, {key})
    assert not isinstance(found, str), found
    return next(one for one in found if one.key == key)


def bib(**fields: str) -> Entry:
    rows = ", ".join(f"{name} = {{{text}}}" for name, text in fields.items())
    return entry(f"@article{{key, {rows}}}", ".bib")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"M{\"u}ller, J{\"o}rg and \v{C}apek, Karel", ("Jörg Müller", "Karel Čapek")),
        (r"{\O}stergaard, S{\o}ren and {\c S}ahin, \c{C}.", ("Søren Østergaard", "Ç. Şahin")),
        (r"Erd\H{o}s, P. and Stra{\ss}e, \AA. and {\L}uk, A", ("P. Erdős", "Å. Straße", "A Łuk")),
        (r"Garc{\'\i}a, {\'A}ngel and Nu{\~n}ez, Jos\'e", ("Ángel García", "José Nuñez")),
        ("{Barnes and Noble} and Andrews, Sandy", ("Barnes and Noble", "Sandy Andrews")),
        ("One, A AND Two, B and others", ("A One", "B Two", "et al.")),
        ("One, A and\n  Two, B", ("A One", "B Two")),
        ("One, A and ", ("A One",)),
    ],
)
def test_names_in_latex_are_read(written: str, read: tuple[str, ...]) -> None:
    assert bib(title="T", author=written).authors == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"\href{https://example.org}{Linked} words", "Linked words"),
        (r"What is \url{x.org}?", "What is x.org?"),
        (r"An \href", "An"),
        ("``Quoted'' and `single'", "“Quoted” and ‘single'"),
        (r"50\% of {NHS} \& more", "50% of NHS & more"),
    ],
)
def test_titles_in_latex_are_read_and_none_is_too_odd(written: str, read: str) -> None:
    assert bib(title=written).fields["title"] == read


def test_addresses_lose_the_backslashes_that_latex_asks_for() -> None:
    found = bib(title="T", doi=r"10.1007/978-3-030-1234-5\_6", url=r"https://example.org/a\_b\%20c")
    assert (found.doi, found.fields["url"]) == ("10.1007/978-3-030-1234-5_6", "https://example.org/a_b%20c")


def test_an_e_print_of_arxiv_leads_there() -> None:
    text = "@misc{key, title={T}, eprint={2201.00001}, archivePrefix={arXiv}, year=2022}"
    assert entry(text, ".bib").fields["url"] == "https://arxiv.org/abs/2201.00001"


def test_a_state_stands_where_there_is_no_year() -> None:
    assert bib(title="T", pubstate="inpress").fields["year"] == "in press"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2nd ed.", "2"),
        ("Second", "2"),
        ("third edition", "3"),
        ("4th", "4"),
        ("Revised edition", "Revised edition"),
    ],
)
def test_an_edition_is_a_number_however_it_is_written(written: str, read: str) -> None:
    assert bib(title="T", edition=written).fields["edition"] == read


RIS = "TY  - CHAP\nID  - key\nAU  - Fox, A\nA1  - Hare, B\nED  - Deer, C\nTI  - T\nBT  - Book\nPY  - 2020\nSP  - 1\nEP  - 9\nER  - \n"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("gap", ["  - ", " - ", "   - "])
def test_ris_is_read_with_any_line_end_and_loose_tags(end: str, gap: str) -> None:
    found = entry(RIS.replace("  - ", gap).replace("\n", end), ".ris")
    assert found.authors == ("A Fox", "B Hare")
    assert found.editors == ("C Deer",)
    assert (found.fields["book"], found.fields["pages"]) == ("Book", "1-9")


def test_a_journal_known_by_its_short_name_only_is_named() -> None:
    found = entry("TY  - JOUR\nID  - key\nTI  - T\nJA  - BMJ\nY1  - 2019///\nER  - \n", ".ris")
    assert (found.fields["journal"], found.fields["year"]) == ("BMJ", "2019")


def test_csl_json_with_text_for_numbers_and_a_date_in_one_text() -> None:
    row = {"id": "key", "title": ["T"], "volume": 20, "issued": "2020-01-02", "edition": "2nd ed."}
    fields = entry(json.dumps([row]), ".json").fields
    assert (fields["volume"], fields["year"], fields["edition"]) == ("20", "2020", "2")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("<https://doi.org/10.1000/x>", "10.1000/x"),
        ("DOI 10.1000/X", "10.1000/X"),
        ("https://www.doi.org/10.1000/x", "10.1000/x"),
        ("https://doi.org/doi:10.1000/x", "10.1000/x"),
        ("http://dx.doi.org/10.1002/(SICI)1097(1998)17:15%3C1661::AID%3E3.0.CO;2-2", "10.1002/(SICI)1097(1998)17:15<1661::AID>3.0.CO;2-2"),
        ("10.1000/100%25", "10.1000/100%25"),
    ],
)  # fmt: skip
def test_a_doi_is_known_however_it_is_written(written: str, read: str) -> None:
    assert doi_text(written) == read
