"""Our citations against those of citeproc-js, which most reference managers use, entry by entry."""

import html
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from newsletter.edition.citation import _for_style, _with_article
from newsletter.edition.styling import EM, EM_END, write_reference
from newsletter.issue import kept_record

pytestmark = pytest.mark.reference

DATA = Path(__file__).parents[1] / "data" / "references"
CSL = Path(__file__).parents[2] / "newsletter" / "edition" / "csl"
FILES = {"apa": "apa", "vancouver": "nlm-citation-sequence", "harvard": "harvard-cite-them-right"}
ENTRIES = json.loads((DATA / "entries.json").read_text(encoding="utf-8"))

#: Where we differ and mean to; docs/references.md tells why.
MEANT = {
    ("apa", "article-number"): "an article's number is called one",
    ("harvard", "article-number"): "an article's number is no page",
    ("harvard", "non-latin"): "the journal is emphasised in every script",
    ("apa", "markup"): "double quotation marks stay double",
    ("vancouver", "markup"): "double quotation marks stay double",
    ("harvard", "markup"): "a space before '&' stays",
    ("apa", "preprint-crossref"): "a preprint is called one",
    ("vancouver", "preprint-crossref"): "a preprint is called one",
    ("apa", "arabic"): "a script without initials gets none",
    ("vancouver", "arabic"): "a script without initials gets none",
    ("harvard", "arabic"): "a script without initials gets none",
    ("vancouver", "hyphen-given"): "'Xiao-ming' has one initial, and not 'X ming'",
    ("harvard", "authors-7-group"): "no comma stands before 'and', whoever comes last",
    ("apa", "report-chapter-series"): "a comma stands before '&', before a group too",
    ("vancouver", "conference-no-container"): "an 'In' with nothing behind it is left out",
}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with npm's `citeproc` in it."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("node and npm are not on this machine")
    folder = tmp_path_factory.mktemp("citeproc-js")
    shutil.copy(DATA / "package.json", folder)
    command = ["npm", "install", "--no-audit", "--no-fund", "--silent", "--fetch-retries=0"]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    if run.returncode:
        pytest.skip(f"npm cannot fetch citeproc: {run.stderr.strip()[-200:]}")
    return folder


@pytest.fixture(scope="module")
def theirs(package: Path) -> dict[str, dict[str, str]]:
    import citeproc

    found = {}
    for style, file in FILES.items():
        command = [
            "node",
            str(DATA / "cite.js"),
            str(CSL / f"{file}.csl"),
            str(DATA / "entries.json"),
            citeproc.LOCALES_PATH,
        ]
        run = subprocess.run(command, cwd=package, capture_output=True, text=True, check=True)
        found[style] = json.loads(run.stdout)
    return found


def ours(entry: dict[str, object], style: str) -> str:
    """The citation with DOI and address, which an edition shows on a line of their own."""
    csl = kept_record(entry)
    article = csl.pop("article-number", "")
    text = write_reference(_for_style(csl, article, style), style, "en")
    return _with_article(text, article, style, "en").replace(EM, "<i>").replace(EM_END, "</i>")


def plain(text: str) -> str:
    text = re.sub(r"</?div[^>]*>", " ", text)
    return re.sub(r"^1\.\s*", "", re.sub(r"\s+", " ", html.unescape(text)).strip())


@pytest.mark.parametrize("style", FILES)
def test_every_entry_reads_as_with_the_reference_implementation(
    style: str, theirs: dict[str, dict[str, str]]
) -> None:
    different = {
        entry["id"]: (ours(entry, style), plain(theirs[style][entry["id"]]))
        for entry in ENTRIES
        if ours(entry, style) != plain(theirs[style][entry["id"]])
    }
    unmeant = {name: pair for name, pair in different.items() if (style, name) not in MEANT}
    assert unmeant == {}
    assert {name for kind, name in MEANT if kind == style} <= set(different), (
        "a difference has gone: take it out"
    )


def test_the_entries_are_of_all_kinds() -> None:
    kinds = {entry["type"] for entry in ENTRIES}
    assert len(ENTRIES) > 70
    assert {
        "article-journal",
        "article",
        "report",
        "chapter",
        "thesis",
        "book",
        "dataset",
        "webpage",
    } <= kinds
