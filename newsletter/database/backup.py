"""A workspace in one encrypted file, and back: database, key, settings, issues, templates, wordings.

The file is a tar of two members in the age format (age-encryption.org/v1), so that it can be
opened without us: `identity.age`, a fresh age identity under the passphrase, and
`workspace.tar.age`, the workspace encrypted to that identity.
"""

import datetime as dt
import io
import os
import sqlite3
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from newsletter import keychain
from newsletter.config import FILE_NAME, Workspace
from newsletter.database.guard import lock_restored
from newsletter.database.opening import Database, key_name, open_database, private_file
from newsletter.database.unpacking import unpack
from newsletter.errors import InputError, ProofFailed
from newsletter.tokens import read_key

_FOLDERS = ("issues", "templates", "consent", "evidence")
_TOO_MUCH_WORK = "Excessive work parameter"
_PAUSES = (0.5, 1.0, 2.0, 4.0, 0.0)  # seconds after each attempt
_IDENTITY, _PAYLOAD, _KEY = "identity.age", "workspace.tar.age", "key.txt"


def write_backup(workspace: Workspace, target: Path, passphrase: str) -> int:
    """Save the workspace to `target` (mode 0600); returns its size in bytes.

    The database is copied by SQLite's backup API, so a send may be running meanwhile.
    Raises InputError where `target` exists or cannot be written, or the passphrase is empty.
    """
    import pyrage

    if target.exists():
        raise InputError(f"{target} exists already; name another file")
    if not passphrase:
        raise InputError("a backup needs a passphrase, since it holds people's addresses and the key")
    identity = pyrage.x25519.Identity.generate()
    with _said(f"{target}: the backup cannot be written"), _private_folder(target.parent) as folder:
        payload, sealed, whole = folder / "workspace.tar", folder / _PAYLOAD, folder / "whole"
        _collect(workspace, payload)
        with payload.open("rb") as source, sealed.open("wb") as sink:
            pyrage.encrypt_io(source, sink, [identity.to_public()])
        private_file(whole)
        with tarfile.open(whole, "w") as tar:
            _add_bytes(tar, _IDENTITY, pyrage.passphrase.encrypt(str(identity).encode(), passphrase))
            tar.add(sealed, _PAYLOAD, filter=_anonymous)
        _to_disk(whole)
        whole.rename(target)
    return target.stat().st_size


def restore_backup(source: Path, into: Path, passphrase: str) -> str:
    """Bring a backup back into the folder `into`; says where its key is kept.

    The restored database is locked for sending until it is adopted. Raises InputError for a
    wrong passphrase, a file that is no backup, or a folder that holds a workspace already.
    """
    _refuse_to_overwrite(into)
    with _said(f"{into}: the backup cannot be restored there"):
        return _restore(source, into, passphrase)


@contextmanager
def opened_backup(source: Path, passphrase: str, beside: Path) -> Iterator[Path]:
    """The database in a backup, to be looked at: in a private folder in `beside`, gone at the end.

    Raises InputError for a wrong passphrase or a file that is no backup.
    """
    with _said(f"{beside}: the backup cannot be opened there"), _private_folder(beside) as folder:
        _unpack(source, folder, passphrase)
        yield folder / "workspace" / "contacts.db"


def _restore(source: Path, into: Path, passphrase: str) -> str:
    into.parent.mkdir(parents=True, exist_ok=True)
    # Inside the folder where there is one: it may be a disk of its own, to which nothing can be renamed.
    with _private_folder(into if into.is_dir() else into.parent) as folder:
        _unpack(source, folder, passphrase)
        workspace = folder / "workspace"
        key = read_key((workspace / _KEY).read_text(encoding="utf-8"))
        (workspace / _KEY).unlink()
        database = workspace / "contacts.db"
        database.chmod(0o600)
        where = keychain.write_secret(key_name(_database_id(database)), key.export()).where
        db = open_database(database)
        with closing(db.conn):
            _prove_whole(db)
            lock_restored(db)
        into.mkdir(exist_ok=True)
        for name in ("contacts.db", FILE_NAME, *_FOLDERS):
            if (workspace / name).exists():
                (workspace / name).rename(into / name)
    return where


