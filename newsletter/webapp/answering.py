"""What every handler shares: the reader's language, forms that are proven and read, and answers kept before they are given."""

import asyncio
import datetime as dt
import logging
import math
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from newsletter.publishing import choose_language, languages
from newsletter.replies import ArrivalKind
from newsletter.webapp.forms import BODY_LIMIT, Fields, one, read_fields
from newsletter.webapp.guard import read_body
from newsletter.webapp.limits import Allowance, Crowd, Limits, network_of
from newsletter.webapp.pages import Page, TroubleWord, render_page
from newsletter.webapp.proofs import holds, make_proof
from newsletter.webapp.site import Site

_LOG = logging.getLogger(__name__)


class Refused(Exception):
    """What was asked is not done; the page says so."""

    def __init__(self, status: int, what: TroubleWord, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(what)
        self.status, self.what, self.headers = status, what, headers or {}


@dataclass(frozen=True)
class Answers:
    """The site, how often who asked, and the threads that read the inbox."""

    site: Site
    limits: Limits
    reading: Executor

    def now(self) -> dt.datetime:
        """The time, in UTC."""
        return self.site.clock()

    def language(self, request: Request) -> str:
        """The language to answer in: the one chosen in the address, else the browser's, else the study's first."""
        asked, accepted = request.query_params.get("lang", ""), request.headers.get("accept-language", "")
        return choose_language(asked, accepted, self.site.config)

    def tongues(self) -> tuple[str, ...]:
        """The languages that somebody can choose to be written to in."""
        return languages(self.site.config)

    def page(
        self, request: Request, page: Page, *, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> Response:
        """The page in the reader's language."""
        language = self.language(request)
        told = {"content-language": language, "vary": "Accept-Language", **(headers or {})}
        return HTMLResponse(render_page(page, language, self.site.config), status, told)

    def proof(self, path: str) -> str:
        """What the form at `path` has to bring."""
        return make_proof(self.site.key, path, self.now())

    def is_proven(self, request: Request, path: str, fields: Fields) -> bool:
        """Whether the form came from our own page at `path`, and no other site's page sent it.

        Origin says nothing here: with our referrer policy browsers send 'null'.
        """
        sent_from = request.headers.get("sec-fetch-site", "none")
        return sent_from in ("none", "same-origin") and holds(
            self.site.key, path, one(fields, "csrf"), self.now()
        )

    async def fields(self, request: Request) -> Fields:
        """What was posted. Raises BodyTooLarge and BodyTooSlow."""
        body = await read_body(request.headers, request.stream(), BODY_LIMIT)
        return read_fields(request.headers.get("content-type", ""), body)

    def count(self, request: Request, allowance: Allowance) -> None:
        """Count the visitor. Raises Refused where they have asked too often."""
        client = request.client.host if request.client else ""
        self.allow(allowance, "client", str(allowance), network_of(client))

    def allow(self, allowance: Allowance, *names: str) -> None:
        """Raises Refused where it was asked too often."""
        if seconds := self.limits.wait(allowance, *names):
            raise Refused(429, "too-many", {"retry-after": str(math.ceil(seconds))})

    def require_room(self, crowd: Crowd) -> None:
        """Raises Refused where all visitors together have sent as many forms as are taken."""
        if seconds := crowd.wait():
            if crowd.is_news():
                _LOG.warning("more forms come in than public.forms in newsletter.toml lets: some are refused")
            raise Refused(429, "crowded", {"retry-after": str(math.ceil(seconds))})

    async def keep(self, kind: ArrivalKind, data: dict[str, object]) -> None:
        """Keep what came in; it is on the disk when this returns. Raises as `Inbox.add`."""
        await asyncio.wrap_future(self.site.inbox.begin_adding(kind, data, self.now()))

    def log_unavailable(self, error: Exception) -> None:
        """Tell whoever runs the pages that nothing can be kept."""
        _LOG.error("nothing can be taken down: %s", error)
