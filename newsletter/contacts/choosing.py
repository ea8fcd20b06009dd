"""The people whom a change to many is about: chosen by list, role, tag or organisation, or named one by one."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from newsletter.contacts.dates import today_utc
from newsletter.contacts.fields import role
from newsletter.contacts.lists import require_list
from newsletter.contacts.organisations import find_organisation
from newsletter.contacts.search import NoSuchContact, find_contacts
from newsletter.database import Database
from newsletter.errors import Problem

_OF = {
    "list": "SELECT contact_id FROM list_members WHERE list = ?",
    "role": "SELECT contact_id FROM contact_roles WHERE role = ? AND (until = '' OR until > :today)",
    "tag": "SELECT contact_id FROM contact_tags WHERE tag = ?",
    "organisation": "SELECT contact_id FROM contact_organisations WHERE organisation_id = ?",
}


def choose_people(db: Database, wanted: Mapping[str, str], now: dt.datetime) -> list[int]:
    """Who meets every one of these (list, role, tag, organisation; '' asks nothing), by id.

    Raises UnknownList or NoSuchOrganisation.
    """
    asked: list[str] = []
    values: dict[str, object] = {"today": today_utc(now)}
    for name, text in wanted.items():
        if not text:
            continue
        if name == "list":
            require_list(db, text)
        value = (
            find_organisation(db, text).id
            if name == "organisation"
            else role(text)
            if name == "role"
            else text
        )
        asked.append(_OF[name].replace("?", f":{name}"))
        values[name] = value
    if not asked:
        return []
    rows = db.conn.execute(" INTERSECT ".join(asked), values)
    return sorted(row[0] for row in rows)


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
