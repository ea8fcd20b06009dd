"""Fetches records by DOI into references.json: all of them, or none."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from newsletter.errors import InputError, Problem, ServerUnavailable
from newsletter.issue import doi_text, kept_record
from newsletter.references.fetch import Refusal, Registry, fetch_record
from newsletter.references.store import read_store, write_store


class NotAdded(InputError):
    """Nothing was added, since some of the DOIs cannot be taken."""


class NotReached(ServerUnavailable):
    """Nothing was added, since the registry cannot be reached."""


@dataclass(frozen=True, slots=True)
class Added:
    """What came of it: records that are new, those that changed, and the DOIs that were there already."""

    added: tuple[dict[str, Any], ...]
    changed: tuple[dict[str, Any], ...]
    kept: tuple[str, ...]


def add_references(
    path: Path, dois: Sequence[str], registry: Registry, *, update: bool = False, dry_run: bool = False
) -> Added:
    """The records of `dois`, fetched and written to the file at `path`.

    What stands there already is kept, unless `update`. With `dry_run` nothing is written.
    Raises NotAdded, or NotReached where asking again may help, with every DOI that failed; then
    nothing is written either.
    """
    asked = _asked(dois)
    rows = read_store(path, f"{path.parent.name}/{path.name}")
    there = {row.doi: row.csl for row in rows if row.doi}
    wanted = [doi for doi in asked if update or doi.casefold() not in there]
    fetched = _fetched(wanted, registry) if wanted else {}
    changed = {key: csl for key, csl in fetched.items() if key in there and csl != there[key]}
    added = {key: csl for key, csl in fetched.items() if key not in there}
    if (added or changed) and not dry_run:
        kept = [row.csl for row in rows if row.doi not in changed]
        write_store(path, [*kept, *changed.values(), *added.values()])
    still = (doi for doi in asked if doi.casefold() not in added and doi.casefold() not in changed)
    return Added(tuple(added.values()), tuple(changed.values()), tuple(still))


def _asked(dois: Sequence[str]) -> list[str]:
    """The bare DOIs, each once. Raises NotAdded with those that are none."""
    bare = {text: doi_text(text) for text in dois}
    wrong = [
        _problem(text, "this is not a DOI", "write one such as 10.1111/hsc.13949")
        for text, doi in bare.items()
        if not doi
    ]
    if wrong:
        raise NotAdded(problems=wrong, remedy="Nothing was added.")
    return list({doi.casefold(): doi for doi in bare.values()}.values())


def _fetched(dois: Sequence[str], registry: Registry) -> dict[str, dict[str, Any]]:
    """The cleaned records by folded DOI. Raises where one cannot be had."""
    found: dict[str, dict[str, Any]] = {}
    refused: list[Refusal] = []
    for doi in dois:
        answer = fetch_record(doi, registry)
        record = answer if isinstance(answer, Refusal) else _pinned(answer, doi)
        if isinstance(record, Refusal):
            refused.append(record)
        else:
            found[doi.casefold()] = record
    if refused:
        kind = NotReached if all(one.temporary for one in refused) else NotAdded
        problems = [_problem(one.doi, one.message, one.remedy) for one in refused]
        raise kind(problems=problems, remedy="Nothing was added: it is all of them or none.")
    return found


def _pinned(answer: dict[str, Any], doi: str) -> dict[str, Any] | Refusal:
    """The fields that are used, under the DOI in small letters; a record without a title is of no use."""
    record = kept_record(answer)
    if not record.get("title"):
        return Refusal(doi, "the registry's record has no title", "write the publication by hand")
    return record | {"id": doi.lower(), "DOI": doi.lower()}


def _problem(doi: str, message: str, remedy: str) -> Problem:
    return Problem("references", "error", doi[:200], 0, "", message, remedy)
