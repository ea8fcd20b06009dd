"""`newsletter demo`: the whole job on the shipped issue, typed as a user would, on this machine alone."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click

from newsletter.errors import InputError, NewsletterError

MARKER = ".newsletter-demo"
SLUG = "2022-09"
_ADA = "ada@example.org"
_MARKER_TEXT = """\
`newsletter demo` made this folder; run again, it empties the folder first.
Without this file it leaves the folder alone.
"""

_GROUP = '--list contributors --given-on 2022-07-15 --source "meeting of the advisory group"'
_AGREED = f"{_GROUP} --wording consent/contributors-v1.md"
_SCRIPT = (
    (
        "The people. A dry run says what would change; then it is done, all or nothing.",
        ("contacts import people.csv --dry-run", "contacts import people.csv"),
    ),
    (
        "Some come one by one. Ada advises the study, too; Margaret wants paper; Aroha has signed up\n"
        "on a web page, and has yet to confirm it.",
        (
            f"consent record {_ADA} {_AGREED}",
            'contacts add --name "Margaret Hughes" --format large-print '
            f'--postal-address "2 Example Street, Exampleton EX1 1EX" {_AGREED}',
            'contacts add aroha@example.org --name "Aroha Ngata" --list contributors '
            '--channel double-opt-in --source "sign-up page"',
        ),
    ),
    (
        "Ben has had enough news, and Oluwaseun must never be written to again.",
        (
            "consent withdraw ben@example.org --list partners",
            "suppress add oluwaseun@example.org --reason request",
        ),
    ),
    (
        "The issue: what the checks say, and the email, its text and a sample message for each audience.",
        (f"check {SLUG}", f"build {SLUG}"),
    ),
    ("Who would get it, and who not and why. Nothing is sent yet.", (f"send {SLUG} --dry-run",)),
    (
        "Somebody agrees to it; from now on nothing else can be sent.",
        (f'approve {SLUG} --as "Sam Example" --role "Study lead" --yes',),
    ),
    (
        "Now it goes out, over SMTP. And once more, to see that nobody gets it twice.",
        (f"send {SLUG} --yes", f"send {SLUG} --yes"),
    ),
    (
        "What became of each message, and why Cleo got none.",
        (f"report {SLUG}", f"why cleo@example.org {SLUG}"),
    ),
)


class DemoStopped(NewsletterError):
    """One of the demo's commands went wrong."""


@click.command()
@click.argument("folder", metavar="[DIR]", default="newsletter-demo", type=click.Path(path_type=Path))
@click.option("--yes", "-y", is_flag=True, expose_value=False, help="Nothing is asked anyway; for scripts.")
def demo(folder: Path) -> None:
    """Run the whole job on the shipped issue, into a mail catcher on this machine.

    Makes a workspace in DIR (default: newsletter-demo), imports demo people, checks and builds
    the issue, shows who would get it, has it approved and sends it, printing each command before
    it runs. No account is needed and nothing leaves this machine. DIR is emptied first if an
    earlier demo made it; any other folder with something in it is refused.

    \b
    Example:
      newsletter demo
    """
    from newsletter import keychain
    from newsletter.cli.catcher import mail_catcher

    # The demo's key goes into a file, where the commands typed later find it too: a keyring may
    # ask for its password, and would be left with a key that nobody needs.
    os.environ.setdefault("NEWSLETTER_SECRETS", str(keychain.secrets_folder()))
    _clear(folder)
    with mail_catcher(folder / "caught") as port:
        _prepare(folder, port)
        _play(folder)
    _say_what_to_open(folder)


def _clear(folder: Path) -> None:
    """Empty a folder that an earlier demo made. Raises InputError for anything else that is in the way."""
    from newsletter import keychain

    marker = folder / MARKER
    ours = marker.is_file() and not marker.is_symlink() and not folder.is_symlink()
    if folder.exists() and not ours and not (folder.is_dir() and not any(folder.iterdir())):
        raise InputError(
            f"{folder} was not made by the demo; nothing was changed",
            remedy="Name another folder: `newsletter demo ANOTHER`.",
        )
    if ours:
        for line in marker.read_text(encoding="utf-8").splitlines():
            if line.startswith("key-"):
                keychain.delete_secret(line)
        for path in folder.iterdir():
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    folder.mkdir(parents=True, exist_ok=True)
    marker.write_text(_MARKER_TEXT, encoding="utf-8")


