"""The people whom a change to many is about: chosen by list, role, tag or organisation, or named one by one."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from newsletter.contacts.criteria import segment_sql
from newsletter.contacts.fields import role
from newsletter.contacts.lists import require_list
from newsletter.contacts.organisations import find_organisation
from newsletter.contacts.search import NoSuchContact, find_contacts
from newsletter.database import Database
from newsletter.errors import Problem


def choose_people(db: Database, wanted: Mapping[str, str], now: dt.datetime) -> list[int]:
    """Who meets every one of these (list, role, tag, organisation; '' asks nothing), by id.

    Raises UnknownList or NoSuchOrganisation.
    """
    asked = {name: (text,) for name, text in wanted.items() if text}
    if not asked:
        return []
    if "list" in asked:
        require_list(db, wanted["list"])
    if "organisation" in asked:
        asked["organisation"] = (find_organisation(db, wanted["organisation"]).name,)
    if "role" in asked:
        asked["role"] = (role(wanted["role"]),)
    sql, values = segment_sql(asked, now)
    return [
        row[0] for row in db.conn.execute(f"SELECT c.id FROM contacts c WHERE {sql} ORDER BY c.id", values)
    ]


def named_people(db: Database, named: Iterable[tuple[str, int, str]]) -> list[int]:
    """The people with these addresses or ids; each comes with the file and line it stands in ('' and 0: none).

    An address that several share names them all. Raises NoSuchContact with everybody who was not found.
    """
    found: dict[int, None] = {}
    problems: list[Problem] = []
    for path, line, text in named:
        ids: Sequence[int] = find_contacts(db, text)
        found |= dict.fromkeys(ids)
        if not ids:
            told = f"there is nobody with the address or id {text!r}"
            problems.append(Problem("contacts", "error", path or "ADDRESS", line, "", told))
    if problems:
        raise NoSuchContact(problems=problems)
    return list(found)
