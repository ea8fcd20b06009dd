"""`newsletter serve` as it runs: a real server, killed and stopped, behind a proxy and without one; and its folder."""

import datetime as dt
import json
import re
import signal
import socket
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from readerpages import close, study
from readersite import ONE_CLICK

from newsletter import webapp
from newsletter.cli.serve import serve
from newsletter.config import read_workspace
from newsletter.database import Database, create_database, rotate_key
from newsletter.errors import ConfigError, InputError, KeyProblem, NotAllowed
from newsletter.replies import There, open_inbox, sealing_key, unseal
from newsletter.replies.fetching import OldPublicKey
from newsletter.tokens import make_token, public_key, read_public_key
from newsletter.webapp import Listening, export_site, serve_public
from newsletter.webapp.offers import offers
from newsletter.webapp.site import open_site

FORWARDED = {"x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.9"}


def utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@pytest.fixture
def db(folder: Path) -> Iterator[Database]:
    study(folder)
    with (folder / "newsletter.toml").open("a", encoding="utf-8") as settings:
        settings.write(
            '\n[smtp]\nhost = "mail.inside.example.org"\n\n[mailbox]\nhost = "imap.inside.example.org"\n'
        )
    made = create_database(folder / "contacts.db")
    yield made
    made.conn.close()


