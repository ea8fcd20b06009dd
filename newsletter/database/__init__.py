"""`contacts.db`: made, opened, migrated, and known from its copies."""

from newsletter.database.guard import adopt_database, anchor_database, reason_not_to_send
from newsletter.database.opening import (
    APPLICATION_ID,
    Database,
    create_database,
    export_key,
    import_key,
    open_database,
    open_for_reading,
    transaction,
)

__all__ = [
    "APPLICATION_ID",
    "Database",
    "adopt_database",
    "anchor_database",
    "create_database",
    "export_key",
    "import_key",
    "open_database",
    "open_for_reading",
    "reason_not_to_send",
    "transaction",
]
