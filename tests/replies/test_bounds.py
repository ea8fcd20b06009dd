"""Whatever comes in is read in little time and memory, without an exception, and the same for CR, LF and CRLF."""

import gzip
import re
import resource
import time
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from letterbox import TOKEN, letter, parts

from newsletter.replies import Kind, Reply, read_reply
from newsletter.replies.headers import FIELDS_LIMIT
from newsletter.replies.letters.phrases import Sort, phrases
from newsletter.replies.structure import DEPTH_LIMIT, PARTS_LIMIT, read_structure

CORPORA = Path(__file__).parents[3] / "shared" / "corpora"
MB = 1024 * 1024
HEAD = b"From: Ada <ada@example.org>\nTo: study@example.org\nSubject: A word\n"
DAEMON = b"From: MAILER-DAEMON@example.org\nReturn-Path: <>\nSubject: Undelivered Mail Returned to Sender\n"
REPORT = DAEMON + b"Content-Type: multipart/report; report-type=delivery-status; boundary=edge\n\n"
FAILED = b"--edge\nContent-Type: message/delivery-status\n\nFinal-Recipient: rfc822; ben@example.org\nAction: failed\nStatus: 5.1.1\n\n"
#: Generous to a machine that does other things meanwhile; alone each takes under a second.
SECONDS = 5.0


def timed(raw: bytes) -> tuple[Reply, float]:
    began = time.perf_counter()
    reply = read_reply(raw)
    return reply, time.perf_counter() - began


def nested(depth: int) -> bytes:
    return (
        HEAD
        + b"Content-Type: message/rfc822\n\n"
        + (HEAD + b"Content-Type: message/rfc822\n\n") * depth
        + b"end\n"
    )


def multiparts(depth: int) -> bytes:
    return HEAD + b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (one, one) for one in range(depth)
    )


HOSTILE: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "line ends alone": lambda: b"\r\n" * MB,
    "blanks alone": lambda: b" " * MB,
    "NUL alone": lambda: b"\0" * MB,
    "messages in messages": lambda: nested(500),
    "multiparts in multiparts": lambda: multiparts(500),
    "a flood of fields": lambda: b"X-Flood: yes\n" * 200_000 + b"\nbody",
    "a field without end": lambda: b"X-Long: " + b"a" * 5 * MB,
    "a folded field without end": lambda: b"Subject: a\n" + b" b\n" * 500_000,
    "encoded words without end": lambda: b"Subject: " + b"=?utf-8?q?a?= " * 50_000 + b"\n\nbody",
    "parameters without end": lambda: b"Content-Type: text/plain" + b"; a*1=b" * 50_000 + b"\n\nbody",
    "a boundary that never parts": lambda: HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--bx\n" * MB,
    "a boundary of dashes": lambda: HEAD + b'Content-Type: multipart/mixed; boundary="-"\n\n' + b"-" * 5 * MB,
    "parts without end": lambda: HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 200_000,
    "style sheets that never end": lambda: DAEMON + b"Content-Type: text/html\n\n" + b"<style>" * 100_000,
    "tags that never end": lambda: HEAD + b"Content-Type: text/html\n\n" + b"<a " * 300_000,
    "punycode for a charset": lambda: HEAD + b"Content-Type: text/plain; charset=punycode\n\na-" + b"b" * MB,
    "a report on thousands": lambda: REPORT + FAILED * 5_000,
    "addresses in one line": lambda: DAEMON + b"\n" + b"ben@example.org " * 50_000,
    "quotes in quotes": lambda: HEAD + b"\n" + b"> " * 500_000,
    "attributions without end": lambda: HEAD + b"\n" + b"On 3 May 2022, ben@example.org wrote:\n" * 20_000,
    "wishes without end": lambda: HEAD + b"\n" + b"please do not take me off my " * 20_000,
    "days without end": lambda: HEAD + b"Auto-Submitted: auto-replied\n\n" + b"until 5 May " * 50_000,
    "tokens without end": lambda: HEAD + b"\n" + TOKEN.encode() * 30_000,
    "octets by chance": lambda: bytes(one * one % 251 for one in range(MB)),
}  # fmt: skip


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_meant_to_hurt_is_read_in_little_time(raw: Callable[[], bytes]) -> None:
    assert timed(raw())[1] < SECONDS


