"""How a publication is cited."""

import pytest

from newsletter.edition.citation import citation_html, citation_text, cite, doi_of, doi_url
from newsletter.issue import Publication

STYLES = ("apa", "vancouver", "harvard")


def publication(**fields: object) -> Publication:
    return Publication.model_validate(fields)


def text(style: str = "apa", **fields: object) -> str:
    return citation_text(cite(publication(**fields), style))


WHOLE = {
    "authors": ["Example, A.", "Sample, B. C.", "Specimen, C."],
    "year": "2022",
    "title": "How it works",
    "journal": "BMC Examples",
    "volume": "20",
    "number": "3",
    "pages": "1-12",
}


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        (
            "apa",
            "Example, A., Sample, B. C., & Specimen, C. (2022). How it works. BMC Examples, 20(3), 1–12.",
        ),
        ("vancouver", "Example A, Sample BC, Specimen C. How it works. BMC Examples. 2022;20(3):1–12."),
        (
            "harvard",
            "Example, A., Sample, B.C. and Specimen, C. (2022) ‘How it works’, BMC Examples, 20(3), pp. 1–12.",
        ),
    ],
)
def test_a_whole_citation_reads_like_a_reference_list(style: str, expected: str) -> None:
    assert text(style, **WHOLE) == expected


@pytest.mark.parametrize("style", STYLES)
def test_names_as_they_are_spoken_stay_so(style: str) -> None:
    assert text(style, authors=["Stephanie Tierney", "et al."], title="T", year="2022").startswith(
        "Stephanie Tierney, et al." if style == "vancouver" else "Stephanie Tierney et al. (2022)"
    )


def test_initials_behind_a_name_are_seen() -> None:
    assert (
        text("vancouver", authors=["Tierney S", "van der Berg M"], title="T")
        == "Tierney S, van der Berg M. T."
    )
    assert text(authors=["Example A."], title="T", year="2022") == "Example, A. (2022). T."


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("apa", "T. (2022). J, 20, Article 260."),
        ("vancouver", "T. J. 2022;20:260."),
        ("harvard", "J (2022) ‘T’, 20, article 260."),
    ],
)
def test_an_article_number_stands_for_the_pages(style: str, expected: str) -> None:
    found = text(style, title="T", journal="J", volume="20", article_number="260", pages="1-12", year="2022")
    assert found == expected


@pytest.mark.parametrize("others", ["et al.", "et al", "and others"])
@pytest.mark.parametrize("style", STYLES)
def test_et_al_stays_the_last_and_gets_no_and_and_no_second_full_stop(style: str, others: str) -> None:
    found = text(style, authors=["A One", "B Two", others], title="T", year="2022")
    assert found.startswith(
        "A One, B Two, et al. T" if style == "vancouver" else "A One, B Two et al. (2022)"
    )


def test_a_crowd_of_authors_is_cut_as_the_style_says() -> None:
    crowd = [f"Name{chr(97 + n)}, X." for n in range(25)]
    assert "Names, X., … Namey, X. T" in text(authors=crowd, title="T", year="").replace(" (n.d.).", " T")
    assert text("vancouver", authors=crowd, title="T").startswith(
        "Namea X, Nameb X, Namec X, Named X, Namee X, Namef X, et al."
    )
    assert text("harvard", authors=crowd, title="T", year="2022").startswith("Namea, X. et al. (2022)")


@pytest.mark.parametrize(
    "title", ["What is it?", "Done.", "Help!", "She said ‘no.’", "Why ‘so?’", "And so on…"]
)
@pytest.mark.parametrize("style", ["apa", "vancouver"])
def test_a_title_that_ends_a_sentence_gets_no_full_stop(title: str, style: str) -> None:
    assert f"{title} J" in text(style, authors=["A One"], title=title, journal="J", year="2022")


def test_what_is_unknown_leaves_no_punctuation_behind() -> None:
    assert text("vancouver", title="T") == "T."
    assert text(title="T", year="2022") == "T. (2022)."
    assert text(authors=["A One"], journal="J", title="T", year="2022") == "A One. (2022). T. J."
    assert text(doi="10.1000/x") == ""


@pytest.mark.parametrize("style", STYLES)
def test_words_stand_where_there_is_no_year_yet(style: str) -> None:
    assert "in press" in text(style, authors=["A One"], title="T", journal="J", year="in press")


