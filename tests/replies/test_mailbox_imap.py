"""A mailbox at a real Dovecot: read as far as it is new, bounded, marked, and never changed otherwise."""

import datetime as dt
import imaplib
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from dovecot import PASSWORD, USER, Dovecot
from mail import answer, bounce

from newsletter import keychain
from newsletter.config import Config, read_config
from newsletter.database import Database
from newsletter.errors import ConfigError, ServerUnavailable
from newsletter.outbox import LoginRefused
from newsletter.replies import (
    Reading,
    chosen_source,
    look_through,
    mailbox_password_name,
    open_mailbox,
    read_to_end_at,
    take_in,
)
from newsletter.replies.mailbox import arrived, imap

Settings = Callable[..., Config]


@pytest.fixture
def post(dovecot_server: Dovecot) -> Dovecot:
    """The server with an empty mailbox."""
    dovecot_server.forget()
    return dovecot_server


@pytest.fixture
def settings(post: Dovecot) -> Settings:
    """Settings for it, with the password kept; as keywords what is to be other than usual."""

    def made(*, password: str = PASSWORD, **other: object) -> Config:
        keys = {
            "host": "127.0.0.1",
            "port": post.tls_port,
            "user": USER,
            "ca_file": str(post.ca_file),
        } | other
        lines = [f"{name} = {value!r}" for name, value in keys.items()]
        config = read_config("[mailbox]\n" + "\n".join(lines).replace("'", '"'))
        keychain.write_secret(mailbox_password_name(config), password)
        return config

    return made


def read(db: Database, config: Config, *, again: bool = False) -> Reading:
    with chosen_source(config, db, again=again) as (source, name):
        return take_in(db, source, config, clock=lambda: dt.datetime.now(dt.UTC), name=name)


def flags(config: Config, folder: str = "INBOX") -> dict[int, set[str]]:
    """Each message that is there, and what it is marked with."""
    with open_mailbox(config) as client:
        client.select_folder(folder, readonly=True)
        found = client.get_flags(client.search())
    return {uid: {flag.decode() for flag in set(given) - {b"\\Recent"}} for uid, given in found.items()}


def rows(db: Database) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in db.conn.execute("SELECT kind, source, state FROM replies ORDER BY id")]


def test_what_is_new_is_recorded_and_marked_and_stays_unread(
    post: Dovecot, settings: Settings, db: Database
) -> None:
    config = settings()
    for number in range(3):
        post.deliver(bounce(number))
    before = dt.datetime.now(dt.UTC)
    assert read(db, config).kinds == {"bounce": 3}
    assert flags(config) == {uid: {imap.KEYWORD} for uid in (1, 2, 3)}
    assert [row[:2] for row in rows(db)] == [("bounce", "imap")] * 3
    post.deliver(answer())
    found = read(db, config)
    assert (found.messages, found.kinds, found.known) == (1, {"reply": 1}, 0)
    readings = [tuple(row) for row in db.conn.execute("SELECT source, messages, fault FROM readings")]
    assert readings == [("imap", 3, ""), ("imap", 1, "")]
    at = read_to_end_at(db, config)
    assert at is not None
    assert at >= before.replace(microsecond=0)
    assert read_to_end_at(db, settings(folder="Other")) is None


