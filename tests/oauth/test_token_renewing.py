"""Tokens are renewed by themselves; a login that has ended is said, with the command that mends it."""

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from authority import ACCOUNT, SENTINEL, USER, Authority, config_for

from newsletter import keychain
from newsletter.config import Config
from newsletter.errors import ServerUnavailable
from newsletter.oauth import LoginNeeded, forget_login, log_in, login_name, read_login, token_source
from newsletter.oauth.keeping import Login, keep_login
from newsletter.oauth.tokens import Clocks


class Time:
    def __init__(self) -> None:
        self.now = 1_900_000_000.0

    def clocks(self) -> Clocks:
        return Clocks(lambda: self.now, lambda: self.now)


@pytest.fixture
def source(config: Config, browser: object, now: dt.datetime) -> Callable[[], str]:
    """Tokens of somebody who has just logged in, an hour older each time they are asked for."""
    log_in(config, USER, now=now, tell=lambda text: None)
    time = Time()
    give = token_source(config, clocks=time.clocks())

    def later() -> str:
        time.now += 3600
        return give()

    return later


def kept(config: Config) -> Login:
    found = read_login(config.oauth, USER)
    assert found is not None
    return found[0]


def test_each_hour_there_is_a_new_token_and_the_login_is_kept_anew(
    authority: Authority, config: Config, source: Callable[[], str]
) -> None:
    before = kept(config)
    words = {source() for _ in range(3)}
    assert len(words) == 3
    assert words <= authority.tokens
    assert kept(config).grant != before.grant
    assert kept(config).renewed > before.renewed
    assert kept(config).since == before.since


def test_a_login_that_was_ended_is_said_with_its_mend(
    authority: Authority, config: Config, source: Callable[[], str]
) -> None:
    source()
    authority.revoke()
    with pytest.raises(LoginNeeded, match="the login has ended") as error:
        source()
    assert "newsletter login" in str(error.value)
    assert error.value.exit_code == 78
    assert SENTINEL not in str(error.value) + repr(error.value)


@pytest.mark.parametrize("status", [500, 503])
def test_a_provider_that_is_ill_is_no_ended_login(
    authority: Authority, source: Callable[[], str], status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)  # google-auth waits between its attempts
    authority.broken = status
    with pytest.raises(ServerUnavailable) as error:
        source()
    assert error.value.exit_code == 69


def test_a_provider_that_is_away_is_no_ended_login(
    authority: Authority, config: Config, source: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "")
    with pytest.raises(ServerUnavailable, match="cannot be asked for a token: its certificate is not good"):
        source()


def test_a_login_forgotten_meanwhile_stays_forgotten(config: Config, source: Callable[[], str]) -> None:
    source()
    forget_login(USER)
    source()
    assert read_login(config.oauth, USER) is None


def test_cron_has_the_login_from_a_file_and_keeps_it_there(
    authority: Authority,
    config: Config,
    source: Callable[[], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    handed_over = json.dumps({name: getattr(kept(config), name) for name in Login.__slots__})
    forget_login(USER)
    path = tmp_path / "login.json"
    path.write_text(handed_over, encoding="utf-8")
    path.chmod(0o600)
    monkeypatch.setenv(keychain.environment_name(login_name(USER)) + "_FILE", str(path))
    assert token_source(config)() in authority.tokens
    assert path.read_text(encoding="utf-8") != handed_over
    assert path.stat().st_mode & 0o777 == 0o600


def test_where_the_renewed_login_cannot_be_kept_the_run_goes_on_and_it_is_said(
    authority: Authority,
    config: Config,
    source: Callable[[], str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(path: Path, text: str) -> None:
        from newsletter.errors import ConfigError

        raise ConfigError("the disk is full")

    monkeypatch.setattr(keychain, "write_private", full)
    assert source() in authority.tokens
    assert "was not kept: the disk is full" in caplog.text
    assert SENTINEL not in caplog.text


def test_what_the_environment_itself_says_is_used_and_not_written_elsewhere(
    authority: Authority,
    config: Config,
    source: Callable[[], str],
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = json.dumps({name: getattr(kept(config), name) for name in Login.__slots__})
    forget_login(USER)
    monkeypatch.setenv(keychain.environment_name(login_name(USER)), text)
    assert token_source(config)() in authority.tokens
    assert not list((home / "secrets").glob("oauth-news*"))


def test_a_login_of_microsoft_without_an_account_is_none(authority: Authority) -> None:
    config = config_for(authority, "microsoft")
    moment = "2022-09-30T09:00:00+00:00"
    keep_login(Login("microsoft", "example.org", "client-1", ACCOUNT, moment, moment, "{}"), USER)
    with pytest.raises(LoginNeeded, match="nobody is logged in"):
        token_source(config)()
