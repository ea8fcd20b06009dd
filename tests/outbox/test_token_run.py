"""A run that logs in by token: renewed as it goes, stopped when the login ends, gone on with after a new one."""

import datetime as dt
import logging
import threading
import webbrowser
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from authority import CLIENT_SECRET, SENTINEL, USER, Authority, browse, config_for, running_authority
from tokenroom import Tokenroom, tokenroom

from newsletter import keychain
from newsletter.config import Config
from newsletter.database import Database
from newsletter.errors import NewsletterError
from newsletter.oauth import LoginNeeded, log_in
from newsletter.outbox import LoginRefused, Mailing, Report, read_secret, report_of, send_due

PEOPLE = 12


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Authority]:
    with running_authority(tmp_path) as found:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(found.certificate))

        def opened(url: str) -> bool:
            threading.Thread(target=browse, args=(url, found.certificate), daemon=True).start()
            return True

        monkeypatch.setattr(webbrowser, "open", opened)
        yield found


@pytest.fixture
def token_room(authority: Authority) -> Iterator[Tokenroom]:
    """Takes a token once in a while only: every few messages it hangs up."""
    with tokenroom(lambda token: token in authority.tokens, USER) as found:
        found.per_line = 3
        yield found


@pytest.fixture(params=["microsoft", "google"])
def settings(
    request: pytest.FixtureRequest, config: Config, authority: Authority, token_room: Tokenroom
) -> Config:
    keychain.write_secret("oauth-client-client-1", CLIENT_SECRET)
    oauth = config_for(authority, request.param).oauth
    smtp = config.smtp.model_copy(
        update={"port": token_room.port, "user": USER, "auth": "xoauth2", "timeout": 5.0, "connections": 2}
    )
    return config.model_copy(update={"smtp": smtp, "oauth": oauth})


@pytest.fixture
def send(db: Database, settings: Config, now: dt.datetime) -> Callable[..., Report]:
    def run(mailing: Mailing, lines: int = 2) -> Report:
        smtp = settings.smtp.model_copy(update={"connections": lines})
        config = settings.model_copy(update={"smtp": smtp})
        return send_due(
            db, mailing, config, secret=read_secret(config), clock=lambda: now, jitter=lambda: 0.5
        )

    return run


@pytest.fixture
def mailing(people: object, queue: Callable[[], Mailing]) -> Mailing:
    for number in range(PEOPLE):
        people.add(f"Ada {number}", f"ada{number}@example.org")  # type: ignore[attr-defined]
    return queue()


def test_in_a_long_run_each_new_line_has_a_fresh_token(
    authority: Authority,
    token_room: Tokenroom,
    settings: Config,
    send: Callable[[Mailing], Report],
    mailing: Mailing,
    now: dt.datetime,
) -> None:
    authority.lives = 60  # too short to be used again
    log_in(settings, USER, now=now, tell=lambda text: None)
    report = send(mailing)
    assert report.sent == PEOPLE
    assert len(set(token_room.taken)) == len(token_room.taken) == PEOPLE
    assert len(set(token_room.tokens)) >= PEOPLE // token_room.per_line
    assert token_room.wrong == []


def test_a_token_with_life_left_serves_all_lines(
    authority: Authority,
    token_room: Tokenroom,
    settings: Config,
    send: Callable[[Mailing], Report],
    mailing: Mailing,
    now: dt.datetime,
) -> None:
    log_in(settings, USER, now=now, tell=lambda text: None)
    assert send(mailing).sent == PEOPLE
    assert len(set(token_room.tokens)) == 1
    assert len(token_room.tokens) >= PEOPLE // token_room.per_line


