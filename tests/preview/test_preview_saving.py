"""While it is written: each save is seen at once, faults stand where they are, the last good version stays."""

import shutil
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from desk import ISSUE, SECONDS, Standing, email, saved, status

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed here")
expect = sync_api.expect
pytestmark = pytest.mark.browser


@pytest.fixture
def preview(shared: Any) -> Any:
    return shared


@pytest.fixture
def folder(standing: Standing) -> Path:
    return standing.root


@pytest.fixture
def issue(standing: Standing) -> Path:
    return standing.issue


def test_a_save_is_drawn_at_once_and_the_place_is_kept(preview: Any, issue: Path) -> None:
    frame = preview.frame(url=lambda url: "/frame" in url)
    frame.evaluate("window.scrollTo(0, 700)")
    saved(issue, ISSUE.replace("Everybody reads this", "Everybody reads that"))
    expect(email(preview).get_by_role("heading", name="Everybody reads that")).to_be_attached(timeout=SECONDS)
    status(preview, "Redrawn at")
    assert frame.evaluate("window.scrollY") == 700
    expect(preview.locator("#written")).to_contain_text("Everybody reads that")


def test_a_file_that_is_written_in_place_in_two_goes_is_drawn_whole(preview: Any, issue: Path) -> None:
    with issue.open("w", encoding="utf-8") as file:
        file.write(ISSUE[:300])
        file.flush()
        file.write(ISSUE[300:].replace("A long story", "A longer story"))
    expect(email(preview).get_by_role("heading", name="A longer story")).to_be_attached(timeout=SECONDS)
    status(preview, "Redrawn at")


def test_a_fault_is_said_with_its_line_while_the_last_good_version_stays(preview: Any, issue: Path) -> None:
    saved(issue, ISSUE.replace("date: 30 September 2022", "date: 31 September 2022"))
    status(preview, "1 problem to mend", "last good version")
    found = preview.locator("#found")
    expect(found).to_contain_text("Line 2")
    expect(found).to_contain_text("31 September 2022")
    expect(preview.locator("#line-0-2")).to_contain_text("Error:")
    expect(preview.locator("#stale")).to_contain_text("last good version")
    expect(email(preview).get_by_role("heading", name="Everybody reads this")).to_be_visible()

    saved(issue, ISSUE)
    status(preview, "Redrawn at")
    expect(preview.locator("#stale")).to_be_hidden()
    expect(preview.locator("#line-0-2")).not_to_contain_text("Error:")


def test_a_finding_leads_to_its_line_and_its_section(preview: Any, issue: Path) -> None:
    saved(issue, ISSUE.replace("Something for partners.", "Something TODO for partners."))
    link = preview.locator("#found a[data-section]").first
    link.wait_for()
    link.focus()
    preview.keyboard.press("Enter")
    line = preview.locator(".line[aria-current]")
    expect(line).to_contain_text("TODO")
    expect(line).to_be_focused()
    expect(line).to_be_in_viewport()
    expect(email(preview).locator("[data-pointed]")).to_have_text("Only partners read this")
    expect(email(preview).locator("[data-pointed]")).to_be_in_viewport()


def test_an_issue_that_is_deleted_is_said_and_comes_back(preview: Any, issue: Path) -> None:
    issue.unlink()
    status(preview, "to mend", "last good version")
    expect(preview.locator("#found")).to_contain_text("there is no such file")
    saved(issue, ISSUE)
    status(preview, "Redrawn at")


def test_settings_that_break_meanwhile_are_named(preview: Any, folder: Path) -> None:
    settings = folder / "newsletter.toml"
    good = settings.read_text(encoding="utf-8")
    saved(settings, good + "\n[sender")
    status(preview, "to mend")
    expect(preview.locator("#found")).to_contain_text("newsletter.toml")
    saved(settings, good.replace('name = "The link worker study"', 'name = "Another study"'))
    status(preview, "Redrawn at")
    expect(preview.locator("#inbox")).to_contain_text("Another study")


def test_a_template_that_comes_is_taken_and_one_that_is_broken_is_named_with_its_line(
    preview: Any, folder: Path
) -> None:
    template = folder / "templates" / "text" / "layout.txt"
    template.parent.mkdir()
    template.write_text("{{ issue.title }}\n{{ nobody.knows }}\n", encoding="utf-8")
    status(preview, "to mend")
    expect(preview.locator("#found")).to_contain_text("templates/text/layout.txt, line 2")
    expect(preview.locator("#written")).to_contain_text("nobody.knows")
    template.unlink()
    status(preview, "Redrawn at")


def test_a_template_without_end_is_stopped_and_named(preview: Any, folder: Path) -> None:
    template = folder / "templates" / "email" / "contact.mjml"
    template.parent.mkdir()
    loop = "".join(f"{{% for {name} in range(2000) %}}" for name in "abcd")
    template.write_text(f"one\n{loop}{'{% endfor %}' * 4}\n", encoding="utf-8")
    issue = folder / "issues" / "2022-10.yaml"
    contact = "  - type: contact\n    people: [{name: Ada, role: Lead, email: ada@example.org}]\n"
    saved(issue, ISSUE.replace("sections:\n", "sections:\n" + contact))
    status(preview, "to mend", "last good version")
    expect(preview.locator("#found")).to_contain_text("templates/email/contact.mjml, line 2")
    expect(preview.locator("#found")).to_contain_text("is it in a loop?")
    template.unlink()
    status(preview, "Redrawn at")


