"""`newsletter init`: make a workspace, and say what to do next."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.console import now, yes_option
from newsletter.errors import InputError

if TYPE_CHECKING:
    from newsletter.cli.workspace import Made
    from newsletter.config import Sender

#: setting -> (question, what stands there until somebody answers it).
_QUESTIONS = {
    "name": ("What is your study called? Readers see this as the sender", "Our study"),
    "email": ("From which address does the newsletter come?", "news@example.org"),
    "reply_to": ("Where should replies go?", ""),
    "postal_address": ("Your postal address, on one line", "1 Example Street, Exampleton EX1 1EX"),
    "website": ("The web address of your study", "https://study.example.org"),
    "privacy_notice": ("The web address of your privacy notice", "https://study.example.org/privacy"),
}
_PARTS = {
    "newsletter.toml": "who writes, through which mail server, to which lists",
    "issues": "one YAML file an issue, and its pictures",
    "consent": "the wordings that people agree to, one file a version",
    "templates": "empty: a template of your own would go here",
    "contacts.db": "people; it stays on this computer and out of git",
}


@click.command()
@click.argument("folder", metavar="DIR", required=False, type=click.Path(path_type=Path))
@click.option("--name", help="The study's name, which readers see as the sender.")
@click.option("--email", help="The address the newsletter comes from.")
@click.option("--reply-to", help="Where replies go (default: the same address).")
@click.option("--postal-address", help="For the foot of each message.")
@click.option("--website", help="The study's web address.")
@click.option("--privacy-notice", help="The web address of the privacy notice.")
@yes_option
@click.pass_context
def init(ctx: click.Context, /, folder: Path | None, yes: bool, **given: str | None) -> None:
    """Make a workspace in DIR (default: this folder): settings, folders, contacts.db and its key.

    On a terminal it asks who you are; with --yes, or without a terminal, examples stand in for
    what you do not say, and can be changed in newsletter.toml. Nothing that is there is overwritten.

    \b
    Example:
      newsletter init study
      newsletter init study --yes --name "The garden study" --email news@example.org
    """
    from newsletter.cli.workspace import make_workspace

    root = folder or Path(ctx.find_root().obj or ".")
    settled = (root / "newsletter.toml").exists()
    ask = not yes and not settled and sys.stdin.isatty()
    made = make_workspace(root, _sender(given, ask=ask), now())
    _say_what_was_made(made)
    if not settled:
        _say_what_is_an_example(made)
    _say_where_it_lies(made)
    _say_what_is_next(made)


def _sender(given: dict[str, str | None], *, ask: bool) -> "Sender":
    """The sender from the options, from the answers where it may ask, else from the examples."""
    if ask:
        click.echo("A few questions; press Enter to take what stands in [brackets].\n")
    answers: dict[str, str] = {}
    for key, (question, example) in _QUESTIONS.items():
        default = answers["email"] if key == "reply_to" else example
        value = given[key]
        if value is None and ask:
            value = click.prompt(question, default=default, value_proc=_checked(key))
        answers[key] = default if value is None else value
    return _read(answers)


def _checked(key: str) -> Callable[[str], str]:
    """A reader of one answer, which makes click ask again for what cannot be used."""

    def read(answer: str) -> str:
        try:
            _read({key: answer})
        except InputError as error:
            raise click.BadParameter(error.problems[0].message) from None
        return answer.strip()

    return read


def _read(answers: dict[str, str]) -> "Sender":
    from pydantic import ValidationError

    from newsletter.config import Sender
    from newsletter.errors import Problem

    try:
        return Sender(**answers)
    except ValidationError as error:
        raise InputError(
            problems=[
                Problem(
                    "init", "error", "sender", 0, str(e["loc"][0]), e["msg"].removeprefix("Value error, ")
                )
                for e in error.errors()
            ]
        ) from None


def _say_what_was_made(made: "Made") -> None:
    click.echo(f"Your workspace is {made.root.resolve()}:")
    for name, words in _PARTS.items():
        click.echo(f"  {name:<16} {words}")
    for path in made.kept:
        click.echo(f"Kept as it was: {path.relative_to(made.root)}")
    if made.root / ".gitignore" in made.kept:
        click.echo("  Make sure that it names contacts.db*, so that nobody puts people into git.")
    if made.key:
        click.echo(f"\nThe key of contacts.db is in {made.key}.")
        click.echo("Without it nothing can be sent: `newsletter backup` keeps a copy of both.")


def _say_what_is_an_example(made: "Made") -> None:
    from newsletter.config import read_workspace

    sender = read_workspace(made.root).config.sender
    left = [key for key, (_, example) in _QUESTIONS.items() if example and getattr(sender, key) == example]
    if left:
        click.echo(f"\nStill examples in newsletter.toml, under [sender]: {', '.join(left)}.")
        click.echo("Put your own there before you write to anybody, and your mail server under [smtp].")


def _say_where_it_lies(made: "Made") -> None:
    """Now is the time to choose another folder, before there are people in it."""
    from newsletter.database import reason_not_here

    if reason := reason_not_here(made.root / "contacts.db"):
        click.secho(f"\nNothing can be sent from here: {reason}.", fg="yellow")
        click.echo("Make the workspace in a folder that stays on this computer's own disk.")


def _say_what_is_next(made: "Made") -> None:
    slug = f"{now():%Y-%m}"
    click.echo("\nNext:")
    if made.root.resolve() != Path.cwd():
        click.echo(f"  cd {made.root}")
    click.echo(f"  newsletter new {slug}")
    click.echo(f"  newsletter build {slug}")
    click.echo("  newsletter contacts import --help")
    click.echo("  newsletter status")
