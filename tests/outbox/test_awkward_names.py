"""A thousand awkward names, from the database over SMTP to three readers: each is exactly what was meant."""

import datetime as dt
import email
import email.header
import email.policy
import email.utils
import html
import json
import re
import shutil
import subprocess
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage, Message
from pathlib import Path
from typing import Any

import pytest
from hardnames import HOSTILE, awkward_names
from lxml.html import fromstring
from postroom import postroom

from newsletter.approval import approve
from newsletter.config import Config
from newsletter.contacts import ConsentEvent, NewContact, add_contact, record_consent, sync_lists
from newsletter.database import Database, create_database, transaction
from newsletter.edition import Edition, render_all
from newsletter.issue import read_issue
from newsletter.outbox import Report, queue_mailing, send_due
from newsletter.outbox.compiled import compile_edition
from newsletter.outbox.letterhead import letterhead, tokens_of
from newsletter.outbox.message import Letter, build_message, date_header
from newsletter.outbox.preparing import Sayings
from newsletter.tokens import Key, read_token

SETTINGS = """\
[sender]
name = "The link worker study"
email = "news@example.org"
reply_to = "study@example.org"
postal_address = "1 Example Street, Exampleton EX1 1EX"
[smtp]
host = "127.0.0.1"
security = "none"
[public]
url = "https://news.example.org"
[lists.partners]
name = "Project partners"
purpose = "News of the study."
"""
ISSUE = """\
title: News of the study
date: 30 September 2022
lists: [partners]
intro: |
  Welcome – “all of you”. One = two. {{ stop }}

  .A line that begins with a dot, and From here on a second one.
sections:
  - title: What we heard
    body: We met the link workers of the north, and they told us how they help people who feel alone.
"""
HEADERS = [
    *("From", "To", "Reply-To", "Subject", "Date", "Message-ID", "List-Id", "List-Unsubscribe"),
    *("List-Unsubscribe-Post", "Auto-Submitted", "MIME-Version", "Content-Type"),
]
_PERL = r"""
use strict; use warnings; use Email::MIME; use JSON::PP;
my %read;
for my $path (@ARGV) {
    open my $file, '<:raw', $path or die; local $/; my $mail = Email::MIME->new(<$file>);
    my ($text, $html);
    $mail->walk_parts(sub { my $part = shift;
        $text = $part->body_str if $part->content_type =~ m{^text/plain};
        $html = $part->body_str if $part->content_type =~ m{^text/html}; });
    my @headers = $mail->header_names;
    $read{$path} = { headers => \@headers, to => $mail->header_str('To'),
        reply => $mail->header_str('Reply-To'), stop => $mail->header_raw('List-Unsubscribe'),
        text => $text, html => $html };
}
print JSON::PP->new->ascii->encode(\%read);
"""


@dataclass(frozen=True)
class Got:
    """What reached one reader, and what they are called; `given` is '' for every second one."""

    name: str
    given: str
    email: str
    content: bytes

    @property
    def to(self) -> str:
        """What To should say."""
        return shown(self.name, "Cc", "Cs", "Zl", "Zp").strip()

    @property
    def greeting(self) -> str:
        """What the message should begin with."""
        called = " ".join((greeted(self.given) or greeted(self.name)).split())
        return f"Dear {called}," if called else "Hello,"


def shown(text: str, *unfit: str) -> str:
    return "".join(" " if unicodedata.category(char) in unfit else char for char in text)


