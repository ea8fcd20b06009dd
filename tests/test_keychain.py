"""Secrets: where they are looked for, where they are kept, and who may read them."""

import stat
from pathlib import Path

import pytest
from keyring.errors import KeyringLocked

from newsletter import keychain
from newsletter.errors import ConfigError
from newsletter.keychain import Secret, delete_secret, environment_name, read_secret, write_secret


class Keyring:
    """Stands for the system's keyring."""

    name = "a keyring"

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, name: str) -> str | None:
        return self.kept.get((service, name))

    def set_password(self, service: str, name: str, value: str) -> None:
        self.kept[service, name] = value

    def delete_password(self, service: str, name: str) -> None:
        del self.kept[service, name]


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> Keyring:
    ring = Keyring()
    monkeypatch.setattr(keychain, "_usable_keyring", lambda: ring)
    return ring


def test_a_secret_kept_in_a_file_is_for_the_user_alone(home: Path) -> None:
    kept = write_secret("smtp-password", "s3cret")
    path = home / "secrets" / "smtp-password.secret"
    assert path.read_text(encoding="utf-8") == "s3cret\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert str(path) in kept.where


def test_that_a_file_is_used_is_said_aloud() -> None:
    assert "no keyring is usable" in write_secret("smtp-password", "s3cret").where


def test_a_secret_is_read_back_and_says_where_it_was() -> None:
    write_secret("smtp-password", "s3cret")
    found = read_secret("smtp-password")
    assert found is not None
    assert found.value == "s3cret"
    assert found.where.startswith("the file ")


def test_writing_again_replaces_the_secret_and_keeps_the_mode(home: Path) -> None:
    write_secret("smtp-password", "old")
    path = home / "secrets" / "smtp-password.secret"
    path.chmod(0o644)
    write_secret("smtp-password", "new")
    assert path.read_text(encoding="utf-8") == "new\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_the_environment_overrides_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    write_secret("smtp-password", "from the file")
    monkeypatch.setenv("NEWSLETTER_SMTP_PASSWORD", "from the environment")
    found = read_secret("smtp-password")
    assert found is not None
    assert found.value == "from the environment"
    assert found.where == "the environment variable NEWSLETTER_SMTP_PASSWORD"


def test_the_environment_overrides_the_keyring(keyring: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    write_secret("smtp-password", "from the keyring")
    monkeypatch.setenv("NEWSLETTER_SMTP_PASSWORD", "from the environment")
    found = read_secret("smtp-password")
    assert found is not None
    assert found.value == "from the environment"


def test_a_usable_keyring_is_preferred_to_a_file(keyring: Keyring, home: Path) -> None:
    assert write_secret("smtp-password", "s3cret").where == "the keyring (a keyring)"
    assert not (home / "secrets").exists()
    found = read_secret("smtp-password")
    assert found is not None
    assert found.value == "s3cret"


def test_a_deleted_secret_is_gone_from_the_file_and_from_the_keyring(keyring: Keyring, home: Path) -> None:
    write_secret("smtp-password", "s3cret")
    (home / "secrets").mkdir()
    (home / "secrets" / "smtp-password.secret").write_text("s3cret\n", encoding="utf-8")
    delete_secret("smtp-password")
    assert read_secret("smtp-password") is None
    assert keyring.kept == {}


def test_deleting_what_is_not_there_is_no_error() -> None:
    delete_secret("smtp-password")
    assert read_secret("smtp-password") is None


def test_an_unknown_secret_is_none() -> None:
    assert read_secret("smtp-password") is None


@pytest.mark.parametrize("name", ["", "../key", "a/b", "a b", "a\n"])
def test_names_that_could_leave_the_folder_are_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="cannot name a secret"):
        write_secret(name, "s3cret")


def test_the_variable_is_the_name_in_capitals() -> None:
    assert environment_name("smtp-news@example.org") == "NEWSLETTER_SMTP_NEWS_EXAMPLE_ORG"


LONG = "".join(f"{number:04d}-" for number in range(700))


