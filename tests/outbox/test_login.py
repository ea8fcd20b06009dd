"""Logging in on a line: the best way that is offered, said right, and what each refusal means."""

import base64
import hmac
import json

import pytest
from speaking import Speaker, speaking

from newsletter.config import Smtp
from newsletter.errors import ConfigError, NewsletterError, ServerUnavailable
from newsletter.outbox import LoginRefused, open_line

SECRET = "sentinel-7c1f-correct horse"
OK = b"235 2.7.0 welcome\r\n"
BYE = b"221 bye\r\n"


def offering(*ways: str) -> tuple[bytes, bytes]:
    return b"220 hello\r\n", f"250-hello\r\n250 AUTH {' '.join(ways)}\r\n".encode()


def log_in(speaker: Speaker, secret: str = SECRET, **odd: object) -> None:
    usual: dict[str, object] = {
        "host": "127.0.0.1",
        "port": speaker.port,
        "security": "none",
        "timeout": 5.0,
        "user": "news@example.org",
    }
    open_line(Smtp.model_validate(usual | odd), lambda: secret, introduce_as="example.org").quit()


def refused(*words: bytes, secret: str = SECRET, **odd: object) -> NewsletterError:
    """What is said of a login that fails; the secret is never in it, in no form."""
    with speaking(*words) as speaker, pytest.raises(NewsletterError) as error:
        log_in(speaker, secret, **odd)
    chain: BaseException | None = error.value
    while chain is not None:
        for form in (secret, coded(secret), coded(f"\0news@example.org\0{secret}"), coded(bearer(secret))):
            assert form not in str(chain) + repr(chain)
        chain = chain.__cause__
    return error.value


def coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def bearer(token: str) -> str:
    return f"user=news@example.org\1auth=Bearer {token}\1\1"


@pytest.mark.parametrize("ways", [["PLAIN"], ["LOGIN", "PLAIN"], ["CRAM-MD5", "LOGIN", "PLAIN", "XOAUTH2"]])
def test_plain_is_taken_where_it_is_offered(ways: list[str]) -> None:
    with speaking(*offering(*ways), OK, BYE) as speaker:
        log_in(speaker)
    assert (
        speaker.heard[1] == f"AUTH PLAIN {coded(chr(0) + 'news@example.org' + chr(0) + SECRET)}\r\n".encode()
    )


def test_a_server_that_asks_for_plain_once_more_gets_it() -> None:
    with speaking(*offering("PLAIN"), b"334 \r\n", OK, BYE) as speaker:
        log_in(speaker)
    assert speaker.heard[2] == speaker.heard[1].removeprefix(b"AUTH PLAIN ")


def test_login_says_name_and_password_when_asked() -> None:
    asked = (b"334 VXNlcm5hbWU6\r\n", b"334 UGFzc3dvcmQ6\r\n")
    with speaking(*offering("LOGIN"), *asked, OK, BYE) as speaker:
        log_in(speaker)
    words = [b"AUTH LOGIN\r\n", f"{coded('news@example.org')}\r\n".encode(), f"{coded(SECRET)}\r\n".encode()]
    assert speaker.heard[1:4] == words


def test_cram_md5_answers_the_challenge_where_nothing_else_is_offered() -> None:
    challenge = "<1896.697170952@mail.example.org>"
    with speaking(*offering("CRAM-MD5"), f"334 {coded(challenge)}\r\n".encode(), OK, BYE) as speaker:
        log_in(speaker)
    mac = hmac.new(SECRET.encode(), challenge.encode(), "md5").hexdigest()
    assert speaker.heard[2] == f"{coded('news@example.org ' + mac)}\r\n".encode()


def test_a_way_that_is_offered_by_mistake_is_left_for_the_next() -> None:
    asked = (b"504 5.5.4 no such mechanism\r\n", b"334 VXNlcm5hbWU6\r\n", b"334 UGFzc3dvcmQ6\r\n")
    with speaking(*offering("PLAIN", "LOGIN"), *asked, OK, BYE) as speaker:
        log_in(speaker)
    assert speaker.heard[2] == b"AUTH LOGIN\r\n"


def test_a_wrong_password_is_not_tried_a_second_way() -> None:
    """Each try counts: after a few an account is locked."""
    with (
        speaking(*offering("PLAIN", "LOGIN"), b"535 5.7.8 no\r\n", OK) as speaker,
        pytest.raises(LoginRefused),
    ):
        log_in(speaker)
    assert [said for said in speaker.heard if said.startswith(b"AUTH")] == speaker.heard[1:2]


def test_a_password_beyond_ascii_goes_out_as_utf_8() -> None:
    with speaking(*offering("PLAIN"), OK, BYE) as speaker:
        log_in(speaker, "pässwörd €")
    plain = "\0news@example.org\0pässwörd €"
    assert base64.b64decode(speaker.heard[1].split()[-1]).decode() == plain


def test_where_such_a_password_is_refused_it_is_said_what_works() -> None:
    error = refused(*offering("PLAIN"), b"535 5.7.8 no\r\n", secret="pässwörd")
    assert "plain letters, digits and signs" in str(error)


def test_a_token_goes_out_with_the_command() -> None:
    with speaking(*offering("LOGIN", "XOAUTH2"), OK, BYE) as speaker:
        log_in(speaker, "token", auth="xoauth2")
    assert speaker.heard[1] == f"AUTH XOAUTH2 {coded(bearer('token'))}\r\n".encode()


