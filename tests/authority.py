"""A provider of tokens on loopback, over real HTTPS: it has a person log in, gives tokens, renews and revokes them."""

import base64
import hashlib
import json
import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from certificates import certificate, server_side

from newsletter.config import Config, read_config

#: Stands in every secret that the authority gives out.
SENTINEL = "sentinel9c7e"
CLIENT_SECRET = f"{SENTINEL}-client"
ACCOUNT = "ada@example.org"
USER = "news@example.org"


@dataclass
class Authority:
    """What it gave out, and how it is to behave. `asked` has each request as path and fields."""

    url: str = ""
    certificate: Path = Path()
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    #: Tokens that a mail server should take, and grants that can be renewed.
    tokens: set[str] = field(default_factory=set)
    grants: set[str] = field(default_factory=set)
    lives: int = 3600
    #: How often a device must ask until somebody has typed the code.
    device_waits: int = 1
    #: Answers every token request with this error and description, or with this status.
    refuses: tuple[str, str] | None = None
    broken: int = 0
    #: The person at the browser says no.
    declined: bool = False

    def revoke(self) -> None:
        """End every login, as an IT department or a change of password does."""
        self.grants.clear()
        self.tokens.clear()

    def requests(self, path: str) -> list[dict[str, str]]:
        return [fields for asked, fields in self.asked if asked.endswith(path)]

    def issue(self, fields: dict[str, str], nonce: str = "") -> dict[str, object]:
        """A token and what it can be renewed with; the old grant stays good, as at Microsoft."""
        number = len(self.tokens) + len(self.grants) + 1
        # As long as real ones, which do not fit into one entry of some keyrings.
        token, grant = (
            f"{SENTINEL}-access-{number}-" + "x" * 1500,
            f"{SENTINEL}-refresh-{number}-" + "y" * 1200,
        )
        self.tokens.add(token)
        self.grants.add(grant)
        person = {"preferred_username": ACCOUNT, "nonce": nonce, "sub": "1", "oid": "1", "tid": "t"}
        return {
            "token_type": "Bearer",
            "scope": fields.get("scope", "https://mail.google.com/"),
            "expires_in": self.lives,
            "access_token": token,
            "refresh_token": grant,
            "id_token": f"{coded({'alg': 'none'})}.{coded({**person, 'aud': fields.get('client_id', '')})}.",
            "client_info": coded({"uid": "1", "utid": "t"}),
        }


def config_for(authority: Authority, provider: str, more: str = "") -> Config:
    return read_config(
        f'[smtp]\nhost = "127.0.0.1"\nsecurity = "none"\nuser = "{USER}"\nauth = "xoauth2"\n'
        f'[oauth]\nprovider = "{provider}"\ntenant = "example.org"\nclient_id = "client-1"\n'
        f'authority = "{authority.url}"\n{more}'
    )


