"""Sign-off: who agreed to which content, and what has changed since."""

from newsletter.approval.log import (
    Approval,
    BadApprover,
    approval_of,
    approvals_of,
    approve,
    revoke_approvals,
)
from newsletter.approval.media import (
    NotPermitted,
    keep_permissions,
    require_kept_permissions,
    require_permissions,
)
from newsletter.approval.required import ApprovalNeeded, changes_since, require_approval

__all__ = [
    "Approval",
    "ApprovalNeeded",
    "BadApprover",
    "NotPermitted",
    "approval_of",
    "approvals_of",
    "approve",
    "changes_since",
    "keep_permissions",
    "require_approval",
    "require_kept_permissions",
    "require_permissions",
    "revoke_approvals",
]
