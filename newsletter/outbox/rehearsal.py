"""What would be sent, without sending: the exact messages, with tokens that open nothing."""

import datetime as dt
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from newsletter.config import Config
from newsletter.contacts import Criteria, Decision, decide_each
from newsletter.database import Database
from newsletter.edition import INERT_STOP, Edition, edition_name, load_edition
from newsletter.issue import Issue
from newsletter.outbox.answer import grounds
from newsletter.outbox.audience import Reach, candidates, in_batches, keep_snapshot, reach_of
from newsletter.outbox.compiled import compile_edition
from newsletter.outbox.letterhead import INERT, Letterhead, letterhead
from newsletter.outbox.mailings import Mailing, mailing_of
from newsletter.outbox.message import build_message
from newsletter.outbox.preparing import Sayings, write_letter
from newsletter.outbox.report import Recipient, Report, recipients_of, report_of


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The report that sending would begin with; everybody in it, and the messages owed, are streamed when asked for."""

    report: Report
    db: Database
    reach: Reach
    mailing: Mailing | None
    editions: Mapping[str, Edition]
    head: Letterhead
    config: Config
    now: dt.datetime

    @property
    def recipients(self) -> Iterator[Recipient]:
        """Everybody, as `report` shows them."""
        return (one for one, _ in self._everybody())

    @property
    def owed(self) -> Iterator[tuple[Recipient, str, str]]:
        """Everybody, with the audience whose edition they will get and what allows it; '' and '' for the others."""
        for one, decision in self._everybody():
            if decision is None:
                yield one, "", ""
            else:
                yield one, edition_name(self.editions, decision.lists, decision.language), grounds(decision)

    @property
    def messages(self) -> Iterator[tuple[int, bytes]]:
        """The messages owed, by contact."""
        decisions = (decision for _, decision in self._everybody() if decision)
        return _messages(decisions, self.editions, self.head, self.config, self.now)

    def _everybody(self) -> Iterator[tuple[Recipient, Decision | None]]:
        if self.mailing:
            return _standing(self.db, self.mailing, self.now)
        return _foreseen(candidates(self.db, self.reach, self.now))


def rehearse(  # noqa: PLR0913  # as `queue_mailing`
    db: Database,
    issue: Issue,
    editions: Mapping[str, Edition],
    config: Config,
    now: dt.datetime,
    *,
    segments: Mapping[str, Criteria] | None = None,
) -> Rehearsal:
    """What `send` would do now. Nothing in the database changes but the issue's audience snapshot.

    `segments` limit an issue that was not queued yet.
    An issue that is queued already is taken as it stands in the outbox, with the editions it began with.
    """
    mailing = mailing_of(db, issue.slug)
    reach, head = (
        (mailing.reach, mailing.head) if mailing else (reach_of(issue, segments), letterhead(config))
    )
    plan = keep_snapshot(db, issue.slug, candidates(db, reach, now), now, reach.segments)
    report = (
        report_of(db, issue.slug)
        if mailing
        else Report(issue.slug, plan.candidates, skipped=plan.skipped, waiting=plan.to_send)
    )
    kept = (
        {audience: load_edition(db, digest) for audience, digest in mailing.editions.items()}
        if mailing
        else editions
    )
    return Rehearsal(report, db, reach, mailing, kept, head, config, now)


def write_messages(messages: Iterable[tuple[int, bytes]], folder: Path) -> int:
    """Write each message as CONTACT.eml into `folder`, readable by its owner alone; how many.

    What an earlier rehearsal left there goes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    for old in folder.glob("*.eml"):
        old.unlink()
    written = 0
    for contact_id, content in messages:
        handle = os.open(folder / f"{contact_id}.eml", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        written += 1
    return written


def _standing(
    db: Database, mailing: Mailing, now: dt.datetime
) -> Iterator[tuple[Recipient, Decision | None]]:
    """The recipients of a mailing, each who waits and may be written to with the decision that says so."""
    for batch in in_batches(recipients_of(db, mailing.issue)):
        waiting = [one.contact_id for one in batch if one.state == "waiting"]
        decisions = decide_each(db, mailing.lists, now, waiting)
        for one in batch:
            decision = decisions.get(one.contact_id) if one.state == "waiting" else None
            if decision is None or decision.reason:
                yield one, None
            else:
                # What was never claimed goes to the address that holds now.
                yield one if one.message_id else replace(one, email=decision.email), decision


def _foreseen(decisions: Iterable[Decision]) -> Iterator[tuple[Recipient, Decision | None]]:
    return ((_recipient(decision), None if decision.reason else decision) for decision in decisions)


def _recipient(decision: Decision) -> Recipient:
    state = "skipped" if decision.reason else "waiting"
    return Recipient(0, decision.contact_id, decision.email, state, decision.reason, reply="", message_id="")


def _messages(
    decisions: Iterable[Decision],
    editions: Mapping[str, Edition],
    head: Letterhead,
    config: Config,
    now: dt.datetime,
) -> Iterator[tuple[int, bytes]]:
    compiled = {audience: compile_edition(edition) for audience, edition in editions.items()}
    sayings = Sayings(config)
    for decision in decisions:
        edition = compiled[edition_name(compiled, decision.lists, decision.language)]
        personal = sayings.to(decision, edition.languages, INERT_STOP)
        yield decision.contact_id, build_message(edition, head, write_letter(decision, personal, INERT, now))
