"""A mailing for some people on its lists alone, and widened later: the same mailing, and nobody twice."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace

from newsletter.contacts import Criteria, Decision
from newsletter.database import Database, transaction
from newsletter.outbox.audience import candidates, in_batches
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
        for batch in in_batches(candidates(db, wider.reach, now)):
            noted = _noted(db, mailing, batch)
            rest = [_as_noted(one) for one in batch if one.contact_id not in noted]
            insert_deliveries(db, wider, rest, now)
    return wider, added


def _for(mailing: Mailing, segments: Mapping[str, Criteria]) -> Mailing:
    return replace(mailing, reach=replace(mailing.reach, segments=segments))


def _as_noted(decision: Decision) -> Decision:
    """Whoever may get it and is not owed it by now shares an address with somebody who has it."""
    return decision if decision.reason else decision._replace(reason="duplicate")


def _noted(db: Database, mailing: Mailing, decisions: Iterable[Decision]) -> set[int]:
    """Those of these people who have a row in the mailing."""
    people = json.dumps([one.contact_id for one in decisions])
    sql = "SELECT contact_id FROM deliveries WHERE contact_id IN (SELECT value FROM json_each(?)) AND mailing_id = ?"
    return {row[0] for row in db.conn.execute(sql, (people, mailing.id))}
