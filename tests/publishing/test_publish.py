"""The archive: what was sent, as everybody may read it; nothing of a reader, and nothing twice."""

import datetime as dt
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from lxml import etree, html
from PIL import Image

from newsletter.approval import approve
from newsletter.config import Config, Workspace, read_workspace
from newsletter.contacts import (
    ConsentEvent,
    NewContact,
    add_contact,
    give_permission,
    record_consent,
    sync_lists,
    withdraw_permission,
)
from newsletter.database import Database
from newsletter.edition import render_all
from newsletter.errors import InputError
from newsletter.issue import read_issue
from newsletter.outbox import opaque_at, queue_mailing
from newsletter.publishing import plan_writing, sent_issues, site_files, write_files, writing
from newsletter.publishing.feed import Entry, atom_feed
from newsletter.publishing.lifting import lift
from newsletter.tokens import make_token
from newsletter.webapp.latest import latest_issues

ISSUE = """\
title: {en: Autumn & news, cy: Newyddion yr hydref}
date: 30 September 2022
languages: [en, cy]
lists: [partners, contributors]
intro: {en: Welcome to everybody., cy: Croeso i bawb.}
sections:
  - title: {en: A walk, cy: Taith gerdded}
    body: {en: "We walked. [More](https://study.example.org/walk)", cy: Cerddon ni.}
    images:
      - src: pictures/hill.png
        alt: {en: A hill, cy: Bryn}
        permission: M-1
  - title: {en: For advisers alone, cy: I gynghorwyr yn unig}
    audience: [contributors]
    body: {en: The secret plan, cy: Y cynllun cyfrinachol}
"""


@pytest.fixture
def config(folder: Path) -> Config:
    with (folder / "newsletter.toml").open("a", encoding="utf-8") as settings:
        settings.write('\n[public]\nurl = "https://news.example.org"\nlanguages = ["en", "cy"]\n')
    return read_workspace(folder).config


@pytest.fixture
def sent(db: Database, folder: Path, config: Config, now: dt.datetime) -> Database:
    """An issue that Ada, who has a permission to be shown on record, was sent."""
    sync_lists(db, config, now)
    ada = add_contact(db, NewContact(email="ada@example.org", name="Ada Example"), now)
    given = ConsentEvent(ada, "partners", "given", "consent", "2022-06-14", "paper", "tester")
    record_consent(db, given, now)
    give_permission(db, "M-1", ["photo"], given, now)
    send(db, folder, "2022-09", config, now)
    return db


def send(db: Database, folder: Path, slug: str, config: Config, now: dt.datetime, text: str = ISSUE) -> None:
    """Queue the issue, and write down that it went out."""
    (folder / "issues" / "pictures").mkdir(exist_ok=True)
    Image.new("RGB", (60, 40), "#2f4a2b").save(folder / "issues" / "pictures" / "hill.png")
    path = folder / "issues" / f"{slug}.yaml"
    path.write_text(text, encoding="utf-8")
    issue = read_issue(path, folder)
    editions = render_all(issue, config, config.templates)
    approve(db, slug, editions, "Sam", "Lead", now)
    mailing = queue_mailing(db, issue, editions, config, now)
    db.conn.execute("UPDATE deliveries SET state = 'sent' WHERE mailing_id = ?", (mailing.id,))
    mark(db, slug, "done", now)


def mark(db: Database, slug: str, state: str, now: dt.datetime) -> None:
    day = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    db.conn.execute("UPDATE mailings SET state = ?, started_at = ? WHERE issue = ?", (state, day, slug))


def files_of(db: Database, config: Config) -> dict[str, bytes]:
    return site_files(sent_issues(db, config)[0], config)


