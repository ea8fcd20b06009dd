"""Queueing an issue: asked whether it may go, then in the outbox for everybody, in one transaction."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

from newsletter.approval import (
    ApprovalNeeded,
    approvals_of,
    keep_permissions,
    require_approval,
    require_kept_permissions,
)
from newsletter.config import Config
from newsletter.contacts import Criteria
from newsletter.database import Database, transaction_without_references
from newsletter.edition import Edition
from newsletter.issue import Issue
from newsletter.outbox.audience import reach_of
from newsletter.outbox.filling import owe_everybody
from newsletter.outbox.letterhead import letterhead
from newsletter.outbox.mailings import Mailing, draft_mailing, insert_mailing, mailing_of


def queue_mailing(  # noqa: PLR0913  # what goes out, to whom, and when
    db: Database,
    issue: Issue,
    editions: Mapping[str, Edition],
    config: Config,
    now: dt.datetime,
    *,
    segments: Mapping[str, Criteria] | None = None,
) -> Mailing:
    """The issue's mailing: queued now, or as it stands where that was done before.

    `segments` limit a new one to those who are in any of them; how one that stands is widened: `segments.py`.

    All or nothing. Raises NotAllowed where these editions, or for a mailing that goes on those that
    it began with, are not approved, or where they show people who do not allow it; ConfigError where newsletter.toml names no sender.
    """
    with transaction_without_references(db):
        standing = mailing_of(db, issue.slug)
        if standing:
            _require_standing_approval(db, standing)
            require_kept_permissions(db, standing.issue, now)
            return standing
        require_approval(db, issue.slug, editions)
        keep_permissions(db, issue, now)
        draft = draft_mailing(
            issue.slug,
            replace(reach_of(issue), segments=segments or {}),
            letterhead(config),
            now,
            kind="correction" if issue.corrects else "issue",
        )
        mailing = insert_mailing(db, draft, editions, now)
        owe_everybody(db, mailing, now)
    return mailing


def _require_standing_approval(db: Database, mailing: Mailing) -> None:
    """Raises ApprovalNeeded where every approval of what the mailing carries has been withdrawn."""
    approvals = approvals_of(db, mailing.issue)
    if not any(a.issue_digest == mailing.issue_digest and not a.revoked_at for a in approvals):
        raise ApprovalNeeded(
            f"the approval of what is being sent of {mailing.issue} has been withdrawn",
            remedy="What was sent stays sent; what waits is kept until the same content is approved again.",
        )
