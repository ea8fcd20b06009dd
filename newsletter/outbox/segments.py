"""A mailing for some people on its lists alone, and widened later: the same mailing, and nobody twice."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

from newsletter.contacts import Criteria, Decision
from newsletter.database import Database, transaction
from newsletter.outbox.audience import candidates
from newsletter.outbox.mailings import Mailing, insert_deliveries, limit
from newsletter.outbox.newcomers import add_newcomers, count_newcomers


def widened(mailing: Mailing, segments: Mapping[str, Criteria]) -> Mapping[str, Criteria]:
    """The segments of a mailing with further ones; none, which is everybody, where either has none."""
    known = mailing.reach.segments
    return {**known, **segments} if known and segments else {}


def count_further(db: Database, mailing: Mailing, segments: Mapping[str, Criteria], now: dt.datetime) -> int:
    """How many more people would get the mailing if it were for these segments."""
    return count_newcomers(db, _for(mailing, segments), now)


def widen_mailing(
    db: Database, mailing: Mailing, segments: Mapping[str, Criteria], now: dt.datetime
) -> tuple[Mailing, int]:
    """The mailing, for these segments from now on, and how many more people are owed it.

    Those of them who may not be written to are noted with their reason, as when it was queued.
    """
    with transaction(db):
        wider = limit(db, mailing, segments)
        added = add_newcomers(db, wider, now)
        noted = [
            _as_noted(one) for one in candidates(db, wider.reach, now) if not _is_noted(db, mailing, one)
        ]
        insert_deliveries(db, wider, noted, now)
    return wider, added


def _for(mailing: Mailing, segments: Mapping[str, Criteria]) -> Mailing:
    return replace(mailing, reach=replace(mailing.reach, segments=segments))


def _as_noted(decision: Decision) -> Decision:
    """Whoever may get it and is not owed it by now shares an address with somebody who has it."""
    return decision if decision.reason else replace(decision, reason="duplicate")


def _is_noted(db: Database, mailing: Mailing, decision: Decision) -> bool:
    sql = "SELECT 1 FROM deliveries WHERE mailing_id = ? AND contact_id = ?"
    return db.one(sql, mailing.id, decision.contact_id) is not None
