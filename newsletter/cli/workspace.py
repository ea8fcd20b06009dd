"""Writes the files of a new workspace, and takes them back where one of them cannot be written."""

import json
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.errors import InputError

if TYPE_CHECKING:
    from newsletter.config import Sender

_IGNORED = """\
# People, and what is made from them, never enter git.
contacts.db*
.contacts.db*
inbox.db*
public.key
*.rejects.csv
*.contacts.csv
*.contacts.xlsx
*.contacts.json
.export-*
*.newsletter-backup
evidence/
build/
"""
_TEMPLATES = """\
# Templates of your own

This folder may stay as it is: the program has templates for everything. A file that you put here
with the same name as one of them is used in its place, and all the others go on as before.
"""
_SETTING = re.compile(r'^(\w+) = "[^"]*"( *)(#.*)?$')


@dataclass
class Made:
    """What came into being at `root`, what was there already, and where the key is (empty: no new key)."""

    root: Path
    written: list[Path] = field(default_factory=list)
    kept: list[Path] = field(default_factory=list)
    key: str = ""


def make_workspace(root: Path, sender: "Sender", now: datetime) -> Made:
    """A workspace at `root`: whatever is missing is written, nothing is overwritten.

    All or nothing: where something fails, what was written is taken away again.
    Raises InputError where there is a whole workspace already.
    """
    made = Made(root)
    settings = root / "newsletter.toml"
    complete = settings.exists()
    if complete and (root / "contacts.db").exists():
        raise InputError(
            f"{root} is a workspace already; nothing was changed",
            remedy=f"See what is in it with `newsletter --workspace {root} status`.",
        )
    with _all_or_nothing(made):
        if not complete:
            _write_files(made, sender)
        _make_database(made, now)
    return made


@contextmanager
def _all_or_nothing(made: Made) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        for path in reversed(made.written):
            path.rmdir() if path.is_dir() else path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise InputError(f"{made.root}: a workspace cannot be made here: {error}") from None
        raise


def _write_files(made: Made, sender: "Sender") -> None:
    from newsletter.config import read_config, shipped

    shown = shipped("newsletter.toml").read_text(encoding="utf-8")
    examples = read_config(shown).sender
    for folder in (made.root, *(made.root / name for name in ("issues", "consent", "templates"))):
        _make_folder(made, folder)
    for wording in sorted(shipped("consent").glob("*.md")):
        text = with_words(wording.read_text(encoding="utf-8"), examples, sender)
        _write(made, made.root / "consent" / wording.name, text)
    _write(made, made.root / "templates" / "README.md", _TEMPLATES)
    _write(made, made.root / ".gitignore", _IGNORED)
    _write(made, made.root / "newsletter.toml", with_sender(shown, sender))


def _make_folder(made: Made, folder: Path) -> None:
    if folder.is_dir():
        return
    for missing in reversed([folder, *folder.parents]):
        if not missing.exists():
            missing.mkdir()
            made.written.append(missing)


def _write(made: Made, path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            made.written.append(path)
            file.write(text)
    except FileExistsError:
        made.kept.append(path)


def _make_database(made: Made, now: datetime) -> None:
    from newsletter import keychain
    from newsletter.config import read_workspace
    from newsletter.contacts import sync_lists
    from newsletter.database import create_database, key_name

    workspace = read_workspace(made.root)
    if workspace.database.exists():
        made.kept.append(workspace.database)
        return
    db = create_database(workspace.database)
    made.written.append(workspace.database)
    name = key_name(db.database_id)
    with closing(db.conn):
        try:
            sync_lists(db, workspace.config, now)
        except BaseException:
            keychain.delete_secret(name)
            raise
    secret = keychain.read_secret(name)
    made.key = secret.where if secret else ""


def with_words(text: str, examples: "Sender", sender: "Sender") -> str:
    """`text` with the examples' name and addresses replaced by the sender's, all in one pass."""
    words = {value: getattr(sender, key) for key, value in examples}
    # The longest first: the website's address begins that of the privacy notice.
    either = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.sub(either, lambda found: words[found[0]], text)


def with_sender(settings: str, sender: "Sender") -> str:
    """The text of `newsletter.toml` with the values of [sender] put in; every comment stays."""
    lines, table = [], ""
    for line in settings.splitlines():
        if line.startswith("["):
            table = line
        found = _SETTING.match(line)
        if found and table == "[sender]" and found[1] in type(sender).model_fields:
            # JSON's escapes are TOML's too.
            value = json.dumps(getattr(sender, found[1]), ensure_ascii=False).replace("\x7f", "\\u007f")
            comment = found[3] or ""
            line = f"{found[1]} = {value}".ljust(line.find("#") - 1 if comment else 0)
            line = f"{line} {comment}".rstrip()
        lines.append(line)
    return "\n".join(lines) + "\n"
