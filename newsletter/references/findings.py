"""What is missing from references.json, malformed in it, not used, twice there, retracted or corrected."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from newsletter.errors import IssueError, Level, Problem
from newsletter.issue import Cited, cited_in, doi_text, kept_record, notices_of, read_issue
from newsletter.references.notices import Notice, is_owned_up, notice_of, told
from newsletter.references.store import FILE_NAME, Row, StoreBroken, read_store

_OF_REFERENCES = re.compile(r"sections\.\d+\.(?:items\.\d+(?:\.(?:doi|ref))?|references)")


def check_references(folder: Path, root: Path, issues: Sequence[Path], *, whole: bool) -> list[Problem]:
    """Every finding about the file in `folder` and about the publications of `issues`, sorted by place.

    `whole` says that `issues` are all there are: then what none of them uses is told too. Otherwise
    only what they use is looked at.
    """
    path = folder / FILE_NAME
    shown = _shown(path, root)
    try:
        rows = read_store(path, shown)
    except StoreBroken as error:
        line = re.search(r"line (\d+)", error.message)
        message = error.message.removeprefix(f"{shown} ")
        return [
            Problem(
                "references.broken", "error", shown, int(line[1]) if line else 0, "", message, error.remedy
            )
        ]
    cited = [one for issue in issues for one in cited_in(issue, root)]
    naming: dict[str, list[Cited]] = {}
    for one in filter(lambda one: one.doi, cited):
        naming.setdefault(one.doi.casefold(), []).append(one)
    looked_at = [row for row in rows if whole or row.doi in naming]
    found = [*_missing(issues, root), *_duplicates(looked_at, shown), *_of_other_files(cited, looked_at)]
    for row in looked_at:
        found += [*_malformed(row, shown), *_noticed(row, shown, naming.get(row.doi, []))]
        if whole and row.doi not in naming and doi_text(row.doi):
            found.append(
                _found(
                    row, shown, ("unused", "note"), "is used by no issue", remedy="it may stay, or be deleted"
                )
            )
    return sorted(dict.fromkeys(found), key=lambda one: (one.path, one.line, one.check))


def _missing(issues: Sequence[Path], root: Path) -> Iterator[Problem]:
    """What the issues name and cannot be found, as reading them says it."""
    for issue in issues:
        try:
            read_issue(issue, root)
        except IssueError as error:
            for one in error.problems:
                if _OF_REFERENCES.fullmatch(one.field):
                    yield Problem(
                        "references.missing", "error", one.path, one.line, one.field, one.message, one.remedy
                    )


def _duplicates(rows: Sequence[Row], shown: str) -> Iterator[Problem]:
    first: dict[str, Row] = {}
    for row in rows:
        if row.doi and (other := first.setdefault(row.doi, row)) is not row:
            said = f"stands there twice, in line {other.line} too"
            yield _found(
                row, shown, ("duplicate", "error"), said, remedy="delete one of them; the first is used"
            )


def _malformed(row: Row, shown: str) -> Iterator[Problem]:
    written, csl = str(row.csl.get("DOI") or ""), kept_record(row.csl)
    again = f"type `newsletter references add --update {row.doi or 'DOI'}`, or write it there"
    if not doi_text(written):
        said = (
            f"has a DOI that is none: {written[:60]!r}"
            if written
            else "has no DOI, so that no issue can name it"
        )
        yield _found(row, shown, ("bad-doi", "error"), said, remedy="write one such as 10.1111/hsc.13949")
    if not csl.get("title"):
        yield _found(row, shown, ("no-title", "error"), "has no title", remedy=again)
    if not csl.get("author") and not csl.get("editor"):
        yield _found(row, shown, ("no-author", "warning"), "names no author", remedy=again)
    if not csl.get("issued"):
        yield _found(row, shown, ("no-date", "warning"), "has no date", remedy=again)
    if not row.csl.get("type"):
        yield _found(row, shown, ("no-type", "warning"), "does not say what it is (its type)", remedy=again)


def _noticed(row: Row, shown: str, naming: Sequence[Cited]) -> Iterator[Problem]:
    """The notices of a record; those that every issue naming it tells its readers, or allows, as notes."""
    for kind, doi in notices_of(kept_record(row.csl)):
        notice = notice_of(kind)
        answers = [_answered(one, notice) for one in naming]
        about = told(_key(row), notice, doi)
        if answers and all(answers):
            yield Problem(notice.check, "note", shown, row.line, "", f"{about}; {answers[0]}", "")
        else:
            yield Problem(notice.check, notice.level, shown, row.line, "", about, notice.remedy)


def _of_other_files(cited: Sequence[Cited], rows: Sequence[Row]) -> Iterator[Problem]:
    """The notices of records that come from a section's own file, or of titles written by hand."""
    known = {(row.doi, kind) for row in rows for kind, _ in notices_of(kept_record(row.csl)) if row.doi}
    for one in cited:
        for kind, doi in one.notices:
            if (one.doi.casefold(), kind) in known:
                continue
            notice = notice_of(kind)
            about = told(one.ref or one.doi or f"'{one.title[:60]}'", notice, doi)
            answer = _answered(one, notice)
            level: Level = "note" if answer else notice.level
            message, remedy = (f"{about}; {answer}", "") if answer else (about, notice.remedy)
            yield Problem(notice.check, level, one.place.path, one.place.line, one.field, message, remedy)


def _answered(one: Cited, notice: Notice) -> str:
    """How the issue deals with the notice: its summary tells it, or it is allowed; '' where neither."""
    if is_owned_up(notice, one.summary):
        return "its summary says so"
    reason = one.allowed.get(notice.check, "")
    return f"allowed here: {reason}" if reason else ""


def _key(row: Row) -> str:
    return row.doi or str(row.csl.get("id") or "")[:100] or "the entry"


def _found(row: Row, shown: str, rule: tuple[str, Level], message: str, *, remedy: str) -> Problem:
    name, level = rule
    return Problem(f"references.{name}", level, shown, row.line, "", f"{_key(row)} {message}", remedy)


def _shown(path: Path, root: Path) -> str:
    resolved, top = path.resolve(), root.resolve()
    return resolved.relative_to(top).as_posix() if resolved.is_relative_to(top) else str(path)
