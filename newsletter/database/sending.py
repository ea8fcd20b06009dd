"""The SQL of sending with manners: when a mailing may go, how fast, and what the relay calls a message."""

SENDING = """
ALTER TABLE mailings ADD COLUMN not_before TEXT NOT NULL DEFAULT '';
ALTER TABLE mailings ADD COLUMN not_after TEXT NOT NULL DEFAULT '';
-- why it was paused or cancelled, and by whom; '' while it goes on
ALTER TABLE mailings ADD COLUMN stopped TEXT NOT NULL DEFAULT '';
ALTER TABLE deliveries ADD COLUMN first_tried_at TEXT NOT NULL DEFAULT '';
-- what the mail server calls the message, from its answer to the final dot; some replace the Message-ID by it
ALTER TABLE deliveries ADD COLUMN queue_id TEXT NOT NULL DEFAULT '';
CREATE INDEX deliveries_queue_id ON deliveries (queue_id) WHERE queue_id <> '';
-- how much of each rate is left, by names such as 'sender/minute', 'sender/day/17' and 'domain:example.org/minute'
CREATE TABLE rates (
    name TEXT PRIMARY KEY,
    tokens REAL NOT NULL,
    at TEXT NOT NULL
);
"""
