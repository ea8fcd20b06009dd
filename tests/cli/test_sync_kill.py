"""A sync that is killed again and again takes everything over once: nothing is lost, and nothing is twice."""

import datetime as dt
import random
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from newsletter.contacts import read_wording, verify_ledger
from newsletter.database import create_database, open_database
from newsletter.replies import open_inbox, sealing_key

ARRIVALS = 100


@pytest.mark.soak
def test_whenever_it_is_killed_each_arrival_is_taken_over_once(folder: Path) -> None:
    (folder / "consent" / "partners-v1.md").write_text("I would like to get news.\n", encoding="utf-8")
    digest = read_wording(folder / "consent" / "partners-v1.md", folder).digest
    with closing((db := create_database(folder / "contacts.db")).conn):
        sealing = sealing_key(db.key)
    with open_inbox(folder / "inbox.db", sealing) as inbox:
        for number in range(ARRIVALS):
            email = f"reader{number}@example.org"
            data = {"email": email, "lists": ["partners"], "wording": {"partners": digest}}
            inbox.add("subscribe", data, dt.datetime.now(dt.UTC))
    command, chance, kills = [sys.executable, "-m", "newsletter", "sync", "--no-send"], random.Random(7), 0  # noqa: S311  # no secret
    while True:
        with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL) as running:
            try:
                # A little longer each time, so that a slow machine comes to its end too.
                running.wait(chance.uniform(0.5, 1.5) + kills / 5)
                break
            except subprocess.TimeoutExpired:
                running.send_signal(signal.SIGKILL)
                kills += 1
    with closing((db := open_database(folder / "contacts.db")).conn):
        counts = [
            db.one(f"SELECT count(*) FROM {table}")[0]
            for table in ("contacts", "consents", "arrivals", "deliveries")
        ]
        assert counts == [ARRIVALS] * 4
        assert verify_ledger(db) is None
    with open_inbox(folder / "inbox.db", sealing) as inbox:
        assert inbox.count() == 0
    assert kills > 2
