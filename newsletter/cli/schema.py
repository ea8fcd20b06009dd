"""`newsletter schema`: what may be written in an issue file, for editors that complete and check."""

import click

from newsletter.cli.console import printable_json


@click.command()
def schema() -> None:
    """Print the JSON Schema of an issue file.

    `newsletter new` puts a copy beside the issues, so that editors such as VS Code (with its YAML
    extension) offer the keys and mark what is wrong while you type.

    \b
    Example:
      newsletter schema > issues/issue.schema.json
    """
    from newsletter.issue import schema_text

    click.echo(printable_json(schema_text()), nl=False)
