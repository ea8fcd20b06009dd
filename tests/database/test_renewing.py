"""What is kept ready for the pages is made anew from the rest, whatever had become of it."""

import datetime as dt

from newsletter.database import Database, renew_pages


def counted(db: Database) -> set[tuple[object, ...]]:
    rows = db.conn.execute("SELECT day, kind, list, entries FROM consent_days WHERE entries")
    return {tuple(row) for row in rows}


def test_consents_that_were_counted_otherwise_once_are_counted_again_with_everybody(
    db: Database, now: dt.datetime
) -> None:
    for sequence, kind, basis, voids in (
        (1, "given", "consent", None),
        (2, "given", "unknown", None),
        (3, "given", "consent", None),
        (4, "voided", "consent", 3),
    ):
        db.conn.execute(
            "INSERT INTO consents VALUES (?, 1, 'partners', ?, ?, '2022-06-14', '', 'paper', '', '', ?, '', '', '')",
            (sequence, kind, basis, voids),
        )
    wanted = {("2022-06-14", "given", "partners", 1), ("2022-06-14", "unknown", "partners", 1)}
    renew_pages(db, now)
    assert counted(db) == wanted
    db.conn.execute("UPDATE consent_days SET kind = 'confirmed' WHERE kind = 'unknown'")
    db.conn.execute("UPDATE kept_ready SET everybody = 1")
    renew_pages(db, now)
    assert counted(db) == wanted
