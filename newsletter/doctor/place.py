"""Where the workspace lies: on which disk, encrypted or not, with how much room, and not in git."""

import os
import shutil
from collections.abc import Iterator

from newsletter.database import ALLOW_SYNCED, what_is_wrong_here
from newsletter.doctor.case import Case
from newsletter.doctor.encryption import encryption_of
from newsletter.doctor.finding import Finding, error, note, ok, warning
from newsletter.doctor.programs import answer_of

_MB = 1024 * 1024
_NONE_LEFT, _LITTLE = 100 * _MB, 1024 * _MB
#: What holds people, as git's pathspecs.
_PRIVATE = ("contacts.db*", "*.rejects.csv", "*.contacts.csv", "*.contacts.xlsx", "*.contacts.json",
            "*.newsletter-backup", "evidence/*")  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """Findings about the folder, its disk, and who else might read it."""
    yield _shared(case)
    yield _room(case)
    yield _encrypted(case)
    yield from _in_git(case)


def _shared(case: Case) -> Finding:
    wrong = what_is_wrong_here(case.database)
    if wrong is None:
        return ok(
            "place.local",
            "the workspace lies on this computer, and no program that we know copies it elsewhere",
        )
    if os.environ.get(ALLOW_SYNCED) == "1":
        return warning(
            "place.local", f"{wrong}; {ALLOW_SYNCED}=1 lets it send all the same", "Move it, when you can."
        )
    return error(
        "place.local",
        wrong,
        "Move the workspace to a folder that stays on this computer's own disk, then run `newsletter adopt` there. "
        f"Keep copies with `newsletter backup`. (Who knows that it holds all the same: {ALLOW_SYNCED}=1.)",
    )


def _room(case: Case) -> Finding:
    free = shutil.disk_usage(case.workspace.root).free
    told = f"{free // _MB:,} MB are free on the disk of the workspace"
    if free < _NONE_LEFT:
        return error("place.room", told, "Make room: nothing can be sent without a note of it.")
    if free < _LITTLE:
        return warning("place.room", told, "Make room before a large mailing.")
    return ok("place.room", told)


def _encrypted(case: Case) -> Finding:
    found, how = encryption_of(case.workspace.root)
    if found is None:
        return note(
            "place.encrypted",
            f"whether the disk is encrypted cannot be told from here: {how}",
            "Ask your IT department; a lost laptop with people's addresses must be reported otherwise.",
        )
    if found:
        return ok("place.encrypted", f"the disk is encrypted ({how})")
    return warning(
        "place.encrypted",
        f"the disk is not encrypted, as far as this machine can tell ({how}): whoever finds or steals it reads all "
        "people's addresses",
        "Switch on FileVault, BitLocker or LUKS, or ask your IT department to.",
    )


def _in_git(case: Case) -> Iterator[Finding]:
    """Whether git tracks what holds people, or would at the next `git add .`."""
    root = case.workspace.root.resolve()
    if _git(str(root), "rev-parse", "--is-inside-work-tree") is None:
        if any((folder / ".git").exists() for folder in (root, *root.parents)):
            yield note(
                "place.git",
                "the workspace seems to lie in a git repository, and git cannot be asked about it",
            )
        return
    tracked = (_git(str(root), "ls-files", "-z", "--", *_PRIVATE) or "").split("\0")[:-1]
    if tracked:
        yield error(
            "place.git",
            f"git tracks what holds people: {', '.join(tracked[:3])}",
            f"git rm --cached {' '.join(tracked[:3])}, then take it out of the history too; where that was pushed "
            "somewhere, read `newsletter privacy breach --help`.",
        )
    elif _git(str(root), "check-ignore", "-q", "contacts.db") is None:
        yield warning(
            "place.git",
            "the workspace lies in a git repository that does not ignore contacts.db: `git add .` would take it in",
            "Write contacts.db* on a line of .gitignore.",
        )
    else:
        yield ok("place.git", "git ignores contacts.db")


def _git(folder: str, *words: str) -> str | None:
    """What git says; None where it says no, or there is no git."""
    return answer_of("git", "-C", folder, *words)
