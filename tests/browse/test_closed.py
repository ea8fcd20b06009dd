"""Closed unless opened: nobody reads our database without having logged in, through any Datasette."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import datasette_next
import pytest
from looking import Ask, asking

from newsletter.browse.hooks import browser_of
from newsletter.browse.pages import ROUTES
from newsletter.browse.server import close_browser
from newsletter.config import Workspace

ADDRESSES = [
    "/",
    "/.json",
    "/find?q=ada",
    "/people/11",
    "/contacts",
    "/contacts.json",
    "/contacts.db",
    "/contacts?sql=select+email+from+addresses",
    "/contacts.json?sql=select+email+from+addresses",
    "/contacts.csv?sql=select+email+from+addresses",
    "/contacts/contacts",
    "/contacts/contacts.json",
    "/contacts/contacts.csv",
    "/contacts/contacts/11",
    "/contacts/contacts/11.json",
    "/contacts/people",
    "/contacts/people.json",
    "/contacts/people_search.json",
    "/contacts/people_search_content.json",
    "/contacts/identity.json",
    "/contacts/who_gets_the_next_issue.csv",
    "/contacts/consent_history",
    "/_internal",
    "/_internal/tables.json",
    "/-/databases.json",
    "/-/metadata.json",
    "/-/plugins.json",
    "/-/settings.json",
    "/-/versions.json",
    "/-/threads.json",
    "/-/permissions",
    "/-/messages",
    "/-/patterns",
]


@pytest.fixture
def plain(cast: Any, workspace: Workspace) -> Iterator[Any]:
    """What `datasette contacts.db` would serve in this environment."""
    from datasette.app import Datasette

    datasette = Datasette([str(workspace.database)])
    yield datasette
    close_browser(datasette)


def test_the_browser_shows_a_stranger_the_door(cast: Any, stranger: Ask) -> None:
    for address in (*ADDRESSES, "/-/allow-debug", "/-/actor.json", "/-/logout", "/no/such/page"):
        answer = stranger(address)

        assert answer.status_code == 403, address
        assert "example.org" not in answer.text, address
        assert "newsletter browse" in answer.text, address


def test_without_its_door_the_browser_still_refuses_strangers(cast: Any, browser: Any) -> None:
    ask = asking(browser[0].app())
    for address in ADDRESSES:
        answer = ask(address)

        assert answer.status_code == 403, address
        assert "example.org" not in answer.text, address


def test_plain_datasette_refuses_strangers_our_database(plain: Any) -> None:
    ask = asking(plain.app())
    for address in (a for a in ADDRESSES if not a.startswith(("/find", "/people/"))):
        answer = ask(address)

        assert answer.status_code == 403, address
        assert "example.org" not in answer.text, address


def _an_address_of(pattern: str) -> str:
    """An address that a route's pattern takes."""
    address = re.sub(r"\(\?P<\w+>\\d[^)]*\)", "11", pattern)
    return re.sub(r"\(\?P<\w+>\[a-z\][^)]*\)", "met", address).strip("^$")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_route_of_ours_answers_a_stranger(
    cast: Any, browser: Any, stranger: Ask, look: Ask, method: str
) -> None:
    form = (
        {"data": {"stop": "deceased"}, "headers": {"origin": "http://127.0.0.1:8001"}}
        if method == "POST"
        else {}
    )
    for pattern, _ in ROUTES:
        address = _an_address_of(pattern)
        for one in ("organisations", "mailings"):
            address = address.replace(f"{one}/11", f"{one}/1")
        address = address.replace("\\.", ".")
        assert re.match(pattern, address)
        assert look(address).status_code == 200, address
        for ask in (stranger, asking(browser[0].app())):
            answer = ask(address, method, **form)
            assert answer.status_code in ({403} if method == "GET" else {403, 405}), address
            assert "example.org" not in answer.text, address


def test_the_look_at_the_next_datasette_asks_for_every_page(cast: Any, look: Ask) -> None:
    asked = datasette_next.addresses()
    for pattern, _ in ROUTES:
        assert any(re.match(pattern, address) for address in asked), pattern
    for address in asked:
        assert look(address).status_code == (404 if address == datasette_next.NONE else 200), address


def test_every_page_of_ours_asks_for_permission_by_itself() -> None:
    for address, page in ROUTES:
        assert "may_look" in page.__code__.co_names, f"{address} never asks may_look"


