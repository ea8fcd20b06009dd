"""Everything that is kept about one person, as they are told it: in JSON and as a page to read."""

import datetime as dt
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from newsletter.config import Config
from newsletter.contacts import described, stamp
from newsletter.database import Database
from newsletter.privacy.holding import Holding
from newsletter.privacy.register import REGISTER
from newsletter.privacy.rights import Information, information_for
from newsletter.privacy.subject import Subject, spoken_of

#: What stands in what was frozen for them and would open something: the link by which they unsubscribe.
_CREDENTIALS = {"stop"}
#: Columns of an image that tell them nothing: our numbers and keyed hashes.
_INNER = {"normalised", "address_key", "organisation_id", "engagement_id", "is_primary"}
_NAME = re.compile(r"\b[^\W\d_][\w'’-]+(?:\s+[^\W\d_][\w'’-]+){1,3}")


@dataclass(frozen=True, slots=True)
class Part:
    """What one table says of the person: each row as label -> value; texts that may name others."""

    title: str
    rows: tuple[dict[str, object], ...]
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a subject access request: what is kept, and what article 15 has us say beside it."""

    contact_id: int
    name: str
    made_at: str
    parts: tuple[Part, ...]
    information: Information

    def as_dict(self) -> dict[str, object]:
        """As it stands in the JSON file."""
        return {
            "made_at": self.made_at,
            "what_we_keep_about_you": {part.title: part.rows for part in self.parts},
            "what_you_should_know": self.information.as_dict(),
        }


def answer_for(db: Database, subject: Subject, config: Config, now: dt.datetime) -> Answer:
    """Everything about this person; nothing is changed."""
    with spoken_of(db, subject):
        parts = tuple(part for holding in REGISTER if (part := _part(db, holding, subject)))
    information = information_for(db, subject, config)
    return Answer(subject.contact_id, subject.name, stamp(now), parts, information)


def write_answer(answer: Answer, folder: Path) -> tuple[Path, Path]:
    """The JSON file and the page written into `folder`, readable by their owner alone; named by the id."""
    from newsletter.privacy.page import page_of

    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    stem = folder / f"about-{answer.contact_id}"
    texts = {
        stem.with_suffix(".json"): json.dumps(answer.as_dict(), ensure_ascii=False, indent=2) + "\n",
        stem.with_suffix(".html"): page_of(answer),
    }
    for path, text in texts.items():
        path.unlink(missing_ok=True)  # an earlier answer's rights may be others
        with os.fdopen(
            os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
        ) as file:
            file.write(text)
    return stem.with_suffix(".json"), stem.with_suffix(".html")


def others_named(db: Database, answer: Answer) -> dict[str, list[str]]:
    """Names of other people whom we know that stand in the answer's texts: part's title -> names."""
    found: dict[str, list[str]] = {}
    for part in answer.parts:
        names = sorted({name for text in part.texts for name in _known(db, text)} - {answer.name})
        if names:
            found[part.title] = names
    return found


def _part(db: Database, holding: Holding, subject: Subject) -> Part | None:
    labels = {column: label for column, label in holding.columns.items() if label}
    if not holding.found or not labels:
        return None
    columns = ", ".join(f"{holding.shown.get(column, column)} AS {column}" for column in labels)
    rows = db.conn.execute(
        f"SELECT {columns} FROM {holding.table} WHERE {holding.found}", subject.values
    ).fetchall()
    told = tuple({labels[name]: _value(name, row[name]) for name in labels} for row in rows)
    kept = tuple(
        {label: value for label, value in row.items() if value not in ("", None, [], {})} for row in told
    )
    texts = tuple(str(row[name]) for row in rows for name in holding.texts if row[name] and name in labels)
    return Part(holding.holds, kept, texts) if any(kept) else None


def _value(column: str, value: object) -> object:
    if column == "before" and value:
        return _filled(described(str(value)))
    if not (isinstance(value, str) and value[:1] in ("[", "{")):
        return value
    try:
        read = json.loads(value)
    except ValueError:
        return value
    return {k: v for k, v in read.items() if k not in _CREDENTIALS} if isinstance(read, dict) else read


def _filled(image: dict[str, object]) -> dict[str, object]:
    """An image without what is empty and what tells nothing."""
    told: dict[str, object] = {}
    for name, value in image.items():
        if isinstance(value, list):
            rows = [{k: v for k, v in row.items() if k not in _INNER and v != ""} for row in value]
            value = [row for row in rows if row]
        if value not in ("", []):
            told[name] = value
    return told


def _known(db: Database, text: str) -> Iterator[str]:
    """Runs of two to four words in a text that are a contact's whole name."""
    words = text.split()
    runs = {
        " ".join(words[start : start + length]).strip(".,;:()!?'\"")
        for start in range(len(words))
        for length in (2, 3, 4)
    }
    rows = db.conn.execute(
        "SELECT DISTINCT name FROM contacts WHERE name IN (SELECT value FROM json_each(?))",
        (json.dumps(sorted(run for run in runs if _NAME.fullmatch(run))),),
    )
    return (row[0] for row in rows)
