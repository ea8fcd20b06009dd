"""An edition: what the reader sees, with personal values standing as words to be filled."""

import hashlib
import json
from dataclasses import dataclass
from typing import NamedTuple

#: The personal values of a message; each stands in html and text as `marker + NAME`, for a further
#: language of the same edition with a letter before the name: B for the second, C for the third.
SLOTS = ("GREETING", "REASON", "STOP")
#: Further ones, of messages that ask for consent: the link that answers, and the day on which something ends.
ASKING_SLOTS = ("ANSWER", "UNTIL")
#: One of messages of a study that has public pages: the link to the page on which a reader changes what they get.
PUBLIC_SLOTS = ("CHANGE",)
#: Reserved by RFC 2606: it leads nowhere, whoever follows it.
INERT_CHANGE = "https://example.invalid/change-what-you-get"
_FIELDS = {name: name.lower() for name in (*SLOTS, *ASKING_SLOTS)}


class Personal(NamedTuple):
    """What is filled in for one reader: plain text, plain text, a URL (https or mailto).

    `answer` (a URL) and `until` (a day in words) are for messages that ask for consent, `change` (a URL) for
    those of a study that has public pages: where none is given, it leads nowhere. `further` has greeting and reason again for each further language of an edition that has several.
    """

    greeting: str
    reason: str
    stop: str
    further: tuple[tuple[str, str], ...] = ()
    answer: str = ""
    until: str = ""
    change: str = ""

    def of(self, slot: str) -> str:
        """What stands in a slot; in a further language for which nothing is given, what the first has."""
        if slot in PUBLIC_SLOTS:
            return self.change or INERT_CHANGE
        if slot in _FIELDS:
            return str(getattr(self, _FIELDS[slot]))
        turn, name = ord(slot[0]) - ord("A"), slot[1:]
        if name == "STOP":
            return self.stop
        told = [(self.greeting, self.reason), *self.further]
        greeting, reason = told[turn] if turn < len(told) else told[0]
        return greeting if name == "GREETING" else reason


@dataclass(frozen=True, slots=True)
class EditionPicture:
    """A picture inside the message. `name` is its Content-ID's local part: `cid:NAME@newsletter` in html."""

    name: str
    media_type: str
    data: bytes

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class Edition:
    """One issue rendered for one set of audiences and one language; known by its digest.

    `marker` is letters and digits only, unguessable to an author (it hangs on the content), and
    begins each slot: in `html` and `text` the words `{marker}GREETING`, `{marker}REASON` and
    `{marker}STOP` stand for the values of Personal.
    """

    issue: str
    language: str
    subject: str
    preheader: str
    html: str
    text: str
    marker: str
    pictures: tuple[EditionPicture, ...] = ()
    also: tuple[str, ...] = ()

    @property
    def languages(self) -> tuple[str, ...]:
        """All the languages that it is in, one after the other: `language`, then `also`."""
        return (self.language, *self.also)

    @property
    def digest(self) -> str:
        """SHA-256 (hex) over all parts in canonical JSON; PDFs are not part of it."""
        parts = {
            "html": self.html,
            "language": "+".join(self.languages),
            "marker": self.marker,
            "pictures": [[p.name, p.media_type, p.digest] for p in self.pictures],
            "preheader": self.preheader,
            "subject": self.subject,
            "text": self.text,
        }
        canonical = json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


def audience_name(audience: tuple[str, ...]) -> str:
    """`partners+contributors`, in the issue's order; `public` for none."""
    return "+".join(audience) or "public"
