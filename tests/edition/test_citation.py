"""How a publication is cited."""

import pytest

from newsletter.edition.citation import citation_html, citation_text, cite, doi_of, doi_url
from newsletter.issue import Publication


def text(**fields: object) -> str:
    return citation_text(cite(Publication.model_validate(fields)))


def test_a_whole_citation_reads_like_a_reference_list() -> None:
    assert (
        text(
            authors=["Ada Example", "Ben Sample", "Cleo Specimen"],
            year="2022",
            title="How it works",
            journal="BMC Examples",
            volume="20",
            number="3",
            pages="1-12",
        )
        == "Ada Example, Ben Sample and Cleo Specimen (2022). How it works. BMC Examples, 20(3), 1–12."
    )


def test_an_article_number_stands_for_the_pages() -> None:
    assert text(title="T", journal="J", volume="20", article_number="260", pages="1-12") == "T. J, 20, 260."


def test_two_authors_are_joined_by_and() -> None:
    assert text(authors=["A One", "B Two"], title="T").startswith("A One and B Two. T.")


def test_et_al_stays_the_last_and_gets_no_second_full_stop() -> None:
    assert text(authors=["A One", "et al."], title="T") == "A One et al. T."
    assert text(authors=["A One", "et al."], year="2022", title="T") == "A One et al. (2022). T."


def test_a_crowd_of_authors_is_cut() -> None:
    assert text(authors=[f"A {n}" for n in range(20)], title="T") == "A 0, A 1, A 2, A 3, A 4, A 5 et al. T."


@pytest.mark.parametrize(
    "title", ["What is it?", "Done.", "Help!", "She said ‘no.’", "Why ‘so?’", "And so on…"]
)
def test_a_title_that_ends_a_sentence_gets_no_full_stop(title: str) -> None:
    assert text(title=title, journal="J") == f"{title} J."


def test_an_author_with_initials_gets_no_second_full_stop() -> None:
    assert text(authors=["Example A."], title="T") == "Example A. T."


def test_what_is_unknown_leaves_no_punctuation_behind() -> None:
    assert text(title="T") == "T."
    assert text(year="2022", title="T") == "(2022). T."
    assert text(authors=["A One"], journal="J") == "A One. J."
    assert text(doi="10.1000/x") == ""


def test_a_report_names_its_publisher() -> None:
    assert text(title="T", year="2022", publisher="Example Press") == "(2022). T. Example Press."


def test_html_is_escaped_and_the_journal_is_set_in_italics() -> None:
    runs = cite(Publication(authors=("A <One>",), title="x & y", journal="<J>", year="2022"))
    assert citation_html(runs) == ("<strong>A &lt;One&gt;</strong> (2022). x &amp; y. <em>&lt;J&gt;</em>.")


@pytest.mark.parametrize("doi", ["10.1000/x<y>", "https://doi.org/10.1000/x<y>", "doi: 10.1000/x<y>"])
def test_a_doi_leads_to_its_resolver_however_it_was_written(doi: str) -> None:
    bare = doi_of(Publication.model_construct(doi=doi))
    assert bare == "10.1000/x<y>"
    assert doi_url(bare) == "https://doi.org/10.1000/x%3Cy%3E"
