"""A whole round on loopback: joined in Chromium, sent by Postfix, left by one click, bounced, read at Dovecot, reported."""

import email
import email.policy
import json
import re
import subprocess
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from dovecot import PASSWORD as MAILBOX_PASSWORD
from dovecot import USER as MAILBOX
from dovecot import Dovecot, NoDovecot, dovecot
from relay import Missing, Relay, free_port, relay, waiting
from study import SLUG, Study, study

from newsletter.config import read_workspace
from newsletter.replies import mailbox_password_name

pytestmark = pytest.mark.browser

CHROMIUM = Path("/usr/bin/chromium")
STAYS = "ada@example.org"
MORE = """
[mailbox]
host = "127.0.0.1"
port = {port}
user = "{user}"
security = "tls"
ca_file = "{ca_file}"
timeout = 20
[public]
url = "{url}"
"""


@pytest.fixture
def post() -> Iterator[Relay]:
    try:
        with relay() as made:
            yield made
    except Missing as why:
        pytest.skip(str(why))


@pytest.fixture
def mailbox() -> Iterator[Dovecot]:
    try:
        with dovecot() as made:
            yield made
    except NoDovecot as why:
        pytest.skip(str(why))


class Cast(NamedTuple):
    """Who joins, and who is nobody any more."""

    new: str
    gone: str


@pytest.fixture(
    params=[
        Cast("dee@example.org", "vanished@far.example.org"),
        # By SMTPUTF8 alone (RFC 6531); what comes back has a report of its own kind (RFC 6533).
        Cast("देवी@example.org", "Véronique@far.example.org"),
    ],
    ids=["plain", "beyond-ascii"],
)
def cast(request: pytest.FixtureRequest) -> Cast:
    found: Cast = request.param
    return found


@pytest.fixture
def here(tmp_path: Path, post: Relay, mailbox: Dovecot, cast: Cast) -> Study:
    """A study with a public address, a mailbox, and two partners of whom one is nobody."""
    url = f"http://127.0.0.1:{free_port()}"
    more = MORE.format(port=mailbox.tls_port, user=MAILBOX, ca_file=mailbox.ca_file, url=url)
    made = study(tmp_path, post, [("Ada Example", STAYS), ("Van Ished", cast.gone)], more=more)
    name = mailbox_password_name(read_workspace(made.folder).config)
    secret = made.home / "secrets" / f"{name}.secret"
    secret.touch(mode=0o600)
    secret.write_text(MAILBOX_PASSWORD, encoding="utf-8")
    return made


@pytest.fixture
def public(here: Study) -> Iterator[str]:
    """The address of the public pages, which are served."""
    url = re.findall(r'url = "(http://127[^"]+)"', (here.folder / "newsletter.toml").read_text())[0]
    served = here.begin("serve", "--port", url.rpartition(":")[2])
    try:
        for _ in waiting(20):
            try:
                httpx.get(f"{url}/subscribe")
                break
            except httpx.TransportError:
                assert served.poll() is None, served.communicate()
        yield url
    finally:
        served.terminate()
        try:
            served.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            served.kill()


@pytest.fixture
def page() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not on this machine")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser.new_context(java_script_enabled=False).new_page()
        browser.close()


def to(post: Relay, address: str) -> list[EmailMessage]:
    """What was delivered to somebody."""
    post.settle()
    read = [email.message_from_string(raw.decode(), policy=email.policy.default) for raw in post.messages()]
    return [one for one in read if isinstance(one, EmailMessage) and one["Delivered-To"] == address]


def test_a_reader_joins_reads_and_leaves_and_a_dead_address_is_given_up(
    here: Study, public: str, page: Any, post: Relay, mailbox: Dovecot, cast: Cast
) -> None:
    new, gone = cast
    # Join, without JavaScript and cookies.
    page.goto(f"{public}/subscribe")
    page.get_by_label("Email address").fill(new)
    page.get_by_label("Project partners").check()
    page.get_by_role("button").first.click()
    assert page.context.cookies() == []
    here.must("sync")
    (asked,) = to(post, new)
    link = re.search(rf"{re.escape(public)}/confirm/\w+", str(asked.get_body(("plain",)).get_content()))
    assert link
    # A program that looks at links changes nothing; the reader's button does.
    assert httpx.get(link[0]).status_code == 200
    here.must("sync")
    assert json.loads(here.must("why", new, SLUG, "--json"))["would_receive"] is False
    page.goto(link[0])
    page.get_by_role("button").first.click()

    # The issue: sending takes over what came in by itself.
    sent = here.type("send", SLUG, "--yes")
    assert sent.returncode == 0, sent.stderr
    assert here.report()["sent"] == 3
    (issue,) = [one for one in to(post, new) if one["Message-ID"] != asked["Message-ID"]]
    (_,) = to(post, STAYS)

    # One click.
    header = "".join(str(issue["List-Unsubscribe"]).split())
    assert issue["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    leave = re.findall(r"<(http[^>]+)>", header)[0]
    answered = httpx.post(leave, data={"List-Unsubscribe": "One-Click"})
    assert (answered.status_code, answered.history, answered.headers.get("set-cookie")) == (200, [], None)
    here.must("sync")

    # The bounce that Postfix made lies where bounces go.
    (bounce,) = [raw for raw in post.messages() if b"multipart/report" in raw]
    assert (b"global-delivery-status" in bounce) is not gone.isascii()
    mailbox.deliver(bounce)
    (read,) = json.loads(here.must("mailbox", "read", "--json"))
    assert read["kind"] == "bounce"
    (about,) = read["recipients"]
    assert about == {"email": gone, "severity": "hard", "reason": "user-unknown", "status": "5.1.1"}

    # What came of it.
    found = here.report()
    assert [found[name] for name in ("sent", "delivered", "bounced", "unsubscribed")] == [3, 2, 1, 1]
    assert found["bounced_by"] == {"hard": {"user-unknown": 1}}
    reasons = {who: json.loads(here.must("why", who, SLUG, "--json")) for who in (new, gone, STAYS)}
    assert [reasons[who]["would_receive"] for who in (new, gone, STAYS)] == [False, False, True]
    assert here.type("consent", "verify").returncode == 0
