"""What stands in a table's cell: names that lead to people, dates in words, issues by their month."""

from collections.abc import Callable
from typing import Any

from markupsafe import Markup, escape

from newsletter.browse.hooks import DATABASE, Datasette, browser_of, hook
from newsletter.browse.tables import PAGES
from newsletter.browse.words import in_words, issue_name, language_name


@hook
def render_cell(
    row: Any, value: object, column: str, table: str | None, datasette: Datasette
) -> Markup | None:
    """A cell as it is read, or None to leave it to Datasette."""
    browser = browser_of(datasette)
    if browser is None:
        return None
    if value is not None and (shown := _linked(row, str(value), column, table or "")):
        return shown
    words = in_words(value, browser.config.zone) if isinstance(value, str) else None
    return Markup('<time datetime="{}">{}</time>').format(value, words) if words else None


def _linked(row: Any, value: str, column: str, table: str) -> Markup | None:
    """A cell from which one goes on to another page, or whose code has a name; None for any other."""
    held = row.keys()
    if table == "organisation_overview" and column == "name" and "id" in held:
        return _link(f"/organisations/{row['id']}", value)
    if table == "organisation_overview" and column == "people" and "id" in held:
        return _link(f"/{DATABASE}/people?_organisation={row['id']}", value)
    if table == "mailing_overview" and column == "issue" and "mailing" in held:
        return _link(f"/mailings/{row['mailing']}", issue_name(value))
    page = PAGES.get(table)
    if page and column == "name" and page.person in held:
        return person_link(row[page.person], value, row["email"] if "email" in held else "")
    named = _NAMED.get(column) if page else None
    return escape(named(value)) if named else None


def person_link(contact_id: object, name: str, email: str | None = "") -> Markup:
    """A name that leads to the person's page, over the address; somebody who was erased has none."""
    if name == "somebody no longer kept":
        return escape(name)
    under = Markup('<span class="under">{}</span>').format(email) if email and email != name else ""
    return _link(f"/people/{contact_id}", name) + under


_NAMED: dict[str, Callable[[str], str]] = {
    "issue": issue_name,
    "language": language_name,
}


def _link(address: str, text: str) -> Markup:
    return Markup('<a href="{}">{}</a>').format(address, text)
