"""Which delivery the ten bytes in a message stand for, and the other way round."""

import hmac

from newsletter.database import Database
from newsletter.tokens import Key, opaque_id, read_opaque_id

#: The columns that `opaque_of` needs, in its order.
NAMED_BY = "id, mailing_id, recipient_key, token"
_AROUND = "SELECT id, mailing_id, recipient_key FROM deliveries WHERE id BETWEEN ? AND ? AND token = ''"
# Where a mailing was lost with a disk and queued anew from a backup, its readers have the same places but for those
# who came or went between: what then left is for the same reader still.
_NEARBY = 2_000


def opaque_of(key: Key, delivery: int, mailing: int, recipient_key: str, token: str) -> bytes:
    """The 10 bytes that stand for a delivery outside the database; rows of old have theirs in `token`."""
    return bytes.fromhex(token) if token else opaque_id(key, delivery, mailing, recipient_key)


def opaque_at(db: Database, delivery_id: int) -> bytes:
    """The 10 bytes that stand for the delivery with this id, which is there."""
    row = db.one(f"SELECT {NAMED_BY} FROM deliveries WHERE id = ?", delivery_id)
    assert row is not None  # noqa: S101  # whoever asks has just found it
    return opaque_of(db.key, *row)


def delivery_at(db: Database, opaque: bytes) -> int | None:
    """The id of the delivery that 10 bytes stand for; None where they stand for nobody's."""
    number = read_opaque_id(db.key, opaque)
    for reach in (0, _NEARBY):
        rows = db.conn.execute(_AROUND, (number - reach, number + reach))
        for delivery, mailing, recipient_key in rows:
            if hmac.compare_digest(opaque_id(db.key, number, mailing, recipient_key), opaque):
                return int(delivery)
    # The condition stands as it does in the index.
    kept = db.one("SELECT id FROM deliveries WHERE token = ? AND token <> ''", opaque.hex())
    return int(kept["id"]) if kept else None
