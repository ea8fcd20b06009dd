"""Whatever is sent, the pages answer, never with a fault of ours, and keep only what one of our forms or links can say."""

import os
import string
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from readersite import ONE_CLICK, ReaderSite, token

from newsletter.tokens import PUBLIC_PURPOSES
from newsletter.webapp.forms import read_fields

SOAK = int(os.environ.get("SOAK_EXAMPLES", "20000"))
FIELDS = [
    "csrf",
    "email",
    "name",
    "lists",
    "format",
    "language",
    "wording",
    "wish",
    "words",
    "pause",
    "list-partners",
]
TEXTS = st.one_of(
    st.sampled_from(
        [
            "ada@example.org",
            "partners",
            "html",
            "yes",
            "1",
            "0",
            "access",
            "One-Click",
            "\0",
            "=?utf-8?q?=00?=",
        ]
    ),
    st.text(max_size=60),
)
TOKENS = st.one_of(
    st.sampled_from([token(purpose) for purpose in PUBLIC_PURPOSES]),
    st.text(string.ascii_lowercase + string.digits, min_size=36, max_size=38),
    st.text(min_size=1, max_size=40),
)
PATHS = st.one_of(
    st.sampled_from(
        ["/", "/subscribe", "/rights", "/archive/", "/archive", "/sync", "/health", "/static/site.css"]
    ),
    st.builds(
        "/{}/{}".format,
        st.sampled_from(["u", "confirm", "renew", "preferences", "archive", "static"]),
        TOKENS,
    ),
    st.text(max_size=40).map(lambda text: f"/{text}"),
)
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            "accept-language",
            "content-type",
            "content-length",
            "cookie",
            "sec-fetch-site",
            "newsletter-time",
            "range",
        ]
    ),
    st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=60),
    max_size=3,
)
KINDS = st.sampled_from(
    [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=b",
        "multipart/form-data",
        "text/plain",
        "x",
    ]
)
PARTS = st.binary(max_size=80).map(
    lambda value: b'--b\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n' + value + b"\r\n--b--\r\n"
)


@st.composite
def requests(draw: st.DrawFn) -> dict[str, Any]:
    """A request of any kind: often in the form of one of ours, with something odd in it."""
    body: dict[str, Any] = draw(
        st.one_of(
            st.just({}),
            st.just({"data": ONE_CLICK}),
            st.dictionaries(st.sampled_from(FIELDS), st.one_of(TEXTS, st.lists(TEXTS, max_size=3))).map(
                lambda fields: {"data": fields}
            ),
            st.one_of(st.binary(max_size=200), PARTS).map(lambda content: {"content": content}),
        )
    )
    headers = draw(HEADERS)
    if "content" in body:
        headers.setdefault("content-type", draw(KINDS))
    else:
        headers.pop("content-length", None)

    return {
        "method": draw(st.sampled_from(["GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "BREW"])),
        "path": draw(PATHS),
        "headers": {name: value.encode("latin-1") for name, value in headers.items()},
        "params": draw(st.one_of(st.none(), st.fixed_dictionaries({"lang": TEXTS}))),
        **body,
    }


def try_out(site: ReaderSite, request: dict[str, Any]) -> None:
    before, site.seconds = site.inbox.count(), site.seconds + 3600
    fields = request.get("data", {})
    if fields.get("csrf") == "yes":
        request["data"] = {**fields, "csrf": site.proof("/subscribe")}
    found = site.ask(request.pop("method"), _quoted(request.pop("path")), **request)
    assert found.status_code < 500, found.text
    assert found.headers["content-security-policy"]
    assert "set-cookie" not in found.headers
    if site.inbox.count() > before:
        assert found.status_code == 200
        assert found.request.method == "POST"


def _quoted(path: str) -> str:
    from urllib.parse import quote

    return quote(path.encode("utf-8", "replace"), safe="/%")


def budget(examples: int) -> Any:
    return settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


@budget(60)
@given(request_=requests())
def test_no_request_meets_a_fault_of_ours(site: ReaderSite, request_: dict[str, Any]) -> None:
    try_out(site, request_)


@pytest.mark.soak
@budget(SOAK)
@given(request_=requests())
def test_no_request_of_many_meets_a_fault_of_ours(site: ReaderSite, request_: dict[str, Any]) -> None:
    try_out(site, request_)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60), st.binary(max_size=300))
def test_any_body_is_fields_or_nothing(kind: str, body: bytes) -> None:
    for content_type in (kind, f"multipart/form-data; boundary={kind}", "multipart/form-data; boundary=b"):
        for name, values in read_fields(content_type, body).items():
            assert isinstance(name, str)
            assert all(isinstance(value, str) for value in values)
