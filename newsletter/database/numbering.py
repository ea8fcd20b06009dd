"""The SQL of deliveries that are known outside by their number: a stored token, and its index, are for those of old."""

NUMBERING = """
-- from here on `token` is empty: what names a delivery outside is made of its number (outbox/opaque.py)
DROP INDEX deliveries_token;
CREATE UNIQUE INDEX deliveries_kept_token ON deliveries (token) WHERE token <> '';
"""
