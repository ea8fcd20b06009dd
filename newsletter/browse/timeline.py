"""All that happened with one person, on one line of time."""

import json
from dataclasses import dataclass
from typing import Any

from newsletter.browse.hooks import Datasette, rows
from newsletter.browse.words import issue_name
from newsletter.replies import CAME, Came, in_words, read_came

_EVER = "(SELECT ?1 UNION ALL SELECT old_id FROM contact_aliases WHERE contact_id = ?1)"
_GOOD = {"agreed", "confirmed", "agreed again"}
_WARM = {"left the list", "consent ended", "took back", "refused", "may have arrived"}
#: Beyond so many of a kind the table behind is the better place.
_AT_MOST = 500
_FIELDS = {
    "addresses": "email addresses",
    "contact_organisations": "organisations",
    "contact_roles": "roles",
    "contact_tags": "tags",
    "contact_fields": "own fields",
    "contact_aliases": "joined records",
    "list_members": "lists",
    "stop": "whether we write at all",
    "held": "whether they are held back until somebody decides",
    "paused_until": "pause",
    "format": "how they get it",
    "subscriber": "kind of subscriber",
}
_VIA = {"browser": "in these pages", "mailbox": "from the mailbox", "pages": "by the person, on the web"}
_REQUESTS = {
    "access": "a copy of what is kept about them",
    "erasure": "to be forgotten",
    "rectification": "a correction",
    "objection": "that we stop using their details",
    "portability": "their details, to take elsewhere",
    "restriction": "that their details lie still",
    "complaint": "that a complaint be looked into",
}


@dataclass(frozen=True, slots=True)
class Happening:
    """One point on the line of time. `tone` is a colour; the words say all of it without."""

    date: str
    what: str
    detail: tuple[str, ...] = ()
    tone: str = ""
    wording: str = ""  # the text that was agreed to
    text: str = ""  # what was said
    parties: tuple[tuple[str, str], ...] = ()


async def happenings(datasette: Datasette, person: Any) -> list[Happening]:
    """All that happened, newest first."""
    contact_id = person["id"]
    merged = await rows(datasette, "SELECT merged_at FROM contact_aliases WHERE contact_id = ?", contact_id)
    everything = [
        *await _consents(datasette, contact_id),
        *await _deliveries(datasette, contact_id),
        *await _suppressions(datasette, contact_id),
        *await _came_back(datasette, contact_id),
        *await _engagements(datasette, contact_id),
        *await _requests(datasette, contact_id),
        *(Happening(row["merged_at"], "Joined with another record of the same person") for row in merged),
        *await _changes(datasette, person),
    ]
    # By the day first: what was added on a day stands below what was agreed to on it.
    return sorted(everything, key=lambda happening: happening.date, reverse=True)


async def _consents(datasette: Datasette, contact_id: int) -> list[Happening]:
    found = await rows(
        datasette,
        "SELECT h.*, w.text AS wording_text, json_extract(d.detail, '$.source') AS source "
        "FROM consent_history h LEFT JOIN wordings w ON w.digest = h.wording_digest "
        f"LEFT JOIN consent_details d ON d.sequence = h.entry WHERE h.recorded_for IN {_EVER} "
        "ORDER BY h.entry",
        contact_id,
    )
    struck_out = {row["voids"] for row in found if row["voids"]}
    return [_consent(row, struck_out=row["entry"] in struck_out) for row in found]


def _consent(row: Any, *, struck_out: bool) -> Happening:
    what = row["what_happened"]
    detail = [
        row["how"],
        f"basis: {row['basis']}" if row["basis"] else "",
        f"from {row['source']}" if row["source"] else "",
        f"noted by {row['noted_by']}",
        f"entry {row['entry']}",
        "not confirmed by this" if what == "asked to join" else "",
        "struck out later" if struck_out else "",
    ]
    tone = "good" if what in _GOOD else "warm" if what in _WARM else ""
    return Happening(
        row["date"],
        f"{what[0].upper()}{what[1:]}: {row['list']}",
        tuple(part for part in detail if part),
        "" if struck_out else tone,
        row["wording_text"] or "",
    )


async def _deliveries(datasette: Datasette, contact_id: int) -> list[Happening]:
    found = await rows(
        datasette,
        f"SELECT * FROM deliveries_by_name WHERE recorded_for IN {_EVER} ORDER BY date DESC LIMIT {_AT_MOST}",
        contact_id,
    )
    return [
        Happening(
            row["date"],
            f"{_called(row)}: {row['what_became_of_it']}",
            _why(row),
            "warm" if row["what_became_of_it"] in _WARM else "sent",
        )
        for row in found
    ]


def _called(row: Any) -> str:
    """A mailing as it is spoken of; what asks for consent has its kind in its name."""
    name = issue_name(row["issue"])
    return f"{name} {row['kind']}" if name == row["issue"] or row["kind"] in ("issue", "correction") else name


def _why(row: Any) -> tuple[str, ...]:
    """Why a message was not sent, or what the server said; nothing where all went well."""
    if row["what_became_of_it"] == "taken by the mail server":
        return ()
    return tuple(part for part in (row["why"], row["answer"]) if part)


async def _suppressions(datasette: Datasette, contact_id: int) -> list[Happening]:
    found = await rows(datasette, "SELECT * FROM never_written_to WHERE contact_id = ?", contact_id)
    return [
        Happening(
            row["date"],
            f"{row['email']} is never written to again",
            (row["what_happened"], f"noted by {row['noted_by']}"),
            "warm",
        )
        for row in found
    ]


