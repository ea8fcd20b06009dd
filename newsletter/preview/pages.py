"""The pages: the preview itself, its frame and pictures, the stream of news, and the two forms."""

import asyncio
import contextlib
import datetime as dt
import functools
import json
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

import jinja2
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from newsletter.errors import NewsletterError
from newsletter.preview.framing import has_dark, html_frame, plain_page, text_frame
from newsletter.preview.guard import FRAME_POLICY, Guard
from newsletter.preview.people import asked, send_one, why_no_test, why_nobody
from newsletter.preview.reader import (
    Choice,
    Match,
    Reader,
    choice_of,
    find_matches,
    personal_of,
    reader_of,
)
from newsletter.preview.session import News, Scene, Session
from newsletter.preview.source import read_sources
from newsletter.preview.view import (
    groups_of,
    language_name,
    languages_named,
    meter_of,
    problems_of,
    status_of,
)

_HERE = Path(__file__).parent
_MOST_POSTED = 10_000  # bytes
_BEAT = 20.0  # seconds after which a silent stream says that it lives

#: Frames by name: what a tab says, and the width in CSS pixels (0: as wide as there is room).
FRAMES = {
    "phone": ("Phone", 375),
    "tablet": ("Tablet", 768),
    "pane": ("Reading pane", 700),
    "desktop": ("Desktop", 1200),
    "text": ("Text", 0),
}


@dataclass(frozen=True, slots=True)
class Look:
    """How the frame shows it."""

    show: str = "pane"
    dark: bool = False
    pictures: bool = True


@dataclass(frozen=True, slots=True)
class Sight:
    """One request's choice, reader and scene."""

    choice: Choice
    reader: Reader
    scene: Scene
    look: Look
    nobody: str


@dataclass(frozen=True, slots=True)
class Said:
    """What a form came to: people found, or how the test went."""

    words: str = ""
    matches: tuple[Match, ...] = ()
    sought: str = ""
    email: str = ""
    sent: str = ""
    failed: str = ""


def application(session: Session, guard: Guard) -> Starlette:
    """The application, to be put behind the guard."""
    desk = Desk(session, guard)
    routes = [
        Route("/", desk.page),
        Route("/frame", desk.frame),
        Route("/picture/{name}", desk.picture),
        Route("/events", desk.events),
        Route("/people", desk.people, methods=["POST"]),
        Route("/test", desk.test, methods=["POST"]),
        Mount("/static", StaticFiles(directory=_HERE / "static")),
    ]
    return Starlette(routes=routes)


def door_page() -> str:
    """The page for somebody who did not come by the link."""
    return _environment().get_template("door.html").render()