def test_when_the_login_ends_the_run_stops_and_all_others_wait(
    authority: Authority,
    token_room: Tokenroom,
    settings: Config,
    send: Callable[[Mailing], Report],
    mailing: Mailing,
    now: dt.datetime,
    db: Database,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, logger="newsletter")
    authority.lives = 60
    log_in(settings, USER, now=now, tell=lambda text: None)
    token_room.after = lambda: authority.revoke() if len(token_room.taken) >= 4 else None
    stopped = _stopped(send, mailing)
    # The authority gives no new token; a line that opens just then may hear it from the mail server first.
    assert isinstance(stopped, LoginNeeded | LoginRefused)
    assert stopped.exit_code == (78 if isinstance(stopped, LoginNeeded) else 77)
    assert "newsletter login" in str(stopped)
    report = report_of(db, mailing.issue)
    assert report.waiting == PEOPLE - len(token_room.taken) > 0
    assert (report.refused, report.in_doubt) == (0, 0)

    token_room.after = lambda: None
    log_in(settings, USER, now=now, tell=lambda text: None)
    assert send(mailing).sent == PEOPLE
    assert len(set(token_room.taken)) == len(token_room.taken) == PEOPLE
    assert SENTINEL not in caplog.text + str(stopped) + repr(stopped)
    db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for path in db.path.parent.glob("contacts.db*"):
        assert SENTINEL.encode() not in path.read_bytes()


def test_a_token_that_the_mail_server_refuses_stops_the_run(
    authority: Authority,
    token_room: Tokenroom,
    settings: Config,
    send: Callable[[Mailing], Report],
    mailing: Mailing,
    now: dt.datetime,
    db: Database,
) -> None:
    log_in(settings, USER, now=now, tell=lambda text: None)
    token_room.good = lambda token: False
    stopped = _stopped(send, mailing)
    assert stopped.exit_code == 77
    assert "it says that the token has run out" in str(stopped)
    assert SENTINEL not in str(stopped)
    assert report_of(db, mailing.issue).waiting == PEOPLE
    assert token_room.wrong == []
    # Each of the two lines tries a fresh one in place of the first, once.
    assert len(token_room.tokens) <= 2 * settings.smtp.connections
    assert 2 <= len(set(token_room.tokens)) <= renewals(authority) <= 1 + settings.smtp.connections


def test_a_token_that_is_refused_before_its_time_is_replaced_in_the_midst_of_a_run(
    authority: Authority,
    token_room: Tokenroom,
    settings: Config,
    send: Callable[..., Report],
    mailing: Mailing,
    now: dt.datetime,
) -> None:
    log_in(settings, USER, now=now, tell=lambda text: None)
    withdrawn: set[str] = set()

    def withdraw() -> None:
        if len(token_room.taken) in (4, 8):
            withdrawn.update(authority.tokens)

    token_room.after = withdraw
    token_room.good = lambda token: token in authority.tokens - withdrawn
    report = send(mailing, lines=1)
    assert (report.sent, report.stopped) == (PEOPLE, None)
    assert len(set(token_room.taken)) == len(token_room.taken) == PEOPLE
    assert len(set(token_room.tokens)) == renewals(authority) == 3, "one for each that was withdrawn"


def test_where_no_token_is_to_be_had_in_place_of_one_that_is_refused_the_run_stops(
    authority: Authority,
    token_room: Tokenroom,
    settings: Config,
    send: Callable[[Mailing], Report],
    mailing: Mailing,
    now: dt.datetime,
    db: Database,
) -> None:
    log_in(settings, USER, now=now, tell=lambda text: None)
    token_room.after = lambda: authority.revoke() if len(token_room.taken) >= 4 else None
    stopped = _stopped(send, mailing)
    assert isinstance(stopped, LoginNeeded)
    assert "newsletter login" in str(stopped)
    assert report_of(db, mailing.issue).waiting == PEOPLE - len(token_room.taken) > 0


def renewals(authority: Authority) -> int:
    """How often a new token was asked for."""
    asked = authority.requests("/token")
    return sum(fields.get("grant_type") == "refresh_token" for fields in asked)


def _stopped(send: Callable[[Mailing], Report], mailing: Mailing) -> NewsletterError:
    """Why the run ended: raised, or said in its report."""
    try:
        report = send(mailing)
    except NewsletterError as error:
        return error
    assert isinstance(report.stopped, NewsletterError)
    return report.stopped
