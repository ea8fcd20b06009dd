"""Signatures that hold for verifiers that are not ours, and break with whatever is changed on the way."""

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_curve_key
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from judges import JUDGES, Judge
from postroom import TAKE_AND_DROP, Postroom

from newsletter.config import Config, read_config
from newsletter.database import Database
from newsletter.edition import Edition, sample_personal
from newsletter.errors import ConfigError, InputError, KeyProblem, ProofFailed
from newsletter.keychain import delete_secret
from newsletter.outbox import (
    DkimRecord,
    Mailing,
    dkim_record,
    doubtful_of,
    import_dkim_key,
    make_dkim_key,
    settle_doubts,
)
from newsletter.outbox.compiled import compile_edition
from newsletter.outbox.dkim import Seal, body_hash, prove_relaxed, signature_header
from newsletter.outbox.dkimkey import KEY_FILE, signer_of
from newsletter.outbox.letterhead import letterhead, tokens_of
from newsletter.outbox.message import Letter, build_message, build_signed, date_header
from newsletter.tokens import Key

SIGNED = [
    *("From", "To", "Subject", "Date", "Message-ID", "Reply-To", "MIME-Version", "Content-Type"),
    *("List-Id", "List-Unsubscribe", "List-Unsubscribe-Post"),
]


@pytest.fixture(params=JUDGES)
def judge(request: pytest.FixtureRequest, tmp_path: Path) -> Judge:
    found: Judge = JUDGES[request.param](tmp_path)
    return found


@pytest.fixture
def signing(config: Config) -> Config:
    """Settings that sign, with a public page to opt out, and their key."""
    settings = with_parts(config, dkim={"domain": "example.org"}, public={"url": "https://news.example.org"})
    make_dkim_key(settings)
    return settings


def with_parts(config: Config, **parts: dict[str, str]) -> Config:
    return config.model_copy(
        update={name: getattr(config, name).model_copy(update=values) for name, values in parts.items()}
    )


@pytest.fixture
def signed(
    signing: Config, make_edition: Callable[..., Edition], now: dt.datetime
) -> Callable[..., tuple[bytes, DkimRecord]]:
    """Builds a signed message to somebody of a name."""

    def run(
        name: str = "Ada", settings: Config = signing, email: str = "ada@example.org", **odd: object
    ) -> tuple[bytes, DkimRecord]:
        head = letterhead(settings)
        signer = signer_of(settings, head)
        assert signer
        tokens = tokens_of(Key(bytes(32)), bytes(10))
        letter = Letter(name, email, sample_personal(settings), tokens, date_header(now))
        compiled = compile_edition(make_edition(**odd))
        sealed, message = build_signed(compiled, head, letter, signer)
        assert build_message(compiled, head, sealed) == message, "a resend is the same bytes"
        return message, dkim_record(settings)

    return run


def test_a_signature_holds(judge: Judge, signed: Callable[..., tuple[bytes, DkimRecord]]) -> None:
    for name in ("Ada", "Chloé  García", "ü" * 90, 'A. "B", C', ""):
        message, record = signed(name)
        assert judge(message, record.name, record.value), name


@pytest.mark.parametrize("email", ["用户@例え.jp", f"{'ü' * 100}@example.org", "उपयोगकर्ता@example.org"])
def test_a_signature_holds_of_an_address_beyond_ascii(
    judge: Judge, signed: Callable[..., tuple[bytes, DkimRecord]], email: str
) -> None:
    for name in ("Ada", "用户 山田", ""):
        message, record = signed(name, email=email)
        assert f"<{email}>\r\n".encode() in message
        assert judge(message, record.name, record.value), name
        assert not judge(message.replace(email.encode(), b"ada@example.org", 1), record.name, record.value)


