"""Records fetched by DOI into references.json: all or none, and always the same."""

import json
from pathlib import Path

import pytest

from newsletter.issue import Publications, read_issue
from newsletter.references import NotAdded, NotReached, add_references

DOI = "10.1000/example.1"


@pytest.fixture
def path(folder: Path) -> Path:
    return folder / "issues" / "references.json"


def test_a_record_is_kept_without_what_is_not_used(server, path: Path) -> None:
    server.says("10.1000/Example.1")
    done = add_references(path, ["https://doi.org/10.1000/Example.1"], server.registry())
    (row,) = json.loads(path.read_text(encoding="utf-8"))
    assert row == done.added[0]
    assert row == {
        "DOI": DOI,
        "article-number": "e12",
        "author": [{"family": "Example", "given": "Ada"}, {"literal": "The Link Worker Group"}],
        "container-title": "Journal of Examples",
        "custom": {"open_access": True},
        "id": DOI,
        "issue": "2",
        "issued": {"date-parts": [[2022, 9, 1]]},
        "page": "e12",
        "publisher": "Example Press",
        "title": "How a link worker works",
        "type": "article-journal",
        "volume": "7",
    }


def test_the_question_names_what_is_wanted_and_who_asks(server, path: Path) -> None:
    server.says(DOI)
    add_references(path, [DOI], server.registry())
    ((asked, headers),) = server.asked
    assert asked == DOI
    assert headers["Accept"] == "application/vnd.citationstyles.csl+json"
    assert headers["User-Agent"] == "newsletter/test"


def test_an_issue_may_then_name_the_doi_alone(server, path: Path, folder: Path) -> None:
    server.says(DOI)
    add_references(path, [DOI], server.registry())
    issue = folder / "issues" / "2022-09.yaml"
    issue.write_text(
        "title: News\ndate: 30 September 2022\nlists: [partners]\nsections:\n"
        f"  - type: publications\n    items:\n      - doi: {DOI}\n",
        encoding="utf-8",
    )
    section = read_issue(issue, folder).sections[0]
    assert isinstance(section, Publications)
    item = section.items[0]
    assert (item.title, item.year, item.open_access) == ("How a link worker works", "2022", True)
    assert item.authors == ("Ada Example", "The Link Worker Group")


def test_the_file_is_sorted_and_adding_again_changes_nothing(server, path: Path) -> None:
    for doi in ("10.1000/b", "10.1000/a", "10.1000/c"):
        server.says(doi)
    add_references(path, ["10.1000/b", "10.1000/a"], server.registry())
    before = path.read_bytes()
    done = add_references(path, ["10.1000/A"], server.registry())
    assert (done.kept, done.added) == (("10.1000/A",), ())
    assert path.read_bytes() == before
    add_references(path, ["10.1000/c"], server.registry())
    assert [row["DOI"] for row in json.loads(path.read_text())] == ["10.1000/a", "10.1000/b", "10.1000/c"]
    assert path.read_text().startswith(before.decode().rstrip("\n]").rstrip())


def test_what_is_there_is_kept_unless_it_is_to_be_updated(server, path: Path) -> None:
    server.says(DOI)
    add_references(path, [DOI], server.registry())
    server.says(DOI, title="A new title")
    add_references(path, [DOI], server.registry())
    assert "A new title" not in path.read_text()
    assert len(server.asked) == 1
    done = add_references(path, [DOI], server.registry(), update=True)
    assert [row["title"] for row in done.changed] == ["A new title"]
    assert "A new title" in path.read_text()


def test_rows_by_hand_stay_as_they_were(server, path: Path) -> None:
    path.write_text('[{"id": "mine", "title": "By hand", "note": "kept"}]')
    server.says(DOI)
    add_references(path, [DOI], server.registry())
    assert {"id": "mine", "title": "By hand", "note": "kept"} in json.loads(path.read_text())


def test_a_dry_run_writes_nothing(server, path: Path) -> None:
    server.says(DOI)
    assert add_references(path, [DOI], server.registry(), dry_run=True).added
    assert not path.exists()


def test_where_one_fails_none_is_added_and_each_failure_is_named(server, path: Path) -> None:
    server.says(DOI)
    with pytest.raises(NotAdded) as caught:
        add_references(path, [DOI, "10.1000/none", "10.1000/nil"], server.registry())
    assert [problem.path for problem in caught.value.problems] == ["10.1000/none", "10.1000/nil"]
    assert "no such DOI" in str(caught.value)
    assert not path.exists()


def test_what_is_no_doi_is_said_before_anybody_is_asked(server, path: Path) -> None:
    with pytest.raises(NotAdded, match="this is not a DOI"):
        add_references(path, [DOI, "hsc.13949", "10.1000/x\u202ey"], server.registry())
    assert server.asked == []


def test_a_registry_that_is_away_is_another_matter(server, path: Path) -> None:
    from dataclasses import replace

    away = replace(server.registry(), resolver="http://127.0.0.1:9/")
    with pytest.raises(NotReached, match="cannot be reached"):
        add_references(path, [DOI], away)


def test_a_broken_file_is_named_with_its_line_and_left_alone(server, path: Path) -> None:
    rows = [json.dumps({"id": f"k{n}", "DOI": f"10.1000/{n}", "title": "T"}) for n in range(5000)]
    rows[3210] = '{"id": "k3210", "DOI": "10.1000/3210", "title": "T}'
    text = "[\n" + ",\n".join(rows) + "\n]"
    path.write_text(text)
    with pytest.raises(
        Exception, match=r"issues/references.json is not JSON: line 3212: .* in the entry 'k3210'"
    ):
        add_references(path, [DOI], server.registry())
    assert path.read_text() == text


@pytest.mark.parametrize(
    "doi",
    [
        "10.1002/(SICI)1097-0258(19980815/30)17:15/16<1661::AID-SIM968>3.0;2-2",
        "10.1000/a#b?c%20d",
        "10.1000/ü",
    ],
)
def test_odd_characters_reach_the_registry_unchanged(server, path: Path, doi: str) -> None:
    server.says(doi)
    assert add_references(path, [doi], server.registry()).added[0]["DOI"] == doi.lower()