def greeted(text: str) -> str:
    joiners = "\u200c\u200d"
    kept = "".join(
        char
        if char in joiners
        or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"}
        else " "
        for char in text
    )
    return kept if kept.strip(f" {joiners}") else ""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("awkward") / "study"
    for name in ("issues", "templates", "consent"):
        (root / name).mkdir(parents=True)
    (root / "newsletter.toml").write_text(SETTINGS, encoding="utf-8")
    (root / "issues" / "2022-09.yaml").write_text(ISSUE, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def posted(study: Path) -> tuple[list[Got], Report, Key]:
    """Everybody's message as the server took it, after the whole way: queue, consent, claim, SMTP."""
    from newsletter.config import read_workspace

    now = dt.datetime(2022, 9, 30, 9, tzinfo=dt.UTC)
    patch = pytest.MonkeyPatch()
    patch.setenv("NEWSLETTER_SECRETS", str(study.parent / "secrets"))
    patch.setenv("XDG_STATE_HOME", str(study.parent / "state"))
    config = read_workspace(study).config
    db = create_database(study / "contacts.db")
    try:
        issue = read_issue(study / "issues" / "2022-09.yaml", study)
        editions = render_all(issue, config)
        names = awkward_names(editions["partners"].marker)
        people = add_all(db, config, names, now)
        approve(db, issue.slug, editions, "Ada Example", "study lead", now)
        mailing = queue_mailing(db, issue, editions, config, now)
        with postroom() as room:
            smtp = config.smtp.model_copy(update={"port": room.port, "connections": 4})
            report = send_due(
                db,
                mailing,
                config.model_copy(update={"smtp": smtp}),
                secret=str,
                clock=lambda: now,
                jitter=lambda: 0.5,
            )
        assert all(len(post.recipients) == 1 for post in room.taken)
        taken = {post.recipients[0]: post.content for post in room.taken}
        assert len(taken) == len(room.taken), "nobody twice"
        return [Got(*people[email], email, taken[email]) for email in people], report, db.key
    finally:
        db.conn.close()
        patch.undo()


def add_all(db: Database, config: Config, names: list[str], now: dt.datetime) -> dict[str, tuple[str, str]]:
    """Everybody, consenting: name and given name by address. What no form takes is written past the forms."""
    sync_lists(db, config, now)
    people = {
        f"p{number}@example.org": (name, name if number % 2 else "") for number, name in enumerate(names)
    }
    with transaction(db):
        for address, called in people.items():
            contact = add_contact(db, NewContact(email=address), now)
            db.conn.execute("UPDATE contacts SET name = ?, given_name = ? WHERE id = ?", (*called, contact))
            event = ConsentEvent(contact, "partners", "given", "consent", "2022-06-14", "paper", "tester")
            record_consent(db, event, now)
    return people


def test_a_thousand_people_get_one_message_each(posted: tuple[list[Got], Report, Key]) -> None:
    everybody, report, _ = posted
    assert len(everybody) == 1000
    assert (report.sent, report.candidates, report.stopped) == (1000, 1000, None)
    assert set(HOSTILE) <= {one.name for one in everybody}


def test_nothing_breaks_what_smtp_and_mail_programs_expect(posted: tuple[list[Got], Report, Key]) -> None:
    for one in posted[0]:
        content = one.content
        assert content.count(b"\r\n") == content.count(b"\r") == content.count(b"\n"), one
        assert b"\0" not in content
        assert content.isascii()
        assert b"\r\n." not in content
        assert b"\r\nFrom " not in content
        assert max(map(len, content.split(b"\r\n"))) <= 998
        head, _, body = content.partition(b"\r\n\r\n")
        assert all(len(line) <= 76 for line in body.split(b"\r\n")), one
        # The link to stop is longer than a line, and to fold it would break it.
        lines = re.sub(rb"\r\nList-Unsubscribe: [^\r]*\r\n [^\r]*", b"", head).split(b"\r\n")
        # Nor is the boundary folded: letters that were frozen years ago have it on the same line.
        assert all(len(line) <= 78 for line in lines if b"; boundary=" not in line), (
            one,
            max(lines, key=len),
        )
        assert [line.partition(b":")[0].decode() for line in lines if line[:1] != b" "] == [
            name for name in HEADERS if name != "List-Unsubscribe"
        ], one


def test_the_modern_reader_of_python_sees_what_was_meant(posted: tuple[list[Got], Report, Key]) -> None:
    for one in posted[0]:
        read = email.message_from_bytes(one.content, policy=email.policy.default)
        assert isinstance(read, EmailMessage)
        assert [part.defects for part in read.walk()] == [[], [], []], one
        assert read.keys() == HEADERS
        (mailbox,) = read["To"].addresses
        assert mailbox.addr_spec == one.email
        # It puts blanks between adjacent encoded words in a display name, which RFC 2047 section 6.2 forbids,
        # and makes one of several blanks.
        if one.content.partition(b"\r\nReply-To")[0].partition(b"\r\nTo: ")[2].count(b"=?") <= 1:
            assert mailbox.display_name == re.sub(" +", " ", one.to), one
        assert read["Reply-To"] == "study@example.org"
        text, page = read.get_body(("plain",)), read.get_body(("html",))
        assert text
        assert page
        assert_greeted(one, text.get_content(), page.get_content())


def test_the_old_reader_of_python_sees_what_was_meant(posted: tuple[list[Got], Report, Key]) -> None:
    for one in posted[0]:
        read: Message = email.message_from_bytes(one.content)
        assert read.keys() == HEADERS
        assert display_name(read["To"]) == (one.to, one.email), one
        assert display_name(read["Reply-To"]) == ("", "study@example.org")
        text, page = (
            bytes(part.get_payload(decode=True)).decode() for part in read.walk() if not part.is_multipart()
        )
        assert_greeted(one, text, page)


def test_the_way_out_is_each_readers_own(posted: tuple[list[Got], Report, Key]) -> None:
    everybody, _, key = posted
    opaque = set()
    for one in everybody:
        read = email.message_from_bytes(one.content)
        web, mail = re.sub(r"\r\n\s+", " ", read["List-Unsubscribe"]).split(", ")
        token = web.removeprefix("<https://news.example.org/u/").removesuffix(">")
        assert mail == f"<mailto:study@example.org?subject=unsubscribe%20{token}>", one
        assert read["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        opaque.add(read_token(key, "unsubscribe", token))
        text, page = (
            bytes(part.get_payload(decode=True)).decode() for part in read.walk() if not part.is_multipart()
        )
        assert f"https://news.example.org/u/{token}" in text
        assert f'"https://news.example.org/u/{token}"' in page
    assert len(opaque) == len(everybody)
    assert None not in opaque


def test_a_reader_that_is_not_python_sees_what_was_meant(
    posted: tuple[list[Got], Report, Key], tmp_path: Path
) -> None:
    asked = ["perl", "-MEmail::MIME", "-MJSON::PP", "-e", "1"]
    if not shutil.which("perl") or subprocess.run(asked, capture_output=True, check=False).returncode:
        pytest.skip("libemail-mime-perl is not installed (sh tests/system-packages.sh)")
    files = {}
    for number, one in enumerate(posted[0]):
        files[str(tmp_path / f"{number}.eml")] = one
        (tmp_path / f"{number}.eml").write_bytes(one.content)
    done = subprocess.run(["perl", "-e", _PERL, *files], capture_output=True, check=True)
    for path, read in json.loads(done.stdout).items():
        one = files[path]
        assert read["headers"] == HEADERS, one
        name, _, address = read["to"].rpartition("<")
        name = name.strip()
        if name.startswith('"'):  # it puts quotes round what needs them, once it has decoded it
            name = email.utils.unquote(name)
        assert (name, address) == (one.to, f"{one.email}>"), one
        assert read["reply"] == "<study@example.org>"
        assert_greeted(one, read["text"], read["html"])


@pytest.mark.parametrize("name", ["a\ud800b", "\udfff", "\udcff\udc80 Ada"])
def test_half_a_character_is_shown_as_a_blank_and_breaks_nothing(
    make_edition: Callable[..., Edition], config: Config, now: dt.datetime, name: str
) -> None:
    decision: Any = Told(name, name)
    personal = Sayings(config).to(decision, ("en",), "https://news.example.org/u/x")
    letter = Letter(name, "ada@example.org", personal, tokens_of(Key(bytes(32)), bytes(10)), date_header(now))
    message = build_message(compile_edition(make_edition(pictures=())), letterhead(config), letter)
    one = Got(name, name, "ada@example.org", message)
    read = email.message_from_bytes(message)
    assert display_name(read["To"]) == (one.to, one.email)
    text, page = (
        bytes(part.get_payload(decode=True)).decode() for part in read.walk() if not part.is_multipart()
    )
    assert_greeted(one, text, page)


@dataclass(frozen=True)
class Told:
    """As much of a decision as sayings need."""

    name: str
    given_name: str
    lists: tuple[str, ...] = ("partners",)
    grounds: tuple[tuple[str, str], ...] = (("2022-06-14", "consent"),)


def display_name(header: str) -> tuple[str, str]:
    """The name and the address of a mailbox, by the old, exact decoder."""
    phrase, _, address = re.sub(r"\r\n(?=[ \t])", "", header).rpartition("<")
    phrase = phrase.strip()
    if phrase.startswith('"'):
        return email.utils.unquote(phrase), address.removesuffix(">")
    decoded = email.header.decode_header(phrase) if phrase else []
    parts = (part if isinstance(part, str) else part.decode(charset or "ascii") for part, charset in decoded)
    return "".join(parts), address.removesuffix(">")


def assert_greeted(one: Got, text: str, page: str) -> None:
    """The greeting stands in both parts as it was meant, and once in each."""
    lines = text.replace("\r\n", "\n").split("\n")
    assert lines.count(one.greeting) == 1, (one.greeting, lines[:8])
    assert html.escape(one.greeting) in page, one
    assert one.greeting in fromstring(page).text_content(), one
