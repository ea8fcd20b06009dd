"""The page of all commands, made from their own help: `python -m newsletter.cli.reference > docs/commands.md`."""

from collections.abc import Iterator

import click

from newsletter.cli import newsletter

_WIDTH = 100
_INTRO = """\
# Every command

Made from `--help` by `make reference`; a test keeps it in step. All take `--workspace DIR`, before or after the command.
"""


def reference() -> str:
    """The whole page, in Markdown; the same wherever it is made."""
    # A command keeps its help option once it was made: with other names here, the page would depend on what ran before.
    names = newsletter.context_settings["help_option_names"]
    context = click.Context(
        newsletter,
        info_name="newsletter",
        max_content_width=_WIDTH,
        terminal_width=_WIDTH,
        help_option_names=names,
    )
    pages = (f"## `{path}`\n\n```\n{text}\n```\n" for path, text in _helps(newsletter, context))
    return "\n".join([_INTRO, *pages])


def _helps(command: click.Command, context: click.Context) -> Iterator[tuple[str, str]]:
    """Each command below `command`, a group before its members, with its help."""
    if not isinstance(command, click.Group):
        return
    for name in command.list_commands(context):
        member = command.get_command(context, name)
        if member is None or member.hidden:
            continue
        inner = click.Context(
            member, parent=context, info_name=name, max_content_width=_WIDTH, terminal_width=_WIDTH
        )
        yield inner.command_path, member.get_help(inner)
        yield from _helps(member, inner)


if __name__ == "__main__":
    click.echo(reference(), nl=False)
