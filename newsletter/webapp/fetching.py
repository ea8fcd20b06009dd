"""How the workspace fetches what came in, and says what it has taken over. Nobody else gets an answer."""

import asyncio

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from newsletter.replies import (
    PAGE,
    REMOVAL_LIMIT,
    SYNC_PATH,
    BadExchange,
    read_removal,
    reason_to_refuse,
    write_page,
)
from newsletter.webapp.answering import Answers
from newsletter.webapp.guard import read_body
from newsletter.webapp.limits import PAGES


class Fetching:
    """The handler."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers

    async def exchange(self, request: Request) -> Response:
        """GET hands out what waits, sealed; POST removes what has been taken over."""
        limit = REMOVAL_LIMIT if request.method == "POST" else 0
        body = await read_body(request.headers, request.stream(), limit)
        if reason := self._reason_to_refuse(request, body):
            self.answers.count(request, PAGES)
            return PlainTextResponse(f"Refused: {reason}.\n", 403)
        loop, inbox = asyncio.get_running_loop(), self.answers.site.inbox
        if request.method == "POST":
            try:
                taken = read_removal(body)
            except BadExchange as error:
                return PlainTextResponse(f"{error.message}\n", 400)
            await loop.run_in_executor(self.answers.reading, inbox.remove, taken)
            return PlainTextResponse("Removed.\n")
        waiting = await loop.run_in_executor(self.answers.reading, inbox.sealed, PAGE)
        return Response(write_page(waiting), media_type="application/json")

    def _reason_to_refuse(self, request: Request, body: bytes) -> str | None:
        """Why this is not the workspace; its proof is about the path it sent, which a proxy may have shortened."""
        site = self.answers.site
        reason = None
        for path in {SYNC_PATH, site.root + SYNC_PATH}:
            reason = reason_to_refuse(
                site.key.sync, request.method, path, body, headers=request.headers, now=site.clock()
            )
            if reason is None:
                return None
        return reason
