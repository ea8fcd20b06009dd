"""Nothing is sent from a place where the database would break."""

import pytest

from newsletter.database import Database
from newsletter.errors import ConfigError
from newsletter.outbox import only_sender


def test_nothing_is_sent_from_a_folder_that_a_program_copies(db: Database) -> None:
    (db.path.parent / ".stfolder").mkdir()
    with pytest.raises(ConfigError, match="Syncthing") as refused, only_sender(db):
        pass
    assert refused.value.exit_code == 78
    assert "newsletter adopt" in str(refused.value)


def test_who_knows_better_may_send_from_there(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    (db.path.parent / ".stfolder").mkdir()
    monkeypatch.setenv("NEWSLETTER_ALLOW_SYNCED", "1")
    with only_sender(db):
        pass