def test_a_bounce_of_fifty_megabytes_is_understood_and_takes_little_room() -> None:
    attached = (
        b"--edge\nContent-Type: message/rfc822\n\n"
        + HEAD
        + b"\n"
        + b"a line of what came back\n" * (50 * MB // 25)
    )
    raw = REPORT + FAILED + attached + b"--edge--\n"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    reply, took = timed(raw)
    assert (reply.kind, [one.email for one in reply.recipients], reply.fault) == (
        "bounce",
        ["ben@example.org"],
        "",
    )
    assert took < SECONDS
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 < 60 * MB


def test_the_report_is_found_behind_fifty_megabytes_too() -> None:
    attached = b"--edge\nContent-Type: application/octet-stream\n\n" + b"a" * 50 * MB + b"\n"
    reply, took = timed(REPORT + attached + FAILED + b"--edge--\n")
    assert ([one.email for one in reply.recipients], took < SECONDS) == (["ben@example.org"], True)


def test_an_archive_is_never_unpacked() -> None:
    bomb = gzip.compress(b"\0" * 20 * MB).hex()
    for kind in ("application/gzip", "application/zip", "application/octet-stream; name=report.xml.gz"):
        message = read_structure(
            letter(parts(f"Content-Type: {kind}\n\n{bomb}"), kind="multipart/mixed; boundary=edge")
        )
        assert [part.text for part in message.parts] == ["", ""]


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("messages in messages", "nested too deeply"),
        ("multiparts in multiparts", "nested too deeply"),
        ("a flood of fields", "too many header fields"),
        ("a boundary that never parts", "too large"),
        ("quotes in quotes", "too large"),
    ],
)
def test_what_was_not_read_whole_says_so(name: str, fault: str) -> None:
    assert read_reply(HOSTILE[name]()).fault == fault


def test_a_message_of_very_many_parts_is_walked_as_far_as_it_is_looked_at() -> None:
    message = read_structure(letter(parts(*["\nx"] * 500), kind="multipart/mixed; boundary=edge"))
    assert (len(message.parts), message.fault) == (PARTS_LIMIT, "too many parts")


def test_of_a_flood_of_fields_the_first_are_kept() -> None:
    message = read_structure(HOSTILE["a flood of fields"]())
    assert (len(message.headers.fields), message.parts[0].text) == (FIELDS_LIMIT, "body")


def test_a_walk_ends_at_its_depth() -> None:
    assert len(read_structure(nested(500)).parts) == DEPTH_LIMIT + 1


@pytest.mark.parametrize(
    "charset",
    [
        "",
        "x-unknown",
        "hex",
        "zlib",
        "undefined",
        "idna",
        "utf-7",
        "utf-16",
        "iso-2022-jp",
        'a"b',
        "a" * 5_000,
        "\0",
    ],
)
def test_a_broken_charset_leaves_what_can_be_read(charset: str) -> None:
    raw = letter(
        "Take me off, \u00e9\u00e8",
        kind=f'text/plain; charset="{charset}"',
        Subject=f"=?{charset}?q?A_word=E9?=",
    )
    reply = read_reply(raw)
    assert reply.kind == "reply"
    reply.text.encode()
    reply.subject.encode()


@pytest.mark.parametrize(
    ("charset", "words"),
    [("iso-8859-1", "Dirección"), ("windows-1252", "‘Yes’"), ("utf-8", "Dirección"), ("iso-2022-jp", "自動")],
)
def test_words_in_a_charset_of_their_own_are_read(charset: str, words: str) -> None:
    raw = letter("", kind=f"text/plain; charset={charset}") + words.encode(charset)
    assert read_reply(raw).text == words


def test_half_of_what_is_packed_is_read_as_far_as_it_goes() -> None:
    packed = letter("VGFrZSBtZSBvZmYgeW91ciBsaXN0LiBUaGFua3M", "Content-Transfer-Encoding: base64")
    assert read_reply(packed[:-3]).text == "Take me off your list. Than"


@pytest.mark.skipif(not CORPORA.is_dir(), reason="the corpora of others are not beside the project")
def test_every_message_of_others_reads_the_same_with_cr_lf_and_crlf() -> None:
    files = sorted(CORPORA.glob("*/messages/*.eml")) + sorted((CORPORA / "mail").glob("*.eml"))
    assert len(files) > 300
    for file in files[::4]:
        assert_same_for_all_line_ends(file.read_bytes())


