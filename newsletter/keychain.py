"""Secrets: the environment, else the system's keyring, else a file that only the user can read."""

import contextlib
import hashlib
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from newsletter.errors import ConfigError

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

_SERVICE = "newsletter"
_FOLDER = "NEWSLETTER_SECRETS"  # names the folder of secret files, for cron and containers
#: Characters in one entry of a keyring: Windows takes 2,560 octets at most, two for each character.
_PART = 1000
_PARTS = re.compile(r"newsletter-parts:(\d+):([0-9a-f]{12})")


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret and, in words for the operator, where it is kept."""

    value: str
    where: str

    def __repr__(self) -> str:
        return f"Secret(…, {self.where!r})"


def read_secret(name: str) -> Secret | None:
    """The secret called `name` (letters, digits, `-`, `@`, `.`), or None where there is none.

    Asked in turn: the environment (`NEWSLETTER_` and the name in capitals; with `_FILE` behind it
    the variable names a file, which must be for the user alone), the file, the keyring. Raises
    ConfigError where the secret is there, and cannot or must not be read.
    """
    variable = environment_name(name)
    if value := os.environ.get(variable):
        return Secret(value, f"the environment variable {variable}")
    if named := _named_file(name):
        _require_private(named)
        value = _in_file(named)
        return Secret(value, f"the file {named}, which {variable}_FILE names") if value else None
    path = _file(name)
    if (value := _in_file(path)) is not None:
        return Secret(value, f"the file {path}")
    keyring = _usable_keyring()
    value = _get(keyring, name) if keyring else None
    return Secret(value, f"the keyring ({keyring.name})") if keyring and value else None


def write_secret(name: str, value: str) -> Secret:
    """Keep a secret in the keyring, or where none is usable in a file of mode 0600; says where.

    A file that the environment names for it goes before both. Raises ConfigError where it cannot be kept.
    """
    if named := _named_file(name):
        write_private(named, value + "\n")
        return Secret(value, f"the file {named}, readable by you alone, which the environment names")
    keyring = _usable_keyring()
    if keyring:
        _put(keyring, name, value)
        return Secret(value, f"the keyring ({keyring.name})")
    path = _file(name)
    write_private(path, value + "\n")
    return Secret(value, f"the file {path}, readable by you alone, since no keyring is usable here")


def delete_secret(name: str) -> None:
    """Forget a secret wherever we keep it; nothing happens where there is none."""
    for path in (_named_file(name), _file(name)):
        if path:
            path.unlink(missing_ok=True)
    keyring = _usable_keyring()
    if not keyring:
        return
    with _opened_keyring():
        head = keyring.get_password(_SERVICE, name)
        if head is not None:
            keyring.delete_password(_SERVICE, name)
            _drop_parts(keyring, name, head)


def keyring_name() -> str:
    """The keyring that secrets go to; '' where none is usable, and they go to files."""
    keyring = _usable_keyring()
    return str(keyring.name) if keyring else ""


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


def _named_file(name: str) -> Path | None:
    named = os.environ.get(environment_name(name) + "_FILE")
    return Path(named) if named else None


def mode_for_others(path: Path) -> str:
    """The mode of a file that others than its owner may use, such as '0644'; '' where it is private or not there."""
    if os.name == "nt" or not path.exists():
        return ""
    mode = stat.S_IMODE(path.stat().st_mode)
    return f"{mode:04o}" if mode & 0o077 else ""


def _require_private(path: Path) -> None:
    if mode := mode_for_others(path):
        raise ConfigError(
            f"the secret in the file {path} is not read: others than you may read it (mode {mode})",
            remedy=f"Close it with `chmod 600 {path}`. If others use this computer, log in anew: they may have seen it.",
        )


def _in_file(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise ConfigError(f"the secret in the file {path} cannot be read: {why}") from None


def write_private(path: Path, text: str) -> None:
    """Keep `text` in a file of mode 0600, whole or not at all. Raises ConfigError where it cannot be kept."""
    fresh = path.with_name(f".{path.name}.new")  # a name that nobody else gives a file beside it
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh.unlink(missing_ok=True)
        # O_EXCL and the mode at creation: the file is never readable by others, not for a moment.
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        fresh.replace(path)
    except OSError as error:
        raise ConfigError(f"the secret cannot be kept in the file {path}: {error.strerror}") from None


@contextlib.contextmanager
def _opened_keyring() -> Iterator[None]:
    """Says of a keyring that does not open what can be done."""
    from keyring.errors import KeyringError

    try:
        yield
    except KeyringError as error:
        raise ConfigError(
            f"the keyring cannot be used: {error or type(error).__name__}",
            remedy="Unlock it by logging in to this computer's desktop, or let the environment name a file "
            f"in its place: {_FOLDER} names a folder for all secrets.",
        ) from None


def _get(keyring: "KeyringBackend", name: str) -> str | None:
    """The secret in the keyring, put together where it is kept in parts."""
    with _opened_keyring():
        for _ in range(2):  # once more where another program has just put a new one in its place
            head = keyring.get_password(_SERVICE, name)
            match = _PARTS.fullmatch(head or "")
            if not match:
                return head
            parts = [keyring.get_password(_SERVICE, part) or "" for part in _parts(name, match)]
            if _mark("".join(parts)) == match[2]:
                return "".join(parts)
    raise ConfigError(
        f"the secret {name} in the keyring is damaged: some of its parts are missing",
        remedy="Give it again with `newsletter login`.",
    )


def _put(keyring: "KeyringBackend", name: str, value: str) -> None:
    """Keep the secret, in parts where it is long; the old one holds until the new one is there whole."""
    with _opened_keyring():
        old = keyring.get_password(_SERVICE, name)
        head = value
        if len(value) > _PART:
            pieces = [value[start : start + _PART] for start in range(0, len(value), _PART)]
            head = f"newsletter-parts:{len(pieces)}:{_mark(value)}"
            for number, piece in enumerate(pieces):
                keyring.set_password(_SERVICE, f"{name}.{_mark(value)}.{number}", piece)
        keyring.set_password(_SERVICE, name, head)
        if old and old != head:
            _drop_parts(keyring, name, old)


def _drop_parts(keyring: "KeyringBackend", name: str, head: str) -> None:
    if match := _PARTS.fullmatch(head):
        for part in _parts(name, match):
            if keyring.get_password(_SERVICE, part) is not None:
                keyring.delete_password(_SERVICE, part)


def _parts(name: str, match: re.Match[str]) -> list[str]:
    return [f"{name}.{match[2]}.{number}" for number in range(int(match[1]))]


def _mark(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()[:12]


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
