"""Secrets: the environment, else the system's keyring, else a file that only the user can read."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from newsletter.errors import ConfigError

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

_SERVICE = "newsletter"
_FOLDER = "NEWSLETTER_SECRETS"  # names the folder of secret files, for cron and containers


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret and, in words for the operator, where it is kept."""

    value: str
    where: str

    def __repr__(self) -> str:
        return f"Secret(…, {self.where!r})"


def read_secret(name: str) -> Secret | None:
    """The secret called `name` (letters, digits, `-`, `@`, `.`), or None where there is none.

    Asked in turn: the environment (`NEWSLETTER_` and the name in capitals), the file, the keyring.
    """
    variable = environment_name(name)
    if value := os.environ.get(variable):
        return Secret(value, f"the environment variable {variable}")
    path = _file(name)
    if (value := _in_file(path)) is not None:
        return Secret(value, f"the file {path}")
    keyring = _usable_keyring()
    value = keyring.get_password(_SERVICE, name) if keyring else None
    return Secret(value, f"the keyring ({keyring.name})") if keyring and value else None


def write_secret(name: str, value: str) -> Secret:
    """Keep a secret in the keyring, or where none is usable in a file of mode 0600; says where."""
    keyring = _usable_keyring()
    if keyring:
        keyring.set_password(_SERVICE, name, value)
        return Secret(value, f"the keyring ({keyring.name})")
    path = _file(name)
    _write_private(path, value + "\n")
    return Secret(value, f"the file {path}, readable by you alone, since no keyring is usable here")


def delete_secret(name: str) -> None:
    """Forget a secret wherever we keep it; nothing happens where there is none."""
    _file(name).unlink(missing_ok=True)
    keyring = _usable_keyring()
    if keyring and keyring.get_password(_SERVICE, name) is not None:
        keyring.delete_password(_SERVICE, name)


def environment_name(name: str) -> str:
    """The environment variable that overrides the secret called `name`."""
    return "NEWSLETTER_" + re.sub(r"[^A-Z0-9]", "_", name.upper())


def secrets_folder() -> Path:
    """Where secrets lie that are kept as files: $NEWSLETTER_SECRETS, else in the user's configuration."""
    named = os.environ.get(_FOLDER)
    return Path(named) if named else platformdirs.user_config_path("newsletter") / "secrets"


def _file(name: str) -> Path:
    if not re.fullmatch(r"[\w.@+-]+", name):
        raise ConfigError(f"{name!r} cannot name a secret: letters, digits, '.', '@', '+' and '-' can")
    return secrets_folder() / f"{name}.secret"


def _in_file(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise ConfigError(f"the secret in the file {path} cannot be read: {why}") from None


def _write_private(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    # O_EXCL and the mode at creation: the file is never readable by others, not for a moment.
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(path)


def _usable_keyring() -> "KeyringBackend | None":
    if os.environ.get(_FOLDER):
        return None
    import keyring
    from keyring.backends import chainer, fail, null

    try:
        backend = keyring.get_keyring()
        usable = not isinstance(backend, fail.Keyring | null.Keyring) and backend.priority >= 1
    except (RuntimeError, keyring.errors.KeyringError):
        return None
    if isinstance(backend, chainer.ChainerBackend) and not backend.backends:
        return None
    return backend if usable else None