def test_a_signature_holds_of_a_plain_message_without_public_page_or_pictures(
    judge: Judge, signed: Callable[..., tuple[bytes, DkimRecord]], signing: Config
) -> None:
    text = "NLabcdefghijklGREETING\n\n two  blanks \n\ttab\t\nend \n\n\nNLabcdefghijklSTOP\n\n\n\n"
    message, record = signed(settings=with_parts(signing, public={"url": ""}), pictures=(), text=text)
    assert b"List-Unsubscribe-Post: " not in message
    assert judge(message, record.name, record.value)


def test_blanks_and_folds_that_a_relay_changes_do_no_harm(
    judge: Judge, signed: Callable[..., tuple[bytes, DkimRecord]]
) -> None:
    message, record = signed()
    changed = message.replace(b"Subject: News of", b"SUBJECT:   News\r\n\t of").replace(b">,\r\n <", b">,  <")
    assert changed != message
    assert judge(changed, record.name, record.value)


@pytest.mark.parametrize("name", SIGNED)
def test_a_signed_header_cannot_be_changed_dropped_or_added(
    judge: Judge, signed: Callable[..., tuple[bytes, DkimRecord]], name: str
) -> None:
    message, record = signed()
    line = re.search(rb"\r\n" + name.encode() + rb": (?:.*)(?:\r\n .*)*(?=\r\n)", message)
    assert line
    whole = line[0]
    assert judge(message, record.name, record.value)
    again = b"\r\n" + name.encode() + b": something else"
    for changed in (
        message.replace(whole, whole[:-1] + (b"x" if whole[-1:] != b"x" else b"y"), 1),
        message.replace(whole, b"", 1),
        message.replace(whole, again + whole, 1),
        message.replace(whole, whole + again, 1),
    ):
        assert changed != message
        assert not judge(changed, record.name, record.value)


def test_one_click_cannot_be_added_where_it_was_not_offered(
    judge: Judge, signed: Callable[..., tuple[bytes, DkimRecord]], signing: Config
) -> None:
    message, record = signed(settings=with_parts(signing, public={"url": ""}))
    added = b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nMIME-Version"
    assert not judge(message.replace(b"MIME-Version", added, 1), record.name, record.value)


