"""A whole mailing over Debian's Postfix, with TLS and a login, read back from the Maildir."""

import base64
import email
import email.policy
import re
import signal
import socket
import ssl
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.header import decode_header, make_header
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from judges import JUDGES, Judge
from relay import PASSWORD, Missing, Relay, relay, waiting
from study import CONNECTIONS, SLUG, Study, readers, study

AWKWARD = [
    "Zoë Čapková",
    "שרה כהן",
    "محمد علي",
    "陈 小明",
    'Ann "Nan" O\'Neill, PhD',
    "=?utf-8?q?Bob?=",
    "👩🏽‍⚕️ Priya",
    "{{name}} %s {0}",
    "A" * 200,
    ".",
    "<b>Ben</b> & Söhne",
]
#: What a careless sender turns into the end of a message, into a second one, or into something else.
TRAPS = "One.\n\n.\n\n..\n\n.hidden\n\nFrom the field\n\nQUIT\n\n" + "long " * 400
#: Who can be written to by SMTPUTF8 alone (RFC 6531).
BEYOND = [
    ("用户 山田", "用户@example.org"),
    ("Jürgen Ott", "Jürgen.Ott@example.org"),
    ("अदा", "उपयोगकर्ता@example.org"),
]
PEOPLE = readers(100) + [(name, f"odd{number}@example.org") for number, name in enumerate(AWKWARD)] + BEYOND
GONE = [("Gone Away", "gone1@example.org"), ("Gone Too", "gone2@example.org")]

Make = Callable[[int], Study]


@pytest.fixture(scope="module")
def standing() -> Iterator[Relay]:
    try:
        with relay() as made:
            yield made
    except Missing as why:
        pytest.skip(str(why))


@pytest.fixture
def post(standing: Relay) -> Relay:
    """The relay with an empty Maildir."""
    standing.forget()
    return standing


@pytest.fixture
def make(tmp_path: Path, post: Relay) -> Make:
    """Makes a workspace for so many readers."""
    return lambda number: study(tmp_path, post, readers(number))


@dataclass(frozen=True)
class Sent:
    """What came of a whole mailing: how the command ended, the report, and all that was delivered."""

    done: subprocess.CompletedProcess[str]
    report: dict[str, Any]
    messages: list[bytes]
    log: str
    #: The name and the value of the DNS record with the key that signed.
    record: tuple[str, str]


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory, standing: Relay) -> Sent:
    """A mailing to plain names, awkward names and addresses that are gone, with awkward lines in it."""
    standing.forget()
    folder, signing = tmp_path_factory.mktemp("sent"), '[dkim]\ndomain = "example.org"'
    made = study(folder, standing, PEOPLE + GONE, body=TRAPS, more=signing)
    record = made.sign()
    done = made.type("send", SLUG, "--yes")
    standing.settle()
    return Sent(done, made.report(), standing.messages(), standing.log, record)


@pytest.fixture(scope="module")
def unsent(tmp_path_factory: pytest.TempPathFactory, standing: Relay) -> Study:
    """A workspace for tests in which no message leaves."""
    return study(tmp_path_factory.mktemp("unsent"), standing, readers(3))


def arrived(post: Relay) -> Counter[str]:
    """How often everybody got it, as often as it was accepted for them.

    A Postfix that is stopped between a delivery and the note of it delivers that message again when it is started:
    two files with one queue id.
    """
    post.settle()
    messages = [parsed(one) for one in post.messages()]
    accepted = {(one["Delivered-To"], one["Received"].partition(" id ")[2].split()[0]) for one in messages}
    return Counter(address for address, _ in accepted)


