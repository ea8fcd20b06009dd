"""`contacts.db`: made, opened, migrated, and known from its copies."""

from newsletter.database.backup import opened_backup, restore_backup, write_backup
from newsletter.database.creating import create_database
from newsletter.database.guard import (
    adopt_database,
    anchor_database,
    anchored_head,
    keep_anchored,
    newer_file,
    reason_not_to_send,
)
from newsletter.database.opening import (
    APPLICATION_ID,
    Database,
    explain_error,
    export_key,
    import_key,
    key_name,
    missing_triggers,
    open_database,
    open_for_reading,
    open_for_renewing,
    patience,
    transaction,
)
from newsletter.database.renewing import out_of_date, renew_pages
from newsletter.database.words import SKIP_REASONS

__all__ = [
    "APPLICATION_ID",
    "SKIP_REASONS",
    "Database",
    "adopt_database",
    "anchor_database",
    "anchored_head",
    "create_database",
    "explain_error",
    "export_key",
    "import_key",
    "keep_anchored",
    "key_name",
    "missing_triggers",
    "newer_file",
    "open_database",
    "open_for_reading",
    "open_for_renewing",
    "opened_backup",
    "out_of_date",
    "patience",
    "reason_not_to_send",
    "renew_pages",
    "restore_backup",
    "transaction",
    "write_backup",
]
