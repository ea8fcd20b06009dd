"""Rows as one value are the rows that there are, whatever stands in them."""

from newsletter.database import Database, gathered, gathering

ODD = (
    "",
    "it's",
    '"quoted"',
    "a\0b",
    "\0",
    "🎉 café",
    "\\u0041\\",
    "[1, 2]",
    '{"a": null}',
    "null",
    "\r\n\t\x1f\x7f\u2028",
)


def test_every_text_number_and_null_comes_back_as_it_was(db: Database) -> None:
    rows = [[place, text, 2**63 - 1 - place, None] for place, text in enumerate(ODD)]
    db.conn.execute("CREATE TEMP TABLE odd (place INTEGER, text TEXT, number INTEGER, empty TEXT)")
    db.conn.executemany("INSERT INTO odd VALUES (?, ?, ?, ?)", rows)
    sql = gathering("place, text, number, empty", "SELECT * FROM odd WHERE place < :most")
    assert sorted(gathered(db, sql, {"most": 99})) == rows
    assert sorted(gathered(db, sql, {"most": 1})) == rows[:1]
    assert gathered(db, sql, {"most": 0}) == []