def test_kinds_are_written_as_what_they_are() -> None:
    about = {"authors": ["Example, A."], "title": "T", "year": "2022"}
    assert text(**about, publisher="Press") == "Example, A. (2022). T. Press."
    assert text(**about, kind="preprint", publisher="medRxiv") == "Example, A. (2022). T [Preprint]. medRxiv."
    assert (
        text(**about, kind="PhD thesis", publisher="University")
        == "Example, A. (2022). T [PhD thesis]. University."
    )
    chapter = {
        "book": "A Book",
        "editors": ["Sample, B."],
        "edition": "2nd",
        "pages": "3-9",
        "publisher": "Press",
    }
    assert (
        text(**about, **chapter)
        == "Example, A. (2022). T. In B. Sample (Ed.), A Book (2nd edn, pp. 3–9). Press."
    )


def test_an_edited_book_names_its_editors_once() -> None:
    book = {
        "editors": ["Example, A.", "Sample, B."],
        "title": "T",
        "kind": "book",
        "publisher": "Press",
        "year": "2022",
    }
    assert text(**book) == "Example, A., & Sample, B. (Eds). (2022). T. Press."
    assert text("vancouver", **book) == "Example A, Sample B, editors. T. Press; 2022."


@pytest.mark.parametrize("style", STYLES)
def test_html_is_escaped_and_the_journal_is_set_in_italics(style: str) -> None:
    html = citation_html(
        cite(
            publication(
                authors=["A <One>"], title="<script>x</script> & y {{ 7*7 }}", journal="<J>", year="2022"
            ),
            style,
        )
    )
    assert "<script" not in html
    assert "&lt;script&gt;x&lt;/script&gt; &amp; y {{ 7*7 }}" in html
    assert style == "vancouver" or "<em>&lt;J&gt;</em>" in html
    assert "<strong>A &lt;One&gt;</strong>" in html


def test_marks_of_our_own_in_a_title_are_dropped() -> None:
    assert "\ue002" not in text(title="T\ue002itle \ue004", year="2022")


@pytest.mark.parametrize("style", STYLES)
def test_straight_quotes_become_those_of_printers(style: str) -> None:
    found = text(style, authors=["O'Brien, S."], title="Workers' \"own\" 'views'", year="2022")
    assert "O’Brien" in found
    assert "Workers’ “own” ‘views’" in found


@pytest.mark.parametrize("style", STYLES)
def test_the_team_stands_out_however_its_names_are_written(style: str) -> None:
    authors = ["Turk, Amadea", "Tierney, Stephanie", "Tierney, Stephen", "Wong G"]
    item = publication(authors=authors[:3] if style == "harvard" else authors, title="Wong", year="2022")
    runs = cite(item, style, "en", ("Tierney Stephanie", "Stephanie Tierney", "Wong, G."))
    strong = [run.text for run in runs if run.manner == "strong"]
    family = "Tierney S" if style == "vancouver" else "Tierney, S."
    assert strong[0] == family
    assert len(strong) == (1 if style == "harvard" else 2)


def test_the_first_author_stands_out_where_no_team_is_named() -> None:
    runs = cite(publication(authors=["A One", "B Two"], title="T", year="2022"))
    assert [run.text for run in runs if run.manner == "strong"] == ["A One"]


@pytest.mark.parametrize("doi", ["10.1000/x<y>", "https://doi.org/10.1000/x<y>", "doi: 10.1000/x<y>"])
def test_a_doi_leads_to_its_resolver_however_it_was_written(doi: str) -> None:
    bare = doi_of(Publication.model_construct(doi=doi))
    assert bare == "10.1000/x<y>"
    assert doi_url(bare) == "https://doi.org/10.1000/x%3Cy%3E"


@pytest.mark.parametrize(
    ("style", "begin"), [("apa", "Li, X. "), ("vancouver", "Li X. "), ("harvard", "Li, X. ")]
)
def test_a_given_name_with_a_small_second_part_has_one_initial(style: str, begin: str) -> None:
    assert text(style, authors=["Li, Xiao-ming"], title="T", year="2022").startswith(begin)
    assert "J.-P." in text("apa", authors=["Sartre, Jean-Paul"], title="T", year="2022")


def test_a_double_issue_is_a_range() -> None:
    assert "2(3–4)" in text(title="T", journal="J", volume="2", number="3-4", year="2022")
