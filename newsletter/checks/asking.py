"""Asks web servers whether links still lead somewhere: public addresses only, politely, and bounded in all."""

import queue
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from newsletter.internet import Names, NotFound, NotOpen, Policy, Way, client_on, is_public

if TYPE_CHECKING:
    import httpx

MOST_LINKS = 200
_WORKERS, _HOPS = 8, 5
_SECONDS_WAITED, _SECONDS_EACH, _SECONDS_ALL = 5.0, 15.0, 60.0
_PERMANENT, _TEMPORARY = {301, 308}, {302, 303, 307}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for a link: the last status (0: none), where it ended, and in words what hindered.

    `moved` is true where every step on the way was a permanent redirect; `private` where a step led to
    an address that is not public, which was not asked; `gone` where the host is not known at all.
    """

    status: int = 0
    final: str = ""
    trouble: str = ""
    moved: bool = False
    private: bool = False
    gone: bool = False


def ask_links(
    targets: Sequence[str],
    *,
    allowed: Policy = is_public,
    seconds: float = _SECONDS_ALL,
    names: Names | None = None,
) -> dict[str, Answer]:
    """An answer for each of the first 200 different web addresses; those not done in `seconds` say so.

    A name is looked up once for all links to it, within the bounds of `Names`: where names are not
    answered at all that is known after 5 seconds, with the whole well under `seconds`.
    """
    wanted = list(dict.fromkeys(targets))[:MOST_LINKS]
    waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
    answers: dict[str, Answer] = {}
    names = names or Names()
    end = time.monotonic() + seconds
    for target in wanted:
        waiting.put(target)

    def work() -> None:
        while time.monotonic() < end:
            try:
                target = waiting.get_nowait()
            except queue.Empty:
                return
            answers[target] = ask(target, allowed=allowed, names=names)

    # Daemons: a server that sends a letter now and then must not keep the program from ending.
    workers = [threading.Thread(target=work, daemon=True) for _ in range(min(_WORKERS, len(wanted)))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(max(0.0, end - time.monotonic()))
    late = Answer(trouble=f"no answer within {seconds:.0f} seconds")
    done = dict(answers)
    return {target: done.get(target, late) for target in wanted}


def ask(
    target: str,
    *,
    allowed: Policy = is_public,
    names: Names | None = None,
    seconds: float = _SECONDS_EACH,
) -> Answer:
    """The answer for one link, after at most five redirects and `seconds`; nothing is raised."""
    import httpx

    end = time.monotonic() + seconds
    way = Way(names or Names(), allowed, lambda: end - time.monotonic())
    step = Answer()
    try:
        with client_on(way, _headers(), _SECONDS_WAITED) as client:
            for step in _steps(client, target.partition("#")[0]):
                if step.status or step.trouble:
                    return step
        return replace(step, trouble=f"more than {_HOPS} redirects")
    except NotOpen as refused:
        return replace(step, trouble=str(refused), private=True)
    except NotFound as unknown:
        return replace(step, trouble=str(unknown), gone=unknown.gone)
    except httpx.TimeoutException:
        waited = seconds if end <= time.monotonic() else _SECONDS_WAITED
        return replace(step, trouble=f"no answer within {waited:g} seconds")
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        return replace(step, trouble=f"no connection ({error})" if str(error) else "no connection")


def _steps(client: "httpx.Client", start: str) -> Iterator[Answer]:
    """Where each step on the way leads, before it is taken, and at last the answer that ends it."""
    url, moved = start, True
    for _ in range(_HOPS + 1):
        yield Answer(final=url)
        if not _is_web(url):
            yield Answer(final=url, trouble="it leads to what is no web address")
            return
        response = _asked(client, url)
        onward = response.headers.get("location", "")
        if response.status_code not in _PERMANENT | _TEMPORARY or not onward:
            yield Answer(response.status_code, url, moved=moved and url != start)
            return
        moved = moved and response.status_code in _PERMANENT
        url = urljoin(url, onward).partition("#")[0]


def _is_web(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.username


def _asked(client: "httpx.Client", url: str) -> "httpx.Response":
    for method in ("HEAD", "GET"):
        # What is answered is never read: only the status and where it leads on.
        response = client.send(client.build_request(method, url), stream=True)
        response.close()
        if response.status_code < 400:
            break
    return response


def _headers() -> list[tuple[str, str]]:
    import importlib.metadata

    version = importlib.metadata.version("newsletter")
    return [("User-Agent", f"newsletter/{version} (looks once whether links work)"), ("Accept", "*/*")]
