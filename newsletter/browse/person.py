"""One person's page: who it is, what they agreed to, and everything that happened, on one line of time."""

from dataclasses import dataclass
from typing import Any

from newsletter.browse.hooks import Datasette, Request, Response, may_look, rows, value
from newsletter.browse.upcoming import looked_at
from newsletter.browse.words import issue_name, language_name

_EVER = "(SELECT ? UNION ALL SELECT old_id FROM contact_aliases WHERE contact_id = ?)"
# A left join: somebody who was added a moment ago, while much else was, may not be among the people yet.
_SUMMARY = (
    "SELECT coalesce(p.name, nullif(c.name, ''), 'no name given') AS name, coalesce(p.roles, '') AS roles, "
    "coalesce(p.standing, 'being looked up') AS standing, coalesce(p.gets_it_as, c.format) AS gets_it_as "
    "FROM contacts c LEFT JOIN people p ON p.id = c.id WHERE c.id = ?"
)
_GOOD = {"agreed", "confirmed", "agreed again"}
_WARM = {"left the list", "consent ended", "refused", "may have arrived"}


@dataclass(frozen=True, slots=True)
class Happening:
    """One point on the line of time. `tone` is a colour; the words say all of it without."""

    date: str
    what: str
    detail: tuple[str, ...] = ()
    tone: str = ""
    wording: str = ""  # the text that was agreed to


async def person_page(datasette: Datasette, request: Request) -> Response:
    """The page of the contact in the address; a merged contact's old id leads to the one that stayed."""
    from datasette import NotFound, Response

    await may_look(datasette, request)
    contact_id = int(request.url_vars["contact_id"])
    found = (
        await rows(datasette, "SELECT * FROM contacts WHERE id = ?", contact_id) if contact_id < 2**63 else []
    )
    if not found:
        stayed = await _merged_into(datasette, contact_id)
        if stayed is None:
            raise NotFound("Nobody with this number is kept here; they may have been erased.")
        return Response.redirect(f"/people/{stayed}")
    context = {
        "person": found[0],
        "language": language_name(found[0]["language"]),
        **await _who(datasette, contact_id),
        "next_issue": await _next_issue(datasette, contact_id),
        "happenings": await _happenings(datasette, found[0]),
    }
    return Response.html(await datasette.render_template("person.html", context, request))


async def _merged_into(datasette: Datasette, contact_id: int) -> int | None:
    if contact_id >= 2**63:
        return None
    stayed = await value(datasette, "SELECT contact_id FROM contact_aliases WHERE old_id = ?", contact_id)
    return None if stayed is None else int(stayed)


async def _who(datasette: Datasette, contact_id: int) -> dict[str, Any]:
    ask = {
        "summary": _SUMMARY,
        "addresses": "SELECT email, is_primary FROM addresses WHERE contact_id = ? ORDER BY is_primary DESC, email",
        "organisations": "SELECT o.id, o.name, co.position FROM contact_organisations co "
        "JOIN organisations o ON o.id = co.organisation_id WHERE co.contact_id = ? ORDER BY o.name",
        "roles": "SELECT role, since, until FROM contact_roles WHERE contact_id = ? ORDER BY until <> '', since, role",
        "tags": "SELECT tag FROM contact_tags WHERE contact_id = ? ORDER BY tag",
        "lists": "SELECT list_name, standing, since, until FROM list_standing WHERE contact_id = ? ORDER BY list_name",
    }
    found = {name: await rows(datasette, sql, contact_id) for name, sql in ask.items()}
    return {**found, "summary": found["summary"][0]}


async def _next_issue(datasette: Datasette, contact_id: int) -> Any:
    """Whether the issue that is still to come would reach this person, or None where none was looked at."""
    upcoming = await looked_at(datasette)
    if upcoming is None or upcoming.begun:
        return None
    found = await rows(datasette, "SELECT * FROM who_gets_the_next_issue WHERE contact_id = ?", contact_id)
    return found[0] if found else None


async def _happenings(datasette: Datasette, person: Any) -> list[Happening]:
    """All that happened, newest first."""
    contact_id = person["id"]
    merged = await rows(datasette, "SELECT merged_at FROM contact_aliases WHERE contact_id = ?", contact_id)
    everything = [
        *await _consents(datasette, contact_id),
        *await _deliveries(datasette, contact_id),
        *await _suppressions(datasette, contact_id),
        *(Happening(row["merged_at"], "Joined with another record of the same person") for row in merged),
        # By its day, so that what was agreed to on that day stands above it.
        Happening(person["created_at"][:10], "Added"),
    ]
    return sorted(everything, key=lambda happening: happening.date, reverse=True)


async def _consents(datasette: Datasette, contact_id: int) -> list[Happening]:
    found = await rows(
        datasette,
        "SELECT h.*, w.text AS wording_text, json_extract(d.detail, '$.source') AS source "
        "FROM consent_history h LEFT JOIN wordings w ON w.digest = h.wording_digest "
        f"LEFT JOIN consent_details d ON d.sequence = h.entry WHERE h.recorded_for IN {_EVER} "
        "ORDER BY h.entry",
        contact_id,
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
        f"SELECT * FROM deliveries_by_name WHERE recorded_for IN {_EVER}",
        contact_id,
        contact_id,
    )
    return [
        Happening(
            row["date"],
            f"{issue_name(row['issue'])} {row['kind']}: {row['what_became_of_it']}",
            _why(row),
            "warm" if row["what_became_of_it"] in _WARM else "sent",
        )
        for row in found
    ]


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
