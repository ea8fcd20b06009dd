"""What newsletter.toml says about people: who may be held, and the fields that the team added."""

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from newsletter.config import Workspace


def own_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--field` and `--region`; passed on as `own`, texts such as 'region=North'."""

    @click.option(
        "--field",
        "own",
        multiple=True,
        metavar="NAME=TEXT",
        help="A field of your own, as newsletter.toml names it (again for more); NAME= forgets it.",
    )
    @click.option("--region", default=None, help="The same as --field region=TEXT.")
    @functools.wraps(function)
    def wrapper(*args: Any, own: tuple[str, ...], region: str | None, **kwargs: Any) -> Any:
        more = () if region is None else (f"region={region}",)
        return function(*args, own=(*own, *more), **kwargs)

    return wrapper


def own_fields(workspace: "Workspace", said: Sequence[str]) -> dict[str, str]:
    """Each field's checked text by its short name. Raises InputError for one that nobody named."""
    from newsletter.contacts import own_value
    from newsletter.errors import InputError, near

    known = workspace.config.own_fields
    found: dict[str, str] = {}
    for text in said:
        name, equals, value = text.partition("=")
        if name not in known:
            raise InputError(
                f"--field: there is no field {name!r}{near(name, known)}",
                remedy=f"There are: {', '.join(known)}. Others are added under [contact_fields] in newsletter.toml.",
            )
        if not equals:
            raise InputError(f"--field: write {name}=TEXT, or {name}= to forget it")
        found[name] = own_value(value, known[name].label, known[name].choices)
    return found


def may_have_roles(workspace: "Workspace", roles: Iterable[str]) -> None:
    """Raises where somebody would be held as a study participant and newsletter.toml does not allow it."""
    from newsletter.contacts import require_no_participants

    if not workspace.config.people.participants:
        require_no_participants(roles)


def day_of(text: str, field: str) -> str:
    """A day as it is kept; '' stays ''. Raises BadDate."""
    from newsletter.contacts import parse_day

    return parse_day(text, field).isoformat() if text else ""
