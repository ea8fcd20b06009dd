"""A no that only the newer file knows comes over also where nothing stands here that it would end."""

import datetime as dt
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from newsletter.contacts import Actor, bring_over, reason_to_skip, record_consent, verify_ledger
from newsletter.database import Database, open_database


def test_somebody_who_left_before_they_were_on_the_list_here_is_not_let_in_by_an_older_form(
    people_db: Database, cast: Any, event: Any, now: dt.datetime, tmp_path: Path
) -> None:
    older = tmp_path / "older.db"
    with closing(sqlite3.connect(older)) as copy:
        people_db.conn.backup(copy)
    record_consent(people_db, event(cast.cleo, "withdrawn", effective_at="2022-08-01"), now)
    people_db.conn.execute("INSERT INTO lists VALUES ('new-there', 'New', '')")
    record_consent(people_db, event(cast.ada, "withdrawn", list="new-there"), now)
    with closing((here := open_database(older)).conn):
        assert bring_over(here, people_db.path, Actor("ana"), now).withdrawals == 1
        assert bring_over(here, people_db.path, Actor("ana"), now).withdrawals == 0
        record_consent(here, event(cast.cleo), now)
        assert reason_to_skip(here, cast.cleo, ["partners"], now) == "withdrawn"
        assert reason_to_skip(here, cast.ada, ["partners"], now) is None
        assert verify_ledger(here) is None
