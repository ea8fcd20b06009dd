"""Secrets: where they are looked for, where they are kept, and who may read them."""

import stat
from pathlib import Path

import pytest

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


def test_a_secret_does_not_show_itself() -> None:
    assert "s3cret" not in repr(Secret("s3cret", "a file"))
