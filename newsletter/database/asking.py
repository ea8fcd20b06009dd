"""The SQL of messages that ask for consent: what a mailing of theirs is about."""

REQUESTS = """
-- JSON: of a confirmation the entry that it asks about, of a renewal the last day of the ends that it asks about
ALTER TABLE mailings ADD COLUMN about TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX mailings_one_a_request ON mailings (issue) WHERE kind IN ('confirmation', 'renewal');
"""
