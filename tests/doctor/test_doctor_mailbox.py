"""The mailbox as the doctor sees it, at a real Dovecot."""

from dataclasses import replace
from pathlib import Path

import pytest
from dovecot import PASSWORD, USER, Dovecot
from mail import bounce

from newsletter import keychain
from newsletter.config import read_workspace
from newsletter.doctor import Case, Finding
from newsletter.doctor.mailbox import check
from newsletter.replies import mailbox_password_name


def seen(case: Case, text: str) -> dict[str, Finding]:
    """What is found with these lines under [mailbox]."""
    settings = case.workspace.root / "newsletter.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + f"\n[mailbox]\n{text}\n", encoding="utf-8")
    workspace = read_workspace(case.workspace.root)
    if not keychain.read_secret(mailbox_password_name(workspace.config)):
        keychain.write_secret(mailbox_password_name(workspace.config), PASSWORD)
    return {finding.check: finding for finding in check(replace(case, workspace=workspace))}


@pytest.fixture
def server(dovecot_server: Dovecot) -> str:
    dovecot_server.forget()
    dovecot_server.deliver(bounce())
    ca, port = dovecot_server.ca_file, dovecot_server.tls_port
    return f'host = "127.0.0.1"\nport = {port}\nuser = "{USER}"\nca_file = "{ca}"'


def test_a_mailbox_that_works_is_told_with_its_folder_and_marks(case: Case, server: str) -> None:
    found = seen(case, f'{server}\nprocessed = "Newsletter"')
    assert {name: one.level for name, one in found.items() if name != "mailbox.certificate"} == {
        "mailbox.tls": "ok",
        "mailbox.login": "ok",
        "mailbox.folder": "ok",
        "mailbox.marks": "ok",
        "mailbox.processed": "ok",
    }
    assert "1 message" in found["mailbox.folder"].found
    assert "made when it is needed" in found["mailbox.processed"].found


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ('folder = "Nowhere"', "cannot be read"),
        ('security = "starttls"', "does not answer|cannot be used"),
    ],
)
def test_what_does_not_work_is_told(case: Case, server: str, other: str, said: str) -> None:
    found = seen(replace(case, seconds=0.5), f"{server}\n{other}")["mailbox.connection"]
    assert found.level == "error"
    assert any(part in found.found for part in said.split("|"))


def test_a_wrong_password_is_told_with_the_command(case: Case, server: str) -> None:
    name = f"imap-{USER}@127.0.0.1"
    keychain.write_secret(name, "wrong")
    found = seen(case, server)["mailbox.connection"]
    assert "newsletter login mailbox" in found.remedy


def test_without_one_it_is_a_note_and_a_file_is_looked_at(case: Case, tmp_path: Path) -> None:
    assert [(one.check, one.level) for one in check(case)] == [("mailbox.none", "note")]
    assert seen(case, f'path = "{tmp_path / "nothing"}"')["mailbox.path"].level == "error"