def test_a_page_is_the_public_edition_and_holds_nothing_of_a_reader(sent: Database, config: Config) -> None:
    files = files_of(sent, config)
    page = files["2022-09/index.html"].decode()
    assert "Welcome to everybody." in page
    assert "as everybody may read it. It was sent out on 30 September 2022." in page
    everything = b"".join(data for name, data in files.items() if not name.endswith(".png")).decode()
    token = make_token(
        sent.key, "unsubscribe", opaque_at(sent, sent.one("SELECT min(id) FROM deliveries")[0])
    )
    for private in (
        "secret plan",
        "For advisers",
        "Ada",
        "ada@",
        "Dear",
        "example.invalid",
        "cid:",
        "M-1",
        token,
    ):
        assert private not in everything
    assert "Stop these emails" not in page
    assert 'src="pictures/' in page
    assert [name for name in files if name.startswith("2022-09/pictures/")]


def test_an_issue_in_two_languages_has_a_page_for_each_that_leads_to_the_other(
    sent: Database, config: Config
) -> None:
    files = files_of(sent, config)
    assert b'<a href="cy.html" lang="cy"' in files["2022-09/index.html"]
    welsh = files["2022-09/cy.html"].decode()
    assert '<html lang="cy" dir="ltr">' in welsh
    assert '<a href="index.html" lang="en"' in welsh
    assert "Croeso i bawb." in welsh
    assert "Newyddion yr hydref" in files["index.cy.html"].decode()
    assert "Autumn &amp; news" in files["index.html"].decode()


def test_pages_keep_to_a_policy_without_inline_styles_scripts_or_anything_from_elsewhere(
    sent: Database, config: Config
) -> None:
    files = files_of(sent, config)
    for name, data in files.items():
        if not name.endswith(".html"):
            continue
        page = html.document_fromstring(data.decode())
        assert not page.xpath("//style | //script | //iframe | //@style | //@*[starts-with(name(), 'on')]")
        assert not [one for one in page.xpath("//link/@href | //img/@src") if ":" in one]
        for link in page.xpath("//a/@href | //link/@href | //img/@src"):
            target = (Path(name).parent / link).as_posix()
            if ":" in link or link.startswith("#"):
                continue
            found = {target, f"{target}/index.html".replace("//", "/")}
            assert any(_plain(path) in files for path in found), (name, link)
    css = files["2022-09/index.css"].decode()
    assert re.search(r"\.l1:not\(#lifted\) \{ .+ \}", css)
    assert "prefers-color-scheme: dark" in css


def _plain(path: str) -> str:
    parts: list[str] = []
    for part in path.split("/"):
        parts = parts[:-1] if part == ".." else [*parts, part] if part not in {"", "."} else parts
    return "/".join(parts)


def test_the_feed_names_each_page_by_its_full_address_and_stays_the_same(
    sent: Database, folder: Path, config: Config, now: dt.datetime
) -> None:
    before = files_of(sent, config)["feed.xml"]
    atom = {"a": "http://www.w3.org/2005/Atom"}
    feed = etree.fromstring(before)
    assert feed.xpath("//a:entry/a:title/text()", namespaces=atom) == ["Autumn & news", "Newyddion yr hydref"]
    assert feed.xpath("//a:entry/a:link/@href", namespaces=atom) == [
        "https://news.example.org/archive/2022-09/",
        "https://news.example.org/archive/2022-09/cy.html",
    ]
    ids = feed.xpath("//a:entry/a:id/text()", namespaces=atom)
    send(sent, folder, "2022-12", config, now + dt.timedelta(days=90))
    again = etree.fromstring(files_of(sent, config)["feed.xml"]).xpath(
        "//a:entry/a:id/text()", namespaces=atom
    )
    assert again[2:] == ids
    assert len(set(again)) == 4


def test_issues_stand_by_year_and_lead_to_their_neighbours(
    sent: Database, folder: Path, config: Config, now: dt.datetime
) -> None:
    send(sent, folder, "2023-01", config, now + dt.timedelta(days=120))
    files = files_of(sent, config)
    index = html.document_fromstring(files["index.html"].decode())
    assert index.xpath("//h2/text()") == ["2023", "2022"]
    assert index.xpath("//ul[@class='issues']//a/@href") == ["2023-01/", "2022-09/"]
    assert b"Older: <bdi>" in files["2023-01/index.html"]
    assert b'href="../2023-01/"' in files["2022-09/index.html"]
    assert b'href="../2023-01/cy.html"' in files["2022-09/cy.html"]


