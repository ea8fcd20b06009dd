"""What would be sent, without sending: the exact messages, with tokens that open nothing."""

import datetime as dt
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from newsletter.config import Config
from newsletter.contacts import Criteria, Decision
from newsletter.database import Database
from newsletter.edition import INERT_STOP, Edition, edition_name, load_edition
from newsletter.issue import Issue
from newsletter.outbox.answer import grounds
from newsletter.outbox.audience import candidates, keep_snapshot, plan_of, reach_of
from newsletter.outbox.compiled import compile_edition
from newsletter.outbox.letterhead import INERT, Letterhead, letterhead
from newsletter.outbox.mailings import Mailing, mailing_of
from newsletter.outbox.message import build_message
from newsletter.outbox.preparing import Sayings, write_letter
from newsletter.outbox.report import Recipient, Report, recipients_of, report_of


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The report that sending would begin with, everybody in it, and the messages owed, by contact.

    `owed` says of each contact who will get it which audience's edition, and what allows it.
    """

    report: Report
    recipients: tuple[Recipient, ...]
    owed: Mapping[int, tuple[str, str]]
    messages: Iterator[tuple[int, bytes]]


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
    asked = list(candidates(db, reach, now))
    keep_snapshot(db, issue.slug, asked, now, reach.segments)
    report, everybody = _standing(db, mailing) if mailing else _foreseen(issue.slug, asked)
    waiting = {one.contact_id for one in everybody if one.state == "waiting"}
    decisions = [one for one in asked if one.contact_id in waiting and not one.reason]
    kept = (
        {audience: load_edition(db, digest) for audience, digest in mailing.editions.items()}
        if mailing
        else {}
    )
    going = kept or editions
    owed = {one.contact_id: (edition_name(going, one.lists, one.language), grounds(one)) for one in decisions}
    return Rehearsal(report, everybody, owed, _messages(decisions, going, head, config, now))


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


def _standing(db: Database, mailing: Mailing) -> tuple[Report, tuple[Recipient, ...]]:
    return report_of(db, mailing.issue), tuple(recipients_of(db, mailing.issue))


def _foreseen(slug: str, decisions: Sequence[Decision]) -> tuple[Report, tuple[Recipient, ...]]:
    plan = plan_of(decisions)
    report = Report(slug, plan.candidates, skipped=plan.skipped, waiting=plan.to_send)
    return report, tuple(_recipient(decision) for decision in decisions)


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