def assert_same_for_all_line_ends(raw: bytes) -> None:
    plain = re.sub(rb"\r{0,2}\n|\r", b"\n", raw)
    replies = [read_reply(plain.replace(b"\n", end)) for end in (b"\n", b"\r\n", b"\r")]
    assert replies[0] == replies[1] == replies[2]


# Pieces of which hostile and ordinary messages are made, so that chance gets further than with octets alone.
PIECES = st.sampled_from(
    [
        b"\n", b"\r\n", b"\r", b"\n\n", b" ", b"\t", b":", b";", b"--edge", b"--edge--", b'"', b"<", b">", b"@", b"=", b"?", b"\0", b"\xff", b"\xe9", b"%20", b"> ", b"-- ",
        b"From: ", b"To: ", b"Subject: ", b"Date: Fri, 30 Sep 2022 09:00:00 +0100", b"Date: Fri, 31 Feb 9999 99:99:99 +9999", b"Return-Path: <>", b"In-Reply-To: ", b"Message-ID: ",
        b"Content-Type: ", b"multipart/report; report-type=delivery-status; boundary=edge", b"multipart/mixed; boundary=edge", b"message/rfc822", b"message/delivery-status", b"message/feedback-report",
        b"text/html", b"text/plain; charset=utf-7", b"text/rfc822-headers", b"Content-Transfer-Encoding: base64", b"Content-Transfer-Encoding: quoted-printable", b"=?utf-8?b?", b"?=", b"Auto-Submitted: auto-replied",
        b"Final-Recipient: rfc822; ", b"Action: failed", b"Status: 5.1.1", b"Diagnostic-Code: smtp; 550 user unknown", b"Feedback-Type: abuse", b"ben@example.org", b"<ben@example.org>: 550 5.1.1 unknown",
        b"MAILER-DAEMON@example.org", b"Undelivered Mail Returned to Sender", b"unsubscribe ", TOKEN.encode(), b"until 5 May", b"my new address is ", b"I have left", b"please take me off your list",
        b"--- Original message follows ---", b"On 3 May 2022, ben@example.org wrote:", b"<blockquote>", b"<style>", b"&lt;", b'{"notificationType":"Bounce","bounce":', b"1.", b"2022-13-45", b"31.2.", "٣ مايو".encode(), "5月5日".encode(),
    ]
)  # fmt: skip
MESSAGES = st.lists(PIECES | st.binary(max_size=12), max_size=60).map(b"".join)
QUICK = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
)


def assert_read(raw: bytes) -> None:
    reply = read_reply(raw)
    assert reply.kind in get_args(Kind)
    for text in (reply.sender, reply.subject, reply.text, reply.message_id, reply.new_address, *reply.tokens):
        text.encode()  # the database takes no half characters
        assert "\0" not in text
    for failed in reply.recipients:
        (failed.email + failed.status + failed.diagnostic).encode()


@QUICK
@given(MESSAGES)
def test_any_octets_are_a_message(raw: bytes) -> None:
    assert_read(raw)


@QUICK
@given(MESSAGES)
def test_any_octets_read_the_same_for_all_line_ends(raw: bytes) -> None:
    assert_same_for_all_line_ends(raw)


@pytest.mark.soak
@settings(QUICK, max_examples=20_000)
@given(MESSAGES | st.binary(max_size=4_000))
def test_any_octets_at_length(raw: bytes) -> None:
    assert_read(raw)
    assert_same_for_all_line_ends(raw)


@pytest.mark.soak
@pytest.mark.skipif(not CORPORA.is_dir(), reason="the corpora of others are not beside the project")
def test_messages_of_others_cut_anywhere_and_with_octets_changed() -> None:
    for file in sorted(CORPORA.glob("*/messages/*.eml")):
        raw = file.read_bytes()
        for step in range(1, 40):
            assert_read(raw[: len(raw) * step // 40])
            changed = bytearray(raw)
            for place in range(step, len(raw), 41 * step):
                changed[place] = (changed[place] + step) % 256
            assert_read(bytes(changed))


def test_every_language_of_the_product_is_known_here() -> None:
    shipped = {file.stem for file in (Path(__file__).parents[2] / "templates" / "words").glob("*.toml")}
    known = {
        file.name.removesuffix(".toml")
        for file in resources.files("newsletter.replies.letters").joinpath("words").iterdir()
    }
    assert shipped <= known


@pytest.mark.parametrize("sort", get_args(Sort))
def test_no_wording_fits_an_empty_text(sort: Sort) -> None:
    assert not phrases(sort).search("")
