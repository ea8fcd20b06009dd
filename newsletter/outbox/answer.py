"""Why one person would get an issue, or would not, in plain English."""

import datetime as dt
from dataclasses import dataclass, replace

from newsletter.contacts import Decision, decide, said, segments_of
from newsletter.database import Database
from newsletter.outbox.audience import Reach, candidates, in_segments
from newsletter.outbox.control import Cancelled, hindrance
from newsletter.outbox.mailings import mailing_of
from newsletter.outbox.newcomers import is_offered, is_served
from newsletter.outbox.permission import IN_WORDS as REASONS
from newsletter.outbox.states import IN_WORDS as STATES


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said about one person and one issue."""

    email: str
    issue: str
    would_receive: bool
    reasons: tuple[str, ...]

    def as_dict(self) -> dict[str, object]:
        """The object of this shape that scripts rely on."""
        return {
            "email": self.email,
            "issue": self.issue,
            "would_receive": self.would_receive,
            "reasons": list(self.reasons),
        }


def explain(  # noqa: PLR0913  # who, what, and when it is, where
    db: Database, contact_id: int, slug: str, reach: Reach, now: dt.datetime, *, zone: dt.tzinfo = dt.UTC
) -> Answer:
    """Whether this person would get the issue today, why, and what became of it if it went out already.

    What holds the whole mailing back is said too; nobody gets one that was cancelled. Raises
    NothingToCorrect for a correction of what was never sent.
    """
    answer = _of_them(db, contact_id, slug, reach, now)
    mailing = mailing_of(db, slug)
    held = hindrance(db, mailing.id, now, zone) if mailing and mailing.state != "done" else None
    if held is None:
        return answer
    return replace(
        answer,
        would_receive=answer.would_receive and not isinstance(held, Cancelled),
        reasons=(*answer.reasons, held.message),
    )


def _of_them(db: Database, contact_id: int, slug: str, reach: Reach, now: dt.datetime) -> Answer:
    """The answer as far as it depends on the person."""
    decision = next(decide(db, reach.lists, now, contact_id))
    if reach.segments and not segments_of(db, decision.contact_id, reach.segments, now):
        outside = (f"is not{in_segments(reach.segments)}", *_so_far(db, decision, slug, outside=True))
        return Answer(decision.email, slug, would_receive=False, reasons=outside)
    if not decision.reason:
        # Among all the others, as `send` does: one address gets one message, a correction goes to its readers.
        among = (one for one in candidates(db, reach, now) if one.contact_id == decision.contact_id)
        found = next(among, decision._replace(reason="not-on-list"))
        # Whoever stands before them at the address may have got it at another one, before they came to this.
        mailing = mailing_of(db, slug) if found.reason == "duplicate" else None
        if mailing is None or not is_offered(db, mailing, found.contact_id, now):
            decision = found
    return Answer(
        email=decision.email,
        issue=slug,
        would_receive=not decision.reason,
        reasons=(_about(decision, reach), *_so_far(db, decision, slug)),
    )


def _about(decision: Decision, reach: Reach) -> str:
    if not decision.reason:
        return grounds(decision)
    to = f"those who got {reach.corrects}, on " * bool(reach.corrects) + " and ".join(reach.lists)
    return (
        f"{decision.reason}: {REASONS[decision.reason]}; the issue goes to {to}{in_segments(reach.segments)}"
    )


def grounds(decision: Decision) -> str:
    """What allows it, for somebody who gets it: every list, with its basis and since when."""
    alike: dict[tuple[str, str], list[str]] = {}
    for name, (since, basis) in zip(decision.lists, decision.grounds, strict=True):
        alike.setdefault((basis, since and said(since)), []).append(name)
    return "; ".join(
        f"{'they agreed to' if basis == 'consent' else f'their basis ({basis}) allows'} {' and '.join(names)}"
        + (f" since {since}" if since else "")
        for (basis, since), names in alike.items()
    )


def _so_far(db: Database, decision: Decision, slug: str, *, outside: bool = False) -> list[str]:
    mailing = mailing_of(db, slug)
    if mailing is None:
        return []
    rows = db.conn.execute(
        "SELECT state, reason, reply, changed_at FROM deliveries WHERE mailing_id = ? AND contact_id = ? ORDER BY id",
        (mailing.id, decision.contact_id),
    ).fetchall()
    if not rows and outside:
        return []
    if not rows and is_served(db, mailing, decision):
        return ["the issue was queued without them, and somebody else at the same address has it"]
    if not rows:
        return ["the issue was queued without them; `newsletter send --add-new` adds those who came later"]
    return [_line(*row) for row in rows]


def _line(state: str, reason: str, reply: str, changed_at: str) -> str:
    why = REASONS.get(reason, reason)
    tail = "".join(f": {text}" for text in (why, reply) if text)
    return f"in the outbox since {said(changed_at)}: {STATES[state]}{tail}"