@pytest.mark.parametrize("state", ["running", "paused", "cancelled", "queued"])
def test_what_did_not_go_out_whole_is_left_out(
    sent: Database, config: Config, now: dt.datetime, state: str
) -> None:
    mark(sent, "2022-09", state, now)
    shown, (withheld,) = sent_issues(sent, config)
    assert shown == ()
    assert withheld.slug == "2022-09"


def test_what_nobody_has_got_is_left_out(sent: Database, config: Config) -> None:
    sent.conn.execute("UPDATE deliveries SET state = 'refused'")
    assert sent_issues(sent, config)[0] == ()


def test_an_issue_goes_when_somebody_takes_their_permission_back(
    sent: Database, folder: Path, config: Config, now: dt.datetime
) -> None:
    public = folder / "public"
    write_files(public, files_of(sent, config))
    (public / "robots.txt").write_text("mine", encoding="utf-8")
    withdraw_permission(sent, "M-1", now, effective_at="2022-09-30", channel="email", recorder="tester")

    shown, (withheld,) = sent_issues(sent, config)
    assert "do not allow it any more: M-1" in withheld.reason
    write_files(public, site_files(shown, config))
    assert not (public / "2022-09").exists()
    assert (public / "robots.txt").read_text(encoding="utf-8") == "mine"
    assert "2022-09" not in (public / "feed.xml").read_text(encoding="utf-8")


def test_again_nothing_is_written(sent: Database, folder: Path, config: Config) -> None:
    public = folder / "public"
    write_files(public, files_of(sent, config))
    before = {path: path.stat().st_mtime_ns for path in public.rglob("*")}
    again = write_files(public, files_of(sent, config))
    assert (again.changed, again.removed) == ((), ())
    assert {path: path.stat().st_mtime_ns for path in public.rglob("*")} == before


def test_a_file_of_somebody_elses_is_never_written_over(sent: Database, folder: Path, config: Config) -> None:
    public = folder / "public"
    public.mkdir()
    (public / "index.html").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match=r"index\.html is in the way"):
        write_files(public, files_of(sent, config))
    assert [path.name for path in public.iterdir()] == ["index.html"]


def test_nothing_outside_of_the_folder_is_taken_away_whatever_the_note_of_files_says(folder: Path) -> None:
    public, outside = folder / "public", folder / "newsletter.toml"
    write_files(public, {"a.html": b"a"})
    names = ["a.html", "../newsletter.toml", str(outside)]
    (public / ".newsletter-files.json").write_text(json.dumps(names), encoding="utf-8")
    assert plan_writing(public, {}).removed == ("a.html",)
    write_files(public, {})
    assert outside.is_file()


def test_the_line_for_inboxes_is_told_to_search_engines_and_not_on_the_page(
    sent: Database, folder: Path, config: Config, now: dt.datetime
) -> None:
    send(sent, folder, "2022-12", config, now, f"preheader: Shown by inboxes\n{ISSUE}")
    page = files_of(sent, config)["2022-12/index.html"].decode()
    assert "Shown by inboxes" not in html.document_fromstring(page).body.text_content()
    assert 'content="Shown by inboxes"' in page


def test_of_an_emails_html_comments_and_scripts_stay_behind() -> None:
    email = '<body class="k"><!-- for Outlook --><p style="color: red">Hello<!-- x --></p><script>1</script></body>'
    lifted = lift(email, ())
    assert (lifted.body, lifted.kind) == ('<p class="l1">Hello</p>', "k")