class Desk:
    """The handlers, with the session that they show and the guard whose token their forms carry."""

    def __init__(self, session: Session, guard: Guard) -> None:
        self.session, self.guard = session, guard
        self.database = session.root / "contacts.db"

    async def page(self, request: Request) -> Response:
        """The whole page."""
        return await self._page(request, Said())

    async def frame(self, request: Request) -> Response:
        """The email, or its text, for the frame."""
        sight = await self._sight(request)
        pictures = "'self'" if sight.look.pictures else "'none'"
        policy = {"content-security-policy": FRAME_POLICY.format(pictures=pictures)}
        return HTMLResponse(_framed(sight), headers=policy)

    async def picture(self, request: Request) -> Response:
        """A picture of the email."""
        found = self.session.picture(request.path_params["name"])
        if found is None:
            raise HTTPException(404, "There is no such picture.")
        # Its name is a digest of its bytes, so that it never changes.
        return Response(found[1], media_type=found[0], headers={"cache-control": "private, max-age=3600"})

    async def events(self, request: Request) -> Response:
        """The stream of news for one open page; `version` is the one it shows."""
        reader, _ = await self._reader(request)
        seen = request.query_params.get("version", "")
        return StreamingResponse(self._stream(reader, seen), media_type="text/event-stream")

    async def people(self, request: Request) -> Response:
        """The page with the contacts that were looked for."""
        form = await self._form(request)
        words = form.get("words", "").strip()
        try:
            matches = await asyncio.to_thread(asked, self.database, lambda db: find_matches(db, words))
        except NewsletterError as error:
            return await self._page(request, Said(failed=str(error)))
        found = f"{len(matches)} found" if matches else "Nobody was found"
        return await self._page(request, Said(f"{found} for ‘{words}’.", tuple(matches), words))

    async def test(self, request: Request) -> Response:
        """The page, with how a test went."""
        form = await self._form(request)
        email = form.get("email", "").strip()
        sight = await self._sight(request)
        if sight.scene.faulty or sight.scene.drawn is None:
            return await self._page(request, Said(email=email, failed="Mend the problems first."))
        if not email:
            return await self._page(request, Said(failed="Write the address that the test should go to."))
        try:
            done = await asyncio.to_thread(
                send_one, self.database, sight.scene.drawn, email, self.session.clock()
            )
        except NewsletterError as error:
            return await self._page(request, Said(email=email, failed=str(error)))
        return await self._page(request, Said(email=email, sent=done))

    async def _form(self, request: Request) -> dict[str, str]:
        """What was posted. Raises HTTPException where it does not come from our own page."""
        body = b""
        async for piece in request.stream():
            body += piece
            if len(body) > _MOST_POSTED:
                raise HTTPException(413, "That is too long.")
        form = {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
        if not self.guard.is_ours(form.get("token", "")):
            raise HTTPException(403, "Load the page anew, then try again.")
        return form

    async def _reader(self, request: Request) -> tuple[Reader, Choice]:
        choice = choice_of(request.query_params, request.query_params.getlist("list"))
        if not choice.contact:
            return reader_of(None, choice, (), self.session.clock()), choice
        lists, now = await self.session.lists(), self.session.clock()
        try:
            found = await asyncio.to_thread(
                asked, self.database, lambda db: reader_of(db, choice, lists, now)
            )
        except NewsletterError as error:
            found = Reader("Nobody", (), str(error))
        return found, choice

    async def _sight(self, request: Request) -> Sight:
        reader, choice = await self._reader(request)
        scene = await self.session.scene(reader.eyes)
        nobody = await asyncio.to_thread(why_nobody, self.database)
        return Sight(choice, reader, scene, look_of(request), nobody)

    async def _page(self, request: Request, said: Said) -> Response:
        sight = await self._sight(request)
        values = await asyncio.to_thread(_values, self.session, sight, said)
        values |= {"token": self.guard.form_token, "query": request.url.query}
        return HTMLResponse(_environment().get_template("page.html").render(values))

    async def _stream(self, reader: Reader, seen: str) -> AsyncIterator[str]:
        with self.session.looking(reader.eyes) as onlooker:
            yield "retry: 1000\n\n"
            if seen != str(self.session.version):
                yield _event(News(self.session.version, "drawn"))
            if self.session.checked_version == self.session.version:
                # They may have ended after the page was made and before it began to listen.
                yield _event(News(self.session.version, "checked"))
            while True:
                try:
                    news = await asyncio.wait_for(onlooker.news.get(), _BEAT)
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                if news is None:
                    return
                yield _event(news)


def look_of(request: Request) -> Look:
    """How the address wants the frame."""
    query = request.query_params
    show = query.get("show", "")
    return Look(show if show in FRAMES else "pane", "dark" in query, query.get("pictures") != "off")


def _event(news: News) -> str:
    return f"event: {news.kind}\ndata: {json.dumps(asdict(news))}\n\n"


def _framed(sight: Sight) -> str:
    drawn, look = sight.scene.drawn, sight.look
    if sight.reader.refusal:
        words = f"{sight.reader.title} would not get this issue: {sight.reader.refusal}."
        return plain_page("Not sent", words, dark=look.dark)
    if drawn is None:
        return plain_page(
            "Not drawn yet", "Nothing could be drawn yet: mend the problems first.", dark=look.dark
        )
    personal = personal_of(sight.reader, sight.choice, drawn)
    if look.show == "text":
        return text_frame(drawn.edition, personal, dark=look.dark)
    return html_frame(drawn.edition, personal, dark=look.dark, pictures=look.pictures)


def _values(session: Session, sight: Sight, said: Said) -> dict[str, Any]:
    """What the template needs."""
    scene, drawn = sight.scene, sight.scene.drawn
    checked = None if scene.faulty else session.checked
    # What was found in the version before stays on view until the next is checked.
    fresh = session.checked_version == scene.version
    issue = _shown(session)
    problems = problems_of(scene, checked)
    files = read_sources(session.root, issue, problems)
    config = drawn.config if drawn else None
    return {
        "slug": session.path.stem,
        "issue": issue,
        "version": scene.version,
        "study": config.sender.name if config else "",
        "sight": sight,
        "said": said,
        "drawn": drawn,
        "frames": FRAMES,
        "look": sight.look,
        "status": status_of(scene, checked if fresh else None, config.zone if config else dt.UTC),
        "groups": groups_of(problems, files, issue, drawn),
        "checking": checked is None and not scene.faulty,
        "remedy": scene.faulty.remedy if scene.faulty else "",
        "files": files,
        "meter": meter_of(drawn) if drawn else None,
        "has_dark": drawn is not None and has_dark(drawn.edition),
        "no_test": why_no_test(config, sight.nobody),
        "languages": [(tag, language_name(tag)) for tag in drawn.languages] if drawn else [],
        "language_name": language_name,
        "seen_in": languages_named(drawn.edition.languages) if drawn else "",
        "reader_lists": " and ".join(
            config.lists[name].name if config and name in config.lists else name
            for name in sight.reader.audience or ()
        ),
        "address": functools.partial(_address, sight),
    }


def _shown(session: Session) -> str:
    with contextlib.suppress(ValueError):
        return session.path.resolve().relative_to(session.root).as_posix()
    return str(session.path)


def _address(sight: Sight, path: str = "/", **changes: object) -> str:
    """The address of the same sight with some of it changed: `show`, `dark`, `pictures`, `contact`."""
    choice, look = sight.choice, sight.look
    values: list[tuple[str, object]] = []
    contact = changes.get("contact", choice.contact)
    if contact:
        values.append(("contact", contact))
    elif choice.audience is not None:
        values += [("made", "1"), *(("list", name) for name in choice.audience)]
    if not contact:
        values += [
            (key, said) for key, said in (("name", choice.name), ("language", choice.language)) if said
        ]
    show = changes.get("show", look.show)
    if show != "pane":
        values.append(("show", show))
    if changes.get("dark", look.dark):
        values.append(("dark", "1"))
    if not changes.get("pictures", look.pictures):
        values.append(("pictures", "off"))
    return f"{path}?{urlencode(values)}" if values else path


@functools.cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
