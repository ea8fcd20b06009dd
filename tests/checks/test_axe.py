"""axe-core finds nothing in the built emails: each theme, the awkward issue's languages, light and dark.

And what only a browser can tell besides: nothing is too wide or too small, broken or crammed.
"""

import base64
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from awkward import awkward_issue

from newsletter.config import read_workspace, shipped
from newsletter.edition import fill_html, render_edition, sample_personal
from newsletter.issue import in_language, read_issue

ROOT = Path(__file__).parent.parent.parent
VERSION = "4.14.1"
WIDTHS = (320, 375, 700, 1200)
#: Issue, language and theme: every language and every theme, light and dark each.
SEEN = (
    ("shipped", "en", "paper"),
    ("shipped", "en", "garden"),
    ("shipped", "en", "civic"),
    ("awkward", "en", "paper"),
    ("awkward", "cy", "civic"),
    ("awkward", "ar", "garden"),
    ("together", "en", "civic"),
)
# Rules for pages of a web site: a message has no landmarks, its reader's program has.
_NOT_FOR_MAIL = {"region": {"enabled": False}, "landmark-one-main": {"enabled": False}}
TOGETHER = """\
title: {en: News of the study, cy: Newyddion yr astudiaeth, ar: أخبار الدراسة}
date: 30 September 2022
languages: [en, cy, ar]
languages_together: yes
lists: [partners]
intro: {en: Welcome to our news., cy: Croeso i’n newyddion., ar: مرحبا بكم.}
sections:
  - title: {en: A walk, cy: Taith gerdded, ar: نزهة}
    body:
      en: "We walked.\\n\\n### The sea\\n\\n- salt\\n- wind"
      cy: "Cerddon ni.\\n\\n### Y môr\\n\\n- halen\\n- gwynt"
      ar: "مشينا.\\n\\n### البحر\\n\\n- ملح\\n- ريح"
    author: Ada Example
  - type: event
    title: {en: A day out, cy: Diwrnod allan, ar: يوم خارج}
    start: 16 November 2022, 14:00
    end: "16:00"
    link: https://study.example.org/day
  - type: figures
    title: {en: At a glance, cy: Ar gipolwg, ar: نظرة}
    items: [{value: "153", label: {en: people, cy: o bobl, ar: شخصا}}]
  - type: contact
    people: [{name: Ada Example, role: {en: Study lead, cy: Arweinydd, ar: قائدة}, email: ada@example.org}]
"""

# What holds words of its own, is shown, and has letters that are too small.
_SMALL = """() => [...document.querySelectorAll('body *')].filter(e =>
  [...e.childNodes].some(node => node.nodeType == 3 && node.data.trim()) && e.getClientRects().length
  && getComputedStyle(e).opacity != '0' && parseFloat(getComputedStyle(e).fontSize) < 14
).map(e => e.outerHTML.slice(0, 200))"""

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The script of axe-core, from npm."""
    if not shutil.which("npm"):
        pytest.skip("npm is not here, from which axe-core comes")
    folder = tmp_path_factory.mktemp("axe")
    run = subprocess.run(
        ["npm", "pack", f"axe-core@{VERSION}"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if run.returncode:
        pytest.skip(f"npm could not fetch axe-core {VERSION}")
    with tarfile.open(folder / f"axe-core-{VERSION}.tgz") as archive:
        file = archive.extractfile("package/axe.min.js")
        assert file
        return file.read().decode()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    chromium = shutil.which("chromium")
    if not chromium:
        pytest.skip("Chromium is not here")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


def together_issue(folder: Path) -> Path:
    """An issue with three languages in one message, one of them written from right to left."""
    path = folder / "issues" / "2022-11.yaml"
    path.write_text(TOGETHER, encoding="utf-8")
    return path


@pytest.fixture(params=SEEN, ids="-".join)
def email(request: pytest.FixtureRequest, folder: Path) -> str:
    """The filled HTML of an issue, its pictures beside it as data that a browser can show."""
    which, language, theme = request.param
    settings = shipped("newsletter.toml").read_text(encoding="utf-8")
    (folder / "newsletter.toml").write_text(settings.replace('"paper"', f'"{theme}"', 1), encoding="utf-8")
    config = read_workspace(folder).config
    path, root = (ROOT / "issues" / "2022-09.yaml", ROOT) if which == "shipped" else (None, folder)
    made = together_issue if which == "together" else awkward_issue
    issue = in_language(read_issue(path or made(folder), root), language)
    edition = render_edition(issue, issue.lists, config, folder / "templates")
    html = fill_html(edition, sample_personal(config, *edition.languages))
    for picture in edition.pictures:
        data = base64.b64encode(picture.data).decode()
        html = html.replace(f"cid:{picture.name}@newsletter", f"data:{picture.media_type};base64,{data}")
    return html


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(
    scheme: str, email: str, axe: str, browser: Any
) -> None:
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    page.set_content(email)
    page.evaluate(axe)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        # The email has one look below 480 pixels and one above: axe sees both.
        if width in (375, 700):
            found = page.evaluate("rules => axe.run({rules})", _NOT_FOR_MAIL)["violations"]
            told = [(rule["id"], [node["html"][:200] for node in rule["nodes"]]) for rule in found]
            assert told == [], f"at {width} pixels, {scheme}"
    small = page.evaluate(_SMALL)
    assert small == [], "letters smaller than 14 pixels"
    context.close()


CRAMMED = f"""\
title: A table and a date
date: 30 September 2022
lists: [partners]
sections:
  - type: event
    title: A meeting of everybody who has anything to do with it
    start: September 2022
    body: |
      | Organisation | Participants | What they do |
      |---|---|---|
      | The museum | 12 | {"One thing and another, and then a third. " * 12} |
"""
_TWICE = """() => [...document.querySelectorAll('body *')].map(e => [e, getComputedStyle(e)]).map(([e, style]) =>
  [e, parseFloat(style.fontSize), parseFloat(style.lineHeight)]).forEach(([e, size, line]) => {
    e.style.fontSize = 2 * size + 'px'; e.style.lineHeight = 2 * line + 'px' })"""
_GAP = """() => document.querySelector('.event-head .title').getBoundingClientRect().left
  - document.querySelector('.tile').getBoundingClientRect().right"""
_LINES = """() => [...document.querySelectorAll('th')].map(e => {
  const words = document.createRange(); words.selectNodeContents(e); return words.getClientRects().length })"""


@pytest.mark.parametrize("text", [1, 2])
def test_heads_of_columns_are_not_broken_and_the_date_stands_apart(
    text: int, folder: Path, browser: Any
) -> None:
    path = folder / "issues" / "2022-11.yaml"
    path.write_text(CRAMMED, encoding="utf-8")
    config = read_workspace(folder).config
    edition = render_edition(read_issue(path, folder), ("partners",), config)
    page = browser.new_page(viewport={"width": 700, "height": 900})
    page.set_content(fill_html(edition, sample_personal(config)))
    if text == 2:
        page.evaluate(_TWICE)
    assert page.evaluate(_GAP) >= 16
    assert page.evaluate(_LINES)[:2] == [1, 1]
    assert page.evaluate("document.documentElement.scrollWidth") <= 700
    page.close()
