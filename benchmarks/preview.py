"""From a save to the redrawn preview, in a real browser: the median of 20 saves, and each stage's share.

    python benchmarks/preview.py

Each run writes the shipped issue with a new title, as careful editors do (another file, then a rename), and
waits until the browser's frame shows that title. The stages: *notice* until the server knows of the save,
*read* and *render* in the worker, *rest* of the server's work, *show* until the frame holds the new email
(the news, the fetch, the swap). Needs Playwright and Debian's Chromium.
"""

import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

import served

ROOT = Path(__file__).parent.parent
RUNS, WARM = 20, 3
WANTED = 300.0  # milliseconds
STAGES = ("notice", "read", "render", "rest", "show")
_LISTEN = """() => { window.news = []; document.addEventListener("redrawn", (event) => window.news.push(event.detail)); }"""
_SHOWN = """(title) => {
  const page = document.getElementById("frame").contentDocument;
  const last = window.news.at(-1);
  return page && page.body && page.body.textContent.includes(title) && last ? last : null;
}"""
_CHECKED = """() => !document.getElementById("status").textContent.includes("Checking")"""


def main() -> int:
    """Print the median and the shares; 1 where the median is not below what is wanted."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        issue = workspace_in(Path(folder))
        process, link = served.started("preview", Path(folder), "2022-09")
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        try:
            page = browser.new_context(viewport={"width": 1440, "height": 900}, bypass_csp=True).new_page()
            page.goto(link)
            page.locator("#found h2").wait_for()
            page.evaluate(_LISTEN)
            runs = [one_save(page, issue, number) for number in range(WARM + RUNS)][WARM:]
        finally:
            browser.close()
            process.terminate()
            process.wait()
    return told(runs)


def workspace_in(folder: Path) -> Path:
    """A workspace with the shipped issue; the issue's file."""
    for name in ("issues", "consent"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "newsletter.toml", folder)
    return folder / "issues" / "2022-09.yaml"


def one_save(page: object, issue: Path, number: int) -> dict[str, float]:
    """Milliseconds of each stage of one save, and of all together."""
    title = f"Draft number {number} of the link worker role"
    text = issue.read_text(encoding="utf-8")
    lines = [f"title: {title}" if line.startswith("title:") else line for line in text.split("\n")]
    fresh = issue.with_name(".draft.tmp")
    fresh.write_text("\n".join(lines), encoding="utf-8")
    page.evaluate("window.news.length = 0")  # type: ignore[attr-defined]
    begun = time.time() * 1000
    fresh.replace(issue)
    news = page.wait_for_function(_SHOWN, arg=title, polling=5).json_value()  # type: ignore[attr-defined]
    # The next save comes when this one is done with, as with an editor who looks before she goes on.
    page.wait_for_function(_CHECKED, polling=5)  # type: ignore[attr-defined]
    server = news["finished"] - news["noticed"]
    return {
        "notice": news["noticed"] - begun,
        "read": news["reading"],
        "render": news["rendering"],
        "rest": server - news["reading"] - news["rendering"],
        "show": news["swapped"] - news["finished"],
        "all": news["swapped"] - begun,
    }


def told(runs: list[dict[str, float]]) -> int:
    """Print what was measured."""
    median = statistics.median(run["all"] for run in runs)
    slowest = max(run["all"] for run in runs)
    print(f"From a save to the redrawn preview: {median:.0f} ms at the median of {len(runs)} saves")
    print(f"(slowest {slowest:.0f} ms; wanted: under {WANTED:.0f} ms)\n")
    for stage in STAGES:
        share = statistics.median(run[stage] for run in runs)
        print(f"  {stage:7} {share:6.1f} ms  {share / median:4.0%}")
    return int(median >= WANTED)


if __name__ == "__main__":
    sys.exit(main())
