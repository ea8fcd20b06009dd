"""The browser's own pages and their addresses; they exist in our browser and in no other Datasette."""

from typing import Any

from newsletter.browse.due import due_page
from newsletter.browse.find import find_page
from newsletter.browse.grid import grid_page, grid_style
from newsletter.browse.home import home_page
from newsletter.browse.hooks import Datasette, browser_of, hook
from newsletter.browse.mailing import lists_page, mailing_page
from newsletter.browse.organisation import organisation_page
from newsletter.browse.person import person_page
from newsletter.browse.writing import write_page

#: Each page begins by asking `may_look`: Datasette checks nothing for a plugin's pages.
ROUTES = (
    (r"^/$", home_page),
    (r"^/find$", find_page),
    (r"^/due$", due_page),
    (r"^/grid$", grid_page),
    (r"^/grid\.css$", grid_style),
    (r"^/lists$", lists_page),
    (r"^/mailings/(?P<mailing>\d{1,18})$", mailing_page),
    (r"^/organisations/(?P<organisation_id>\d{1,19})$", organisation_page),
    (r"^/people/(?P<contact_id>\d{1,19})$", person_page),
    (r"^/people/(?P<contact_id>\d{1,19})/write/(?P<form>[a-z]{1,20})$", write_page),
)


@hook
def register_routes(datasette: Datasette) -> list[tuple[str, Any]]:
    """Home, search, what is due, the grid, lists over time, and a page for each person, organisation and mailing."""
    return list(ROUTES) if browser_of(datasette) else []