def test_no_octet_of_the_body_can_be_changed(
    judge: Judge, signed: Callable[..., tuple[bytes, DkimRecord]]
) -> None:
    message, record = signed()
    start = message.index(b"\r\n\r\n") + 4
    for at in (start, (start + len(message)) // 2, len(message) - 3):
        changed = message[:at] + bytes([message[at] ^ 1]) + message[at + 1 :]
        assert not judge(changed, record.name, record.value), at
    assert not judge(message + b"and more\r\n", record.name, record.value)


def test_another_key_does_not_hold(
    judge: Judge, signed: Callable[..., tuple[bytes, DkimRecord]], signing: Config
) -> None:
    message, record = signed()
    delete_secret("dkim-newsletter@example.org")
    other, _ = make_dkim_key(signing)
    assert other.value != record.value
    assert not judge(message, record.name, other.value)


def test_the_header_has_no_long_line_no_length_and_both_that_one_click_wants(
    signed: Callable[..., tuple[bytes, DkimRecord]],
) -> None:
    message, _ = signed()
    header = re.match(rb"DKIM-Signature: (?:.*\r\n)(?: .*\r\n)*", message)
    assert header
    assert all(len(line) <= 78 for line in header[0].split(b"\r\n"))
    tags = dict(
        part.split("=", 1) for part in re.sub(r"\s", "", header[0].decode().partition(":")[2]).split(";")
    )
    assert tags["a"] == "rsa-sha256"
    assert tags["c"] == "relaxed/relaxed"
    assert tags["t"] == "1664528400"
    assert "l" not in tags
    names = tags["h"].split(":")
    assert names.count("from") == 2
    assert {name.lower() for name in SIGNED} == set(names)


@pytest.mark.parametrize("loose", [b"a\tb", b"a  b", b"a \r\n", b"a "])
def test_what_a_relay_may_change_is_not_signed(loose: bytes) -> None:
    with pytest.raises(ProofFailed):
        prove_relaxed(loose)


@pytest.mark.parametrize("loose", [b"a  b", b"a\tb", b".a", b"a\nb", b"x" * 999])
def test_an_edition_that_came_out_so_is_given_to_nobody(
    make_edition: Callable[..., Edition], monkeypatch: pytest.MonkeyPatch, loose: bytes
) -> None:
    monkeypatch.setattr("newsletter.outbox.compiled.quote", lambda text: b"\r\n" + loose)
    with pytest.raises(ProofFailed):
        compile_edition(make_edition())


@pytest.mark.parametrize("end", [b"a", b"a\r\n\r\n", b""])
def test_a_body_ends_with_one_line_end(end: bytes) -> None:
    with pytest.raises(ProofFailed):
        body_hash(end)


def test_nobody_signs_unless_told_to(config: Config) -> None:
    assert config.dkim.domain == ""
    assert signer_of(config, letterhead(config)) is None


def test_a_domain_that_is_not_the_senders_is_told(signing: Config) -> None:
    other = with_parts(signing, dkim={"domain": "example.com"})
    with pytest.raises(ConfigError, match=r"dkim\.domain"):
        signer_of(other, letterhead(other))


def test_settings_that_are_no_domain_or_selector_are_told() -> None:
    for odd in (
        'domain = "exa mple.org"',
        'domain = "org"',
        'selector = "a b"',
        'selector = ""',
        "domains = 1",
    ):
        with pytest.raises(ConfigError, match=r"newsletter\.toml"):
            read_config(f"[dkim]\n{odd}\n")
    assert read_config('[dkim]\ndomain = "bücher.example"\n').dkim.domain == "xn--bcher-kva.example"


def test_what_the_server_took_is_signed(
    judge: Judge, signing: Config, people: Any, queue: Any, send: Any, room: Postroom
) -> None:
    for name in ("Ada", "ليلى الأمين", "=?utf-8?B?QWRh?=", "x" * 200):
        people.add(name, f"{len(name)}@example.org")
    send.config = signing
    assert send(queue()).sent == 4
    record = dkim_record(signing)
    assert all(judge(post.content, record.name, record.value) for post in room.taken)


class TestFrozen:
    """The signature belongs to what is frozen at the first claim."""

    @pytest.mark.parametrize("later", ["another key", "switched off", "no key"])
    def test_a_resend_is_the_same_bytes_whatever_became_of_the_key(
        self, db: Database, signing: Config, cast: Any, queue: Any, send: Any, room: Postroom, later: str
    ) -> None:
        taken = first_and_again(send, queue, room, signing, later)
        assert taken[0].content.startswith(b"DKIM-Signature: ")
        assert taken[0].content == taken[1].content

    def test_what_went_unsigned_stays_so(
        self, db: Database, config: Config, signing: Config, cast: Any, queue: Any, send: Any, room: Postroom
    ) -> None:
        taken = first_and_again(send, queue, room, config, "switched on", signing)
        assert b"DKIM-Signature" not in taken[0].content
        assert taken[0].content == taken[1].content

    def test_a_body_that_is_not_what_was_signed_is_not_sent(
        self, db: Database, signing: Config, cast: Any, queue: Any, send: Any, room: Postroom
    ) -> None:
        mailing = queue()
        send.config = signing
        room.say("dot", "451 4.3.0 later", times=1)
        send(mailing)
        assert db.one("SELECT 1 FROM deliveries WHERE personal LIKE '%\"dkim\"%' AND state = 'waiting'")
        db.conn.execute("UPDATE deliveries SET personal = replace(personal, 'Dear Ada', 'Dear Bob')")
        send.now += dt.timedelta(hours=9)
        found = send(mailing)
        assert isinstance(found.stopped, ProofFailed)
        assert found.waiting == 1
        assert room.taken == []


def first_and_again(
    send: Any, queue: Any, room: Postroom, settings: Config, later: str, after: Config | None = None
) -> list[Any]:
    """What the server took before its answer was lost, and what it is sent by the operator's word later."""
    mailing: Mailing = queue()
    send.config = settings
    room.say("dot", TAKE_AND_DROP, times=1)
    send(mailing)
    if later in ("another key", "no key"):
        delete_secret("dkim-newsletter@example.org")
    if later == "another key":
        make_dkim_key(settings)
    send.config = after or settings
    if later in ("switched off", "no key"):
        send.config = with_parts(settings, dkim={"domain": ""})
    send.now += dt.timedelta(hours=9)
    settle_doubts(send.db, {one.id: False for one in doubtful_of(send.db, mailing.issue)}, send.now)
    send(mailing)
    return room.taken


def test_a_key_is_never_made_over_another(signing: Config) -> None:
    with pytest.raises(KeyProblem, match="already"):
        make_dkim_key(signing)
    make_dkim_key(with_parts(signing, dkim={"selector": "second"}))


def test_without_a_key_nothing_is_sent(
    config: Config, cast: Any, queue: Any, send: Any, room: Postroom
) -> None:
    send.config = with_parts(config, dkim={"domain": "example.org"})
    with pytest.raises(ConfigError, match="no key to sign with"):
        send(queue())
    assert room.connections == 0


def test_the_record_is_cut_into_strings_that_the_dns_can_hold(signing: Config) -> None:
    record = dkim_record(signing)
    strings = re.findall(r'"([^"]*)"', record.as_zone())
    assert record.name == "newsletter._domainkey.example.org"
    assert "".join(strings) == record.value
    assert record.value.startswith("v=DKIM1; k=rsa; p=MII")
    assert all(len(string) <= 255 for string in strings)
    assert len(strings) == 2


@pytest.fixture
def key_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A key made elsewhere, in a file of its own, named by the environment."""
    path = tmp_path / "elsewhere" / "news.private"
    path.parent.mkdir()
    path.write_bytes(pem(2048))
    path.chmod(0o600)
    monkeypatch.setenv(KEY_FILE, str(path))
    return path


def pem(bits: int) -> bytes:
    key = generate_private_key(public_exponent=65537, key_size=bits)
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())


def test_a_key_can_lie_in_a_file_outside(config: Config, key_file: Path) -> None:
    settings = with_parts(config, dkim={"domain": "example.org"})
    assert signer_of(settings, letterhead(settings))
    imported, _ = import_dkim_key(settings, key_file.read_bytes())
    assert imported == dkim_record(settings)


def test_a_key_file_that_others_can_read_is_not_used(config: Config, key_file: Path) -> None:
    key_file.chmod(0o640)
    with pytest.raises(ConfigError, match="read by others"):
        dkim_record(config)


def test_a_key_file_in_the_workspace_is_not_used(
    config: Config, key_file: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_FILE, str(key_file.rename(folder / "issues" / "news.private")))
    with pytest.raises(ConfigError, match="lies in the workspace"):
        dkim_record(config)


def test_a_key_file_that_is_not_there_is_told(config: Config, key_file: Path) -> None:
    key_file.unlink()
    with pytest.raises(ConfigError, match=KEY_FILE):
        dkim_record(config)


def test_what_is_no_key_to_sign_with_is_not_taken(config: Config) -> None:
    curve = generate_curve_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for odd, why in ((b"hello", "PEM"), (curve, "RSA"), (pem(1024), "1024 bits")):
        with pytest.raises(InputError, match=why):
            import_dkim_key(config, odd)


def test_the_same_seal_gives_the_same_header() -> None:
    seal = Seal("example.org", "s" * 63, "x" * 344)
    first = signature_header(seal, bytes(32), "Fri, 30 Sep 2022 09:00:00 +0000")
    assert first == signature_header(seal, bytes(32), "Fri, 30 Sep 2022 09:00:00 +0000")
    assert all(len(line) <= 78 for line in first.split(b"\r\n"))
