"""Somebody logs in once, in a browser here or anywhere, and is known from then on."""

import datetime as dt
import stat
from pathlib import Path

import pytest
from authority import ACCOUNT, CLIENT_SECRET, SENTINEL, USER, Authority, config_for

from newsletter.config import Config
from newsletter.errors import ConfigError, InputError, NewsletterError
from newsletter.oauth import (
    LoginNeeded,
    forget_login,
    lasts_until,
    log_in,
    login_name,
    read_login,
    require_provider,
    token_source,
)


class Told(list[str]):
    """What the person at the screen was told."""

    def __call__(self, text: str) -> None:
        self.append(text)


def test_a_login_in_the_browser_is_kept_and_gives_tokens(
    authority: Authority, config: Config, browser: object, home: Path, now: dt.datetime
) -> None:
    login, where = log_in(config, USER, now=now, tell=Told())
    assert login.account == (ACCOUNT if config.oauth.provider == "microsoft" else USER)
    assert login.since == "2022-09-30T09:00:00+00:00"
    kept = home / "secrets" / f"{login_name(USER)}.secret"
    assert str(kept) in where
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert token_source(config)() in authority.tokens


def test_the_browser_is_told_what_the_login_is_for_and_proves_itself(
    authority: Authority, config: Config, browser: object, provider: str, now: dt.datetime
) -> None:
    log_in(config, USER, now=now, tell=Told())
    [asked] = authority.requests("/authorize") + authority.requests("/auth")
    scope = "https://outlook.office.com/SMTP.Send" if provider == "microsoft" else "https://mail.google.com/"
    assert scope in asked["scope"].split()
    assert "https://outlook.office.com/IMAP.AccessAsUser.All" not in asked["scope"]
    assert asked["login_hint"] == USER
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"].startswith(("http://localhost:", "http://127.0.0.1:"))
    assert asked["state"]
    secrets = [fields.get("client_secret") for fields in authority.requests("/token")]
    assert secrets == ([CLIENT_SECRET] if provider == "google" else [None])


def test_where_the_mailbox_is_read_with_a_token_too_both_are_agreed_to_at_once(
    authority: Authority, browser: object, now: dt.datetime
) -> None:
    more = '[mailbox]\nhost = "imap.example.org"\nauth = "xoauth2"\n'
    config = config_for(authority, "microsoft", more)
    log_in(config, USER, now=now, tell=Told())
    [asked] = authority.requests("/authorize")
    assert {
        "https://outlook.office.com/SMTP.Send",
        "https://outlook.office.com/IMAP.AccessAsUser.All",
    } <= set(asked["scope"].split())
    assert token_source(config, "imap")() in authority.tokens
    assert "IMAP.AccessAsUser.All" in authority.requests("/token")[-1]["scope"]


def test_a_mailbox_of_its_own_is_asked_for_alone(
    authority: Authority, browser: object, now: dt.datetime
) -> None:
    more = '[mailbox]\nhost = "imap.example.org"\nuser = "box@example.org"\nauth = "xoauth2"\n'
    config = config_for(authority, "microsoft", more)
    log_in(config, "box@example.org", now=now, tell=Told())
    [asked] = authority.requests("/authorize")
    assert "https://outlook.office.com/IMAP.AccessAsUser.All" in asked["scope"].split()
    assert "https://outlook.office.com/SMTP.Send" not in asked["scope"].split()
    assert token_source(config, "imap")() in authority.tokens


def test_where_no_browser_opens_the_address_is_told(
    authority: Authority, config: Config, browser: object, now: dt.datetime
) -> None:
    import threading

    from authority import browse

    browser.works = False  # type: ignore[attr-defined]
    told = Told()

    def by_hand(text: str) -> None:
        told(text)
        if "https://" in text:
            address = text.split()[-1]
            threading.Thread(target=browse, args=(address, authority.certificate), daemon=True).start()

    log_in(config, USER, now=now, tell=by_hand)
    assert "Open this address in one on this computer" in told[-1]


def test_a_code_is_typed_on_another_device(authority: Authority, now: dt.datetime) -> None:
    config, told = config_for(authority, "microsoft"), Told()
    login, _ = log_in(config, USER, now=now, tell=told, by_device=True)
    assert login.account == ACCOUNT
    assert "type the code ABCD1234" in told[0]
    assert f"{authority.url}/device" in told[0]
    assert len(authority.requests("/token")) == 2, "it asked once too early, and waited"
    assert token_source(config)() in authority.tokens


def test_google_gives_no_device_codes(authority: Authority, now: dt.datetime) -> None:
    with pytest.raises(InputError, match="device code"):
        log_in(config_for(authority, "google"), USER, now=now, tell=Told(), by_device=True)


def test_what_is_kept_has_no_token_that_a_wrong_clock_could_take_for_good(
    config: Config, browser: object, home: Path, now: dt.datetime
) -> None:
    log_in(config, USER, now=now, tell=Told())
    text = (home / "secrets" / f"{login_name(USER)}.secret").read_text(encoding="utf-8")
    assert f"{SENTINEL}-refresh" in text
    assert f"{SENTINEL}-access" not in text


def test_a_login_does_not_show_its_grant(config: Config, browser: object, now: dt.datetime) -> None:
    login, where = log_in(config, USER, now=now, tell=Told())
    assert SENTINEL not in repr(login) + where


