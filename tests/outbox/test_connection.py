"""Lines that are safe or not opened at all."""

import select
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from certificates import certificate, server_side
from postroom import Postroom, postroom
from speaking import Speaker, speaking

from newsletter.config import Smtp
from newsletter.errors import ConfigError, ServerUnavailable
from newsletter.outbox import LoginRefused, open_line
from newsletter.outbox.connection import Line
from newsletter.outbox.wire import Wire

SECRET = "correct horse battery staple"


def settings(room: Postroom | Speaker, **odd: object) -> Smtp:
    usual: dict[str, object] = {"host": "127.0.0.1", "port": room.port, "timeout": 5.0}
    return Smtp.model_validate(usual | odd)


def opened(room: Postroom | Speaker, password: str = "", **odd: object) -> Line:
    return open_line(settings(room, **odd), lambda: password, introduce_as="example.org")


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's TLS whose certificate this machine trusts."""
    path = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    return server_side(path)


def test_starttls_is_used_before_anything_is_said(trusted: ssl.SSLContext) -> None:
    with postroom(tls=trusted) as room, closing_line(opened(room, security="starttls")) as line:
        assert isinstance(line.smtp.sock, ssl.SSLSocket)
        assert line.smtp.sock.version() in ("TLSv1.2", "TLSv1.3")
        assert line.offers("size")


def test_nothing_goes_in_the_clear_where_starttls_was_stripped() -> None:
    with postroom() as room, pytest.raises(ServerUnavailable, match="does not offer STARTTLS") as refused:
        opened(room, SECRET, security="starttls", user="news")
    assert room.heard == []
    assert refused.value.exit_code == 69


@pytest.mark.parametrize("trouble", ["unknown", "wrong name", "expired"])
def test_a_certificate_that_is_not_good_is_not_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    odd: dict[str, Any] = {"wrong name": {"name": "127.0.0.2"}, "expired": {"days": -1}}.get(trouble, {})
    path = certificate(tmp_path, **odd)
    if trouble != "unknown":
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with (
        postroom(tls=server_side(path)) as room,
        pytest.raises(ServerUnavailable, match="certificate is not good"),
    ):
        opened(room, security="starttls")


def test_tls_older_than_1_2_is_not_spoken(trusted: ssl.SSLContext) -> None:
    from newsletter.trust import trusting

    assert trusting("", "smtp").minimum_version == ssl.TLSVersion.TLSv1_2
    assert trusting("", "smtp").verify_mode == ssl.CERT_REQUIRED
    assert trusting("", "smtp").check_hostname


def test_an_early_answer_is_noticed_over_tls_too(trusted: ssl.SSLContext) -> None:
    with postroom(tls=trusted) as room, closing_line(opened(room, security="starttls")) as line:
        wire = Wire(line)
        assert wire.listen() == []
        assert not wire.dialogue.lost
        wire.say(b"NOOP\r\n")
        assert select.select([wire.sock], [], [], 5)[0]
        wire.listen()
        assert wire.dialogue.lost == "the server spoke unasked"


def test_the_right_password_opens_the_line() -> None:
    with postroom(password=SECRET) as room:
        line = opened(room, SECRET, security="none", user="news")
        assert line.command("MAIL FROM:<news@example.org>").code == 250
        line.quit()


def test_a_wrong_password_is_said_without_showing_it() -> None:
    with postroom(password=SECRET) as room, pytest.raises(LoginRefused) as refused:
        opened(room, "wrong-" + SECRET, security="none", user="news")
    assert refused.value.exit_code == 77
    assert SECRET not in str(refused.value)
    assert "newsletter login" in str(refused.value)


def test_an_absent_server_is_said_with_its_place() -> None:
    with pytest.raises(ServerUnavailable, match=r"127\.0\.0\.1, port 1 cannot be used: Connection refused"):
        open_line(Smtp(host="127.0.0.1", port=1, security="none"), str, introduce_as="example.org")


@pytest.mark.parametrize(
    "greeting",
    [
        b"554 go away\r\n",
        b"421 4.3.2 too busy\r\n",
        b"banana\r\n",
        b"SSH-2.0-OpenSSH\r\n",
        b"\0\xff\r\n",
        b"220" + b"x" * 9000,
    ],
)
def test_what_is_no_mail_server_is_not_used(greeting: bytes) -> None:
    with speaking(greeting) as room, pytest.raises(ServerUnavailable):
        opened(room, security="none")


def test_a_server_that_never_ends_its_greeting_is_left() -> None:
    with (
        speaking(b"220 hello\r\n", b"250-and another thing\r\n" * 4000) as room,
        pytest.raises(ServerUnavailable, match="no end"),
    ):
        opened(room, security="none")


@pytest.mark.parametrize("host", ["mail..example.org", "m" * 70 + ".example.org"])
def test_what_cannot_be_a_servers_name_is_said(host: str) -> None:
    with pytest.raises(ConfigError, match="cannot be the name of a server"):
        open_line(Smtp(host=host, timeout=5.0), str, introduce_as="example.org")


def test_tls_from_the_first_octet_is_spoken_where_it_is_asked_for(trusted: ssl.SSLContext) -> None:
    with (
        speaking(b"220 hello\r\n", b"250 hello\r\n", b"221 bye\r\n", tls=trusted, at_once=True) as room,
        closing_line(opened(room, security="tls")) as line,
    ):
        assert isinstance(line.smtp.sock, ssl.SSLSocket)


@contextmanager
def closing_line(line: Line) -> Iterator[Line]:
    try:
        yield line
    finally:
        line.quit()
