"""Bounces: whom they are about, and who is given up. Our own samples are for everywhere, the corpus where it is there."""

import base64
import importlib.util
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from newsletter.replies import Failed, Reply, read_reply
from newsletter.replies.bounces.judging import judged
from newsletter.replies.status import Claim

ROOT = Path(__file__).resolve().parent.parent.parent
SAMPLES = ROOT / "tests" / "data" / "bounces"
CORPUS = ROOT.parent / "shared" / "corpora" / "bounces"
TOKEN = "1f2edabcdefghijklmnopqrstuvwxyz234567"
ORIGINAL = f"<{TOKEN}@study.example.org>"
FROM_A_PROGRAM = b"From: MAILER-DAEMON@example.org\nSubject: failure notice\n\n"

needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason=f"{CORPUS} is not on this machine")


def sample(name: str) -> Reply:
    return read_reply((SAMPLES / f"{name}.eml").read_bytes())


def told(reply: Reply) -> list[tuple[str, str, str, str]]:
    return [(one.email, one.severity, one.reason, one.status) for one in reply.recipients]


def report(email: str, kind: str = "message/global-delivery-status", encoding: str = "8bit") -> bytes:
    """A report whose fields name somebody, by RFC 6533 unless another kind is said."""
    fields = (
        f"Reporting-MTA: dns; mx.example.net\n\nFinal-Recipient: {email}\nAction: failed\nStatus: 5.1.1\n"
    )
    body = base64.encodebytes(fields.encode()).decode() if encoding == "base64" else fields
    return (
        "From: MAILER-DAEMON@mx.example.net\nSubject: Undelivered\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=global-delivery-status; boundary="x"\n\n'
        "--x\nContent-Type: text/plain; charset=utf-8\n\nIt could not be delivered.\n"
        f"--x\nContent-Type: {kind}\nContent-Transfer-Encoding: {encoding}\n\n{body}\n"
        f"--x\nContent-Type: message/global-headers\n\nFrom: news@example.org\nTo: <用户@例え.jp>\n"
        f"Message-ID: {ORIGINAL}\n\n--x--\n"
    ).encode()


@pytest.mark.parametrize("kind", ["message/global-delivery-status", "message/delivery-status"])
@pytest.mark.parametrize("encoding", ["8bit", "base64"])
@pytest.mark.parametrize(
    ("field", "email"),
    [
        ("utf-8; 用户@例え.jp", "用户@例え.jp"),
        ("utf-8;\\x{7528}\\x{6237}@\\x{4f8b}\\x{3048}.jp", "用户@例え.jp"),
        ("UTF-8 ; j\\x{FC}rgen@example.org", "jürgen@example.org"),
        ("utf-8; उपयोगकर्ता@उदाहरण.परीक्षा", "उपयोगकर्ता@उदाहरण.परीक्षा"),
        ("rfc822; jürgen@example.org", "jürgen@example.org"),
        ("rfc822; ada@example.org", "ada@example.org"),
    ],
)
def test_a_report_may_name_an_address_of_any_letters(
    field: str, email: str, kind: str, encoding: str
) -> None:
    found = read_reply(report(field, kind, encoding))
    assert told(found) == [(email, "hard", "user-unknown", "5.1.1")]
    assert (found.message_id, found.tokens) == (ORIGINAL, (TOKEN,))


@pytest.mark.parametrize("coded", ["\\x{0A}", "\\x{1B}", "\\x{202E}", "\\x{D800}", "\\x{FFFFFF}"])
def test_no_letter_by_its_number_becomes_one_that_cannot_be_seen(coded: str) -> None:
    found = read_reply(report(f"utf-8; ü{coded}x@example.org"))
    assert all(one.email.isprintable() for one in found.recipients)


def answer(words: str) -> Failed:
    return judged(Claim("ada@example.org", words))


@pytest.mark.parametrize(
    ("name", "people"),
    [
        ("postfix-user-unknown", [("ada@people.example.org", "hard", "user-unknown", "5.1.1")]),
        ("postfix-forwarded", [("ada.home@example.org", "soft", "mailbox-full", "5.2.2")]),
        ("exchange-5.1.10-german", [("ada@firma.example.org", "hard", "user-unknown", "5.1.10")]),
        (
            "qmail-two-people",
            [
                ("ada@one.example.org", "hard", "user-unknown", ""),
                ("ben@two.example.org", "policy", "spam", "5.7.1"),
            ],
        ),
        ("sendmail-at-recipient", [("ada@example.org", "hard", "user-unknown", "")]),
        ("gmail-dmarc", [("ada@example.org", "policy", "policy", "5.7.26")]),
        ("ses-notification", [("ada@example.org", "hard", "user-unknown", "5.1.1")]),
        ("japanese-quota", [("ada@example.org", "soft", "mailbox-full", "")]),
        ("null-mx", [("ada@example.org", "hard", "host-unknown", "")]),
    ],
)
def test_a_bounce_says_who_failed_and_why(name: str, people: list[tuple[str, str, str, str]]) -> None:
    reply = sample(name)
    assert reply.kind == "bounce"
    assert told(reply) == people