def test_a_large_folder_is_looked_up_and_fetched_in_small_parts(
    post: Dovecot, settings: Settings, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, few in {"_WINDOW": 3, "_SIZES": 4, "MOST": 2}.items():
        monkeypatch.setattr(imap, name, few)
    for number in range(8):
        post.deliver(bounce(number))
    config = settings()
    with chosen_source(config, None, look_only=True) as (source, _):
        batches = [[one.uid for one in batch] for batch in source.batches()]
    assert (source.total, batches) == (8, [[1, 2], [3, 4], [5, 6], [7, 8]])
    assert read(db, config).messages == 8
    post.deliver(bounce(8))
    with chosen_source(config, db, look_only=True) as (source, _):
        assert [[one.uid for one in batch] for batch in source.batches()] == [[9]]


def test_a_look_changes_nothing(post: Dovecot, settings: Settings) -> None:
    config = settings()
    post.deliver(bounce())
    with chosen_source(config, None, look_only=True) as (source, _):
        assert [seen.reply.kind for seen in look_through(source)] == ["bounce"]
    assert flags(config) == {1: set()}


def test_bounces_are_moved_where_a_folder_is_named_and_a_persons_words_stay(
    post: Dovecot, settings: Settings, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrived, "LARGEST", 100_001)
    monkeypatch.setattr(imap, "LARGEST", 100_001)
    monkeypatch.setattr(imap, "_BODY", "BODY.PEEK[]<0.100001>")
    monkeypatch.setattr("newsletter.replies.mailbox.taking.LARGEST", 100_001)
    config = settings(processed="Newsletter/Done", aside="Newsletter/Look")
    post.deliver(bounce(1))
    post.deliver(answer(2))
    post.deliver(bounce(3) + b"x" * 76 * 10_000)
    found = read(db, config)
    assert found.hindrances == []
    assert found.faults == [("INBOX/3", "it is too large: only its beginning was read")]
    assert flags(config) == {2: {imap.KEYWORD}}
    assert len(flags(config, "Newsletter/Done")) == len(flags(config, "Newsletter/Look")) == 1
    assert sorted(row[0] for row in rows(db)) == ["bounce", "bounce", "reply"]
    assert read(db, config).messages == 0


def test_what_could_not_be_read_gets_a_star_and_the_rest_goes_on(
    post: Dovecot, settings: Settings, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = settings()
    for number in range(3):
        post.deliver(bounce(number))
    with chosen_source(config, db) as (source, name):
        fetch = source._client.fetch  # type: ignore[attr-defined]

        def broken(uids: list[int], what: list[str]) -> Any:
            if 2 in uids and "BODY" in what[0]:
                raise imaplib.IMAP4.error("NO [SERVERBUG] cannot open message")
            return fetch(uids, what)

        monkeypatch.setattr(source._client, "fetch", broken)  # type: ignore[attr-defined]
        found = take_in(db, source, config, clock=lambda: dt.datetime.now(dt.UTC), name=name)
    assert found.kinds == {"bounce": 2, "other": 1}
    [(place, why)] = found.faults
    assert (place, "SERVERBUG" in why) == ("INBOX/2", True)
    assert flags(config)[2] == {imap.KEYWORD, "\\Flagged"}
    assert len(rows(db)) == 2


def test_a_line_that_is_lost_loses_nothing(
    post: Dovecot, settings: Settings, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "MOST", 1)
    config = settings()
    for number in range(3):
        post.deliver(bounce(number))

    def cut(batch: Any) -> None:
        source._client.socket().shutdown(socket.SHUT_RDWR)  # type: ignore[attr-defined]

    with pytest.raises(ServerUnavailable), chosen_source(config, db) as (source, name):
        take_in(db, source, config, clock=lambda: dt.datetime.now(dt.UTC), told=cut, name=name)
    assert (len(rows(db)), read_to_end_at(db, config)) == (1, None)
    readings = db.conn.execute("SELECT messages, fault, ended_at = '' FROM readings").fetchall()
    assert [tuple(row) for row in readings] == [(1, "it broke off", 0)]
    assert (read(db, config).messages, len(rows(db))) == (2, 3)


def test_without_keywords_the_numbers_are_remembered(
    post: Dovecot, settings: Settings, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    select = imap.select
    monkeypatch.setattr(
        imap, "select", lambda *a, **k: select(*a, **k) | {b"PERMANENTFLAGS": (b"\\Seen", b"\\Flagged")}
    )
    config = settings()
    post.deliver(bounce(1))
    assert read(db, config).messages == 1
    assert flags(config) == {1: set()}
    post.deliver(bounce(2))
    assert read(db, config).messages == 1


def test_a_mailbox_that_was_numbered_anew_is_read_again_and_counts_once(
    post: Dovecot, settings: Settings, db: Database
) -> None:
    config = settings()
    for number in range(3):
        post.deliver(bounce(number))
    read(db, config)
    kept = [path.read_bytes() for path in (post.maildir() / "cur").iterdir()]
    shutil.rmtree(post.maildir())
    post.number_anew()
    for raw in kept:
        post.deliver(raw.replace(b"\n", b"\r\n"))
    found = read(db, config)
    assert (found.messages, found.known, len(rows(db))) == (3, 3, 3)
    assert read(db, config, again=True).known == 3


def test_a_token_lets_in_over_starttls(
    post: Dovecot, settings: Settings, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = ["wrong", "right"]
    monkeypatch.setattr(
        "newsletter.replies.mailbox.password.token_source", lambda config, use: lambda: said.pop(0) + use
    )
    post.allow("rightimap")
    config = settings(port=post.port, security="starttls", auth="xoauth2")
    with pytest.raises(LoginRefused, match="status 401") as refused:
        read(db, config)
    assert "wrongimap" not in str(refused.value)
    assert read(db, config).messages == 0


def test_a_wrong_password_is_told_without_it(post: Dovecot, settings: Settings) -> None:
    with (
        pytest.raises(LoginRefused, match="newsletter login mailbox") as refused,
        open_mailbox(settings(password="sentinel-wrong")),
    ):
        pass
    assert "sentinel" not in str(refused.value)


def test_a_certificate_of_nobodys_is_not_trusted(post: Dovecot, settings: Settings) -> None:
    for other in ({"ca_file": ""}, {"ca_file": "", "port": post.port, "security": "starttls"}):
        with (
            pytest.raises(ServerUnavailable, match="certificate is not good"),
            open_mailbox(settings(**other)),
        ):
            pass


def test_a_folder_that_is_not_there_is_told_with_those_that_are(
    post: Dovecot, settings: Settings, db: Database
) -> None:
    with pytest.raises(ConfigError, match="INBOX"):
        read(db, settings(folder="Nowhere"))


@pytest.fixture
def stripped() -> Iterator[tuple[int, list[bytes]]]:
    """A server that says it has no STARTTLS, as somebody on the way would have it; and what it was told."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            line, _ = server.accept()
            with line, line.makefile("rwb", buffering=0) as file:
                file.write(b"* OK hello\r\n")
                while command := file.readline():
                    heard.append(command)
                    tag = command.split()[0]
                    answer = b"BYE" if b"LOGOUT" in command else b"CAPABILITY IMAP4rev1 AUTH=PLAIN"
                    file.write(b"* " + answer + b"\r\n" + tag + b" OK done\r\n")

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1], heard
        thread.join(5)


def test_nothing_is_said_in_the_clear_where_starttls_is_demanded(
    stripped: tuple[int, list[bytes]], settings: Settings
) -> None:
    port, heard = stripped
    with (
        pytest.raises(ServerUnavailable, match="does not offer STARTTLS"),
        open_mailbox(settings(port=port, security="starttls", ca_file="")),
    ):
        pass
    assert [command.split()[1] for command in heard if b"LOGIN" in command or b"AUTH" in command] == []