def test_somebody_who_does_not_agree_is_not_logged_in(
    authority: Authority, config: Config, browser: object, home: Path, now: dt.datetime
) -> None:
    authority.declined = True
    with pytest.raises(LoginNeeded, match="it was not agreed to") as error:
        log_in(config, USER, now=now, tell=Told())
    assert error.value.exit_code == 78
    assert read_login(config.oauth, USER) is None


@pytest.mark.parametrize(
    ("error", "description", "words"),
    [
        (
            "invalid_grant",
            "AADSTS65001: The user or administrator has not consented.",
            "IT department has to allow",
        ),
        ("invalid_client", "AADSTS7000218: The request body must contain client_assertion.", "public client"),
        (
            "access_denied",
            "AADSTS53003: Access has been blocked by Conditional Access policies.",
            "Conditional Access",
        ),
        ("invalid_grant", "AADSTS50105: ada@example.org is not assigned to a role.", "has not been assigned"),
    ],
)
def test_what_microsoft_does_not_allow_is_said_in_words(
    authority: Authority, now: dt.datetime, error: str, description: str, words: str
) -> None:
    authority.refuses = (error, description)
    with pytest.raises(LoginNeeded) as said:
        log_in(config_for(authority, "microsoft"), USER, now=now, tell=Told(), by_device=True)
    assert words in str(said.value)
    assert "ada@example.org" not in str(said.value)


def test_a_tenant_that_is_not_known_is_said(authority: Authority, now: dt.datetime) -> None:
    settings = config_for(authority, "microsoft")
    oauth = settings.oauth.model_copy(update={"tenant": "unknown-tenant"})
    with pytest.raises(ConfigError, match=r"oauth\.tenant = 'unknown-tenant'"):
        log_in(settings.model_copy(update={"oauth": oauth}), USER, now=now, tell=Told(), by_device=True)


@pytest.mark.parametrize(
    ("settings", "missing"),
    [
        ({}, "no provider and no client_id"),
        ({"provider": "google"}, "no client_id"),
        ({"provider": "microsoft", "client_id": "c"}, "no tenant"),
    ],
)
def test_what_is_missing_under_oauth_is_named(settings: dict[str, str], missing: str) -> None:
    with pytest.raises(ConfigError, match=missing):
        require_provider(Config.model_validate({"oauth": settings}))


@pytest.mark.parametrize(
    "settings",
    [
        {"provider": "yahoo"},
        {"tenant": "example.org/../common"},
        {"client_id": "a b"},
        {"authority": "http://login.example.org"},
    ],
)
def test_settings_that_could_lead_elsewhere_are_refused(settings: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=next(iter(settings))):
        Config.model_validate({"oauth": settings})


def test_without_the_secret_of_the_application_google_is_not_asked(
    authority: Authority, now: dt.datetime
) -> None:
    with pytest.raises(ConfigError, match="client secret"):
        log_in(config_for(authority, "google"), USER, now=now, tell=Told())
    assert authority.asked == []


def test_nobody_logged_in_is_said_at_once_with_the_command(config: Config) -> None:
    with pytest.raises(LoginNeeded, match="nobody is logged in for news@") as error:
        token_source(config)
    assert "newsletter login" in str(error.value)
    assert "NEWSLETTER_OAUTH_NEWS_EXAMPLE_ORG_FILE" in str(error.value)


def test_a_login_for_other_settings_is_not_used(config: Config, browser: object, now: dt.datetime) -> None:
    log_in(config, USER, now=now, tell=Told())
    other = config.oauth.model_copy(update={"client_id": "client-2"})
    with pytest.raises(LoginNeeded, match="other settings"):
        token_source(config.model_copy(update={"oauth": other}))


@pytest.mark.parametrize("text", ["nonsense", "[]", "{}", '{"provider": "microsoft"}'])
def test_what_is_no_login_is_said_and_not_shown(
    config: Config, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("NEWSLETTER_OAUTH_NEWS_EXAMPLE_ORG", text + SENTINEL)
    with pytest.raises(LoginNeeded, match="is no login") as error:
        token_source(config)
    assert SENTINEL not in str(error.value)


def test_a_forgotten_login_is_gone(config: Config, browser: object, now: dt.datetime) -> None:
    log_in(config, USER, now=now, tell=Told())
    forget_login(USER)
    assert read_login(config.oauth, USER) is None


def test_until_when_a_login_holds_is_known(
    config: Config, browser: object, provider: str, now: dt.datetime
) -> None:
    login, _ = log_in(config, USER, now=now, tell=Told())
    assert lasts_until(login) - now == dt.timedelta(days=90 if provider == "microsoft" else 180)


@pytest.mark.parametrize(
    ("provider", "library"), [("microsoft", "msal"), ("google", "google_auth_oauthlib.flow")]
)
def test_without_the_library_it_is_said_how_to_install_it(
    config: Config, monkeypatch: pytest.MonkeyPatch, library: str, now: dt.datetime
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(NewsletterError, match="not installed") as error:
        log_in(config, USER, now=now, tell=Told())
    assert "pip install 'newsletter[oauth]'" in str(error.value)
    assert error.value.exit_code == 78
