"""Evidence of a consent: a file known by its SHA-256 and where it is kept, and whether it is still there."""

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from newsletter.contacts.fields import one_line
from newsletter.contacts.ledger import read_detail
from newsletter.database import Database
from newsletter.errors import InputError

#: Where copies lie in a workspace; never in git.
FOLDER = "evidence"
_BLOCK = 1 << 20
_NAME = 16  # digits of the digest by which a copy is named: a scanned form's own name may be somebody's
_LONGEST_ANSWER = 2000


class BadEvidence(InputError):
    """This cannot be kept as evidence of a consent."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A file that shows a consent: its SHA-256 (hex), its size in bytes, and where it is kept.

    `kept` is relative to the workspace where it lies in it.
    """

    sha256: str
    size: int
    kept: str

    def as_dict(self) -> dict[str, object]:
        """As it stands in an entry's detail."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Found:
    """What became of one piece of evidence: `state` is 'whole', 'missing' or 'changed'."""

    sequence: int
    evidence: Evidence
    state: str


def read_evidence(path: Path, root: Path) -> Evidence:
    """The evidence that a file is. Raises BadEvidence where there is none, or nothing in it."""
    found = path if path.is_absolute() else next((p for p in (path, root / path) if p.is_file()), path)
    if not found.is_file():
        raise BadEvidence(f"--evidence: there is no file {path}")
    size = found.stat().st_size
    if not size:
        raise BadEvidence(f"--evidence: {path} is empty; it shows nothing")
    whole = found.resolve()
    inside = whole.is_relative_to(root.resolve())
    return Evidence(_sha256(whole), size, str(whole.relative_to(root.resolve()) if inside else whole))


def keep_evidence(evidence: Evidence, root: Path) -> Evidence:
    """Copy the file into the workspace's folder for evidence, for its owner's eyes only; where it is now.

    The copy is named by its digest. Twice gives the same.
    """
    folder = root / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    # A workspace may be a git repository that was made before this folder was known of.
    (folder / ".gitignore").write_text("*\n", encoding="utf-8")
    original = place_of(evidence, root)
    copy = folder / f"{evidence.sha256[:_NAME]}{original.suffix.lower()}"
    if not copy.is_file() or _sha256(copy) != evidence.sha256:
        _copy(original, copy)
    if _sha256(copy) != evidence.sha256:
        copy.unlink()
        raise BadEvidence(f"--evidence: {evidence.kept} changed while it was copied; try again")
    return Evidence(evidence.sha256, evidence.size, f"{FOLDER}/{copy.name}")


def place_of(evidence: Evidence, root: Path) -> Path:
    """The path of the file."""
    return root / evidence.kept


def read_answers(pairs: tuple[str, ...]) -> dict[str, str]:
    """What a form was answered, from 'question=answer'. Raises BadEvidence, and BadField for control characters."""
    answers: dict[str, str] = {}
    for pair in pairs:
        question, equals, answer = pair.partition("=")
        if not equals or not question.strip():
            raise BadEvidence(
                f"--answer: {pair[:60]!r} has no '='; write it as 'May we write to you?=Yes, by email'"
            )
        if len(pair) > _LONGEST_ANSWER:
            raise BadEvidence(f"--answer: {pair[:60]!r}… is longer than {_LONGEST_ANSWER} characters")
        known = one_line(question, "answer")
        if known in answers:
            raise BadEvidence(f"--answer: {known!r} is answered twice")
        answers[known] = one_line(answer, "answer")
    return answers


def evidence_in(detail: Mapping[str, object] | None) -> list[Evidence]:
    """The files that an entry's detail names; none where it was erased."""
    found = (detail or {}).get("evidence")
    files = found if isinstance(found, list) else []
    return [Evidence(str(f["sha256"]), int(f["size"]), str(f["kept"])) for f in files if isinstance(f, dict)]


def check_evidence(db: Database) -> Iterator[Found]:
    """What became of each file that an entry names, in the ledger's order, streamed; each is read once."""
    root, known = db.path.parent, dict[tuple[str, str], str]()
    rows = db.conn.execute(
        "SELECT sequence, detail FROM consent_details WHERE instr(detail, '\"evidence\":[') ORDER BY sequence"
    )
    for row in rows:
        for evidence in evidence_in(read_detail(row["detail"])):
            key = (evidence.kept, evidence.sha256)
            if key not in known:
                known[key] = _state(evidence, place_of(evidence, root))
            yield Found(row["sequence"], evidence, known[key])


def _state(evidence: Evidence, path: Path) -> str:
    if not path.is_file():
        return "missing"
    return "whole" if _sha256(path) == evidence.sha256 else "changed"


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _copy(original: Path, copy: Path) -> None:
    """Whole or not at all, and nobody else's to read for a moment."""
    half = copy.with_name(f"{copy.name}.part")
    half.unlink(missing_ok=True)
    handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as target, original.open("rb") as source:
        shutil.copyfileobj(source, target, _BLOCK)
    half.replace(copy)
