"""What a colleague can see: people and mailings in Datasette, read-only, on this machine alone.

Datasette imports this package as a plugin, so it must not import `datasette.app`, which is only
half made by then.
"""

from newsletter.browse.cells import render_cell
from newsletter.browse.counts import register_facet_classes
from newsletter.browse.facets import filters_from_request
from newsletter.browse.guard import permission_allowed, prepare_connection
from newsletter.browse.pages import register_routes
from newsletter.browse.rendering import extra_template_vars, forbidden, handle_exception
from newsletter.browse.server import serve_browser

__all__ = [
    "extra_template_vars",
    "filters_from_request",
    "forbidden",
    "handle_exception",
    "permission_allowed",
    "prepare_connection",
    "register_facet_classes",
    "register_routes",
    "render_cell",
    "serve_browser",
]