async def _came_back(datasette: Datasette, contact_id: int) -> list[Happening]:
    found = await rows(
        datasette,
        f"{CAME} WHERE r.contact_id IN {_EVER} AND r.contact_id <> 0 ORDER BY r.id DESC LIMIT {_AT_MOST}",
        contact_id,
    )
    return [_returned(read_came(row)) for row in found]


def _returned(came: Came) -> Happening:
    """What came back: in a person's own words where they wrote."""
    waits = "waits for somebody to decide: newsletter mailbox show"
    detail = (
        f"read on {came.recorded_at[:10]}",
        f"{waits} {came.id}" if came.state == "open" else "",
        came.diagnostic,
    )
    bad = came.state == "open" or came.kind in ("bounce", "complaint")
    told = in_words(came, waits=False)
    return Happening(
        came.at,
        told[0].upper() + told[1:],
        tuple(part for part in detail if part),
        "warm" if bad else "spoke",
        text="\n".join(part for part in (came.subject, came.text) if part),
    )


async def _engagements(datasette: Datasette, contact_id: int) -> list[Happening]:
    found = await rows(
        datasette,
        "SELECT e.* FROM engagement_contacts ec CROSS JOIN engagements e ON e.id = ec.engagement_id "
        f"WHERE ec.contact_id = ? ORDER BY e.happened_on DESC LIMIT {_AT_MOST}",
        contact_id,
    )
    others = await with_whom(datasette, [row["id"] for row in found], but=f"/people/{contact_id}")
    return [engagement(row, others.get(row["id"], ())) for row in found]


async def with_whom(
    datasette: Datasette, engagements: list[int], *, but: str
) -> dict[int, tuple[tuple[str, str], ...]]:
    """The people and organisations of each engagement, with the page of each; without the one whose page is `but`."""
    found = await rows(
        datasette,
        "SELECT e.engagement_id, p.name, '/people/' || p.id FROM json_each(?1) w "
        "CROSS JOIN engagement_contacts e ON e.engagement_id = w.value CROSS JOIN people p ON p.id = e.contact_id "
        "UNION ALL SELECT e.engagement_id, o.name, '/organisations/' || o.id FROM json_each(?1) w "
        "CROSS JOIN engagement_organisations e ON e.engagement_id = w.value "
        "CROSS JOIN organisations o ON o.id = e.organisation_id",
        json.dumps(engagements),
    )
    parties: dict[int, tuple[tuple[str, str], ...]] = {}
    for number, name, link in found:
        if link != but:
            parties[number] = (*parties.get(number, ()), (name, link))
    return parties


def engagement(row: Any, parties: tuple[tuple[str, str], ...]) -> Happening:
    """An engagement as it stands on a line of time; what follows is said with its day, or that it was done."""
    follow = row["follow_up"]
    if follow and row["done_on"]:
        follow = f"done: {follow}"
    elif follow:
        follow = f"to do: {follow}"
    kind = row["kind"].replace("-", " ")
    return Happening(
        row["happened_on"],
        f"{kind[0].upper()}{kind[1:]}: {row['title']}",
        tuple(
            part
            for part in (
                f"noted by {row['recorder']}",
                follow,
                f"by {row['due_on']}" if row["due_on"] and not row["done_on"] else "",
            )
            if part
        ),
        "spoke",
        text=row["said"],
        parties=parties,
    )


async def _requests(datasette: Datasette, contact_id: int) -> list[Happening]:
    found = await rows(datasette, f"SELECT * FROM privacy_requests WHERE contact_id IN {_EVER}", contact_id)
    return [
        Happening(
            row["received_on"],
            f"Asked for {_REQUESTS.get(row['kind'], row['kind'])}",
            (
                f"noted by {row['recorder']}",
                f"answered {row['closed_on']}" if row["closed_on"] else f"due by {row['due_on']}",
            ),
            "" if row["closed_on"] else "warm",
        )
        for row in found
    ]


async def _changes(datasette: Datasette, person: Any) -> list[Happening]:
    """Who changed what about them, by the names of the fields; and that they were added."""
    found = await rows(
        datasette,
        "SELECT o.at, o.operator, o.via, t.change, t.fields, o.undoes FROM operation_contacts t "
        f"JOIN operations o ON o.id = t.operation_id WHERE t.contact_id IN {_EVER} ORDER BY o.id DESC LIMIT {_AT_MOST}",
        person["id"],
    )
    # That somebody is on a list is told by what they agreed to.
    changes = [
        _change(row) for row in found if row["change"] == "changed" and row["fields"] != "list_members"
    ]
    adding = next((row for row in found if row["change"] == "added"), None)
    by = (_by(adding),) if adding else ()
    return [*changes, Happening(person["created_at"][:10], "Added", by)]


def _change(row: Any) -> Happening:
    names = [_FIELDS.get(name, name.replace("_", " ")) for name in row["fields"].split()]
    taken_back = "Taken back" if row["undoes"] else "Changed"
    return Happening(row["at"], f"{taken_back}: {', '.join(names)}", (_by(row),))


def _by(row: Any) -> str:
    via = _VIA.get(row["via"])
    return f"by {row['operator']}, {via}" if via else f"by {row['operator']}"
