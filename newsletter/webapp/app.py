"""The public pages as an application: which path leads where, and what a page that is none says."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from newsletter.errors import DatabaseProblem, ServerUnavailable
from newsletter.replies import SYNC_PATH, ArrivalTooLong
from newsletter.webapp.answering import Answers, Refused
from newsletter.webapp.archive import archive_routes, static_file
from newsletter.webapp.fetching import Fetching
from newsletter.webapp.guard import App, BodyTooLarge, BodyTooSlow, guarded
from newsletter.webapp.limits import PAGES, Limits
from newsletter.webapp.links import Links
from newsletter.webapp.pages import Trouble, TroubleWord
from newsletter.webapp.site import Site
from newsletter.webapp.visitors import Visitors

Handler = Callable[[Request], Awaitable[Response]]
#: Threads for what reads the inbox; what comes in is waited for without any.
_READING = 4
#: What has a page of its own; anything else is a fault of ours, and is logged.
_EXPECTED = (
    HTTPException,
    Refused,
    BodyTooLarge,
    BodyTooSlow,
    ServerUnavailable,
    DatabaseProblem,
    ArrivalTooLong,
)
_TROUBLES: dict[int, TroubleWord] = {
    400: "not-so",
    404: "not-found",
    405: "not-so",
    408: "unavailable",
    413: "too-large",
    429: "too-many",
    503: "unavailable",
}
_ROBOTS = "User-agent: *\nDisallow: /u/\nDisallow: /confirm/\nDisallow: /renew/\nDisallow: /preferences/\n"


def create_app(site: Site, limits: Limits) -> App:
    """The application, behind its door. It holds what `site` holds and a count of who asked how often."""
    answers = Answers(site, limits, ThreadPoolExecutor(_READING, "inbox-reading"))
    app = Starlette(routes=_routes(answers), exception_handlers=dict.fromkeys(_EXPECTED, _troubled(answers)))
    # A slash too many or too few is no other page: a redirect would lose what was posted.
    app.router.redirect_slashes = False
    return guarded(app, site.root)


def _routes(answers: Answers) -> list[Route]:
    visitors, links, fetching = Visitors(answers), Links(answers), Fetching(answers)
    forms = ["GET", "POST"]
    return [
        Route("/", visitors.home),
        Route("/subscribe", visitors.subscribe, methods=forms),
        Route("/rights", visitors.rights, methods=forms),
        Route("/u/{token}", links.unsubscribe, methods=forms),
        Route("/confirm/{token}", links.confirm, methods=forms),
        Route("/renew/{token}", links.renew, methods=forms),
        Route("/preferences/{token}", links.preferences, methods=forms),
        Route(SYNC_PATH, fetching.exchange, methods=forms),
        Route("/static/{name}", static_file(answers.site)),
        Route("/health", _health(answers)),
        Route("/robots.txt", _robots),
        Route("/favicon.ico", _no_icon),
        *archive_routes(answers),
    ]


def _troubled(answers: Answers) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def troubled(request: Request, error: Exception) -> Response:
        if isinstance(error, HTTPException):
            try:
                answers.count(request, PAGES)
            except Refused as refused:
                error = refused
        return _trouble(answers, request, error)

    return troubled


def _trouble(answers: Answers, request: Request, error: Exception) -> Response:
    """The page for what could not be done; the same for everybody whom it meets."""
    status, headers, what = 503, {"retry-after": "300"}, None
    if isinstance(error, HTTPException):
        status, headers = error.status_code, dict(error.headers or {})
    elif isinstance(error, Refused):
        status, headers, what = error.status, dict(error.headers), error.what
    elif isinstance(error, BodyTooLarge | ArrivalTooLong):
        status, headers = 413, {"connection": "close"}
    elif isinstance(error, BodyTooSlow):
        status, headers = 408, {"connection": "close"}
    else:
        answers.log_unavailable(error)
    page = Trouble(what=what or _TROUBLES.get(status, "fault"))
    return answers.page(request, page, status=status, headers=headers)


def _health(answers: Answers) -> Handler:
    async def health(request: Request) -> Response:
        """Whether what is sent here could be kept."""
        await asyncio.get_running_loop().run_in_executor(answers.reading, answers.site.inbox.require_room)
        return PlainTextResponse("ok")

    return health


async def _robots(request: Request) -> Response:
    return PlainTextResponse(_ROBOTS, headers={"cache-control": "public, max-age=86400"})


async def _no_icon(request: Request) -> Response:
    """Browsers ask for it unbidden: it is not counted as somebody's wish for a page."""
    return Response(status_code=404, headers={"cache-control": "public, max-age=86400"})
