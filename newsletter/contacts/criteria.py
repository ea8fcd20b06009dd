"""What a segment asks of people: criteria as they are kept, in words, and as one condition in SQL."""

import datetime as dt
import json
from collections.abc import Callable, Iterable, Mapping

from newsletter.contacts import fields
from newsletter.contacts.dates import today_utc
from newsletter.database import Database
from newsletter.errors import InputError, near

#: What is asked -> any of these; `field:region` asks for a field of the team's own, `not tag` for people without.
#: Somebody is in a segment who meets every one.
Criteria = Mapping[str, tuple[str, ...]]

FIELD, NOT = "field:", "not "
_VALUES = "(SELECT value FROM json_each(:{name}))"
#: Who meets a criterion, as ids; {values} stands for the texts, any of which will do.
_WHO: Mapping[str, str] = {
    # A role counts while it lasts: on the day on which it ends it is over.
    "role": "SELECT contact_id FROM contact_roles WHERE role IN {values} "
    "AND since <= :segment_today AND (until = '' OR until > :segment_today)",
    "organisation": "SELECT contact_id FROM contact_organisations WHERE organisation_id IN "
    "(SELECT id FROM organisations WHERE name IN {values})",
    "tag": "SELECT contact_id FROM contact_tags WHERE tag IN {values}",
    "list": "SELECT contact_id FROM list_members WHERE list IN {values}",
    "language": "SELECT id FROM contacts WHERE language IN {values}",
    "format": "SELECT id FROM contacts WHERE format IN {values}",
}
_FIELD_SQL = "SELECT contact_id FROM contact_fields WHERE field = :{name}_field AND value IN {values}"
#: All that there is of a kind, to find the nearest.
_KNOWN: Mapping[str, str] = {
    "role": "SELECT DISTINCT role FROM contact_roles",
    "organisation": "SELECT name FROM organisations",
    "tag": "SELECT DISTINCT tag FROM contact_tags",
    "list": "SELECT list FROM lists",
}
_KNOWN_VALUES = "SELECT DISTINCT value FROM contact_fields WHERE field = ?"
KINDS = tuple(_WHO)


class BadSegment(InputError):
    """This cannot be a segment."""


def checked(db: Database, asked: Criteria) -> tuple[Criteria, list[str]]:
    """The criteria in their kept form, and what is asked for that nobody here has, with the nearest name.

    A text stands for all that differs from it in capitals alone. Raises BadSegment or BadField.
    """
    kept: dict[str, tuple[str, ...]] = {}
    warnings: list[str] = []
    for key, texts in sorted(asked.items()):
        kind = key.removeprefix(NOT)
        cleaned = fields.distinct(texts, _cleaning(kind))
        if not cleaned:
            raise BadSegment(f"{_in_words(kind)}: it is empty; say which")
        known = known_values(db, kind)
        if kind in _KNOWN or kind.startswith(FIELD):
            folded = {text.casefold() for text in known}
            missing = [text for text in cleaned if text.casefold() not in folded]
            warnings += [f"nobody has the {_in_words(kind)} {text!r}{near(text, known)}" for text in missing]
        kept[key] = tuple(dict.fromkeys(one for text in cleaned for one in _spellings(text, known)))
    if not kept:
        raise BadSegment(
            "nothing was said of who is in the segment; that would be everybody",
            remedy="Say at least one of --role, --organisation, --tag, --list, --region, --field, --language, --format.",
        )
    return kept, warnings


def known_values(db: Database, kind: str) -> list[str]:
    """What there is of a kind among the people: roles, tags, values of a field …"""
    if kind.startswith(FIELD):
        rows = db.conn.execute(_KNOWN_VALUES, (kind.removeprefix(FIELD),))
    elif kind in _KNOWN:
        rows = db.conn.execute(_KNOWN[kind])
    else:
        return []
    return [row[0] for row in rows]


def segment_sql(
    criteria: Criteria, now: dt.datetime, *, person: str = "c.id", prefix: str = "segment"
) -> tuple[str, dict[str, object]]:
    """A condition over a contact's id, and the values of its parameters: true for those in the segment.

    `person` is the SQL of the id; `prefix` keeps the parameters of several segments apart.
    """
    conditions: list[str] = []
    values: dict[str, object] = {"segment_today": today_utc(now)}
    for place, (key, texts) in enumerate(sorted(criteria.items())):
        kind, name = key.removeprefix(NOT), f"{prefix}_{place}"
        sql = _FIELD_SQL if kind.startswith(FIELD) else _WHO[kind]
        if kind.startswith(FIELD):
            values[f"{name}_field"] = kind.removeprefix(FIELD)
        values[name] = json.dumps(texts)
        who = sql.format(values=_VALUES.format(name=name), name=name)
        conditions.append(f"{person} {'NOT ' * key.startswith(NOT)}IN ({who})")
    return f"({' AND '.join(conditions)})", values


def any_segment_sql(
    segments: Mapping[str, Criteria], now: dt.datetime, person: str = "c.id"
) -> tuple[str, dict[str, object]]:
    """As `segment_sql`, for those who are in any of several segments."""
    conditions: list[str] = []
    values: dict[str, object] = {}
    for place, criteria in enumerate(segments.values()):
        sql, more = segment_sql(criteria, now, person=person, prefix=f"segment_{place}")
        conditions.append(sql)
        values |= more
    return f"({' OR '.join(conditions)})", values


def in_words(criteria: Criteria) -> str:
    """'region North; role contributor; not tag press'."""
    return "; ".join(
        f"{'not ' * key.startswith(NOT)}{_in_words(key.removeprefix(NOT))} {' or '.join(texts)}"
        for key, texts in sorted(criteria.items(), key=lambda item: (item[0].startswith(NOT), item[0]))
    )


def as_json(criteria: Criteria) -> str:
    """The criteria as the database keeps them."""
    return json.dumps({key: list(texts) for key, texts in sorted(criteria.items())}, ensure_ascii=False)


def from_json(text: str) -> Criteria:
    """What `as_json` wrote."""
    return {key: tuple(texts) for key, texts in json.loads(text).items()}


def _cleaning(kind: str) -> Callable[[str], str]:
    if kind.startswith(FIELD):
        return lambda text: fields.one_line(text, kind.removeprefix(FIELD))
    if kind not in _WHO:
        raise BadSegment(f"nothing is known of {kind!r}{near(kind, KINDS)}; there are: {', '.join(KINDS)}")
    cleaned = {"role": fields.role, "language": fields.language, "format": fields.mail_format}
    return cleaned.get(kind, lambda text: fields.one_line(text, kind))


def _spellings(text: str, known: Iterable[str]) -> list[str]:
    """What there is that differs from `text` in capitals alone; `text` itself where there is nothing."""
    return sorted(one for one in known if one.casefold() == text.casefold()) or [text]


def _in_words(kind: str) -> str:
    return kind.removeprefix(FIELD)