@contextmanager
def served(folder: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server of the folder, and its address."""
    command = [sys.executable, "-m", "newsletter", "serve", "--port", "0", "--json", *options]
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            told = "".join(iter(process.stdout.readline, "}\n")) + "}"
            yield process, json.loads(told)["address"].rstrip("/")
        finally:
            if process.poll() is None:
                process.kill()


@pytest.fixture
def pages(folder: Path, db: Database, tmp_path: Path) -> Path:
    """The folder for another machine."""
    made = tmp_path / "pages"
    export_site(read_workspace(folder), public_key(db.key, sealing_key(db.key)), made)
    return made


def test_what_was_answered_is_there_after_the_process_was_killed(db: Database, pages: Path) -> None:
    tokens = [make_token(db.key, "unsubscribe", number.to_bytes(10, "big")) for number in range(200)]
    answered: list[str] = []
    enough = threading.Event()
    with served(pages) as (process, address), ExitStack() as closing:

        def click(token: str) -> None:
            try:
                if client.post(f"{address}/u/{token}", data=ONE_CLICK).status_code == 200:
                    answered.append(token)
            except httpx.HTTPError:
                return  # the server had been killed: nothing was answered
            if len(answered) >= 60:
                enough.set()

        client = closing.enter_context(httpx.Client(trust_env=False))
        nobodys_word = client.get(f"{address}/", headers=FORWARDED)
        assert "strict-transport-security" not in nobodys_word.headers
        pool = closing.enter_context(ThreadPoolExecutor(8))
        clicks = [pool.submit(click, token) for token in tokens]
        assert enough.wait(30)
        process.send_signal(signal.SIGKILL)
        [one.result() for one in clicks]
        assert process.stderr is not None
        assert "--proxy" in process.stderr.read(), "it was said that a proxy is not believed"
    assert 60 <= len(answered) < 200
    with open_inbox(pages / "inbox.db", sealing_key(db.key)) as inbox:
        kept = {unseal(one, db.key).data["token"] for one in inbox.sealed()}
    assert set(answered) <= kept


def test_it_is_fetched_from_believes_a_named_proxy_and_is_ended_by_sigterm_with_all_in_order(
    db: Database, pages: Path
) -> None:
    rotated = replace(db.key, rotation=1)
    with served(pages, "--proxy", "127.0.0.1") as (process, address):
        with There(address, db.key, utc_now) as there:
            assert there.waiting() == []
        with There(address, rotated, utc_now) as there:
            httpx.post(
                f"{address}/u/{make_token(db.key, 'unsubscribe', bytes(10))}", data=ONE_CLICK, trust_env=False
            )
            (one,) = there.waiting()
            assert unseal(one, rotated).kind == "unsubscribe"
            there.remove([one.id])
            with pytest.raises(OldPublicKey, match="rotate"):
                there.waiting()
        found = httpx.get(f"{address}/", headers=FORWARDED, trust_env=False)
        assert "strict-transport-security" in found.headers
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, "")
    assert not list(pages.glob("inbox.db-wal"))
    assert (pages / "inbox.db").stat().st_mode & 0o777 == 0o600


def test_a_database_from_before_a_rotation_takes_nothing_and_says_what_to_do(
    folder: Path, db: Database, tmp_path: Path
) -> None:
    later = public_key(replace(db.key, rotation=2), sealing_key(db.key))
    export_site(read_workspace(folder), later, tmp_path / "pages")
    with served(tmp_path / "pages") as (_, address):
        with There(address, db.key, utc_now) as there, pytest.raises(KeyProblem, match="more often"):
            there.waiting()
        with There(address, replace(db.key, rotation=2), utc_now) as there:
            assert there.waiting() == []


@pytest.mark.parametrize("proxy", ["*", "localhost", "10.88.0.1/16", ""])
def test_only_addresses_are_taken_for_a_proxys(pages: Path, now: Any, proxy: str) -> None:
    with pytest.raises(InputError, match="--proxy"):
        serve_public(
            read_workspace(pages), Listening(port=0, proxies=(proxy,)), clock=lambda: now, ready=print
        )


def test_a_port_that_is_taken_is_said(pages: Path, now: Any) -> None:
    workspace = read_workspace(pages)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        where = Listening(port=taken.getsockname()[1])
        with pytest.raises(InputError, match="cannot be used"):
            serve_public(workspace, where, clock=lambda: now, ready=print)


def test_the_folder_holds_no_person_and_nothing_of_the_mail_server(
    folder: Path, db: Database, pages: Path
) -> None:
    settings = tomllib.loads((pages / "newsletter.toml").read_text(encoding="utf-8"))
    whole = tomllib.loads((folder / "newsletter.toml").read_text(encoding="utf-8"))
    assert set(settings) <= {"timezone", "sender", "public", "theme", "lists", "consent"}
    assert settings == {name: whole[name] for name in settings}
    assert not list(pages.rglob("*.db*"))
    assert (pages / "public.key").stat().st_mode & 0o777 == 0o600
    assert pages.stat().st_mode & 0o777 == 0o700
    text = b"".join(path.read_bytes() for path in pages.rglob("*") if path.is_file())
    for secret in (db.key.secret.hex(), db.key.export(), "inside.example.org"):
        assert secret.encode() not in text
    assert (pages / "consent" / "partners-v2.md").exists()
    assert (pages / "templates" / "logo.png").exists()
    assert (pages / "hosting" / "newsletter-pages.service").exists()


def test_exported_again_it_is_as_the_workspace_is_now_and_keeps_its_inbox(
    folder: Path, db: Database, pages: Path, now: Any
) -> None:
    (pages / "inbox.db").write_bytes(b"what came in")
    (pages / "public").mkdir()
    (pages / "public" / "taken-back.html").write_text("x", encoding="utf-8")
    (folder / "public" / "2022-09").mkdir(parents=True)
    (folder / "public" / "2022-09" / "index.html").write_text("x", encoding="utf-8")
    (folder / "consent" / "partners-v1.md").unlink()
    key = rotate_key(db, "sam", now)
    made = export_site(read_workspace(folder), public_key(key, sealing_key(key)), pages)
    assert made.archive
    assert (pages / "inbox.db").read_bytes() == b"what came in"
    assert not (pages / "public" / "taken-back.html").exists()
    assert (pages / "public" / "2022-09" / "index.html").exists()
    assert not (pages / "consent" / "partners-v1.md").exists()
    assert read_public_key((pages / "public.key").read_text(encoding="utf-8")).rotation == 1


def test_a_list_that_is_not_public_is_offered_on_no_other_machine_either(
    folder: Path, db: Database, tmp_path: Path
) -> None:
    close(folder, "contributors")
    pages = tmp_path / "pages"
    export_site(read_workspace(folder), public_key(db.key, sealing_key(db.key)), pages)
    assert [one.list for one in offers(read_workspace(pages).config, "en")] == ["partners"]


def test_nothing_else_is_written_over(folder: Path, db: Database, tmp_path: Path) -> None:
    workspace, key = read_workspace(folder), public_key(db.key, sealing_key(db.key))
    with pytest.raises(NotAllowed):
        export_site(workspace, key, folder)
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(InputError):
        export_site(workspace, key, other)
    with pytest.raises(InputError):
        export_site(workspace, key, other / "thesis.txt")
    assert [path.name for path in other.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("logo", ["templates/none.png", "../beside.png"])
def test_a_look_that_cannot_be_is_told_before_anything_is_written(
    folder: Path, db: Database, tmp_path: Path, logo: str
) -> None:
    settings = folder / "newsletter.toml"
    beside = (folder / ".." / "beside.png").resolve()
    beside.write_bytes((folder / "templates" / "logo.png").read_bytes())
    settings.write_text(
        settings.read_text(encoding="utf-8").replace("templates/logo.png", logo), encoding="utf-8"
    )
    key = public_key(db.key, sealing_key(db.key))
    with pytest.raises(ConfigError, match="logo"):
        export_site(read_workspace(folder), key, tmp_path / "new" / "pages")
    assert not (tmp_path / "new").exists()


def test_a_logo_that_only_this_machine_finds_is_refused_and_the_folder_can_be_made_again(
    folder: Path, db: Database, tmp_path: Path
) -> None:
    settings, key = folder / "newsletter.toml", public_key(db.key, sealing_key(db.key))
    before, logo = settings.read_text(encoding="utf-8"), (folder / "templates" / "logo.png").as_posix()
    settings.write_text(before.replace("templates/logo.png", logo), encoding="utf-8")
    with pytest.raises(ConfigError, match="logo"):
        export_site(read_workspace(folder), key, tmp_path / "pages")
    settings.write_text(before, encoding="utf-8")
    assert export_site(read_workspace(folder), key, tmp_path / "pages").folder == tmp_path / "pages"


def test_any_settings_come_back_from_the_folder_as_they_were(
    folder: Path, db: Database, tmp_path: Path
) -> None:
    path = folder / "newsletter.toml"
    odd = '\nmasthead = "a \\"quoted\\" \\\\ é ‘’"\n\n[[theme.links]]'
    path.write_text(path.read_text(encoding="utf-8").replace("\n[[theme.links]]", odd, 1), encoding="utf-8")
    made = tmp_path / "pages"
    export_site(read_workspace(folder), public_key(db.key, sealing_key(db.key)), made)
    theirs, ours = read_workspace(made).config, read_workspace(folder).config
    for part in ("timezone", "sender", "public", "theme", "lists", "consent"):
        assert getattr(theirs, part) == getattr(ours, part)


@pytest.mark.parametrize("fault", ["missing", "others may read it", "cut"])
def test_a_key_that_cannot_be_used_is_said_before_anybody_is_served(
    pages: Path, now: Any, fault: str
) -> None:
    key = pages / "public.key"
    if fault == "missing":
        key.unlink()
    elif fault == "cut":
        key.write_text(key.read_text(encoding="utf-8")[:-20], encoding="utf-8")
    else:
        key.chmod(0o644)
    with pytest.raises(ConfigError if "others" in fault else KeyProblem):
        open_site(read_workspace(pages), lambda: now)


def test_pages_in_the_workspace_know_links_of_a_key_that_is_rotated_while_they_run(
    folder: Path, db: Database, now: Any
) -> None:
    site = open_site(read_workspace(folder), lambda: now)
    site.inbox.close()
    from newsletter.tokens import read_public_token

    token = make_token(rotate_key(db, "sam", now), "unsubscribe", bytes(10))
    assert read_public_token(site.key, "unsubscribe", token) == bytes(10)


def test_what_is_shipped_to_host_the_pages_gives_options_that_there_are() -> None:
    known = {option for parameter in serve.params for option in parameter.opts}
    for file in (Path(webapp.__file__).parent / "hosting").iterdir():
        text = file.read_text(encoding="utf-8")
        for line in re.findall(r"(?:newsletter|\"newsletter\").*?\bserve\b(.*)", text):
            assert set(re.findall(r"--[a-z]+", line)) <= known, file.name
