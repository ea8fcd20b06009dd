"""The line is safe, or it is not opened: TLS with real servers and certificates of our own."""

import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
from certificates import certificate, server_side
from postroom import postroom
from speaking import HANDSHAKE, Speaker, speaking

from newsletter.config import FILE_NAME, Smtp, read_workspace
from newsletter.errors import ConfigError, ServerUnavailable
from newsletter.outbox import open_line
from newsletter.outbox.connection import Line

SECRET = "correct horse battery staple"
GREETING = (b"220 hello\r\n", b"250-hello\r\n250 STARTTLS\r\n")


def opened(port: int, **odd: object) -> Line:
    usual: dict[str, object] = {"host": "127.0.0.1", "port": port, "timeout": 5.0, "user": "news"}
    return open_line(Smtp.model_validate(usual | odd), lambda: SECRET, introduce_as="example.org")


def told(speaker: Speaker) -> bytes:
    return b"".join(speaker.heard)


def test_nothing_but_a_request_for_tls_is_said_before_the_line_is_encrypted(tmp_path: Path) -> None:
    path = certificate(tmp_path)
    words = (*GREETING, b"220 go on\r\n", HANDSHAKE, b"250-hello\r\n250 AUTH PLAIN\r\n", b"235 ok\r\n")
    with speaking(*words, b"221 bye\r\n", tls=server_side(path)) as speaker:
        opened(speaker.port, ca_file=str(path)).quit()
    assert [said.split()[0] for said in speaker.heard[:3]] == [b"ehlo", b"STARTTLS", b"ehlo"]
    assert speaker.heard[3].startswith(b"AUTH PLAIN ")


def test_where_tls_is_refused_for_now_nothing_goes_in_the_clear() -> None:
    with (
        speaking(*GREETING, b"454 4.7.0 TLS is not to be had now\r\n", b"250 ok\r\n") as speaker,
        pytest.raises(ServerUnavailable, match=r"454 4\.7\.0") as refused,
    ):
        opened(speaker.port)
    assert refused.value.exit_code == 69
    assert b"AUTH" not in told(speaker)


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        ((b"220 hello\r\n", b"250-hello\r\n250 SIZE\r\n"), "another network"),
        ((b"554 go away\r\n",), "why it turns us away"),
        ((b"421 busy\r\n",), "When it is back"),
    ],
)
def test_what_to_do_is_said_of_what_was_met(words: tuple[bytes, ...], remedy: str) -> None:
    with speaking(*words) as speaker, pytest.raises(ServerUnavailable) as refused:
        opened(speaker.port)
    assert remedy in refused.value.remedy


def test_words_slipped_in_behind_the_agreement_are_not_believed(tmp_path: Path) -> None:
    """The class of CVE-2011-0411: they would count as said over the encrypted line."""
    words = (*GREETING, b"220 go on\r\n250-hello\r\n250 AUTH PLAIN\r\n", HANDSHAKE)
    with (
        speaking(*words, tls=server_side(certificate(tmp_path))) as speaker,
        pytest.raises(ServerUnavailable, match="slipped into the line before it was encrypted"),
    ):
        opened(speaker.port)
    assert speaker.heard[1:] == [b"STARTTLS\r\n"]


def test_a_single_octet_slipped_in_is_enough(tmp_path: Path) -> None:
    with (
        speaking(*GREETING, b"220 go on\r\n\0", HANDSHAKE, tls=server_side(certificate(tmp_path))) as speaker,
        pytest.raises(ServerUnavailable, match="slipped into the line"),
    ):
        opened(speaker.port)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated:DeprecationWarning")
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_server_that_knows_old_tls_only_is_not_spoken_to(tmp_path: Path, security: str) -> None:
    path = certificate(tmp_path)
    old = server_side(path)
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    words = (*GREETING, b"220 go on\r\n", HANDSHAKE) if security == "starttls" else GREETING
    with (
        speaking(*words, tls=old, at_once=security == "tls") as speaker,
        pytest.raises(ServerUnavailable, match=r"TLS older than 1\.2 only"),
    ):
        opened(speaker.port, security=security, ca_file=str(path))
    assert b"AUTH" not in told(speaker)