def _collect(workspace: Workspace, payload: Path) -> None:
    db = open_database(workspace.database)
    with closing(db.conn), tarfile.open(payload, "w") as tar:
        snapshot = payload.with_name("contacts.db")
        private_file(snapshot)
        with closing(sqlite3.connect(snapshot)) as target:
            db.conn.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")  # one file, without -wal and -shm
        tar.add(snapshot, "contacts.db", filter=_anonymous)
        _add_bytes(tar, _KEY, (db.key.export() + "\n").encode())
        for name in (FILE_NAME, *_FOLDERS):
            if (workspace.root / name).exists():
                tar.add(workspace.root / name, name, filter=_anonymous)


def _unpack(source: Path, folder: Path, passphrase: str) -> None:
    import pyrage

    workspace = folder / "workspace"
    workspace.mkdir()
    try:
        with tarfile.open(source) as outer:
            unpack(outer, folder, _members(outer, {_IDENTITY, _PAYLOAD}))
        identity = _opened((folder / _IDENTITY).read_bytes(), passphrase)
        with (folder / _PAYLOAD).open("rb") as sealed, (folder / "workspace.tar").open("wb") as sink:
            pyrage.decrypt_io(sealed, sink, [pyrage.x25519.Identity.from_str(identity.decode())])
        with tarfile.open(folder / "workspace.tar") as inner:
            unpack(inner, workspace)
        _require_parts(workspace)
    except OSError as error:
        if error.errno:  # the machine's word, not the file's fault: no room, no right to write
            raise
        raise InputError(f"{source} is not a whole backup of newsletter's: {error}") from None
    except tarfile.TarError as error:
        raise InputError(f"{source} is not a whole backup of newsletter's: {error}") from None
    except (pyrage.DecryptError, pyrage.IdentityError) as error:
        raise InputError(f"{source} does not open with this passphrase, or is damaged: {error}") from None


def _opened(sealed: bytes, passphrase: str) -> bytes:
    """What the passphrase seals; raises pyrage.DecryptError, InputError where this machine is too busy for it.

    age measures how fast the machine is at that moment, and refuses what would take it long
    (its defence against work asked for by a stranger), so that a busy moment looks like a hostile file.
    """
    import pyrage

    for pause in _PAUSES:
        try:
            return bytes(pyrage.passphrase.decrypt(sealed, passphrase))
        except pyrage.DecryptError as error:
            if _TOO_MUCH_WORK not in str(error):
                raise
        time.sleep(pause)
    raise InputError(
        "this machine is too busy just now to open the backup; run it again when less is going on"
    )


def _require_parts(workspace: Path) -> None:
    for name in ("contacts.db", _KEY):
        if not (workspace / name).is_file():
            raise tarfile.TarError(f"{name} is missing")


def _members(tar: tarfile.TarFile, wanted: set[str]) -> list[tarfile.TarInfo]:
    members = [member for member in tar.getmembers() if member.name in wanted and member.isfile()]
    if {member.name for member in members} != wanted:
        raise tarfile.TarError("its parts are not those of a backup")
    return members


def _database_id(database: Path) -> str:
    with closing(sqlite3.connect(database)) as conn:
        row = conn.execute("SELECT database_id FROM identity").fetchone()
    return str(row[0])


def _prove_whole(db: Database) -> None:
    row = db.one("PRAGMA integrity_check")
    if row is None or row[0] != "ok":
        raise ProofFailed(f"the database in the backup is damaged: {row[0] if row else 'no answer'}")


def _refuse_to_overwrite(into: Path) -> None:
    taken = [name for name in (FILE_NAME, "contacts.db", *_FOLDERS) if (into / name).exists()]
    if taken:
        raise InputError(
            f"{into} holds {', '.join(taken)} already; nothing was changed",
            remedy="Restore into another folder, or move these away first.",
        )


def _add_bytes(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(data), 0o600
    member.mtime = int(dt.datetime.now(dt.UTC).timestamp())
    tar.addfile(member, io.BytesIO(data))


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


def _to_disk(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


@contextmanager
def _said(what: str) -> Iterator[None]:
    """What the machine refuses as an InputError that begins with `what`."""
    try:
        yield
    except OSError as error:
        raise InputError(f"{what}: {error.strerror or error}") from None


@contextmanager
def _private_folder(beside: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=beside, prefix=".newsletter-") as folder:
        yield Path(folder)  # mode 0700 from its creation
