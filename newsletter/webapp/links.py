"""The pages that links in messages lead to: stop, confirm, go on, change. A GET of them changes nothing.

Nothing about a reader is known here: a link is ours or it is not. So whoever they are, and whatever
became of them, they get the same answer; what it comes to is decided where people are known.
"""

from typing import Literal

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from newsletter.tokens import make_public_token, read_public_token
from newsletter.webapp.answering import Answers, Refused
from newsletter.webapp.entries import faults_of_wanted, read_wanted, wanted_data
from newsletter.webapp.forms import Fields, is_one_click
from newsletter.webapp.limits import LINK, LOOKS, PAGES
from newsletter.webapp.pages import Confirm, Done, Fault, Page, Preferences, Renew, Unsubscribe, Wanted

Answered = Literal["unsubscribe", "confirm", "renew"]
_TAKEN = "Your request to stop has been taken down. You need not do anything else.\n"


class Links:
    """The handlers."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers

    async def unsubscribe(self, request: Request) -> Response:
        """One button, or the one-click POST of a mail program (RFC 8058), which is answered at once."""
        token, opaque = self._token(request, "unsubscribe")
        path = f"/u/{token}"
        fields: Fields = await self.answers.fields(request) if request.method == "POST" else {}
        if is_one_click(fields):
            # Big providers send these from few addresses: they are counted by link alone.
            self.answers.allow(LINK, "unsubscribe", token)
            await self.answers.keep("unsubscribe", {"token": token, "one_click": True})
            return PlainTextResponse(_TAKEN)
        instead = make_public_token(self.answers.site.key, "preferences", opaque)
        page = Unsubscribe(path=path, csrf=self.answers.proof(path), preferences=f"/preferences/{instead}")
        return await self._one_button(request, "unsubscribe", page, token, fields)

    async def confirm(self, request: Request) -> Response:
        """One button: the address is theirs."""
        return await self._answer(request, "confirm", Confirm)

    async def renew(self, request: Request) -> Response:
        """One button: go on."""
        return await self._answer(request, "renew", Renew)

    async def preferences(self, request: Request) -> Response:
        """A form that asks, and never shows, what is stored."""
        answers = self.answers
        token, opaque = self._token(request, "preferences")
        path = f"/preferences/{token}"
        offered = answers.site.offers(answers.language(request))
        entered = Wanted()
        faults: tuple[Fault, ...] = ()
        if request.method == "POST":
            fields = await answers.fields(request)
            entered = read_wanted(fields, offered, answers.tongues())
            faults = faults_of_wanted(entered, fields, offered)
            if not answers.is_proven(request, path, fields):
                faults = (Fault("", "form-old"),)
            if not faults:
                answers.allow(LINK, "preferences", token)
                today = answers.now().astimezone(answers.site.config.zone).date()
                await answers.keep("preferences", wanted_data(entered, token, offered, today))
                return answers.page(request, Done(path=path, outcome="preferences"))
        stop = make_public_token(answers.site.key, "unsubscribe", opaque)
        page = Preferences(
            path=path,
            csrf=answers.proof(path),
            offers=offered,
            others=len(offered) < len(answers.site.config.lists),
            entered=entered,
            faults=faults,
            unsubscribe=f"/u/{stop}",
        )
        return answers.page(request, page, status=422 if faults else 200)

    async def _answer(
        self, request: Request, purpose: Literal["confirm", "renew"], kind: type[Confirm] | type[Renew]
    ) -> Response:
        token, _ = self._token(request, purpose)
        path = f"/{purpose}/{token}"
        fields: Fields = await self.answers.fields(request) if request.method == "POST" else {}
        return await self._one_button(
            request, purpose, kind(path=path, csrf=self.answers.proof(path)), token, fields
        )

    async def _one_button(  # the page, and what came of its button
        self, request: Request, kind: Answered, page: Page, token: str, fields: Fields
    ) -> Response:
        answers = self.answers
        if request.method != "POST":
            return answers.page(request, page)
        if not answers.is_proven(request, page.path, fields):
            return answers.page(request, page, status=422)  # the button once more: nothing was changed
        answers.allow(LINK, kind, token)
        await answers.keep(kind, {"token": token, "one_click": False})
        return answers.page(request, Done(path=page.path, outcome=kind))

    def _token(self, request: Request, purpose: str) -> tuple[str, bytes]:
        """The token in the path, and what it stands for. Raises Refused, alike for whatever is no link of ours."""
        token = request.path_params["token"].lower()
        opaque = read_public_token(self.answers.site.key, purpose, token)
        if opaque is None:
            self.answers.count(request, PAGES)
            raise Refused(404, "bad-link")
        if request.method != "POST":
            self.answers.allow(LOOKS, "look", token)
        return token, opaque
