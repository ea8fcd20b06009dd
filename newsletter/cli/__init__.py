"""The `newsletter` command: each command lives in the file named for its noun and is imported when asked for."""

import importlib
import sys

import click

#: name -> (module in newsletter.cli, one line of help). Read by the tests that keep the docs true.
COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("init", "Make a workspace: settings, folders, contacts.db and its key."),
    "demo": ("demo", "Run the whole job on the shipped issue, into a mail catcher on this machine."),
    "status": ("status", "What is done for each issue, and the next command to type."),
    "new": ("new", "Write a commented starter for a new issue."),
    "schema": ("schema", "Print the JSON Schema of an issue file."),
    "check": ("check", "Check an issue: structure, wording, links, pictures, size, compliance and more."),
    "references": ("references", "Fetch publications by DOI, and look over what was fetched."),
    "build": ("build", "Make the email, its text and a sample message, to look at."),
    "preview": ("preview", "See an issue in the browser while you write it: redrawn at each save."),
    "approve": ("approve", "Record who agreed to an issue; from then on nothing else is sent."),
    "send": ("send", "Send an issue to those who consented; again: go on where it stopped."),
    "pause": ("pause", "Hold an issue back, also while it is being sent."),
    "resume": ("resume", "Let an issue that was paused go on."),
    "cancel": ("cancel", "End an issue for good: whoever has not got it never will."),
    "resolve": ("resolve", "Decide about messages that may have arrived."),
    "sync": ("sync", "Take over what readers did on the public pages, and ask those who joined to confirm."),
    "report": ("report", "What became of each message of an issue."),
    "mailbox": ("mailbox", "Read what comes back: bounces, complaints, opt-outs, replies."),
    "publish": ("publish", "Make the archive: every issue that was sent, as pages for everybody."),
    "why": ("why", "Why a person would get an issue, or would not."),
    "contacts": ("contacts", "Import, add, show, edit and find people."),
    "organisations": ("organisations", "Add, list and show organisations."),
    "engagement": (
        "engagement",
        "What happened with whom, what follows and by when, and who has gone quiet.",
    ),
    "segments": ("segments", "Questions about people under a name, to send to and to export by."),
    "lists": ("lists", "Show the lists, and how many may be written to."),
    "consent": ("consent", "Record, withdraw, look up and verify consent."),
    "media": ("media", "Permissions of people who are shown in an issue: photo, name, quote."),
    "suppress": ("suppress", "Addresses that must never be written to."),
    "privacy": ("privacy", "People's rights: export, erase, retention, requests, breach."),
    "serve": ("serve", "Serve the public pages: join, confirm, change, leave, past issues."),
    "browse": ("browse", "Look at people and mailings in the browser."),
    "login": ("login", "Log in to the mail server, once: with a password, or at Microsoft or Google."),
    "doctor": ("doctor", "Check all that sending needs, and say what to mend: server, DNS, disk, keys."),
    "keys": ("keys", "Export, import or rotate the key that belongs to contacts.db; make one to sign with."),
    "backup": ("backup", "Save database, key and issues in one encrypted file."),
    "restore": ("restore", "Bring a backup back."),
    "adopt": ("adopt", "Take a copied or restored database for the one that sends."),
}


class LazyGroup(click.Group):
    """Imports a command's module when the command is asked for, so that `--help` is instant."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"newsletter.cli.{COMMANDS[cmd_name][0]}")
        command = getattr(module, cmd_name.replace("-", "_"))
        assert isinstance(command, click.Command)  # noqa: S101  # the registry above is ours
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from newsletter.errors import near

            ctx.fail(
                f"there is no command {args[0]!r}{near(args[0], COMMANDS)}; `newsletter --help` lists them all"
            )
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            # Not about our output, which never fails so; click would take it for that, and end without a word.
            raise RuntimeError("what was being written to has gone") from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(
    cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="newsletter")
@click.option(
    "--workspace",
    "-w",
    default=".",
    envvar="NEWSLETTER_WORKSPACE",
    type=click.Path(file_okay=False),
    help="The folder with newsletter.toml (default: this one).",
)
@click.pass_context
def newsletter(ctx: click.Context, workspace: str) -> None:
    """Write an issue in YAML, get it agreed, send it to those who consented, and prove it.

    \b
    A first round:
      newsletter init study && cd study
      newsletter new 2022-10
      newsletter build 2022-10
      newsletter send 2022-10 --dry-run
    """
    ctx.obj = workspace


def main() -> None:
    """The console script: errors become one message on stderr and an exit code, never a traceback."""
    from newsletter.cli.streams import make_streams_steady

    make_streams_steady()
    from newsletter.cli.console import explained

    sys.exit(explained(newsletter))
