"""Nothing but what was approved may go: the gate before the outbox."""

from collections.abc import Mapping

from newsletter.approval.difference import differences
from newsletter.approval.log import Approval, approval_of
from newsletter.database import Database
from newsletter.edition import Edition, issue_digest, load_edition
from newsletter.errors import NotAllowed


class ApprovalNeeded(NotAllowed):
    """This content has not been approved."""


def require_approval(db: Database, slug: str, editions: Mapping[str, Edition]) -> Approval:
    """The approval that covers exactly these editions.

    Raises ApprovalNeeded where there is none, or where they are not what was approved; the message
    then shows what has changed, as lines of the text part.
    """
    again = f"newsletter approve {slug} --as NAME --role ROLE"
    approval = approval_of(db, slug)
    if approval is None:
        raise ApprovalNeeded(
            f"nobody has approved the issue {slug}", remedy=f"When it is agreed, type `{again}`."
        )
    found = issue_digest(editions)
    if approval.issue_digest != found:
        raise ApprovalNeeded(
            f"the issue {slug} is not what {approval.approver} ({approval.role}) approved on "
            f"{approval.approved_at[:10]}: the fingerprint was {approval.issue_digest[:12]} and is {found[:12]}\n\n"
            + "\n".join(changes_since(db, approval, editions)),
            remedy=f"Undo the change, or have it agreed again: `{again}`.",
        )
    return approval


def changes_since(db: Database, approval: Approval, editions: Mapping[str, Edition]) -> list[str]:
    """What is different now from what was approved, line by line, bounded in length."""
    before = {audience: load_edition(db, digest) for audience, digest in approval.parts.items()}
    return differences(before, editions)