def test_a_bounce_names_the_message_that_it_is_about_and_what_the_relay_called_it() -> None:
    reply = sample("postfix-user-unknown")
    assert reply.message_id == ORIGINAL
    assert reply.tokens == (TOKEN,)
    assert reply.queue_ids == ("4MLh2s1fQ6z9B1C2",)
    assert "550 5.1.1" in reply.recipients[0].diagnostic


@pytest.mark.parametrize(
    "name", ["postfix-forwarded", "exchange-5.1.10-german", "qmail-two-people", "ses-notification", "null-mx"]
)
def test_the_original_is_found_wherever_the_bounce_has_put_it(name: str) -> None:
    assert sample(name).message_id == ORIGINAL
    assert sample(name).tokens == (TOKEN,)


def test_nobody_is_given_up_on_a_warning_that_it_will_be_tried_again() -> None:
    assert told(sample("exim-still-trying")) == [("ada@example.org", "soft", "user-unknown", "5.1.1")]


def test_nobody_is_given_up_on_words_that_came_after_the_message_was_handed_over() -> None:
    assert told(sample("sendmail-after-data")) == [("ada@example.org", "soft", "user-unknown", "5.0.0")]


def test_nobody_is_given_up_who_is_merely_mentioned() -> None:
    assert [one.severity for one in sample("suggestion-only").recipients] == ["soft"]


def test_a_report_that_all_went_well_is_no_bounce() -> None:
    assert sample("went-well").kind != "bounce"


def test_a_postmaster_who_writes_in_person_has_not_bounced() -> None:
    assert sample("postmaster-in-person").kind != "bounce"


def test_a_complaint_that_amazon_writes_as_json_names_who_complained() -> None:
    reply = sample("ses-complaint")
    assert reply.kind == "complaint"
    assert told(reply) == [("ada@example.org", "policy", "spam", "")]