BAD = {
    "scripted-svg": (
        ("sections:\n", "sections:\n  - title: P\n    images: [{src: a.svg, alt: A hill}]\n"),
        "a.svg",
    ),
    "too-many-pixels": (
        ("sections:\n", "sections:\n  - title: P\n    images: [{src: big.png, alt: A hill}]\n"),
        "10,000 by 6,000 pixels",
    ),
    "broken-references": (
        ("sections:\n", "sections:\n  - {type: publications, references: refs.bib, items: [{ref: a}]}\n"),
        "refs.bib is broken at line 1",
    ),
    "script-link": (("Link workers listen first.", "[press](javascript:alert(1))"), "javascript:"),
    "data-link": (("Link workers listen first.", "[press](data:text/html,x)"), "data:"),
    "bidi-title": (("Everybody reads", "Everybody \u202ereads"), "turns the direction of writing round"),
    "deep-list": (
        ("      Link workers listen first.\n", "".join("  " * (3 + n) + "- a\n" for n in range(200))),
        "8 deep",
    ),
}


def test_what_cannot_be_taken_is_named_with_its_line_and_the_preview_runs_on(
    preview: Any, issue: Path
) -> None:
    (issue.parent / "a.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>")
    (issue.parent / "big.png").write_bytes(huge_picture(10_000, 6_000))
    (issue.parent / "refs.bib").write_text("@article{a, title={x}\n@@@{{{")
    for change, words in BAD.values():
        saved(issue, ISSUE.replace(*change))
        expect(preview.locator("#found")).to_contain_text(words, timeout=SECONDS)
        expect(preview.locator("#found .place").first).to_contain_text("Line ")
        expect(preview.locator(".line.error .mark").first).to_contain_text(words)
        status(preview, "1 problem to mend", "last good version")
    saved(issue, ISSUE.replace("\n", "\r\n"))
    status(preview, "Redrawn at")
    expect(preview.locator("#found")).not_to_contain_text("deep")


def huge_picture(width: int, height: int) -> bytes:
    """The head of a PNG that says that it is so large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def test_the_first_line_to_mend_is_brought_up_by_itself(preview: Any, issue: Path) -> None:
    saved(issue, ISSUE + "      the end\nno_such_key: 1\n")
    status(preview, "to mend")
    expect(preview.locator(".line.error")).to_contain_text("no_such_key")
    expect(preview.locator(".line.error")).to_be_in_viewport()


def test_an_issue_that_is_renamed_is_said_and_comes_back(preview: Any, issue: Path) -> None:
    other = issue.rename(issue.with_name("2022-11.yaml"))
    status(preview, "to mend", "last good version")
    other.rename(issue)
    status(preview, "Redrawn at")


def test_a_folder_that_another_takes_the_place_of_is_watched_on(
    preview: Any, folder: Path, issue: Path
) -> None:
    for text in ("Checked out", "Saved after that"):
        shutil.copytree(folder / "issues", folder / "fresh")
        shutil.rmtree(folder / "issues")
        (folder / "fresh").rename(folder / "issues")
        saved(issue, ISSUE.replace("Everybody reads this", text))
        expect(email(preview).get_by_role("heading", name=text)).to_be_attached(timeout=SECONDS)
        status(preview, "Redrawn at")


def test_a_yaml_bomb_is_said(preview: Any, issue: Path) -> None:
    layers = "".join(
        f"{chr(98 + step)}: &{chr(98 + step)} [{', '.join([f'*{chr(97 + step)}'] * 9)}]\n"
        for step in range(9)
    )
    saved(issue, f"a: &a [x, x, x, x, x, x, x, x, x]\n{layers}")
    status(preview, "to mend", "last good version")
    expect(preview.locator("#found")).to_contain_text("swell the file")
    saved(issue, ISSUE)
    status(preview, "Redrawn at")


def test_people_and_pictures_are_followed_too(preview: Any, folder: Path, issue: Path) -> None:
    saved(issue, ISSUE.replace("sections:\n", "sections:\n  - type: contact\n    people: [ada]\n"))
    status(preview, "to mend")
    saved(
        folder / "issues" / "people.yaml",
        "ada:\n  name: Ada Example\n  role: Study lead\n  email: ada@example.org\n",
    )
    expect(email(preview).get_by_text("Ada Example")).to_be_attached(timeout=SECONDS)


def test_the_page_says_when_the_preview_has_ended(start: Any, tab: Any) -> None:
    running = start()
    tab.goto(running.link)
    expect(tab.locator("#found")).not_to_contain_text("Checking", timeout=SECONDS)
    running.process.kill()
    status(tab, "The preview has ended")


def test_a_logo_that_is_missing_is_named_and_taken_when_it_comes(preview: Any, folder: Path) -> None:
    from PIL import Image

    settings = folder / "newsletter.toml"
    theme = '\n[theme]\nlogo = "brand/logo.png"\nlogo_alt = "The study"\n'
    (folder / "brand").mkdir()
    saved(settings, settings.read_text(encoding="utf-8") + theme)
    status(preview, "to mend", "last good version")
    expect(preview.locator("#found")).to_contain_text("logo")
    Image.new("RGB", (80, 40), "teal").save(folder / "brand" / "logo.png")
    saved(settings, settings.read_text(encoding="utf-8") + "\n")
    status(preview, "Redrawn at")
    expect(email(preview).get_by_role("img", name="The study")).to_be_attached(timeout=SECONDS)
