"""Keeps editions by their digest: what was approved and sent can be read again, byte for byte."""

import datetime as dt
import json

from newsletter.database import Database, transaction
from newsletter.edition.model import Edition, EditionPicture
from newsletter.errors import DatabaseProblem


def store_edition(db: Database, edition: Edition, now: dt.datetime) -> str:
    """Keep `edition` with its pictures, once; its digest."""
    pictures = [[p.name, p.media_type, p.digest] for p in edition.pictures]
    with transaction(db):
        for picture in edition.pictures:
            db.conn.execute(
                "INSERT OR IGNORE INTO pictures (digest, media_type, bytes) VALUES (?, ?, ?)",
                (picture.digest, picture.media_type, picture.data),
            )
        db.conn.execute(
            "INSERT OR IGNORE INTO editions (digest, issue, language, subject, preheader, html, text, marker, "
            "pictures, stored_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                edition.digest,
                edition.issue,
                "+".join(edition.languages),
                edition.subject,
                edition.preheader,
                edition.html,
                edition.text,
                edition.marker,
                json.dumps(pictures),
                now.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            ),
        )
    return edition.digest


def load_edition(db: Database, digest: str) -> Edition:
    """The edition with this digest. Raises DatabaseProblem where it is absent or not what it was."""
    row = db.one(
        "SELECT issue, language, subject, preheader, html, text, marker, pictures FROM editions WHERE digest = ?",
        digest,
    )
    if row is None:
        raise DatabaseProblem(f"contacts.db keeps no edition with the fingerprint {digest[:12]}")
    pictures = tuple(_picture(db, *entry) for entry in json.loads(row["pictures"]))
    kept = {key: row[key] for key in ("issue", "language", "subject", "preheader", "html", "text", "marker")}
    first, *also = kept.pop("language").split("+")
    edition = Edition(**kept, language=first, also=tuple(also), pictures=pictures)
    if edition.digest != digest:
        raise DatabaseProblem(
            f"the edition {digest[:12]} in contacts.db is not what was stored: do not send it"
        )
    return edition


def _picture(db: Database, name: str, media_type: str, digest: str) -> EditionPicture:
    row = db.one("SELECT bytes FROM pictures WHERE digest = ?", digest)
    if row is None:
        raise DatabaseProblem(f"contacts.db lacks the picture {name} of an edition")
    return EditionPicture(name=name, media_type=media_type, data=row["bytes"])
