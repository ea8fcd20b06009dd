"""The mail server is met as `send` would meet it, step by step, and no message is sent."""

import datetime as dt
import socket
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from certificates import certificate, server_side
from postroom import postroom

from newsletter import keychain
from newsletter.config import PRESETS, Smtp
from newsletter.contacts import NewContact, add_contact
from newsletter.database import Database
from newsletter.doctor import Case, Finding
from newsletter.doctor.relays import RELAYS, relay_of
from newsletter.doctor.server import certificate_finding, check
from newsletter.internet import Names
from newsletter.outbox import password_name

SECRET = "correct horse battery staple"
One = Callable[[Sequence[Finding], str], Finding]


def settings(port: int, **odd: object) -> str:
    usual: dict[str, object] = {"host": "127.0.0.1", "port": port, "security": "none"}
    lines = [
        f'{key} = "{value}"' if isinstance(value, str) else f"{key} = {value}"
        for key, value in (usual | odd).items()
    ]
    return "\n".join(['[sender]\nemail = "news@linkworkers.test"\n[smtp]', *lines])


def nowhere(*_: object, **__: object) -> list[object]:
    """A look-up of names that finds none."""
    raise socket.gaierror(socket.EAI_NONAME, "no such name")


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A certificate, with its key, that this machine trusts for 30 days."""
    path = certificate(tmp_path, days=30)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    return path


def test_all_is_well_with_starttls_and_a_login(make_case: Callable[..., Case], trusted: Path) -> None:
    keychain.write_secret(password_name(Smtp(host="127.0.0.1", user="news")), SECRET)
    with postroom(tls=server_side(trusted), password=SECRET) as room:
        case = make_case(settings(room.port, security="starttls", user="news"))
        findings = list(check(case))
        assert not room.taken
        assert room.heard == ["MAIL news@linkworkers.test", "RSET"]
    levels = {finding.check: finding.level for finding in findings}
    assert set(levels.values()) <= {"ok", "note"}, findings
    assert {"server.tls", "server.certificate", "server.login", "server.sender"} <= set(levels)
    assert any("TLSv1." in finding.found for finding in findings)
    assert SECRET not in str(findings)


@pytest.mark.parametrize(
    ("people", "level", "told"),
    [
        ((), "note", "cannot be written to"),
        (("ada@example.org", "ada@bücher.example"), "note", "cannot be written to"),
        (
            ("jürgen@example.org", "用户@例え.jp"),
            "warning",
            "cannot be written to, and 2 of those in contacts.db are such",
        ),
    ],
)
def test_a_server_without_smtputf8_is_warned_of_where_somebody_needs_it(
    make_case: Callable[..., Case],
    db: Database,
    now: dt.datetime,
    people: Sequence[str],
    level: str,
    told: str,
) -> None:
    for email in people:
        add_contact(db, NewContact(email=email), now)
    with postroom(smtputf8=False) as room:
        (found,) = [one for one in check(make_case(settings(room.port))) if one.check == "server.smtputf8"]
    assert (found.level, found.found.endswith(told)) == (level, True)


def test_a_certificate_that_ends_soon_is_warned_of_with_its_day(
    make_case: Callable[..., Case], trusted: Path, told: One
) -> None:
    with postroom(tls=server_side(trusted)) as room:
        later = dt.datetime.now(dt.UTC) + dt.timedelta(days=20)
        found = told(
            list(check(make_case(settings(room.port, security="starttls"), now=later))), "server.certificate"
        )
    assert found.level == "warning"
    assert "in 9 days" in found.found
    assert "127.0.0.1" in found.found


def test_fourteen_days_are_where_the_warning_begins() -> None:
    end = dt.datetime(2026, 12, 1, 12, tzinfo=dt.UTC)
    shown: dict[str, object] = {
        "notAfter": "Dec  1 12:00:00 2026 GMT", "subjectAltName": (("DNS", "smtp.linkworkers.test"),)
    }  # fmt: skip
    assert certificate_finding(shown, end - dt.timedelta(days=14, seconds=1)).level == "ok"
    assert certificate_finding(shown, end - dt.timedelta(days=14)).level == "warning"
    assert "smtp.linkworkers.test's, until 1 December 2026" in certificate_finding(shown, end).found


def test_a_certificate_that_nobody_vouches_for_ends_the_visit(
    make_case: Callable[..., Case], tmp_path: Path
) -> None:
    with postroom(tls=server_side(certificate(tmp_path))) as room:
        findings = list(check(make_case(settings(room.port, security="starttls", user="news"))))
        assert room.heard == []
    assert findings[-1].check == "server.connection"
    assert findings[-1].level == "error"
    assert "certificate is not good" in findings[-1].found


def test_a_server_without_starttls_is_an_error(make_case: Callable[..., Case]) -> None:
    with postroom() as room:
        findings = list(check(make_case(settings(room.port, security="starttls"))))
    assert "STARTTLS" in findings[-1].found
    assert findings[-1].level == "error"


def test_a_refused_login_is_an_error_that_never_shows_the_password(make_case: Callable[..., Case]) -> None:
    keychain.write_secret(password_name(Smtp(host="127.0.0.1", user="news")), "wrong horse")
    with postroom(password=SECRET) as room:
        findings = list(check(make_case(settings(room.port, user="news"))))
    assert (findings[-1].check, findings[-1].level) == ("server.login", "error")
    assert "newsletter login" in findings[-1].remedy
    assert "wrong horse" not in str(findings)


def test_without_a_password_the_login_is_not_tried(make_case: Callable[..., Case]) -> None:
    with postroom(password=SECRET) as room:
        findings = list(check(make_case(settings(room.port, user="news"))))
    assert (findings[-1].check, findings[-1].level) == ("server.login", "error")
    assert "there is no password" in findings[-1].found


@pytest.mark.parametrize(
    ("reply", "level"), [("550 5.7.60 not you", "error"), ("451 4.3.0 not now", "warning")]
)
def test_a_from_address_that_is_not_taken_is_said(
    make_case: Callable[..., Case], told: One, reply: str, level: str
) -> None:
    with postroom() as room:
        room.say("MAIL", reply)
        found = told(list(check(make_case(settings(room.port)))), "server.sender")
    assert found.level == level
    assert reply in found.found


def test_a_message_that_is_too_large_for_it_is_an_error(make_case: Callable[..., Case], told: One) -> None:
    with postroom() as room:
        case = make_case(settings(room.port))
        built = case.workspace.build / "2022-09" / "public" / "message.eml"
        built.parent.mkdir(parents=True)
        built.write_bytes(bytes(1000))
        assert told(list(check(case)), "server.size").level == "ok"
        with built.open("r+b") as file:
            file.truncate(40_000_000)
        assert told(list(check(case)), "server.size").level == "error"


def test_what_it_does_not_offer_is_noted(make_case: Callable[..., Case], told: One) -> None:
    with postroom() as room:
        findings = list(check(make_case(settings(room.port))))
    assert told(findings, "server.pipelining").level == "note"
    assert "8BITMIME" in told(findings, "server.extensions").found


def test_a_name_that_leads_nowhere_is_an_error(make_case: Callable[..., Case]) -> None:
    case = make_case(
        settings(587, host="smtp.nowhere.test", security="starttls"), names=Names(look_up=nowhere)
    )
    assert list(check(case))[-1].check == "server.name"


def test_a_server_that_is_not_there_and_none_at_all_are_errors(make_case: Callable[..., Case]) -> None:
    assert list(check(make_case(settings(1))))[-1].check == "server.connection"
    assert [finding.check for finding in check(make_case(settings(25, host="")))] == ["server.host"]


def test_a_port_that_wants_another_kind_of_line_is_named(make_case: Callable[..., Case]) -> None:
    with postroom() as room:
        case = make_case(settings(room.port, security="tls"))
        assert "TLS" in list(check(case))[-1].found
    found = list(check(make_case(settings(465, security="starttls"))))[-1]
    assert 'security = "tls"' in found.remedy


def test_a_known_service_should_be_named_so_that_its_limits_are_kept(
    make_case: Callable[..., Case], told: One
) -> None:
    text = settings(587, host="smtp.office365.com", security="starttls")
    found = told(list(check(make_case(text, names=Names(look_up=nowhere)))), "server.relay")
    assert found.level == "warning"
    assert 'relay = "microsoft365"' in found.remedy
    named = told(
        list(check(make_case(f'{text}\nrelay = "microsoft365"', names=Names(look_up=nowhere)))),
        "server.relay",
    )
    assert named.level == "ok"
    assert "30/minute" in named.found


def test_a_password_where_passwords_end_is_warned_of(make_case: Callable[..., Case], told: One) -> None:
    text = settings(587, host="smtp.office365.com", security="starttls", user="news@linkworkers.test")
    findings = list(check(make_case(text, names=Names(look_up=nowhere))))
    assert "docs/login.md" in told(findings, "server.password").remedy


def test_every_service_that_newsletter_toml_can_name_is_known_here() -> None:
    assert {relay.word for relay in RELAYS} == set(PRESETS)
    assert all(relay_of(Smtp.model_validate({"relay": word})) is not None for word in PRESETS)
    assert all(relay.hosts.fullmatch(PRESETS[relay.word]["host"]) for relay in RELAYS)
    assert relay_of(Smtp(host="smtp.linkworkers.test")) is None
