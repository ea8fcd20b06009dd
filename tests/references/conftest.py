"""A registry of DOIs on this machine, which answers as it is told to."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

import pytest

from newsletter.references import Limits, Registry

CSL = "application/vnd.citationstyles.csl+json"
RECORD: dict[str, Any] = {
    "DOI": "10.1000/Example.1",
    "type": "journal-article",
    "title": "How a link worker works",
    "subtitle": [],
    "author": [
        {"given": "Ada", "family": "Example", "sequence": "first", "affiliation": [{"name": "Exampleton"}]},
        {"name": "The Link Worker Group"},
    ],
    "container-title": "Journal of Examples",
    "volume": "7",
    "issue": "2",
    "article-number": "e12",
    "page": "e12",
    "issued": {"date-parts": [[2022, 9, 1]]},
    "abstract": "<jats:p>Long words that nobody needs here.</jats:p>",
    "license": [
        {"URL": "https://creativecommons.org/licenses/by/4.0/", "content-version": "vor", "delay-in-days": 0}
    ],
    "reference": [{"key": "1"}],
    "URL": "https://doi.org/10.1000/example.1",
    "publisher": "Example Press",
}


@dataclass
class Answer:
    """What the registry says to one question: bytes of a kind, or where to go on."""

    body: bytes = b""
    status: int = 200
    kind: str = CSL
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class FakeRegistry:
    """Its address, what it answers by path (a list: one after another), and what it was asked."""

    url: str
    answers: dict[str, Answer | list[Answer]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def says(self, doi: str, **changes: Any) -> None:
        self.answers[doi] = Answer(json.dumps(RECORD | {"DOI": doi} | changes).encode())

    def registry(self, clock: Any = lambda: 0.0, **limits: Any) -> Registry:
        """How to ask it, without pauses, and with a clock of the test's."""
        return Registry(self.url, "newsletter/test", Limits(**limits), pause=lambda _: None, clock=clock)


@pytest.fixture
def server() -> Iterator[FakeRegistry]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = unquote(self.path.removeprefix("/"))
            fake.asked.append((path, dict(self.headers)))
            found = fake.answers.get(path, Answer(b"no", 404, "text/html"))
            answer = (found.pop(0) if len(found) > 1 else found[0]) if isinstance(found, list) else found
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.kind)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        fake = FakeRegistry(f"http://127.0.0.1:{http.server_port}/")
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield fake
        http.shutdown()
        thread.join()
