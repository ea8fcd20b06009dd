"""What newsletter.toml may say of the mailbox."""

from pathlib import Path

import pytest

from newsletter.config import read_config, read_workspace
from newsletter.errors import ConfigError


def test_what_stood_there_before_still_means_the_same() -> None:
    assert not read_config('[mailbox]\nhost = ""\nuser = ""\nauth = "password"\n').mailbox.is_read
    assert not read_config("").mailbox.is_read
    old = read_config('[mailbox]\nhost = "imap.example.org"\n').mailbox
    assert (old.port, old.security, old.folder) == (993, "tls", "INBOX")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('host = "imap.example.org"\nsecurity = "none"', "security 'none' is for a server on this machine"),
        ('host = "imap.example.org"\npath = "mail"', "keep one of them"),
        ('folder = "INBOX"\nprocessed = "INBOX"', "must be others"),
        ('folder = ""', "folder names what is read"),
    ],
)
def test_what_cannot_be_is_said(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        read_config(f"[mailbox]\n{text}\n")


def test_the_port_follows_the_security_where_none_is_named() -> None:
    assert read_config('[mailbox]\nsecurity = "starttls"\n').mailbox.port == 143
    assert read_config('[mailbox]\nsecurity = "starttls"\nport = 993\n').mailbox.port == 993


def test_files_are_found_from_the_workspace(folder: Path) -> None:
    settings = folder / "newsletter.toml"
    more = '[mailbox]\npath = "post"\n[notice.smtp]\nca_file = "ca.pem"\n'
    settings.write_text(settings.read_text(encoding="utf-8") + more, encoding="utf-8")
    config = read_workspace(folder).config
    assert (config.mailbox.path, config.notice.smtp.ca_file) == (str(folder / "post"), str(folder / "ca.pem"))
    assert config.mailbox.ca_file == ""
