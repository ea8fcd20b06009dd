"""What programs answer for people: that they have left or have a new address is proposed, that they are away is noted."""

from collections.abc import Iterator
from dataclasses import replace

from newsletter.addresses import BadAddress, parse_address
from newsletter.replies.rows import Case, Row
from newsletter.replies.wishes import in_words, of_writer

_SAME = "SELECT 1 FROM replies WHERE contact_id <> 0 AND contact_id = ? AND kind = 'auto-reply' AND notice = ? AND new_address = ?"


def record_auto_reply(case: Case) -> Iterator[Row]:
    """One row; a proposal only about somebody we know, and only once of each kind."""
    reply = case.reply
    row = replace(
        of_writer(case, Row("noted")),
        notice=reply.notice,
        new_address=_address(reply.new_address),
        away_until=reply.away_until,
    )
    if not row.contact_id:
        yield replace(row, new_address="")
    elif reply.notice in ("left", "moved") and not _known(case, row):
        yield in_words(case, replace(row, outcome="proposed"))
    else:
        yield row


def _known(case: Case, row: Row) -> bool:
    """Whether that was proposed before: the same answer comes to every issue."""
    return bool(case.db.one(_SAME, row.contact_id, row.notice, row.new_address))


def _address(text: str) -> str:
    try:
        return parse_address(text, smtputf8=True).email if text else ""
    except BadAddress:
        return ""
