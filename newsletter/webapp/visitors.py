"""The pages for whoever comes: home, the form that subscribes, the form about somebody's data."""

from starlette.requests import Request
from starlette.responses import Response

from newsletter.addresses import mailbox_of, normalise
from newsletter.webapp.answering import Answers
from newsletter.webapp.entries import (
    asked_data,
    faults_of_asked,
    faults_of_signing,
    read_asked,
    read_signing,
    signing_data,
)
from newsletter.webapp.latest import latest_issues
from newsletter.webapp.limits import ADDRESS, FORMS, PAGES
from newsletter.webapp.pages import Asked, Done, Fault, Home, Outcome, Rights, Signing, Subscribe


class Visitors:
    """The handlers."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        # Apart, so that a flood of the one keeps nobody from the other.
        rates = answers.site.config.public.form_rates
        self._crowds = {path: answers.limits.of_all(rates) for path in ("/subscribe", "/rights")}

    async def home(self, request: Request) -> Response:
        """Who writes, and what about."""
        self.answers.count(request, PAGES)
        site = self.answers.site
        issues = latest_issues(site.archive, self.answers.language(request), site.config)
        return self.answers.page(request, Home(issues=issues))

    async def subscribe(self, request: Request) -> Response:
        """The form that subscribes; once it is filled in well, always the same answer."""
        answers = self.answers
        answers.count(request, PAGES)
        offered = answers.site.offers(answers.language(request))
        entered = Signing()
        faults: tuple[Fault, ...] = ()
        if request.method == "POST":
            answers.count(request, FORMS)
            fields = await answers.fields(request)
            entered = read_signing(fields, offered, answers.tongues())
            faults = faults_of_signing(entered, fields, offered)
            if not answers.is_proven(request, "/subscribe", fields):
                faults = (Fault("", "form-old"),)
            if not faults:
                return await self._taken(request, "/subscribe", "subscribe", signing_data(entered, offered))
        page = Subscribe(csrf=answers.proof("/subscribe"), offers=offered, entered=entered, faults=faults)
        return answers.page(request, page, status=422 if faults else 200)

    async def rights(self, request: Request) -> Response:
        """The form about somebody's data: what is held about them, or that it be deleted."""
        answers = self.answers
        answers.count(request, PAGES)
        entered = Asked()
        faults: tuple[Fault, ...] = ()
        if request.method == "POST":
            answers.count(request, FORMS)
            fields = await answers.fields(request)
            entered = read_asked(fields)
            faults = faults_of_asked(entered)
            if not answers.is_proven(request, "/rights", fields):
                faults = (Fault("", "form-old"),)
            if not faults:
                kind: Outcome = "access" if entered.wish == "access" else "erasure"
                return await self._taken(request, "/rights", kind, asked_data(entered))
        page = Rights(csrf=answers.proof("/rights"), entered=entered, faults=faults)
        return answers.page(request, page, status=422 if faults else 200)

    async def _taken(self, request: Request, path: str, kind: Outcome, data: dict[str, object]) -> Response:
        """Kept, and answered. Who types the same address over and over gets the answer, and nothing more is kept.

        What is not kept counts for nobody else. Raises Refused, whatever the address, where too many have been.
        """
        crowd = self._crowds[path]
        self.answers.require_room(crowd)
        address = normalise(str(data["email"]))
        if kind == "subscribe":  # which leads to a message; what is asked about an address is about no other
            address = mailbox_of(address)
        if not self.answers.limits.wait(ADDRESS, kind, address):
            crowd.count()
            await self.answers.keep(kind, data)
        return self.answers.page(request, Done(path=path, outcome=kind))
