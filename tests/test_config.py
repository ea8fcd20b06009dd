"""`newsletter.toml`: what may stand in it, what it means, and what is said about the rest."""

from pathlib import Path

import pytest

from newsletter.config import Config, Workspace, read_config, read_workspace, shipped
from newsletter.errors import ConfigError


def problems_of(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read_config(text)
    return [str(problem) for problem in caught.value.problems] or [caught.value.message]


def test_an_empty_file_gives_the_defaults() -> None:
    config = read_config("")
    assert config == Config()
    assert config.timezone == "Europe/London"
    assert config.max_recipients == 2000
    assert (config.smtp.port, config.smtp.security, config.smtp.connections) == (587, "starttls", 4)
    assert config.smtp.per_second is None
    assert config.lists == {}


def test_the_shipped_settings_are_good() -> None:
    config = read_config(shipped("newsletter.toml").read_text(encoding="utf-8"))
    assert config.sender.email.endswith("@example.org")
    assert all(entry.purpose for entry in config.lists.values())


def test_lists_come_with_name_and_purpose(workspace: Workspace) -> None:
    assert list(workspace.config.lists) == ["partners", "contributors"]
    assert workspace.config.lists["partners"].name == "Project partners"


def test_a_list_is_public_unless_it_says_otherwise() -> None:
    text = '[lists.partners]\nname = "Partners"\n[lists.board]\nname = "Board"\npublic = false\n'
    assert [one.public for one in read_config(text).lists.values()] == [True, False]
    (problem,) = problems_of(text.replace("false", '"by invitation"'))
    assert problem.startswith("newsletter.toml:5: lists.board.public: ")


def test_a_config_cannot_be_changed(workspace: Workspace) -> None:
    with pytest.raises(ValueError, match="frozen"):
        workspace.config.max_recipients = 5


def test_an_unknown_key_is_named_with_its_line_and_a_near_one() -> None:
    (problem,) = problems_of('[sender]\nname = "The study"\nreplyto = "a@example.org"\n')
    assert problem == "newsletter.toml:3: sender.replyto: this key is not known (did you mean 'reply_to'?)"


def test_an_unknown_key_at_the_top_is_named() -> None:
    (problem,) = problems_of("max_recipient = 5\n")
    assert problem.startswith(
        "newsletter.toml:1: max_recipient: this key is not known (did you mean 'max_recipients'"
    )


def test_what_is_made_of_other_keys_is_proposed_to_nobody() -> None:
    (problem,) = problems_of('[lists.partners]\nname = "Partners"\nnames = { en = "Partners" }\n')
    assert problem == "newsletter.toml:3: lists.partners.names: this key is not known (did you mean 'name'?)"


def test_every_problem_is_told_at_once() -> None:
    found = problems_of('timezone = "Europe/Londn"\n[sender]\nemail = "nobody"\n[smtp]\nport = 99999\n')
    assert len(found) >= 2
    assert any("sender.email" in problem for problem in found)
    assert any("smtp.port" in problem for problem in found)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('timezone = "Mars/Olympus"', "timezone 'Mars/Olympus' is not known"),
        ('timezone = "../etc/passwd"', "is not known"),
        ("max_recipients = 0", "greater than or equal to 1"),
        ('[sender]\nname = "A\\nBcc: eve@example.org"', "it must stand on one line"),
        ('[sender]\nname = "A\\u2028B"', "it must stand on one line"),
        ('[sender]\nemail = "ada@"', "is not an email address"),
        ('[sender]\nwebsite = "javascript:alert(1)"', "is not a web address"),
        ('[public]\nurl = "https://news.example.org\\u0001"', "is not a web address"),
        ('[public]\nurl = "https://news.example.org/\\u007f"', "is not a web address"),
        ('[public]\nurl = "https://news.example.org/a b"', "is not a web address"),
        ('[smtp]\nrate = "fast"', "rate 'fast' is not understood"),
        ('[smtp]\nrate = "0/minute"', "rate '0/minute' is not understood"),
        ('[smtp]\nhost = "mail.example.org"\nsecurity = "none"', "for a server on this machine only"),
        ('[smtp]\nsecurity = "ssl"', "smtp.security"),
        ('[lists."Big List"]\nname = "x"', "cannot name a list"),
        ('[lists."../x"]\nname = "x"', "cannot name a list"),
        ("[lists.partners]\n", "lists.partners.name"),
        ("title = \n", "this is not TOML"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_reason(text: str, said: str) -> None:
    assert said in "\n".join(problems_of(text))


@pytest.mark.parametrize(
    ("rate", "per_second"), [("30/minute", 0.5), ("2/second", 2.0), ("3600 / hour", 1.0), ("none", None)]
)
def test_a_rate_is_read_as_messages_a_second(rate: str, per_second: float | None) -> None:
    assert read_config(f'[smtp]\nrate = "{rate}"\n').smtp.per_second == per_second


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_no_encryption_is_allowed_on_this_machine(host: str) -> None:
    assert read_config(f'[smtp]\nhost = "{host}"\nsecurity = "none"\n').smtp.host == host


def test_a_folder_without_settings_is_no_workspace(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is no workspace") as caught:
        read_workspace(tmp_path)
    assert "newsletter init" in caught.value.remedy


def test_settings_that_are_not_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "newsletter.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_workspace(tmp_path)


def test_paths_are_shown_as_they_lie_in_the_workspace(workspace: Workspace, tmp_path: Path) -> None:
    assert workspace.shown(workspace.issues / "2022-09.yaml") == "issues/2022-09.yaml"
    assert workspace.shown(tmp_path / "elsewhere.yaml") == str(tmp_path / "elsewhere.yaml")


def test_what_is_not_shipped_is_said() -> None:
    with pytest.raises(ConfigError, match=r"nothing\.like\.it is missing"):
        shipped("nothing.like.it")
