"""An edition as files to look at: they open in a browser as they stand, and lead nobody anywhere."""

import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from newsletter.edition.model import Edition, Personal
from newsletter.edition.slots import fill_html, fill_text

PAGE = "email.html"
TEXT = "email.txt"


def edition_files(edition: Edition, personal: Personal) -> dict[str, bytes]:
    """Path in a folder -> bytes: `email.html`, `email.txt`, and the pictures beside them."""
    html = fill_html(edition, personal)
    files = {}
    for picture in edition.pictures:
        path = f"pictures/{picture.name}"
        html = html.replace(f"cid:{picture.name}@newsletter", path)
        files[path] = picture.data
    return {PAGE: html.encode(), TEXT: fill_text(edition, personal).encode(), **files}


def replace_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Make `folder` hold exactly `files`; it is the old one or the new one, never a part of both.

    Raises OSError where it cannot be written; the old folder then stands as it was.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = folder.parent / f".{folder.name}-{secrets.token_hex(4)}"
    old = fresh.with_name(fresh.name + "-old")
    try:
        for name, data in files.items():
            path = fresh / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        if folder.exists() or folder.is_symlink():
            folder.rename(old)
        fresh.rename(folder)
    except OSError:
        if old.exists() and not folder.exists():
            old.rename(folder)
        raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        _remove(old)


def _remove(folder: Path) -> None:
    # Where a link stood in the folder's place, only the link goes.
    if folder.is_symlink():
        folder.unlink()
    else:
        shutil.rmtree(folder, ignore_errors=True)
