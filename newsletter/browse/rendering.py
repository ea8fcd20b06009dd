"""What every page of the browser shares: the masthead, the sentence above a table, and errors."""

import json
import logging
from collections.abc import Generator
from typing import Any

from newsletter.browse.guard import STATIC
from newsletter.browse.hooks import (
    DATABASE,
    Browser,
    Datasette,
    Request,
    Response,
    browser_of,
    hook,
    rows,
    wrapping_hook,
)
from newsletter.browse.tables import PAGES
from newsletter.browse.upcoming import audience, looked_at, reach
from newsletter.browse.words import counted, dated, in_words, issue_name, language_name, with_commands

_LOG = logging.getLogger(__name__)

NAVIGATION = (
    ("Home", "/"),
    ("People", f"/{DATABASE}/people"),
    ("Organisations", f"/{DATABASE}/organisation_overview"),
    ("Mailings", f"/{DATABASE}/mailing_overview"),
    ("Consent", f"/{DATABASE}/consent_history"),
    ("Due", "/due"),
)

#: How a column may be compared, in words; the first of each pair is Datasette's.
OPERATORS = (
    ("contains", "contains"),
    ("exact", "is"),
    ("not", "is not"),
    ("startswith", "begins with"),
    ("gte", "from"),
    ("lte", "up to"),
    ("isblank__1", "is empty"),
    ("notblank__1", "is not empty"),
)


@hook
def extra_template_vars(datasette: Datasette, request: Request | None, table: str | None) -> object:
    """What the templates of ours need; nothing for anybody else's Datasette."""
    browser = browser_of(datasette)
    if browser is None:
        return {}

    async def variables() -> dict[str, Any]:
        page = PAGES.get(table or "")
        shared = {
            "study": browser.config.sender.name or "Newsletter",
            "writer": browser.who,
            "navigation": NAVIGATION,
            "section": page.section if page else _section(request),
            "static": STATIC,
            "page": page,
            "heading": lambda column: heading(table or "", column),
            "said": lambda text: in_words(text, browser.config.zone) or text,
            "dated": lambda text: dated(text, browser.config.zone),
            "issue_name": issue_name,
            "counted": counted,
            "with_commands": with_commands,
            "operators": OPERATORS,
            "tabs": [
                (name, other.tab or other.title)
                for name, other in PAGES.items()
                if page and page.section == other.section
            ],
            "pages": PAGES,
            "counted_again": lambda url: url.replace("&_nocount=1", "").replace("_nocount=1&", ""),
            "names_of": lambda shown: _names_of(datasette, shown),
            "chips_of": lambda filters: _chips(filters, request, table or "", browser),
        }
        if page:
            shared["lead"] = await _lead(datasette, browser, table or "") or page.lead
        return shared

    return variables


async def _names_of(datasette: Datasette, shown: Any) -> dict[int, Any]:
    """Name and address of the people in these rows, by their number."""
    ids = json.dumps([int(row["contact_id"]) for row in shown])
    found = await rows(
        datasette, "SELECT id, name, email FROM people WHERE id IN (SELECT value FROM json_each(?))", ids
    )
    return {row["id"]: row for row in found}


def heading(table: str, column: str) -> str:
    """A column's name as a heading: `What became of it`."""
    page = PAGES.get(table)
    known = page.headings.get(column) if page else None
    return known or column.replace("_", " ").capitalize()


def _chips(filters: Any, request: Request, table: str, browser: Browser) -> list[dict[str, str]]:
    """What the table is narrowed down by, in words, and the address without each."""
    from datasette.utils import path_with_replaced_args

    words = {name.removesuffix("__1"): said for name, said in OPERATORS}
    chips = []
    for column, lookup, sought in filters.selections():
        argument = column if column in request.args else f"{column}__{lookup}"
        bare = f"{lookup}__1" in dict(OPERATORS)
        named = language_name if column == "language" else issue_name
        shown = "" if bare else in_words(sought, browser.config.zone) or named(sought)
        how = "" if lookup == "exact" else words.get(lookup, lookup)
        chips.append(
            {
                "heading": heading(table, column),
                "label": f"{how} {shown}".strip(),
                "without": path_with_replaced_args(
                    request, {argument: None, "_next": None, "_nocount": None}
                ),
            }
        )
    return chips


@hook
def forbidden(datasette: Datasette, request: Request, message: str) -> object:
    """The page for somebody who may not look: how to get in."""
    if not browser_of(datasette):
        return None

    async def page() -> Response:
        from datasette import Response

        html = await datasette.jinja_env.get_template("door.html").render_async(static=STATIC)
        return Response.html(html, status=403)

    return page


@wrapping_hook
def handle_exception(
    datasette: Datasette, request: Request, exception: Exception
) -> Generator[None, Any, None]:
    """One page that says what is wrong, in place of Datasette's own answer.

    In place, not beside: Datasette asks all who answer, and its own prints every local variable,
    rows of people among them, into the terminal even where a page was merely not found.
    """
    outcome = yield
    if browser_of(datasette):
        outcome.force_result([lambda: _error_page(datasette, request, exception)])


async def _error_page(datasette: Datasette, request: Request, exception: Exception) -> Response:
    from datasette import Response

    status = int(getattr(exception, "status", 500))
    text = "There is no such page." if str(exception) in {"404", ""} else str(exception)
    if status == 500:
        _LOG.error("a page failed", exc_info=exception)
    if request.path.split("?")[0].endswith(".json"):
        return Response.json({"ok": False, "status": status, "error": text}, status=status)
    html = await datasette.render_template(
        "error.html", {"title": "Not found" if status == 404 else "This did not work", "error": text}, request
    )
    return Response.html(html, status=status)


def _section(request: Request | None) -> str:
    path = request.path if request else ""
    begun = (
        ("/people/", "People"),
        ("/organisations/", "Organisations"),
        ("/grid", "Organisations"),
        ("/due", "Due"),
        ("/mailings/", "Mailings"),
        ("/lists", "Consent"),
    )
    return "Home" if path == "/" else next((name for start, name in begun if path.startswith(start)), "")


async def _lead(datasette: Datasette, browser: Browser, table: str) -> str:
    """The sentence above a table, where it depends on what the table holds."""
    if table != "who_gets_the_next_issue":
        return ""
    upcoming = await looked_at(datasette)
    if upcoming is None:
        return ""
    taken = in_words(upcoming.taken_at, browser.config.zone)
    name = issue_name(upcoming.issue)
    if upcoming.begun:
        return (
            f"{name} is on its way or has been sent; this is how it stood on {taken}. "
            "`newsletter send ISSUE --dry-run` looks at the next one, and sends nothing."
        )
    reached, everybody = reach(await audience(datasette))
    return (
        f"{name} reaches {reached:,} of {counted(everybody, 'person', 'people')}, as it stood on {taken}. "
        f"`newsletter send {upcoming.issue} --dry-run` looks again, and sends nothing."
    )
