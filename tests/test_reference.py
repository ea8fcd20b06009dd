"""The page of all commands says what `--help` says."""

from pathlib import Path

from newsletter.cli.reference import reference

PAGE = Path(__file__).parent.parent / "docs" / "commands.md"


def test_the_page_of_all_commands_is_in_step_with_their_help() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), "make it again with `make reference`"
