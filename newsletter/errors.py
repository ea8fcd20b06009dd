"""The one tree of errors: the docstring is the default message, the class has the exit code."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import ClassVar, Literal

Level = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding about one place: what was found, and how to mend it.

    `line` counts from 1; 0 means that the finding belongs to no single line.
    `path` is shown as given: relative to the workspace where it lies inside it.
    """

    check: str
    level: Level
    path: str
    line: int
    field: str
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        text = f"{place}: {self.field}: {self.message}" if self.field else f"{place}: {self.message}"
        return f"{text}; {self.remedy}" if self.remedy else text

    def as_dict(self) -> dict[str, str | int]:
        """The finding as the flat object that `--json` prints."""
        return asdict(self)


class NewsletterError(Exception):
    """Something went wrong."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str = "", *, remedy: str = "", problems: Sequence[Problem] = ()) -> None:
        self.message = message or (type(self).__doc__ or "").strip()
        self.remedy = remedy
        self.problems = tuple(problems)
        super().__init__(self.message)

    def __str__(self) -> str:
        lines = [str(problem) for problem in self.problems] or [self.message]
        return "\n".join([*lines, self.remedy] if self.remedy else lines)


class ChecksFailed(NewsletterError):
    """A check found errors."""

    exit_code = 1


class ProofFailed(NewsletterError):
    """A proof did not hold."""

    exit_code = 1


class InputError(NewsletterError):
    """What was given cannot be used."""

    exit_code = 2


class IssueError(InputError):
    """The issue cannot be read."""


class TemplateError(InputError):
    """A template cannot be rendered."""


class ImportRejected(InputError):
    """The file was not imported, since some of its lines cannot be taken."""


class ServerUnavailable(NewsletterError):
    """The mail server cannot be reached."""

    exit_code = 69


class TryAgain(NewsletterError):
    """Some messages are still waiting; run the command again."""

    exit_code = 75


class NotAllowed(NewsletterError):
    """This may not be done: an approval or a consent is missing."""

    exit_code = 77


class ConfigError(NewsletterError):
    """The configuration cannot be used."""

    exit_code = 78


class KeyProblem(ConfigError):
    """The key that belongs to this database is missing or another one."""


class DatabaseProblem(ConfigError):
    """The database cannot be used."""


class DatabaseLocked(DatabaseProblem):
    """The database is locked."""


def near(word: str, known: Iterable[str]) -> str:
    """A hint such as ` (did you mean 'intro'?)`, or nothing when no known word is near."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f" (did you mean '{close[0]}'?)" if close else ""
