"""Files: the look of the pages, and the issues that were published."""

import mimetypes
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route

from newsletter.publishing import index_of
from newsletter.webapp.answering import Answers
from newsletter.webapp.limits import PAGES
from newsletter.webapp.pages import EmptyArchive
from newsletter.webapp.site import Site

_KEPT = {"cache-control": "public, max-age=600"}


def static_file(site: Site) -> Callable[[Request], Awaitable[Response]]:
    """The handler of the stylesheet and the logos."""

    async def static(request: Request) -> Response:
        found = site.files.get(request.path_params["name"])
        if found is None:
            raise HTTPException(404)
        return Response(found.data, media_type=found.media_type, headers=_KEPT)

    return static


def archive_routes(answers: Answers) -> Sequence[Route]:
    """The routes below /archive."""

    async def archived(request: Request) -> Response:
        path = request.path_params["path"]
        if path == "":
            return front(request)
        found = _file(answers.site.archive, path)
        if found:
            kind = mimetypes.guess_type(found.name)[0] or "application/octet-stream"
            return FileResponse(found, media_type=kind, headers=_KEPT)
        if _file(answers.site.archive, f"{path}/"):
            return RedirectResponse(f"{answers.site.root}/archive/{quote(path)}/", 301)
        raise HTTPException(404)

    def front(request: Request) -> Response:
        """The index in the reader's language, where it was published in it."""
        language, archive = answers.language(request), answers.site.archive
        if found := _file(archive, index_of(language, answers.site.config)) or _file(archive, ""):
            return FileResponse(found, media_type="text/html", headers=_KEPT | {"vary": "Accept-Language"})
        answers.count(request, PAGES)
        return answers.page(request, EmptyArchive())

    async def without_slash(request: Request) -> Response:
        return RedirectResponse(f"{answers.site.root}/archive/", 301)

    return [Route("/archive", without_slash), Route("/archive/{path:path}", archived)]


def _file(folder: Path, path: str) -> Path | None:
    """The file of the archive at `path`, a folder's being its index.html; nothing outside it, and nothing hidden."""
    parts = path.split("/")
    if any(part.startswith(".") or "\\" in part or "\0" in part for part in parts):
        return None
    try:
        root = folder.resolve()
        found = root.joinpath(*parts)
        if path == "" or path.endswith("/"):
            found = found / "index.html"
        found = found.resolve()
        return found if found.is_relative_to(root) and found.is_file() else None
    except (OSError, ValueError):  # a name that the file system cannot have
        return None
