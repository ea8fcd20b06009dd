"""Evidence at the command line: the options that name it, and what became of it."""

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.console import print_table
from newsletter.errors import InputError

if TYPE_CHECKING:
    from newsletter.contacts import FoundEvidence


@dataclass(frozen=True, slots=True)
class Shown:
    """What the operator brings to show an agreement."""

    files: tuple[str, ...]
    answers: tuple[str, ...]
    keep: bool

    @contextmanager
    def kept(self, root: Path) -> Iterator[Mapping[str, object]]:
        """The part of an entry's detail that says it. Copies that were made go again where recording fails.

        Raises BadEvidence.
        """
        from newsletter.contacts import keep_evidence, read_answers, read_evidence

        if self.keep and not self.files:
            raise InputError("--keep needs --evidence FILE: there is nothing to keep")
        found = [read_evidence(Path(name), root) for name in self.files]
        answers = read_answers(self.answers)
        before = set((root / "evidence").glob("*"))
        kept = [keep_evidence(one, root) if self.keep else one for one in found]
        detail = {"evidence": [one.as_dict() for one in kept], "answers": answers}
        try:
            yield {name: value for name, value in detail.items() if value}
        except BaseException:
            for one in kept if self.keep else ():
                if root / one.kept not in before:
                    (root / one.kept).unlink(missing_ok=True)
            raise


def evidence_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that bring evidence; passed on as `shown`."""
    options = (
        click.option(
            "--evidence",
            "files",
            multiple=True,
            metavar="FILE",
            help="A file that shows it (again for more).",
        ),
        click.option("--keep", is_flag=True, help="Copy the files into evidence/, readable by you alone."),
        click.option(
            "--answer", "answers", multiple=True, metavar="QUESTION=ANSWER", help="What a form was answered."
        ),
    )

    @functools.wraps(function)
    def wrapper(
        *args: Any, files: tuple[str, ...], keep: bool, answers: tuple[str, ...], **kwargs: Any
    ) -> Any:
        return function(*args, shown=Shown(files, answers, keep), **kwargs)

    wrapped: Callable[..., Any] = wrapper
    for option in reversed(options):
        wrapped = option(wrapped)
    return wrapped


def print_evidence(found: "Sequence[FoundEvidence]") -> None:
    """How many files are whole, and each that is not."""
    files = {(one.evidence.kept, one.evidence.sha256): one.state for one in found}
    whole = sum(state == "whole" for state in files.values())
    click.echo(f"{whole} of {len(files)} files of evidence {'is' if len(files) == 1 else 'are'} as recorded.")
    bad = [(one.sequence, one.state, one.evidence.kept) for one in found if one.state != "whole"]
    if bad:
        print_table(("entry", "file is", "where it was kept"), bad)
