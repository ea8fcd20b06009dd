"""The pages that a newsletter names, asked once each; their Date tells whether this machine's clock is right."""

import datetime as dt
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from newsletter.doctor.case import Case, is_example
from newsletter.doctor.finding import Finding, error, note, ok, warning
from newsletter.internet import NotFound, NotOpen, Way, client_on

if TYPE_CHECKING:
    import httpx

_OFF, _FAR_OFF = dt.timedelta(minutes=2), dt.timedelta(hours=1)
_PEOPLE_ONLY = {401, 403, 405, 406, 429, 503}  # servers that answer browsers otherwise than us


@dataclass(frozen=True, slots=True)
class Visit:
    """How one page answered: its status (0: not at all), why not, and how far our clock is behind its own."""

    url: str
    status: int = 0
    trouble: str = ""
    behind: dt.timedelta | None = None


def check(case: Case) -> Iterator[Finding]:
    """Findings about the website, the privacy notice and the public pages, and about the clock."""
    sender = case.config.sender
    wanted = {
        "pages.website": ("the website (sender.website)", sender.website),
        "pages.privacy": ("the privacy notice (sender.privacy_notice)", sender.privacy_notice),
        "pages.public": ("the public pages (public.url)", case.config.public.url),
    }
    visits: list[Visit] = []
    for name, (what, url) in wanted.items():
        if url and not is_example(_host(url)):
            visits.append(visit(case, url))
            yield _reached(name, what, visits[-1])
    yield clock_finding(visits)


def visit(case: Case, url: str) -> Visit:
    """Ask a page for its head."""
    import httpx

    end = time.monotonic() + case.seconds
    way = Way(case.names, case.allowed, lambda: end - time.monotonic())
    try:
        with client_on(way, (("User-Agent", "newsletter doctor"),), case.seconds) as client:
            before = dt.datetime.now(dt.UTC)
            answer = client.head(url)
            return Visit(url, answer.status_code, behind=_behind(answer, before, dt.datetime.now(dt.UTC)))
    except NotOpen:
        return Visit(url, trouble="it lies inside a private network, which readers outside cannot reach")
    except httpx.TimeoutException:
        return Visit(url, trouble="it did not answer in time")
    except (NotFound, httpx.HTTPError, httpx.InvalidURL) as lost:
        return Visit(url, trouble=str(lost) or type(lost).__name__)


def _behind(answer: "httpx.Response", before: dt.datetime, after: dt.datetime) -> dt.timedelta | None:
    """How far our clock is behind the server's; None where it does not say."""
    try:
        theirs = parsedate_to_datetime(answer.headers.get("Date", ""))
        # A store on the way answers with an older Date, and says by how many seconds (RFC 9111 section 5.1).
        theirs += dt.timedelta(seconds=int(answer.headers.get("Age", "0")))
    except (ValueError, TypeError):
        return None
    if theirs.tzinfo is None:
        return None
    return theirs - (before + (after - before) / 2)


def _reached(name: str, what: str, seen: Visit) -> Finding:
    if seen.status and (seen.status < 400 or seen.status in _PEOPLE_ONLY):
        return ok(name, f"{what} answers: {seen.url}")
    said = seen.trouble or f"the server says {seen.status}"
    return warning(
        name, f"{what} cannot be reached at {seen.url}: {said}", "Open it in a browser; mend newsletter.toml."
    )


def clock_finding(visits: list[Visit]) -> Finding:
    """What the servers' own clocks say about ours."""
    behind = next((seen.behind for seen in visits if seen.behind is not None), None)
    if behind is None:
        return note(
            "machine.clock",
            "the clock was compared with nothing, since no page of yours told its time: see that it is right",
        )
    if abs(behind) < _OFF:
        return ok("machine.clock", "the clock is right, to a minute or two, by your own website's")
    told = f"the clock is {_span(abs(behind))} {'behind' if behind > dt.timedelta(0) else 'ahead of'} your website's"
    remedy = "Set the clock by the internet (timedatectl set-ntp true, or the system's settings for date and time)."
    if abs(behind) >= _FAR_OFF:
        return error("machine.clock", f"{told}: consents, logins and the dates of messages go by it", remedy)
    return warning("machine.clock", told, remedy)


def _span(length: dt.timedelta) -> str:
    minutes = round(length.total_seconds() / 60)
    if minutes < 120:
        return f"{minutes} minutes"
    return f"{round(minutes / 60)} hours" if minutes < 2880 else f"{round(minutes / 1440)} days"


def _host(url: str) -> str:
    from urllib.parse import urlsplit

    return urlsplit(url).hostname or ""