def parsed(content: bytes) -> EmailMessage:
    # As text: of octets Python takes nothing beyond ASCII in a header, and SMTPUTF8 allows it (RFC 6532).
    message = email.message_from_string(content.decode(), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def name_in(content: bytes) -> str:
    """The name in To; the newer reader of Python puts a blank between two encoded words (RFC 2047, 6.2)."""
    old = email.message_from_string(content.decode(), policy=email.policy.compat32)
    name = str(make_header(decode_header(old["To"].replace("\n", "").rpartition(" <")[0])))
    return name[1:-1].replace('\\"', '"').replace("\\\\", "\\") if name.startswith('"') else name


def everybody_once(number: int) -> Counter[str]:
    return Counter({address: 1 for _, address in readers(number)})


def reach(process: subprocess.Popen[str], post: Relay, number: int) -> None:
    """Returns as soon as so many have arrived, while the sender is still at it."""
    for _ in waiting(60):
        if post.count() >= number:
            return
        if process.poll() is not None:
            break
    raise AssertionError(f"only {post.count()} of {number} arrived: {process.communicate()}")


def resolved(made: Study) -> int:
    """Decide each doubt as an operator does who finds the Message-ID in the mailbox or does not; how many."""
    made.relay.settle()
    there = {parsed(one)["Message-ID"] for one in made.relay.messages()}
    found = made.report()["recipients"]
    doubts = [one["message_id"] for one in found if one["state"] in ("in-doubt", "sending")]
    words = [word for one in doubts for word in ("--delivered" if one in there else "--send-again", one)]
    if words:
        made.must("resolve", SLUG, *words)
    return len(doubts)


def test_everybody_gets_their_own_message_over_tls_and_a_login(sent: Sent) -> None:
    found = Counter(parsed(one)["Delivered-To"] for one in sent.messages)
    assert found == Counter({address: 1 for _, address in PEOPLE}), sent.done.stderr
    ids = {one["email"]: one["message_id"] for one in sent.report["recipients"]}
    for message in map(parsed, sent.messages):
        address = message["Delivered-To"]
        assert re.search(r"with (?:ESMTP|UTF8SMTP)SA\b", message["Received"]), "encrypted and logged in"
        assert (message["Return-Path"], message["Message-ID"]) == ("<news@example.org>", ids[address])
        assert message["To"].addresses[0].addr_spec == address
        assert [len(message.get_all(name, [])) for name in ("To", "Cc", "Bcc")] == [1, 0, 0]
        assert message["List-Unsubscribe"].startswith("<")
    assert sent.log.count("sasl_username=news@example.org") >= len(PEOPLE)


def test_any_name_reads_back_exactly(sent: Sent) -> None:
    names = {address: " ".join(name.split()) for name, address in PEOPLE}
    read = {parsed(one)["Delivered-To"]: name_in(one) for one in sent.messages}
    assert read == names


@pytest.mark.parametrize("name", JUDGES)
def test_a_signature_still_holds_behind_the_relay(sent: Sent, tmp_path: Path, name: str) -> None:
    judge: Judge = JUDGES[name](tmp_path)
    beyond = {address for _, address in BEYOND}
    named = {parsed(one)["Delivered-To"]: one for one in sent.messages}
    awkward = [one for address, one in named.items() if address.startswith("odd") or address in beyond]
    assert len(awkward) == len(AWKWARD) + len(BEYOND)
    for content in awkward:
        on_the_wire = content.replace(b"\n", b"\r\n")
        assert judge(on_the_wire, *sent.record), parsed(content)["Delivered-To"]
        assert not judge(on_the_wire.replace(b"Subject: ", b"Subject: Re: ", 1), *sent.record)


def test_an_unknown_recipient_is_refused_and_the_others_get_it(sent: Sent) -> None:
    assert sent.done.returncode == 1, sent.done.stderr
    counts = {name: sent.report[name] for name in ("sent", "refused", "waiting", "in_doubt")}
    assert counts == {"sent": len(PEOPLE), "refused": 2, "waiting": 0, "in_doubt": 0}
    refused = {one["email"]: one["reply"] for one in sent.report["recipients"] if one["state"] == "refused"}
    assert set(refused) == {address for _, address in GONE}
    assert all("5.1.1" in reply for reply in refused.values()), refused


def test_addresses_beyond_ascii_go_by_smtputf8_and_the_others_as_ever(sent: Sent) -> None:
    beyond = {address for _, address in BEYOND}
    for content in sent.messages:
        message = parsed(content)
        assert ("with UTF8SMTPSA" in message["Received"]) is (message["Delivered-To"] in beyond)
        assert content.partition(b"\n\n")[0].isascii() is (message["Delivered-To"] not in beyond)


def test_nothing_in_an_issue_ends_a_message_or_begins_another(sent: Sent) -> None:
    # Postfix refuses a bare LF or CR, as another test sees; and it has taken these.
    for content in sent.messages:
        assert max(len(line) for line in content.split(b"\n")) <= 998
        text, html = (parsed(content).get_body((kind,)) for kind in ("plain", "html"))
        assert text is not None
        assert html is not None
        lines = text.get_content().splitlines()
        assert {".", "..", ".hidden", "From the field", "QUIT"} <= set(lines)


def test_a_refused_login_sends_nothing_and_loses_nothing(unsent: Study, post: Relay) -> None:
    wrong = {name: "not this" for name, value in unsent.env.items() if value == PASSWORD}
    done = unsent.type("send", SLUG, "--yes", **wrong)
    assert done.returncode != 0
    assert "535 5.7.8" in done.stderr
    assert "not this" not in done.stdout + done.stderr
    found = unsent.report()
    assert (found["sent"], found["waiting"], arrived(post).total()) == (0, 3, 0)


def test_a_certificate_of_an_unknown_authority_is_not_trusted(
    unsent: Study, post: Relay, tmp_path: Path
) -> None:
    settings = unsent.folder / "newsletter.toml"
    before = settings.read_text(encoding="utf-8")
    kept = [line for line in before.splitlines() if not line.startswith("ca_file")]
    settings.write_text("\n".join(kept), encoding="utf-8")
    try:
        done = unsent.type("send", SLUG, "--yes", SSL_CERT_FILE="/dev/null", SSL_CERT_DIR=str(tmp_path))
    finally:
        settings.write_text(before, encoding="utf-8")
    assert done.returncode == 69, done.stderr
    assert "certificate" in done.stderr
    assert (unsent.report()["sent"], arrived(post).total()) == (0, 0)


def test_a_message_larger_than_the_relay_takes_reaches_nobody_and_says_so(unsent: Study, post: Relay) -> None:
    unsent.write(slug="2022-10")
    post.allow(5_000)
    try:
        done = unsent.type("send", "2022-10", "--yes")
    finally:
        post.allow(1_000_000)
    found = unsent.report("2022-10")
    assert done.returncode != 0
    assert (found["sent"], found["in_doubt"], arrived(post).total()) == (0, 0, 0)
    told = done.stdout + done.stderr + "".join(one["reply"] for one in found["recipients"])
    assert "size" in told or "large" in told, told


def test_a_relay_that_is_restarted_in_mid_run_gets_the_rest(make: Make, post: Relay) -> None:
    made = make(300)
    process = made.begin("send", SLUG, "--yes")
    reach(process, post, 20)
    post.end()
    post.begin()
    process.communicate(timeout=120)
    assert process.returncode in (0, 1, 69, 75)
    resolved(made)
    done = made.type("send", SLUG, "--yes")
    # To some Postfix may have said 421 as it stopped: these are due later.
    assert done.returncode in (0, 75), done.stderr
    late = [one["email"] for one in made.report()["recipients"] if one["state"] == "waiting"]
    assert len(late) <= CONNECTIONS
    assert arrived(post) + Counter(late) == everybody_once(300)


def test_nobody_gets_two_however_often_the_sender_is_killed(make: Make, post: Relay) -> None:
    made = make(400)
    for number in (20, 100, 200):
        process = made.begin("send", SLUG, "--yes")
        reach(process, post, number)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
        assert process.returncode == -signal.SIGKILL, "it was killed while it sent"
    assert resolved(made) <= CONNECTIONS * 3, "no more doubt than messages in flight"
    done = made.type("send", SLUG, "--yes")
    assert done.returncode == 0, done.stderr
    assert arrived(post) == everybody_once(400)
    assert made.report()["sent"] == 400


def test_the_judge_of_smuggling_is_awake(post: Relay) -> None:
    trust = ssl.create_default_context(cafile=str(post.ca_file))
    with socket.create_connection(("127.0.0.1", post.port), 20) as plain:
        assert heard(plain).startswith(b"220")
        say(plain, "EHLO example.org")
        say(plain, "STARTTLS")
        with trust.wrap_socket(plain, server_hostname="127.0.0.1") as line:
            say(line, "EHLO example.org")
            say(line, "AUTH PLAIN " + base64.b64encode(b"\0news@example.org\0" + PASSWORD.encode()).decode())
            for command in ("MAIL FROM:<news@example.org>", "RCPT TO:<ada@example.org>", "DATA"):
                assert say(line, command)[:1] in (b"2", b"3")
            said = say(line, "Subject: one\r\n\r\ntext\n.\nMAIL FROM:<evil@example.org>\r\n.")
    assert said.startswith(b"550 5.5.2"), said
    assert arrived(post).total() == 0


def say(line: socket.socket, text: str) -> bytes:
    line.sendall(text.encode() + b"\r\n")
    return heard(line)


def heard(line: socket.socket) -> bytes:
    """An answer, to its last line."""
    got = b""
    while not got.endswith(b"\r\n") or got.splitlines()[-1][3:4] == b"-":
        more = line.recv(4096)
        assert more, got
        got += more
    return got
