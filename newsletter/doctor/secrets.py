"""The keychain: where secrets are kept, and whether the password and the key of contacts.db are there."""

import datetime as dt
import os
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from newsletter import keychain
from newsletter.database import key_of, open_for_looking
from newsletter.doctor.case import Case
from newsletter.doctor.finding import Finding, error, note, ok, warning
from newsletter.errors import ConfigError, DatabaseProblem
from newsletter.oauth import LoginNeeded, in_words, lasts_until, read_login
from newsletter.outbox import read_secret

_SOON = dt.timedelta(days=14)


def check(case: Case) -> Iterator[Finding]:
    """Findings about the keychain; no secret is ever shown."""
    yield _kept()
    yield from _open_to_others(keychain.secrets_folder())
    yield _login(case)
    if case.database.is_file():
        yield from _key(case.database)


def _kept() -> Finding:
    name, folder = keychain.keyring_name(), keychain.secrets_folder()
    if name:
        return ok("secrets.kept", f"secrets are kept in the keyring ({name})")
    files = f"files in {folder}, which you alone can read, unencrypted"
    if os.environ.get("NEWSLETTER_SECRETS"):
        return note("secrets.kept", f"secrets are kept in {files}, as NEWSLETTER_SECRETS says")
    return warning(
        "secrets.kept",
        f"no keyring is usable here: secrets are kept in {files}",
        "On a server this is usual. On a desktop install a keyring (GNOME Keyring, KWallet), then run "
        "`newsletter login` and `newsletter keys import` again.",
    )


def _open_to_others(folder: Path) -> Iterator[Finding]:
    """Each secret file, or their folder, that others can read."""
    if os.name == "nt" or not folder.is_dir():
        return
    for path in (folder, *sorted(folder.glob("*.secret"))):
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            right = "700" if path.is_dir() else "600"
            yield error(
                "secrets.rights", f"{path} can be read by others (mode {mode:04o})", f"chmod {right} {path}"
            )


def _login(case: Case) -> Finding:
    settings = case.config.smtp
    if not settings.user and settings.auth == "password":
        return ok("secrets.login", "no password is needed: smtp.user is empty")
    try:
        read_secret(case.config)
        if settings.auth == "xoauth2":
            return _token(case)
    except ConfigError as trouble:
        return error("secrets.login", trouble.message, trouble.remedy or "newsletter login")
    return ok("secrets.login", f"the password of {settings.user} is there")


def _token(case: Case) -> Finding:
    """How long the login by token holds. Raises ConfigError where nobody is logged in."""
    oauth, user = case.config.oauth, case.config.smtp.user
    found = read_login(oauth, user)
    if found is None:
        raise LoginNeeded(f"nobody is logged in for {user}", remedy="newsletter login")
    until = lasts_until(found[0])
    told = (
        f"{user} is logged in at {in_words(oauth)}, until {until.day} {until:%B %Y} if nothing is sent before"
    )
    if until - case.now < _SOON:
        return warning("secrets.login", told, "newsletter login")
    return ok("secrets.login", told)


def _key(path: Path) -> Iterator[Finding]:
    try:
        db = open_for_looking(path)
    except DatabaseProblem:
        return  # said where the database is looked at
    with closing(db.conn):
        try:
            key = key_of(db)
        except ConfigError as trouble:
            yield error("secrets.key", trouble.message, trouble.remedy)
        else:
            yield ok(
                "secrets.key", f"the key of {path.name} is there, and it is the right one ({key.fingerprint})"
            )
