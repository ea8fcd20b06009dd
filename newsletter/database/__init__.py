"""`contacts.db`: made, opened, migrated, and known from its copies."""

from newsletter.database.backup import opened_backup, restore_backup, write_backup
from newsletter.database.bulk import marking_once, transaction_without_references, without_checks
from newsletter.database.creating import create_database
from newsletter.database.gathering import gathered, gathering
from newsletter.database.guard import (
    adopt_database,
    anchor_database,
    anchored_head,
    keep_anchored,
    newer_file,
    reason_not_to_send,
    reason_to_adopt,
)
from newsletter.database.mounts import Mount, mount_of
from newsletter.database.opening import (
    APPLICATION_ID,
    Database,
    explain_error,
    export_key,
    import_key,
    is_current,
    key_name,
    key_of,
    missing_triggers,
    open_database,
    open_for_looking,
    open_for_reading,
    open_for_renewing,
    patience,
    snapshot,
    transaction,
)
from newsletter.database.placing import ALLOW as ALLOW_SYNCED
from newsletter.database.placing import reason_not_here, what_is_wrong_here
from newsletter.database.renewing import out_of_date, renew_counts, renew_pages
from newsletter.database.replies import HELD
from newsletter.database.rotations import rotate_key
from newsletter.database.words import SKIP_REASONS

__all__ = [
    "ALLOW_SYNCED",
    "APPLICATION_ID",
    "HELD",
    "SKIP_REASONS",
    "Database",
    "Mount",
    "adopt_database",
    "anchor_database",
    "anchored_head",
    "create_database",
    "explain_error",
    "export_key",
    "gathered",
    "gathering",
    "import_key",
    "is_current",
    "keep_anchored",
    "key_name",
    "key_of",
    "marking_once",
    "missing_triggers",
    "mount_of",
    "newer_file",
    "open_database",
    "open_for_looking",
    "open_for_reading",
    "open_for_renewing",
    "opened_backup",
    "out_of_date",
    "patience",
    "reason_not_here",
    "reason_not_to_send",
    "reason_to_adopt",
    "renew_counts",
    "renew_pages",
    "restore_backup",
    "rotate_key",
    "snapshot",
    "transaction",
    "transaction_without_references",
    "what_is_wrong_here",
    "without_checks",
    "write_backup",
]