def test_a_correction_is_called_one_wherever_it_is_named(
    sent: Database, folder: Path, config: Config, now: dt.datetime
) -> None:
    send(sent, folder, "2022-10", config, now + dt.timedelta(days=3), f"corrects: 2022-09\n{ISSUE}")
    files = files_of(sent, config)
    for name in ("2022-10/index.html", "index.html", "feed.xml"):
        assert "Correction: Autumn &amp; news" in files[name].decode(), name
    assert "Correction" not in html.document_fromstring(files["2022-09/index.html"].decode()).findtext(
        ".//h1"
    )


def test_the_day_is_that_of_the_study_and_not_of_greenwich(sent: Database, config: Config) -> None:
    mark(sent, "2022-09", "done", dt.datetime(2022, 9, 30, 23, 30, tzinfo=dt.UTC))
    ((issue,), _) = sent_issues(sent, config)
    assert issue.day == dt.date(2022, 10, 1)


def test_messages_that_ask_to_confirm_are_no_issues(sent: Database, config: Config) -> None:
    sent.conn.execute(
        "INSERT INTO mailings (kind, issue, issue_digest, state, lists, headers, queued_at, started_at) "
        "SELECT 'confirmation', 'confirmation:1', '', 'done', lists, headers, queued_at, started_at FROM mailings"
    )
    shown, withheld = sent_issues(sent, config)
    assert ([one.slug for one in shown], withheld) == (["2022-09"], ())


def test_the_feed_has_the_newest_twenty() -> None:
    day = dt.date(2022, 9, 30)
    entries = [Entry("News", "en", f"{number}/", day, "", str(number)) for number in range(30)]
    feed = etree.fromstring(atom_feed("News", "The study", "https://news.example.org/archive/", entries))
    links = feed.xpath("//a:entry/a:link/@href", namespaces={"a": "http://www.w3.org/2005/Atom"})
    assert links == [f"https://news.example.org/archive/{number}/" for number in range(20)]


def test_after_a_crash_in_the_middle_the_next_run_knows_its_own_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, replace = {"a.html": b"a", "b.html": b"b"}, writing._replace

    def crash(path: Path, data: bytes) -> None:
        if path.name == "b.html":
            raise KeyboardInterrupt
        replace(path, data)

    with monkeypatch.context() as patch:
        patch.setattr(writing, "_replace", crash)
        with pytest.raises(KeyboardInterrupt):
            write_files(folder / "public", files)
    assert (folder / "public" / "a.html").is_file()
    assert write_files(folder / "public", files).changed == ("b.html",)
    assert write_files(folder / "public", {}).removed == ("a.html", "b.html")


def test_the_home_page_is_told_of_the_newest(
    sent: Database, folder: Path, config: Config, now: dt.datetime
) -> None:
    assert latest_issues(folder / "public", "cy", config) == ()
    send(sent, folder, "2022-12", config, now + dt.timedelta(days=90))
    write_files(folder / "public", files_of(sent, config))
    newest, older = latest_issues(folder / "public", "cy", config)
    assert (newest.title, newest.address) == ("Newyddion yr hydref", "/archive/2022-12/cy.html")
    assert older.day == "30 Medi 2022"
    (folder / "public" / "archive.json").write_text('{"pages": [{}]}', encoding="utf-8")
    assert latest_issues(folder / "public", "cy", config) == ()


def test_the_command_writes_says_what_and_does_nothing_on_a_dry_run(
    sent: Database, workspace: Workspace, config: Config
) -> None:
    def run(*arguments: str) -> str:
        command = [sys.executable, "-m", "newsletter", "-w", str(workspace.root), "publish", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    told = json.loads(run("--dry-run", "--json"))
    assert told["issues"] == [
        {"issue": "2022-09", "sent_on": "2022-09-30", "languages": ["en", "cy"], "page": "2022-09/index.html"}
    ]
    assert "2022-09/index.html" in told["written"]
    assert not (workspace.root / "public").exists()
    assert "Open public/index.html" in run()