def _prepare(folder: Path, port: int) -> None:
    """A workspace with the shipped issue and the demo people, whose mail server is the catcher."""
    _tell("A workspace: settings, folders, an empty contacts.db and its key.")
    _type("init", str(folder), "--yes", "--name", "The link worker study", "--reply-to", "study@example.org")
    _remember_key(folder)
    _tell(
        "The issue that comes along goes into issues/, with its pictures; the demo people are people.csv;\n"
        f"and newsletter.toml names the mail catcher, which now listens on port {port} of this machine."
    )
    from newsletter.config import shipped

    shutil.copytree(shipped("issues"), folder / "issues", dirs_exist_ok=True)
    shutil.copy(shipped("demo/people.csv"), folder / "people.csv")
    settings = folder / "newsletter.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("port = 2525", f"port = {port}", 1), encoding="utf-8")
    (folder / ".gitignore").write_text("*\n", encoding="utf-8")


def _remember_key(folder: Path) -> None:
    """Note the name of the key, so that the next demo can take it away."""
    from contextlib import closing

    from newsletter.database import key_name, open_for_reading

    with closing(open_for_reading(folder / "contacts.db")) as db:
        (database_id,) = db.execute("SELECT database_id FROM identity").fetchone()
    with (folder / MARKER).open("a", encoding="utf-8") as file:
        file.write(key_name(database_id) + "\n")


def _play(folder: Path) -> None:
    for sentence, lines in _SCRIPT:
        _tell(sentence)
        for line in lines:
            _type(*shlex.split(line), cwd=folder)


def _tell(sentence: str) -> None:
    click.echo(f"\n{click.style(sentence, fg='cyan')}")


def _type(*words: str, cwd: Path | None = None) -> None:
    """Show a command line and run it as the user would. Raises DemoStopped where it fails."""
    line = shlex.join(["newsletter", *words])
    click.secho(f"\n$ {line}", bold=True)
    sys.stdout.flush()
    # The words are ours, no shell reads them, and the interpreter is the one that runs this.
    done = subprocess.run([sys.executable, "-m", "newsletter", *words], cwd=cwd, check=False)  # noqa: S603
    if done.returncode:
        raise DemoStopped(
            f"`{line}` ended with exit code {done.returncode}",
            remedy="The folder stays as it is, to look into; `newsletter demo` starts afresh.",
        )


def _say_what_to_open(folder: Path) -> None:
    from newsletter.cli.catcher import lay_open, recipient

    caught = sorted((folder / "caught").glob("*.eml"))
    shown = folder.resolve() / "as-sent"
    lay_open(next(path for path in caught if recipient(path) == _ADA), shown)
    click.secho(f"\nDone: {len(caught)} messages were sent and caught. What Ada got:", fg="green", bold=True)
    _list_files({
        "the email": shown / "email.html",
        "its text": shown / "email.txt",
        "the message, for a mail program": shown / "message.eml",
        "all messages, as they were sent": shown.parent / "caught",
    })  # fmt: skip
    click.echo("\nTo look at more, type:")
    for words in (f"report {SLUG}", "contacts show ada@example.org", "status", "browse"):
        click.echo(f"  {_program()} --workspace {shlex.quote(str(folder))} {words}")
    click.echo(f"\nDelete {folder} when you have seen enough; {_program()} demo makes it again.")


def _list_files(files: dict[str, Path]) -> None:
    opener = "open" if sys.platform == "darwin" else "xdg-open"
    prefix = f"{opener} " if shutil.which(opener) else ""
    width = max(map(len, files))
    for words, path in files.items():
        click.echo(f"  {words:<{width}}  {prefix}{shlex.quote(str(path))}")


def _program() -> str:
    """What to type for `newsletter` in the user's shell, whether or not it is on the PATH."""
    here = Path(sys.executable).parent / "newsletter"
    found = shutil.which("newsletter")
    if found and Path(found).resolve() == here.resolve():
        return "newsletter"
    if not here.exists():
        return f"{shlex.quote(sys.executable)} -m newsletter"
    inside = here.is_relative_to(Path.cwd())
    return shlex.quote(str(here.relative_to(Path.cwd()) if inside else here))