def test_plain_datasette_shows_our_database_to_one_who_logged_in(plain: Any) -> None:
    root = asking(plain.app(), {"ds_actor": plain.sign({"a": {"id": "root"}}, "actor")})

    assert root("/contacts/contacts.json").json()["filtered_table_rows_count"] == 4
    assert root("/people/11").status_code == 404  # our pages are for our browser


def test_plain_datasette_cannot_change_our_database_either(plain: Any) -> None:
    import asyncio

    async def change() -> None:
        await plain.get_database("contacts").execute_write("DELETE FROM contacts")

    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        asyncio.run(change())


def test_other_databases_and_their_look_are_left_alone(tmp_path: Path) -> None:
    from datasette.app import Datasette

    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE cakes (name TEXT)")
        other.execute("INSERT INTO cakes VALUES ('bara brith')")
        other.commit()
    datasette = Datasette([str(path)])
    answer = asking(datasette.app())("/other/cakes")
    close_browser(datasette)

    assert browser_of(datasette) is None
    assert answer.status_code == 200
    assert "bara brith" in answer.text
    assert "Powered by" in answer.text
    assert "browse.css" not in answer.text


def test_another_database_does_not_lead_to_ours(cast: Any, workspace: Workspace, tmp_path: Path) -> None:
    from datasette.app import Datasette

    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as made:
        made.execute("CREATE TABLE cakes (name TEXT)")
    datasette = Datasette([str(other), str(workspace.database)], crossdb=True)
    ask = asking(datasette.app())
    answers = [
        ask("/_memory.json?sql=select+email+from+contacts.addresses"),
        ask("/other.json?sql=select+1"),
        ask("/.json"),
    ]
    close_browser(datasette)

    assert [answer.status_code for answer in answers] == [403, 403, 403]


def test_a_database_that_cannot_be_read_counts_as_ours(tmp_path: Path) -> None:
    from datasette.app import Datasette

    path = tmp_path / "contacts.db"
    path.write_bytes(b"this is no database at all" * 100)
    datasette = Datasette([str(path)])
    answer = asking(datasette.app())("/contacts.json")
    close_browser(datasette)

    assert answer.status_code in {403, 500}
    assert "tables" not in answer.text


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8001", "127.0.0.1:9999", "127.0.0.1", ""])
def test_a_foreign_name_for_this_machine_is_refused(cast: Any, browser: Any, host: str) -> None:
    datasette, app = browser
    root = asking(app, {"ds_actor": datasette.sign({"a": {"id": "root"}}, "actor")})

    answer = root("/people/11", headers={"host": host})

    assert answer.status_code == 421
    assert "Ada" not in answer.text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_is_taken_in(cast: Any, look: Ask, method: str) -> None:
    assert look("/contacts/contacts", method).status_code == 405


def test_a_forged_cookie_opens_nothing(cast: Any, browser: Any) -> None:
    datasette, app = browser
    for forged in (
        "root",
        datasette.sign({"a": {"id": "ana"}}, "actor"),
        datasette.sign({"a": {"id": "root"}}, "x"),
    ):
        assert asking(app, {"ds_actor": forged})("/people/11").status_code == 403


def test_the_link_logs_in_once(cast: Any, browser: Any, stranger: Ask) -> None:
    datasette, app = browser
    link = f"/-/auth-token?token={datasette._root_token}"

    first, second = stranger(link), stranger(link)

    assert (first.status_code, second.status_code) == (302, 403)
    assert "Each link works once" in second.text
    inside = asking(app, {"ds_actor": first.cookies["ds_actor"]})
    assert inside("/people/11").status_code == 200


def test_pages_may_load_nothing_from_elsewhere(cast: Any, look: Ask) -> None:
    for address in ("/", "/people/11", "/contacts/people", "/contacts/people.json", "/no/such/page"):
        answer = look(address)
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert "http://" not in answer.text.replace("http://www.w3.org", "").replace(
            "http://127.0.0.1:8001", ""
        )
        assert "<script" not in answer.text


def test_styles_are_served_and_kept_to_their_folder(browser: Any, stranger: Ask) -> None:
    assert stranger("/-/static-plugins/newsletter/browse.css").headers["content-type"].startswith("text/css")
    for outside in (
        "/-/static-plugins/newsletter/../__init__.py",
        "/-/static-plugins/newsletter/%2e%2e/__init__.py",
    ):
        assert stranger(outside).status_code in {403, 404}