def coded(data: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")


class _Desk(BaseHTTPRequestHandler):
    authority: Authority

    def do_GET(self) -> None:
        path, fields = self._asked(urlsplit(self.path).query)
        if path.endswith("/.well-known/openid-configuration"):
            if "/unknown-tenant/" in path:
                self._say(
                    400, {"error": "invalid_tenant", "error_description": "AADSTS90002: no such tenant"}
                )
            else:
                self._say(200, self._endpoints(path))
        elif path.endswith(("/authorize", "/auth")):
            self._log_in(fields)
        else:
            self._say(404, {})

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        path, fields = self._asked(self.rfile.read(length).decode())
        authority = self.authority
        if authority.broken:
            self._say(authority.broken, {})
        elif path.endswith("/devicecode"):
            authority.codes["device"] = {**fields, "left": str(authority.device_waits)}
            where = f"{authority.url}/device"
            self._say(
                200,
                {
                    "device_code": "device",
                    "user_code": "ABCD1234",
                    "verification_uri": where,
                    "interval": 0,
                    "expires_in": 60,
                },
            )
        elif authority.refuses:
            self._say(400, {"error": authority.refuses[0], "error_description": authority.refuses[1]})
        else:
            self._give(fields)

    def _endpoints(self, path: str) -> dict[str, str]:
        base = self.authority.url + path.removesuffix("/v2.0/.well-known/openid-configuration")
        return {
            "issuer": f"{base}/v2.0",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
        }

    def _log_in(self, fields: dict[str, str]) -> None:
        """The person logs in at once and agrees, or not."""
        if self.authority.declined:
            answer = {"error": "access_denied", "error_description": "the person said no"}
        else:
            code = secrets.token_hex(8)
            self.authority.codes[code] = fields
            answer = {"code": code}
        answer["state"] = fields.get("state", "")
        back = fields["redirect_uri"]
        if fields.get("response_mode") == "form_post":
            inputs = "".join(f'<input name="{name}" value="{value}">' for name, value in answer.items())
            self._say(200, f'<form method="post" action="{back}">{inputs}</form>')
        else:
            self._say(302, "", {"Location": f"{back}?{urlencode(answer)}"})

    def _give(self, fields: dict[str, str]) -> None:
        kind = fields.get("grant_type")
        if kind == "authorization_code":
            self._give_for_code(fields)
        elif kind == "refresh_token":
            if fields.get("refresh_token") in self.authority.grants:
                self._say(200, self.authority.issue(fields))
            else:
                self._say(
                    400,
                    {
                        "error": "invalid_grant",
                        "error_description": "AADSTS700082: it has expired or was revoked. Trace ID: 1",
                    },
                )
        elif kind == "urn:ietf:params:oauth:grant-type:device_code":
            asked = self.authority.codes["device"]
            if int(asked["left"]) > 0:
                asked["left"] = str(int(asked["left"]) - 1)
                self._say(400, {"error": "authorization_pending"})
            else:
                self._say(200, self.authority.issue({**asked, **fields}))
        else:
            self._say(400, {"error": "unsupported_grant_type"})

    def _give_for_code(self, fields: dict[str, str]) -> None:
        asked = self.authority.codes.pop(fields.get("code", ""), None)
        proof = base64.urlsafe_b64encode(hashlib.sha256(fields.get("code_verifier", "").encode()).digest())
        right = (
            asked is not None
            and asked.get("code_challenge_method") == "S256"
            and asked.get("code_challenge") == proof.decode().rstrip("=")
            and asked.get("redirect_uri") == fields.get("redirect_uri")
        )
        if not right or asked is None:
            self._say(400, {"error": "invalid_grant", "error_description": "this code is not good"})
        else:
            self._say(200, self.authority.issue({**asked, "scope": asked["scope"]}, asked.get("nonce", "")))

    def _asked(self, query: str) -> tuple[str, dict[str, str]]:
        fields = {name: values[0] for name, values in parse_qs(query).items()}
        kind, _, word = self.headers.get("Authorization", "").partition(" ")
        if kind == "Basic":  # an application may show who it is there too (RFC 6749 section 2.3.1)
            fields["client_id"], _, fields["client_secret"] = base64.b64decode(word).decode().partition(":")
        path = urlsplit(self.path).path
        self.authority.asked.append((path, fields))
        return path, fields

    def _say(self, status: int, body: object, headers: dict[str, str] | None = None) -> None:
        text = body if isinstance(body, str) else json.dumps(body)
        self.send_response(status)
        self.send_header("Content-Type", "text/html" if isinstance(body, str) else "application/json")
        self.send_header("Content-Length", str(len(text)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *args: Any) -> None:
        """Nothing is written to the terminal."""


@contextmanager
def running_authority(folder: Path) -> Iterator[Authority]:
    """An authority at https://localhost:PORT, with a certificate of its own."""
    path = certificate(folder, name="localhost")
    authority = Authority(certificate=path)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Desk", (_Desk,), {"authority": authority}))
    server.daemon_threads = True
    server.socket = server_side(path).wrap_socket(server.socket, server_side=True)
    authority.url = f"https://localhost:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield authority
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()


def browse(address: str, trusted: Path) -> str:
    """What a browser does: open the address, and hand the answer on to whom the page says; the last page."""
    import requests

    with requests.Session() as session:
        page = session.get(address, verify=str(trusted), timeout=10)
        form = re.search(r'action="([^"]+)">(.*)</form>', page.text)
        if form:
            fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[2]))
            page = session.post(form[1], data=fields, timeout=10)
        return page.text