@pytest.mark.parametrize(
    ("odd", "named", "why"),
    [
        ({}, False, "self-signed certificate"),
        ({"name": "127.0.0.2"}, True, "not valid for '127.0.0.1'"),
        ({"name": "mail.example.org"}, True, "not valid for '127.0.0.1'"),
        ({"days": -1}, True, "has expired"),
    ],
    ids=["self-signed", "another address", "another name", "expired"],
)
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_that_is_not_good_ends_it_and_says_why(
    tmp_path: Path, odd: dict[str, str], named: bool, why: str, security: str
) -> None:
    path = certificate(tmp_path, **odd)  # type: ignore[arg-type]
    words = (*GREETING, b"220 go on\r\n", HANDSHAKE) if security == "starttls" else GREETING
    with (
        speaking(*words, tls=server_side(path), at_once=security == "tls") as speaker,
        pytest.raises(ServerUnavailable, match=why) as refused,
    ):
        opened(speaker.port, security=security, ca_file=str(path) if named else "")
    assert b"AUTH" not in told(speaker)
    assert ("clock" in str(refused.value)) is ("days" in odd)
    assert ("smtp.ca_file" in str(refused.value)) is (not named)


def test_a_port_that_does_not_speak_tls_is_said() -> None:
    with (
        speaking(b"220 hello\r\n") as speaker,
        pytest.raises(ServerUnavailable, match="does not speak TLS at this port"),
    ):
        opened(speaker.port, security="tls")


def test_a_server_with_an_authority_of_its_own_is_trusted_where_that_is_named(folder: Path) -> None:
    path = certificate(folder)
    settings = folder / FILE_NAME
    with postroom(tls=server_side(path)) as room:
        text = settings.read_text(encoding="utf-8")
        text = text.replace("port = 2525", f'port = {room.port}\nca_file = "{path.name}"')
        settings.write_text(text.replace('security = "none"', 'security = "starttls"'), encoding="utf-8")
        line = open_line(read_workspace(folder).config.smtp, lambda: "", introduce_as="example.org")
        assert isinstance(line.smtp.sock, ssl.SSLSocket)
        line.quit()


def test_a_named_authority_is_the_only_one_that_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").mkdir()
    path, other = certificate(tmp_path), certificate(tmp_path / "other")
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with (
        postroom(tls=server_side(path)) as room,
        pytest.raises(ServerUnavailable, match="certificate is not good"),
    ):
        opened(room.port, ca_file=str(other))


@pytest.mark.parametrize("text", [None, "", "this is no certificate"])
def test_an_authority_that_cannot_be_read_is_said(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "ca.pem"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"smtp\.ca_file = .*ca\.pem' cannot be used"):
        opened(1, ca_file=str(path))


def test_a_line_in_the_clear_ends_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name such as localhost may be led elsewhere by whoever answers for names."""
    from newsletter.outbox.hearing import Plain

    with speaking(b"220 hello\r\n", b"250 hello\r\n") as speaker:
        connect: Callable[..., object] = Plain.connect

        def led_elsewhere(self: Plain, *where: object) -> object:
            answer = connect(self, *where)
            assert self.sock is not None
            self.sock = _Elsewhere(self.sock)  # type: ignore[assignment]
            return answer

        monkeypatch.setattr(Plain, "connect", led_elsewhere)
        with pytest.raises(ConfigError, match="this one is not"):
            opened(speaker.port, security="none")
    assert b"AUTH" not in told(speaker)


class _Elsewhere:
    """A socket whose other end has an address of the outer world."""

    def __init__(self, sock: object) -> None:
        self._sock = sock

    def getpeername(self) -> tuple[str, int]:
        return "192.0.2.1", 25

    def __getattr__(self, name: str) -> object:
        return getattr(self._sock, name)
