"""One person's page: who it is, what they agreed to, what can be written down, and everything that happened."""

import json
from typing import Any

from newsletter.browse.forms import FORMS, said_done
from newsletter.browse.hooks import Datasette, Request, Response, may_look, rows, value
from newsletter.browse.timeline import happenings
from newsletter.browse.upcoming import looked_at
from newsletter.browse.words import language_name

# A left join: somebody who was added a moment ago, while much else was, may not be among the people yet.
_SUMMARY = (
    "SELECT coalesce(p.name, nullif(c.name, ''), 'no name given') AS name, coalesce(p.roles, '') AS roles, "
    "coalesce(p.standing, 'being looked up') AS standing, coalesce(p.gets_it_as, c.format) AS gets_it_as "
    "FROM contacts c LEFT JOIN people p ON p.id = c.id WHERE c.id = ?"
)
_RELATIONSHIPS = """
SELECT r.kind, r.since, r.until, r.note, r.contact_id = ?1 AS ours,
    coalesce(p.name, o.name, 'somebody no longer kept') AS name,
    CASE WHEN p.id IS NOT NULL THEN '/people/' || p.id WHEN o.id IS NOT NULL THEN '/organisations/' || o.id END AS link
FROM relationships r
LEFT JOIN people p ON p.id = CASE WHEN r.contact_id = ?1 THEN r.to_contact_id ELSE r.contact_id END
LEFT JOIN organisations o ON o.id = CASE WHEN r.contact_id = ?1 THEN r.to_organisation_id ELSE r.organisation_id END
WHERE r.contact_id = ?1 OR r.to_contact_id = ?1 ORDER BY r.until <> '', r.since
"""
_MEDIA = """
SELECT m.permission, m.covers, m.title, c.kind, c.effective_at, c.expires_at,
    (SELECT group_concat(issue, ', ') FROM issue_permissions i WHERE i.permission = m.permission) AS issues
FROM media_permissions m LEFT JOIN consents c ON c.sequence =
    (SELECT max(sequence) FROM consents e WHERE e.contact_id = m.contact_id AND e.list = 'media:' || m.permission)
WHERE m.contact_id = ? ORDER BY m.created_at DESC
"""
_ASK = {
    "summary": _SUMMARY,
    "addresses": "SELECT email, is_primary FROM addresses WHERE contact_id = ? ORDER BY is_primary DESC, email",
    "organisations": "SELECT o.id, o.name, co.position FROM contact_organisations co "
    "JOIN organisations o ON o.id = co.organisation_id WHERE co.contact_id = ? ORDER BY o.name",
    "tags": "SELECT tag FROM contact_tags WHERE contact_id = ? ORDER BY tag",
    "own_fields": "SELECT field, value FROM contact_fields WHERE contact_id = ? ORDER BY field",
    "lists": "SELECT list_name, standing, since, until FROM list_standing WHERE contact_id = ? ORDER BY list_name",
    "relationships": _RELATIONSHIPS,
    "media": _MEDIA,
    "requests": "SELECT kind, due_on FROM privacy_requests WHERE contact_id = ? AND closed_on = '' ORDER BY due_on",
}


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
    person = found[0]
    context = {
        "person": person,
        "language": language_name(person["language"]),
        **await _who(datasette, contact_id),
        "next_issue": await _next_issue(datasette, contact_id),
        "happenings": await happenings(datasette, person),
        "forms": [form for form in FORMS.values() if form.name != "details"],
        "done": said_done(request.args.get("done") or "", person, stands="stands" in request.args),
    }
    return Response.html(await datasette.render_template("person.html", context, request))


async def _merged_into(datasette: Datasette, contact_id: int) -> int | None:
    if contact_id >= 2**63:
        return None
    stayed = await value(datasette, "SELECT contact_id FROM contact_aliases WHERE old_id = ?", contact_id)
    return None if stayed is None else int(stayed)


async def _who(datasette: Datasette, contact_id: int) -> dict[str, Any]:
    found = {name: await rows(datasette, sql, contact_id) for name, sql in _ASK.items()}
    media = [dict(row) | {"covers": ", ".join(json.loads(row["covers"]))} for row in found["media"]]
    return {**found, "summary": found["summary"][0], "media": media}


async def _next_issue(datasette: Datasette, contact_id: int) -> Any:
    """Whether the issue that is still to come would reach this person, or None where none was looked at."""
    upcoming = await looked_at(datasette)
    if upcoming is None or upcoming.begun:
        return None
    found = await rows(datasette, "SELECT * FROM who_gets_the_next_issue WHERE contact_id = ?", contact_id)
    return found[0] if found else None