@pytest.mark.parametrize(
    ("complaint", "words"),
    [
        (
            {"status": "400", "schemes": "Bearer", "scope": "https://mail.google.com/"},
            "wants one for https://mail",
        ),
        ({"status": "401", "schemes": "bearer mac"}, "run out, was withdrawn"),
        ({"status": "invalid_token"}, "status invalid_token"),
        ({}, "refuses the token of news@example.org: 535 5.7.8 no"),
        ([], "refuses the token"),
    ],
)
def test_what_the_server_has_against_a_token_is_said_in_words(complaint: object, words: str) -> None:
    challenge = f"334 {coded(json.dumps(complaint))}\r\n".encode()
    words_said = (*offering("XOAUTH2"), challenge, b"535 5.7.8 no\r\n")
    with speaking(*words_said) as speaker, pytest.raises(LoginRefused) as error:
        log_in(speaker, auth="xoauth2")
    assert words in str(error.value)
    assert "newsletter login" in str(error.value)
    assert speaker.heard[2] == b"\r\n", "the complaint wants an empty answer before the verdict"


def test_a_complaint_that_is_no_json_is_left_out() -> None:
    error = refused(*offering("XOAUTH2"), b"334 c29ycnk=\r\n", b"535 5.7.8 no\r\n", auth="xoauth2")
    assert str(error).splitlines()[0].endswith("535 5.7.8 no")


@pytest.mark.parametrize(
    ("reply", "kind", "code", "words"),
    [
        (b"535 5.7.8 no", LoginRefused, 77, "Give the password again with `newsletter login`"),
        (
            b"550 5.7.30 Basic authentication is not supported for Client Submission.",
            LoginRefused,
            77,
            "xoauth2",
        ),
        (
            b"535 5.7.139 Authentication unsuccessful, basic authentication is disabled.",
            LoginRefused,
            77,
            "xoauth2",
        ),
        (
            b"535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Mailbox.",
            LoginRefused,
            77,
            "Authenticated SMTP",
        ),
        (b"534 5.7.9 Application-specific password required.", LoginRefused, 77, "app password"),
        (b"432 4.7.12 A password transition is needed", LoginRefused, 77, "432 4.7.12"),
        (b"432 4.3.2 Concurrent connections limit exceeded", ServerUnavailable, 69, "smtp.connections"),
        (b"454 4.7.0 Temporary authentication failure", ServerUnavailable, 69, "cannot check the login now"),
        (b"421 4.3.0 closing", ServerUnavailable, 69, "cannot check the login now"),
        (b"530 5.7.0 Must issue a STARTTLS command first", ConfigError, 78, "encrypted line only"),
        (b"538 5.7.11 Encryption required", ConfigError, 78, 'security = "starttls"'),
        (b"504 5.5.4 Unrecognized authentication type", ConfigError, 78, "does not work (PLAIN)"),
        (b"503 5.5.1 AUTH not available", ConfigError, 78, "does not work"),
        (b"banana", ServerUnavailable, 69, ""),
    ],
)
def test_each_refusal_says_what_it_means_and_ends_with_its_code(
    reply: bytes, kind: type[NewsletterError], code: int, words: str
) -> None:
    error = refused(*offering("PLAIN"), reply + b"\r\n")
    assert type(error) is kind
    assert error.exit_code == code
    assert words in str(error)


@pytest.mark.parametrize(
    ("ways", "auth", "words"),
    [
        ((), "password", "offers no login"),
        ((), "xoauth2", "offers no login"),
        (("XOAUTH2",), "password", 'auth = "xoauth2"'),
        (("PLAIN", "LOGIN"), "xoauth2", 'auth = "password"'),
        (("GSSAPI", "NTLM"), "password", "only: GSSAPI NTLM"),
    ],
)
def test_settings_that_do_not_fit_the_server_are_told_apart(
    ways: tuple[str, ...], auth: str, words: str
) -> None:
    offer = offering(*ways) if ways else (b"220 hello\r\n", b"250 hello\r\n")
    error = refused(*offer, auth=auth)
    assert isinstance(error, ConfigError)
    assert words in str(error)


@pytest.mark.parametrize("asked", [0, 1])
def test_a_server_that_hangs_up_in_the_middle_is_said_to(asked: int) -> None:
    words = (b"334 VXNlcm5hbWU6\r\n", b"334 UGFzc3dvcmQ6\r\n")
    error = refused(*offering("LOGIN"), *words[:asked])
    assert isinstance(error, ServerUnavailable)
    assert "hung up in the middle of the login of news@example.org" in str(error)


def test_a_server_that_never_stops_asking_is_left() -> None:
    error = refused(*offering("LOGIN"), *[b"334 bW9yZQ==\r\n"] * 9)
    assert isinstance(error, ServerUnavailable)
    assert "talks on" in str(error)


def test_a_challenge_that_is_none_is_no_crash() -> None:
    assert isinstance(refused(*offering("CRAM-MD5"), b"334 a\r\n"), ServerUnavailable)


@pytest.mark.parametrize("auth", ["password", "xoauth2"])
def test_a_server_that_repeats_the_secret_does_not_bring_it_to_light(auth: str) -> None:
    told = " ".join((SECRET, coded(SECRET), coded(f"\0news@example.org\0{SECRET}"), coded(bearer(SECRET))))
    error = refused(*offering("PLAIN", "XOAUTH2"), f"535 5.7.8 no: {told}\r\n".encode(), auth=auth)
    assert "535 5.7.8 no: ..." in str(error)


def test_the_secret_is_asked_for_only_where_there_is_a_login() -> None:
    def never() -> str:
        raise AssertionError("nobody asked for a login")

    with speaking(b"220 hello\r\n", b"250 hello\r\n", BYE) as speaker:
        settings = Smtp(host="127.0.0.1", port=speaker.port, security="none", timeout=5.0)
        open_line(settings, never, introduce_as="example.org").quit()
