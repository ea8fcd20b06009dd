"""What follows from a bounce or a complaint: who is never written to again, who nearly, and what is our own affair.

Anybody can write one about anybody. So a complaint that shows nothing but an address only holds its reader back until
somebody has decided, and such a bounce counts only while one of our own messages may be what came back.
"""

from collections.abc import Iterator
from dataclasses import replace

from newsletter.contacts import stamp, suppress_key
from newsletter.outbox import opaque_at
from newsletter.replies.matching import Match, holders_of, key_of, matches_of
from newsletter.replies.model import Failed
from newsletter.replies.optouts import withdraw_by_token
from newsletter.replies.rows import Case, Row, bare
from newsletter.replies.scoring import add_point, forget_points
from newsletter.tokens import make_token

_RECORDER = "mailbox"
#: Reasons for which an address may be called dead: whatever else comes with 'hard' suppresses nobody.
_DEAD = {
    "user-unknown": "nobody there by that name",
    "host-unknown": "no such domain",
    "moved": "has moved",
    "other": "cannot be delivered to",
}


def record_bounce(case: Case) -> Iterator[Row]:
    """A row for each delivery that the bounce is about; what is about nobody whom we wrote to has one without."""
    matches = matches_of(case.db, case.reply, case.at)
    yield from (_bounced(case, match) for match in matches)
    if not matches and case.reply.recipients:
        known = ((failed, key_of(case.db, failed.email)) for failed in case.reply.recipients)
        failed, key = next(
            (one for one in known if holders_of(case.db, one[1])), (case.reply.recipients[0], "")
        )
        yield _hearsay(case, replace(_told(Row("noted"), failed), address_key=key))


def record_complaint(case: Case) -> Iterator[Row]:
    """Whoever marked a message as junk gets nothing more, and leaves the lists that it was for.

    A server's report that our signature failed is about us, and nobody has complained.
    """
    about_us = any(named.reason == "policy" for named in case.reply.recipients)
    matches = matches_of(case.db, case.reply, case.at)
    if not matches and not about_us:
        keys = dict.fromkeys(key_of(case.db, named.email) for named in case.reply.recipients)
        yield from (_reported(case, Row("held", address_key=key)) for key in keys if holders_of(case.db, key))
    for match in matches:
        if about_us:
            yield _about(match, Row("ours", reason="policy"))
            continue
        if not match.proven:
            yield _reported(case, _about(match, Row("held")))
            continue
        _suppress(case, match.address_key, "complaint", f"complaint of {case.day}")
        withdraw_by_token(
            case.db,
            make_token(case.db.key, "unsubscribe", opaque_at(case.db, match.delivery_id)),
            channel="complaint",
            now=case.now,
            at=stamp(case.at),
            source="marked a message as junk",
        )
        yield _about(match, Row("suppressed", reason="spam"))


def _reported(case: Case, row: Row) -> Row:
    """Whoever has an address that a report merely names is held back until somebody has decided.

    A provider may have taken our tokens out; but anybody can write such a report, and what is done about a
    complaint lasts.
    """
    people = tuple(holders_of(case.db, row.address_key))
    row = replace(row, reason="spam", contact_id=row.contact_id or next(iter(people), 0))
    if not people or _waits(case, row.address_key):
        return replace(row, outcome="noted")
    return replace(row, notice="stop", holds=people)


def _waits(case: Case, key: str) -> bool:
    """Whether the like about this address waits for a decision already: a flood of them asks for one."""
    sql = "SELECT 1 FROM replies WHERE address_key <> '' AND address_key = ? AND kind = ? AND state = 'open'"
    return bool(case.db.one(sql, key, case.reply.kind))


def _hearsay(case: Case, row: Row) -> Row:
    """A bounce that nothing of ours leads to: whether an address is dead that somebody here has is for somebody to see."""
    people = holders_of(case.db, row.address_key)
    row = replace(row, delivery_id=0)
    hopeless = row.severity == "hard" and row.reason in _DEAD
    if not (people and hopeless) or _waits(case, row.address_key):
        return replace(row, outcome="noted")
    return replace(row, outcome="proposed", contact_id=row.contact_id or people[0])


def _bounced(case: Case, match: Match) -> Row:
    failed = match.failed
    if failed is None:
        return _about(match, Row("noted"))
    row = _told(_about(match, Row("ours")), failed)
    hard = failed.severity == "hard"
    if failed.severity == "policy" or (hard and failed.reason not in _DEAD):
        return row
    if not match.proven and not match.just_sent(case.at):
        return _hearsay(case, row)
    if hard and not match.elsewhere:
        words = " ".join(filter(None, (failed.status, _DEAD[failed.reason])))
        _suppress(case, match.address_key, "bounced", f"bounce of {case.day}: {words}")
        return replace(row, outcome="suppressed")
    if hard:
        # What one mailbox passed on and another refused says little of the first: a shared one has many readers.
        row = replace(row, severity="soft", diagnostic=f"passed on to another mailbox; {row.diagnostic}")
    return replace(row, outcome="suppressed" if _given_up(case, match) else "counted")


def _given_up(case: Case, match: Match) -> bool:
    """Count a failure for the time being, one a message; whether that is enough to write there no more."""
    earlier = case.db.one(
        "SELECT 1 FROM replies WHERE delivery_id <> 0 AND delivery_id = ? AND address_key = ? AND kind = 'bounce' AND severity <> 'policy'",
        match.delivery_id,
        match.address_key,
    )
    if earlier:
        return False
    settings = case.config.mailbox
    score = add_point(case.db, match.address_key, case.at, settings.soft_half_life)
    if score < settings.soft_limit:
        return False
    source = f"failed again and again until {case.day} (score {score:.1f})"
    _suppress(case, match.address_key, "bounced", source)
    return True


def _suppress(case: Case, key: str, reason: str, source: str) -> None:
    suppress_key(case.db, key, reason, _RECORDER, case.now, source)
    forget_points(case.db, key)


def _about(match: Match, row: Row) -> Row:
    """Which delivery it is about, and whose. Its Message-ID is not kept: the delivery has it."""
    return replace(
        row,
        address_key=match.address_key,
        contact_id=match.contact_id,
        delivery_id=match.delivery_id,
    )


def _told(row: Row, failed: Failed) -> Row:
    return replace(
        row,
        severity=failed.severity,
        reason=failed.reason,
        status=failed.status,
        diagnostic=bare(failed.diagnostic),
    )