@pytest.mark.parametrize(
    "words",
    [
        "smtp; 550-5.1.1 The email account that you tried to reach does not exist.",
        "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)",
        "550 5.1.1 Empfänger unbekannt",
        'unknown local-part "ada" in domain "example.org"',
        "5.1.0 - Unknown address error 550-'5.1.1 <ada@example.org>... User unknown'",
        "550 5.1.1 unknown or illegal alias: ada@example.org",
        "550 No such user here (in reply to RCPT TO command)",
        "550 Requested action not taken: mailbox unavailable (in reply to RCPT TO command)",
        "550 5.1.2 <ada@example.org>... Host unknown (Name server: example.org: host not found)",
        "all relevant MX records point to non-existent hosts",
        "550 5.1.6 recipient no longer on server: ada@example.org",
        "550 ada@example.org is not a valid mailbox (in reply to RCPT TO command)",
        "550 Kein solcher Benutzer (in reply to RCPT TO command)",
        "550 Okänd mottagare (in reply to RCPT TO command)",
        "550 Neznámý uživatel (in reply to RCPT TO command)",
        "We sent: RCPT TO:<ada@example.org>\nThey replied: 550 Unknown user",
    ],
)
def test_an_address_is_given_up_when_its_server_says_that_there_is_none(words: str) -> None:
    assert answer(words).severity == "hard"


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("552 5.2.2 over quota", "mailbox-full"),
        ("550 5.1.1 <ada@example.org> Mailbox is full", "mailbox-full"),
        ("450 4.2.0 Recipient address rejected: Greylisted, try again later", "other"),
        ("550 5.2.1 The email account that you tried to reach is disabled.", "other"),
        ("connect to mx.example.org[192.0.2.1]:25: Connection timed out", "other"),
        ("550 5.7.1 Message rejected as spam", "spam"),
        ("554 5.7.1 Client host [192.0.2.1] blocked using zen.spamhaus.org", "blocked"),
        ("550-5.7.26 This mail has been blocked because the sender is unauthenticated", "policy"),
        ("552 5.3.4 Message size exceeds fixed limit", "too-big"),
        ("554 5.6.0 Virus detected", "content"),
        ("550 5.7.1 Unable to relay", "policy"),
        ("554 Recipient address rejected: Access denied (in reply to RCPT TO command)", "policy"),
        ("550 5.1.1 User temporarily disabled", "user-unknown"),
        ("550 5.7.1 This server does not accept mail from dynamic addresses", "blocked"),
        ("550 5.1.1 RCP-P2 Refused due to recipient preferences", "policy"),
        ("451 4.7.1 Greylisting in action, please come back later", "other"),
        ("550 5.2.1 This mailbox has been blocked due to inactivity", "other"),
        ("550 over the allowed quota (in reply to RCPT TO command)", "mailbox-full"),
        ("550 Brevlådan är full (in reply to RCPT TO command)", "mailbox-full"),
        ("550 Recipient not available at this time (in reply to RCPT TO command)", "user-unknown"),
        # Nothing of this is said of the person who is written to.
        ("553 Relaying disallowed as ada@example.org. Invalid Domain", "policy"),
        ("550 domain of sender does not exist", "policy"),
        ("550 cannot find a valid MX for sender domain", "policy"),
        ("550 From address does not match (in reply to RCPT TO command)", "policy"),
        (
            "550 Verification failed for <news@example.org>: no such user (in reply to RCPT TO command)",
            "policy",
        ),
        ("550 Absenderadresse existiert nicht (in reply to RCPT TO command)", "policy"),
        ("550 Adresse de l'expéditeur inconnue (in reply to RCPT TO command)", "policy"),
        ("550 unknown host in HELO", "blocked"),
        ("550 your domain could not be found", "policy"),
        ("550 no MX or A for your domain", "policy"),
        ("550 Your address has been rejected (in reply to RCPT TO command)", "policy"),
        ("550 Invalid recipient list: too many recipients (in reply to RCPT TO command)", "policy"),
        ("550 return address unknown (in reply to RCPT TO command)", "policy"),
        ("550 The account you are sending from does not exist (in reply to RCPT TO command)", "policy"),
        ("550 Too many invalid recipients (in reply to RCPT TO command)", "policy"),
        ("550 No mail from non subscribers (in reply to RCPT TO command)", "policy"),
        (
            "553 5.1.8 <news@example.org>... Domain of sender address news@example.org does not exist",
            "policy",
        ),
        # Of the sender it is said, too, that its domain takes no mail (RFC 7505).
        ("550 5.7.27 Sender address has null MX", "policy"),
        ("550 5.7.27 The domain example.org does not accept mail", "policy"),
        ("550 Sender address has null MX (in reply to RCPT TO command)", "policy"),
        # A server that asked ours about the sender, who is unknown to it: Exim's callout.
        (
            "550-Verification failed 550-No Such User Here 550 Sender verify failed (in reply to RCPT TO command)",
            "policy",
        ),
        (
            "550 5.7.1 <ada@example.org>: Recipient address rejected: User unknown (in reply to RCPT TO)",
            "user-unknown",
        ),
        (
            "550 see https://example.org/#user-unknown for userunknown@example.org (in reply to RCPT TO command)",
            "other",
        ),
    ],
)
def test_nobody_is_given_up_for_what_is_not_said_of_them(words: str, reason: str) -> None:
    assert (answer(words).severity != "hard", answer(words).reason) == (True, reason)


@pytest.mark.parametrize(
    ("words", "severity"),
    [
        ("550 Domain example.net does not exist", "policy"),
        ("550 <news@example.net>: User unknown (in reply to RCPT TO command)", "policy"),
        ("550 5.1.1 <ada@example.org> user unknown, from <news@example.net>", "hard"),
        ("550 5.1.1 User unknown [mx7.example.net]", "hard"),
    ],
)
def test_what_names_the_sender_and_not_the_person_is_said_of_the_sender(words: str, severity: str) -> None:
    assert judged(Claim("ada@example.org", words), senders={"news@example.net"}).severity == severity


