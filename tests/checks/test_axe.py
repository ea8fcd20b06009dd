"""axe-core finds nothing in the built emails: the shipped issue and a large awkward one, light and dark."""

import base64
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from awkward import awkward_issue

from newsletter.config import Config, read_config, shipped
from newsletter.edition import fill_html, render_edition, sample_personal
from newsletter.issue import read_issue

ROOT = Path(__file__).parent.parent.parent
VERSION = "4.14.1"
WIDTHS = (320, 375, 700, 1200)
# Rules for pages of a web site: a message has no landmarks, its reader's program has.
_NOT_FOR_MAIL = {"region": {"enabled": False}, "landmark-one-main": {"enabled": False}}

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


@pytest.fixture(params=["shipped", "awkward"])
def email(request: pytest.FixtureRequest, folder: Path) -> str:
    """The filled HTML of the issue, its pictures beside it as data that a browser can show."""
    config: Config = read_config(shipped("newsletter.toml").read_text(encoding="utf-8"))
    path, root = (ROOT / "issues" / "2022-09.yaml", ROOT) if request.param == "shipped" else (None, folder)
    issue = read_issue(path or awkward_issue(folder), root)
    edition = render_edition(issue, issue.lists[:1], config)
    html = fill_html(edition, sample_personal(config))
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
        found = page.evaluate("rules => axe.run({rules})", _NOT_FOR_MAIL)["violations"]
        told = [(rule["id"], [node["html"][:200] for node in rule["nodes"]]) for rule in found]
        assert told == [], f"at {width} pixels, {scheme}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
