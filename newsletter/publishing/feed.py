"""The Atom feed of the issues (RFC 4287): titles, days and links, by which nobody is counted."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

_ATOM = "http://www.w3.org/2005/Atom"
_XML = "http://www.w3.org/XML/1998/namespace"
#: Our own, made once: the ids of entries hang on it and on their names, and so never change.
_NAMES = uuid.UUID("6f0f63c8-0f8e-5d0c-9a39-6a1a4f6a7d11")
_MOST = 20


@dataclass(frozen=True, slots=True)
class Entry:
    """One page of the feed: its title, language, address, the day it went out, a line about it, a name of its own."""

    title: str
    language: str
    address: str
    day: dt.date
    summary: str
    name: str


def atom_feed(title: str, author: str, home: str, entries: Sequence[Entry]) -> bytes:
    """The newest entries; `home` begins every address, '' where nothing is known of it, which leaves them relative."""
    feed = etree.Element(f"{{{_ATOM}}}feed", nsmap={None: _ATOM})
    _say(feed, "title", title)
    _say(feed, "id", f"urn:uuid:{uuid.uuid5(_NAMES, author)}")
    _say(feed, "updated", _moment(max((entry.day for entry in entries), default=dt.date(2000, 1, 1))))
    _say(etree.SubElement(feed, f"{{{_ATOM}}}author"), "name", author)
    _link(feed, f"{home}feed.xml", "self")
    _link(feed, home or "index.html", "alternate")
    for entry in entries[:_MOST]:
        _add(feed, entry, home)
    return bytes(etree.tostring(feed, xml_declaration=True, encoding="utf-8", pretty_print=True))


def _add(feed: etree._Element, entry: Entry, home: str) -> None:
    found = etree.SubElement(feed, f"{{{_ATOM}}}entry")
    found.set(f"{{{_XML}}}lang", entry.language)
    _say(found, "title", entry.title)
    _say(found, "id", f"urn:uuid:{uuid.uuid5(_NAMES, entry.name)}")
    _say(found, "published", _moment(entry.day))
    _say(found, "updated", _moment(entry.day))
    _link(found, f"{home}{entry.address}", "alternate")
    if entry.summary:
        _say(found, "summary", entry.summary)


def _say(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, f"{{{_ATOM}}}{name}").text = text


def _link(parent: etree._Element, address: str, relation: str) -> None:
    etree.SubElement(parent, f"{{{_ATOM}}}link", rel=relation, href=address)


def _moment(day: dt.date) -> str:
    return f"{day.isoformat()}T00:00:00Z"