@pytest.mark.parametrize(
    ("words", "people"),
    [
        ("Your message to ada@example.org could not be delivered. Perhaps you meant ida@example.org?", ["ada@example.org"]),
        ("以下のメールは送信できませんでした。\n宛先: ada@example.org", ["ada@example.org"]),
        ("收件人邮件地址（ada@example.org）不存在", ["ada@example.org"]),
        ("Mailbox full. Unlock it: https://example.com/?e=ada@example.org", []),
        ("Delivery was successful:\n\nada@example.org", []),
        ("Ada's report of 1 May\n    Message-ID: <1@example.net>,\nwas not delivered to ada@example.org", ["ada@example.org"]),
        ("ada@example.org: mailbox full\n\n> Received: from example.net\n> Subject: ben@example.org: unknown", ["ada@example.org"]),
    ],
)  # fmt: skip
def test_in_plain_words_only_whom_it_is_about_is_named(words: str, people: list[str]) -> None:
    reply = read_reply(FROM_A_PROGRAM + words.encode())
    assert [one.email for one in reply.recipients] == people


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.eml")), ids=lambda path: path.stem)
def test_line_ends_make_no_difference(path: Path) -> None:
    bare = path.read_bytes()
    assert (
        read_reply(bare) == read_reply(bare.replace(b"\n", b"\r\n")) == read_reply(bare.replace(b"\n", b"\r"))
    )


@pytest.mark.parametrize(
    "hostile",
    [
        FROM_A_PROGRAM + b" " * 1_000_000,
        FROM_A_PROGRAM
        + b"not delivered to\n"
        + b"".join(b"ada%d@example.org: 550 user unknown\n" % n for n in range(20_000)),
        FROM_A_PROGRAM + b"Final-Recipient: x\n" + b" y\n" * 300_000,
        FROM_A_PROGRAM + b"a@" * 300_000,
        b'From: a@example.org\n\n{"notificationType":' + b"[" * 300_000,
        FROM_A_PROGRAM + b">>> RCPT TO:<ada@example.org>\n<<< 250 ok 550 \n" * 20_000,
    ],
    ids=["blanks", "people", "a-long-field", "no-addresses", "nested-json", "transcript"],
)
def test_a_message_made_to_take_long_does_not(hostile: bytes) -> None:
    began = time.process_time()
    assert len(read_reply(hostile).recipients) <= 100
    assert time.process_time() - began < 10  # it takes 2 at most


@pytest.fixture(scope="module")
def benchmark() -> Iterator[ModuleType]:
    """The benchmark, which reads the corpus."""
    spec = importlib.util.spec_from_file_location("benchmark_bounces", ROOT / "benchmarks" / "bounces.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture(scope="module")
def figures(benchmark: ModuleType) -> dict[str, Counter[str]]:
    corpus = list(benchmark.samples(CORPUS))
    counts = [(one, benchmark.judged(one, benchmark.ours(one.raw))) for one in corpus]
    return {
        "all": benchmark.added(count for _, count in counts),
        "fields": benchmark.added(count for one, count in counts if one.has_fields),
        "alive": benchmark.added(count for one, count in counts if benchmark.ALIVE.search(one.name)),
    }


@needs_corpus
@pytest.mark.parametrize(("which", "share"), [("all", 0.97), ("fields", 0.98), ("alive", 0.98)])
def test_the_corpus_names_the_same_people(figures: dict[str, Counter[str]], which: str, share: float) -> None:
    assert figures[which]["exact"] >= share * figures[which]["messages"]
    assert figures[which]["found"] >= 0.99 * figures[which]["messages"]


@needs_corpus
def test_of_the_corpus_the_dead_are_given_up_and_nobody_else(figures: dict[str, Counter[str]]) -> None:
    assert figures["all"]["harmed"] == 0
    assert figures["all"]["rightly"] >= 0.92 * figures["all"]["dead"]
    assert figures["all"]["same"] >= 0.95 * figures["all"]["reasons"]


@needs_corpus
def test_of_the_corpus_nobody_is_given_up_on_mail_that_is_no_bounce() -> None:
    mail = [path for path in CORPUS.parent.rglob("mail/**/*") if path.is_file()]
    mail += [*CORPUS.glob("messages/arf*"), *CORPUS.glob("messages/rfc3834*")]
    assert len(mail) > 20
    read = {path.name: read_reply(path.read_bytes()) for path in mail}
    assert [name for name, reply in read.items() if reply.kind == "bounce"] == []
    assert [
        name for name, reply in read.items() if any(one.severity == "hard" for one in reply.recipients)
    ] == []


@needs_corpus
def test_of_the_corpus_line_ends_make_no_difference() -> None:
    differing = []
    for path in sorted(CORPUS.glob("messages/*.eml"))[::10]:
        bare = re.sub(rb"\r*\n|\r", b"\n", path.read_bytes())
        readings = {read_reply(bare.replace(b"\n", end)) for end in (b"\n", b"\r\n", b"\r")}
        differing += [path.name] * (len(readings) > 1)
    assert differing == []
