"""What must hold for every command, error, section type, check and dependency."""

import ast
import importlib
import importlib.metadata
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from newsletter.checks import RULES
from newsletter.cli import COMMANDS
from newsletter.cli import newsletter as root
from newsletter.errors import NewsletterError
from newsletter.issue import SECTION_TYPES

ROOT = Path(__file__).parent.parent


def modules() -> list[str]:
    files = sorted(path.relative_to(ROOT) for path in (ROOT / "newsletter").rglob("*.py"))
    names = [".".join(path.with_suffix("").parts) for path in files if path.name != "__main__.py"]
    return [name.removesuffix(".__init__") for name in names]


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command and sub-command of the whole tree with its full name."""
    context = click.Context(root)
    for name in COMMANDS:
        try:
            command = root.get_command(context, name)
        except (ImportError, AttributeError):
            continue  # told by the test of that name below
        if command is not None:
            yield from _with_children(name, command)


def _with_children(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield name, command
    if isinstance(command, click.Group):
        for child, inner in command.commands.items():
            yield from _with_children(f"{name} {child}", inner)


FOUND = dict(commands())
LEAVES = {name: command for name, command in FOUND.items() if not isinstance(command, click.Group)}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_can_be_imported_under_its_name(name: str) -> None:
    command = root.get_command(click.Context(root), name)
    assert isinstance(command, click.Command)
    assert command.name == name


@pytest.mark.parametrize("name", FOUND)
def test_every_command_has_help_that_begins_with_a_sentence(name: str) -> None:
    first = (FOUND[name].help or "").strip().partition("\n\n")[0].replace("\n", " ")
    assert first.rstrip().endswith((".", ":")), f"{name}: {first!r}"


@pytest.mark.parametrize("name", LEAVES)
def test_every_command_shows_an_example_of_itself(name: str) -> None:
    _, found, example = (LEAVES[name].help or "").partition("Example")
    assert found, f"{name}: its help has no Example"
    assert f"newsletter {name}" in example or name.split()[-1] in example


@pytest.mark.parametrize("name", LEAVES)
def test_every_option_is_explained(name: str) -> None:
    options = [parameter for parameter in LEAVES[name].params if isinstance(parameter, click.Option)]
    assert [option.name for option in options if not (option.help or option.hidden)] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_told_of_in_the_docs(name: str) -> None:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    assert any(f"newsletter {name}" in page.read_text(encoding="utf-8") for page in pages)


@pytest.mark.parametrize("name", modules())
def test_every_module_says_why_it_is_there(name: str) -> None:
    path = ROOT / name.replace(".", "/")
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    first = (ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "").partition("\n")[0]
    assert first, "a module begins with one line: its one reason"


def test_every_error_class_has_a_docstring_which_is_its_message() -> None:
    for name in modules():
        importlib.import_module(name)
    mute = [error.__qualname__ for error in _heirs(NewsletterError) if not (error.__doc__ or "").strip()]
    assert mute == []


def _heirs(error: type[NewsletterError]) -> set[type[NewsletterError]]:
    heirs = {heir for heir in error.__subclasses__() if heir.__module__.startswith("newsletter.")}
    return heirs | {further for heir in heirs for further in _heirs(heir)}


@pytest.mark.parametrize("medium", ["email", "text"])
@pytest.mark.parametrize("kind", SECTION_TYPES)
def test_every_section_type_has_a_template_for_each_medium(kind: str, medium: str) -> None:
    suffix = {"email": "mjml", "text": "txt"}[medium]
    assert (ROOT / "templates" / medium / f"{kind}.{suffix}").is_file()


@pytest.mark.parametrize("rule", RULES.values(), ids=str)
def test_every_check_has_its_family_first_and_says_why_it_matters(rule: object) -> None:
    assert isinstance(rule.id, str)
    family, dot, name = rule.id.partition(".")
    assert family
    assert dot
    assert name
    assert rule.why.endswith((".", "'", "?"))


def test_no_two_checks_share_an_id() -> None:
    families = {rule_id.partition(".")[0] for rule_id in RULES}
    every = [
        rule for family in families for rule in importlib.import_module(f"newsletter.checks.{family}").RULES
    ]
    assert len({rule.id for rule in every}) == len(every) == len(RULES)


def test_mjml_is_the_package_that_compiles() -> None:
    # PyPI's `mjml` installs the same top-level name and overwrites mjml-python in silence.
    assert importlib.metadata.packages_distributions()["mjml"] == ["mjml-python"]


def test_help_is_instant_since_it_imports_nothing_heavy() -> None:
    heavy = {
        "pydantic",
        "jinja2",
        "datasette",
        "lxml",
        "sqlite_utils",
        "keyring",
        "premailer",
        "rich",
        "ruamel",
    }
    code = (
        "import sys\n"
        "sys.argv = ['newsletter', '--help']\n"
        "from newsletter.cli import main\n"
        "try:\n    main()\n"
        "except SystemExit as done:\n    assert not done.code\n"
        "print('loaded', *sys.modules, file=sys.stderr)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "newsletter send 2022-10 --dry-run" in run.stdout
    assert heavy.isdisjoint(run.stderr.split())


def test_no_two_test_files_have_one_name() -> None:
    names = [path.name for path in Path(__file__).parent.rglob("*.py") if path.name != "conftest.py"]
    assert sorted(names) == sorted(set(names)), "without packages pytest takes one for the other"