def test_a_long_secret_is_kept_in_parts_that_every_keyring_takes(keyring: Keyring) -> None:
    write_secret("oauth-news", LONG)
    assert len(keyring.kept) == 5
    assert max(len(value) for value in keyring.kept.values()) <= 1000
    found = read_secret("oauth-news")
    assert found is not None
    assert found.value == LONG


@pytest.mark.parametrize("again", [LONG[::-1], LONG + "more", "short"])
def test_of_a_long_secret_that_is_replaced_nothing_is_left(keyring: Keyring, again: str) -> None:
    write_secret("oauth-news", LONG)
    write_secret("oauth-news", again)
    found = read_secret("oauth-news")
    assert found is not None
    assert found.value == again
    assert sum(
        len(value) for name, value in keyring.kept.items() if name[1] != "oauth-news" or again == "short"
    ) == len(again)
    delete_secret("oauth-news")
    assert keyring.kept == {}


def test_a_long_secret_of_which_a_part_is_gone_is_said_to_be_damaged(keyring: Keyring) -> None:
    write_secret("oauth-news", LONG)
    part = next(name for name in keyring.kept if name[1] != "oauth-news")
    del keyring.kept[part]
    with pytest.raises(ConfigError, match="damaged") as error:
        read_secret("oauth-news")
    assert LONG[:20] not in str(error.value)


def test_the_old_secret_holds_until_the_new_one_is_whole(keyring: Keyring) -> None:
    write_secret("oauth-news", LONG)
    put = keyring.set_password

    def fails_at_the_head(service: str, name: str, value: str) -> None:
        if name == "oauth-news":
            raise KeyringLocked("it was locked meanwhile")
        put(service, name, value)

    keyring.set_password = fails_at_the_head  # type: ignore[method-assign]
    with pytest.raises(ConfigError, match="locked meanwhile"):
        write_secret("oauth-news", LONG + "more")
    found = read_secret("oauth-news")
    assert found is not None
    assert found.value == LONG


def test_a_locked_keyring_is_said_with_what_to_do(keyring: Keyring) -> None:
    def locked(*_: str) -> None:
        raise KeyringLocked("Failed to unlock the collection!")

    keyring.get_password = keyring.set_password = locked  # type: ignore[method-assign, assignment]
    for deed in (lambda: read_secret("smtp-news"), lambda: write_secret("smtp-news", "s3cret")):
        with pytest.raises(ConfigError, match="Failed to unlock") as error:
            deed()
        assert "NEWSLETTER_SECRETS" in str(error.value)
        assert error.value.exit_code == 78


@pytest.fixture
def named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that the environment names for the secret `oauth-news`."""
    path = tmp_path / "cron" / "login"
    monkeypatch.setenv("NEWSLETTER_OAUTH_NEWS_FILE", str(path))
    return path


def test_a_file_that_the_environment_names_goes_before_the_keyring(keyring: Keyring, named: Path) -> None:
    keyring.kept["newsletter", "oauth-news"] = "from the keyring"
    assert read_secret("oauth-news") is None
    assert str(named) in write_secret("oauth-news", "for cron").where
    found = read_secret("oauth-news")
    assert found is not None
    assert found.value == "for cron"
    assert str(named) in found.where
    assert stat.S_IMODE(named.stat().st_mode) == 0o600
    delete_secret("oauth-news")
    assert not named.exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o620])
def test_a_named_file_that_others_can_read_or_change_is_refused(named: Path, mode: int) -> None:
    write_secret("oauth-news", "s3cret")
    named.chmod(mode)
    with pytest.raises(ConfigError, match=f"mode {mode:04o}") as error:
        read_secret("oauth-news")
    assert f"chmod 600 {named}" in str(error.value)
    assert "s3cret" not in str(error.value)


def test_a_named_file_that_cannot_be_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cron").write_text("no folder", encoding="utf-8")
    monkeypatch.setenv("NEWSLETTER_OAUTH_NEWS_FILE", str(tmp_path / "cron" / "login"))
    with pytest.raises(ConfigError, match="cannot be kept in the file"):
        write_secret("oauth-news", "s3cret")


def test_a_secret_does_not_show_itself() -> None:
    assert "s3cret" not in repr(Secret("s3cret", "a file"))
