"""What docs/login.md tells people to write can be used as it stands."""

import re
from pathlib import Path

import pytest

from newsletter.config import read_config
from newsletter.oauth import require_provider

PAGE = Path(__file__).parent.parent.parent / "docs" / "login.md"
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("text", EXAMPLES)
def test_each_example_is_understood_and_whole(text: str) -> None:
    config = read_config(text)
    assert config.smtp.host
    assert config.smtp.security == "starttls"
    if config.smtp.auth == "xoauth2":
        assert require_provider(config) == config.oauth


def test_there_is_an_example_for_each_case() -> None:
    assert [read_config(text).oauth.provider for text in EXAMPLES] == ["microsoft", "google", ""]
