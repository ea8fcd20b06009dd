"""Pictures of the built emails for people to look at: every theme, width, scheme and language, into build/pictures."""

import argparse
import base64
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "tests" / "checks")]

from awkward import awkward_issue  # noqa: E402  # its folder is no package

from newsletter.config import Config, read_workspace  # noqa: E402
from newsletter.edition import Edition, fill_html, fill_text, render_all, sample_personal  # noqa: E402
from newsletter.issue import Issue, read_issue  # noqa: E402

THEMES = ("paper", "garden", "civic")
WIDTHS = (320, 375, 700, 1200)
SCHEMES = ("light", "dark")
# What 'larger text' of a phone or a browser does: letters and lines grow, boxes do not.
_TWICE = """() => document.querySelectorAll('body, body *').forEach(e => {
  const style = getComputedStyle(e); e.dataset.size = style.fontSize; e.dataset.line = style.lineHeight })
  || document.querySelectorAll('body, body *').forEach(e => {
    e.style.setProperty('font-size', 2 * parseFloat(e.dataset.size) + 'px', 'important');
    if (e.dataset.line != 'normal')
      e.style.setProperty('line-height', 2 * parseFloat(e.dataset.line) + 'px', 'important') })"""
_WIDEST = "document.documentElement.scrollWidth"


def shown_html(edition: Edition, config: Config, *, pictures: bool = True) -> str:
    """The filled HTML, its pictures beside it as data that a browser can show; or with none, as blocked."""
    html = fill_html(edition, sample_personal(config, edition.language))
    for picture in edition.pictures if pictures else ():
        data = base64.b64encode(picture.data).decode()
        html = html.replace(f"cid:{picture.name}@newsletter", f"data:{picture.media_type};base64,{data}")
    return html


def editions(folder: Path, theme: str) -> Iterator[tuple[str, Edition, Config]]:
    """Name, edition and settings of what is looked at: the shipped issue and the awkward one, by language."""
    settings = (ROOT / "newsletter.toml").read_text(encoding="utf-8")
    (folder / "newsletter.toml").write_text(settings.replace('name = "paper"', f'name = "{theme}"'), "utf-8")
    config = read_workspace(folder).config
    shipped = read_issue(ROOT / "issues" / "2022-09.yaml", ROOT)
    awkward = read_issue(awkward_issue(folder), folder)
    for issue, name, language in ((shipped, "shipped", ""), *_by_language(awkward)):
        audience = "+".join(issue.lists) + (f".{language}" if language else "")
        yield name, render_all(issue, config, folder / "templates")[audience], config


def _by_language(issue: Issue) -> list[tuple[Issue, str, str]]:
    return [(issue, "awkward-en", ""), *((issue, f"awkward-{tag}", tag) for tag in issue.translations)]


def take_pictures(browser: Any, html: str, name: Path, scheme: str, *, twice: bool = False) -> list[str]:
    """Writes NAME-WIDTH.png for every width; gives what is wider than its screen.

    Letters of twice the size are for phones of today: at 320 pixels a line would hold one word.
    """
    page = browser.new_page(color_scheme=scheme)
    page.set_content(html)
    if twice:
        page.evaluate(_TWICE)
    wider = []
    for width in WIDTHS[twice:]:
        page.set_viewport_size({"width": width, "height": 900})
        if page.evaluate(_WIDEST) > width:
            wider.append(f"{name.name}-{width}: {page.evaluate(_WIDEST)} pixels wide")
        page.screenshot(path=f"{name}-{width}.png", full_page=True)
    page.close()
    return wider


def _all(browser: Any, target: Path, theme: str) -> list[str]:
    wider = []
    with tempfile.TemporaryDirectory() as folder:
        for issue, edition, config in editions(Path(folder), theme):
            name, html = target / f"{issue}-{theme}", shown_html(edition, config)
            name.with_suffix(".txt").write_text(fill_text(edition, sample_personal(config, edition.language)))
            for scheme in SCHEMES:
                wider += take_pictures(browser, html, Path(f"{name}-{scheme}"), scheme)
            wider += take_pictures(browser, html, Path(f"{name}-large"), "light", twice=True)
            blocked = shown_html(edition, config, pictures=False)
            wider += take_pictures(browser, blocked, Path(f"{name}-blocked"), "light")
    return wider


def main() -> int:
    """Takes the pictures; 1 where something is wider than the screen."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--theme", action="append", choices=THEMES, help="only this theme; may be repeated")
    target = ROOT / "build" / "pictures"
    target.mkdir(parents=True, exist_ok=True)
    chosen = parser.parse_args().theme or THEMES
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        wider = [line for theme in chosen for line in _all(browser, target, theme)]
        browser.close()
    print(*wider, f"{len(list(target.glob('*.png')))} pictures in {target.relative_to(ROOT)}/", sep="\n")  # noqa: T201  # a command
    return 1 if wider else 0


if __name__ == "__main__":
    sys.exit(main())
