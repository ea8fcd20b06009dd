"""Another program at the same database, as whatever happens in the midst of a run comes from one."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from newsletter.database import Database, open_database


@contextmanager
def another_program(db: Database) -> Iterator[Database]:
    """A connection of its own: over the run's, what is changed would be rolled back with the look that it is in."""
    with closing((other := open_database(db.path)).conn):
        yield other
