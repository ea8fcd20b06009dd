"""Mail in files: a Maildir, an mbox, single messages, a pipe; the same message is the same wherever it lies."""

import datetime as dt
import io
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mail import answer, bounce

from newsletter.config import read_config
from newsletter.database import Database
from newsletter.errors import InputError
from newsletter.replies import (
    Source,
    chosen_source,
    look_through,
    named_source,
    piped_source,
    read_to_end_at,
    take_in,
)
from newsletter.replies.mailbox.arrived import LARGEST, SIZE_LIMIT, Arrived, digest_of

CONFIG = read_config("")
FROM = b"From MAILER-DAEMON Fri Sep 30 09:00:00 2022\n"


def maildir(path: Path, *messages: bytes) -> Path:
    for name in ("new", "cur", "tmp"):
        (path / name).mkdir(parents=True)
    for number, raw in enumerate(messages):
        name = f"new/{number}.relay" if number % 2 else f"cur/{number}.relay:2,S"
        (path / name).write_bytes(raw)
    return path


def mbox(path: Path, *messages: bytes) -> Path:
    quoted = (raw.replace(b"\nFrom ", b"\n>From ") for raw in messages)
    path.write_bytes(b"".join(FROM + raw + b"\n" for raw in quoted))
    return path


def fetched(source: Source) -> list[Arrived]:
    return [one for batch in source.batches() for one in batch]


def test_a_message_is_the_same_wherever_it_lies(tmp_path: Path) -> None:
    raw = bounce() + b"\nFrom the field\n"
    delivered = b"Return-Path: <>\nDelivered-To: news@example.org\n" + raw
    (tmp_path / "one.eml").write_bytes(raw.replace(b"\n", b"\r\n"))
    sources = [
        named_source(tmp_path / "one.eml"),
        named_source(mbox(tmp_path / "box", b"Status: RO\n" + raw)),
        named_source(maildir(tmp_path / "dir", delivered)),
        piped_source(io.BytesIO(FROM + delivered.replace(b"\n", b"\r"))),
    ]
    found = [one for source in sources for one in fetched(source)]
    assert len(found) == 4
    assert {digest_of(one.raw) for one in found} == {digest_of(raw)}
    assert digest_of(bounce(1)) != digest_of(bounce(2))


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400))
def test_line_ends_make_no_difference(raw: bytes) -> None:
    lines = raw.replace(b"\r", b"")
    assert len({digest_of(lines.replace(b"\n", end)) for end in (b"\n", b"\r\n", b"\r")}) == 1


def test_a_sentence_that_begins_with_from_is_no_message(tmp_path: Path) -> None:
    path = tmp_path / "box"
    one = answer(1) + b"\nFrom the field: more soon.\n"
    path.write_bytes(FROM + one + b"\n" + FROM + answer(2) + b"\n")
    assert [digest_of(found.raw) for found in fetched(named_source(path))] == [
        digest_of(one),
        digest_of(answer(2)),
    ]
    path.write_bytes(FROM + answer(1) + FROM + answer(2))
    assert len(fetched(named_source(path))) == 2, "not all leave a blank line between"
    path.write_bytes(b"")
    assert fetched(named_source(path)) == []


def test_a_huge_message_is_cut_off_and_the_next_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "box"
    with path.open("wb") as file:
        file.write(FROM + bounce(1))
        for _ in range(50):
            file.write(b"x" * 1_000_000)
        file.write(b"\n\n" + FROM + bounce(2) + b"\n")
    tracemalloc.start()
    sizes = [len(one.raw) for batch in named_source(path).batches() for one in batch]
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sizes == [LARGEST, len(bounce(2)) + 1]
    assert most < 4 * SIZE_LIMIT


def test_a_maildir_is_left_as_it_is_unless_folders_are_named(tmp_path: Path, db: Database) -> None:
    path = maildir(tmp_path / "mail", bounce(1), answer(2), bounce(3))
    before = sorted(one.name for one in path.rglob("*.relay*"))
    clock = lambda: dt.datetime.now(dt.UTC)  # noqa: E731
    assert take_in(db, named_source(path), CONFIG, clock=clock).messages == 3
    assert sorted(one.name for one in path.rglob("*.relay*")) == before
    moving = named_source(path, processed="Newsletter/Done")
    # A mail program has looked at one meanwhile.
    (path / "cur" / "2.relay:2,S").rename(path / "cur" / "2.relay:2,FS")
    assert take_in(db, moving, CONFIG, clock=clock).known == 3
    moved = sorted(one.name for one in (path / ".Newsletter.Done" / "cur").iterdir())
    assert moved == ["0.relay:2,S", "2.relay:2,FS"]
    assert len(list(path.rglob("*.relay*"))) == 3


@pytest.mark.parametrize("form", [maildir, mbox])
def test_of_the_usual_mailbox_only_what_came_since_is_read(form: Any, tmp_path: Path, db: Database) -> None:
    path = form(tmp_path / "post", bounce(1), bounce(2))
    config = read_config(f'[mailbox]\npath = "{path}"\n')
    later = dt.datetime.now(dt.UTC) + dt.timedelta(days=3)

    def messages(**how: bool) -> int:
        with chosen_source(config, db, **how) as (source, name):
            return take_in(db, source, config, clock=lambda: later, name=name).messages

    assert [messages(), messages(), messages(again=True)] == [2, 0, 2]
    assert read_to_end_at(db, config) == later.replace(microsecond=0)


def test_a_file_that_cannot_be_read_is_told_and_the_rest_goes_on(tmp_path: Path, db: Database) -> None:
    (tmp_path / "mail").mkdir()
    for number in range(3):
        (tmp_path / "mail" / f"{number}.eml").write_bytes(bounce(number))
    (tmp_path / "mail" / "notes.txt").write_text("no message")
    source = named_source(tmp_path / "mail")
    (tmp_path / "mail" / "1.eml").unlink()
    found = take_in(db, source, CONFIG, clock=lambda: dt.datetime.now(dt.UTC))
    assert found.kinds["bounce"] == 2
    assert found.faults == [
        (str(tmp_path / "mail" / "1.eml"), "it cannot be read: No such file or directory")
    ]
    with pytest.raises(InputError, match="no message in it"):
        named_source(maildir(tmp_path / "empty") / "tmp")
    with pytest.raises(InputError, match="No such file"):
        named_source(tmp_path / "nothing")


def test_what_was_too_large_is_said(tmp_path: Path) -> None:
    path = tmp_path / "bomb.eml"
    path.write_bytes(bounce() + b"x" * SIZE_LIMIT)
    [seen] = look_through(named_source(path))
    assert (seen.reply.kind, seen.reply.recipients[0].email) == ("bounce", "gone@example.net")
    assert "too large" in seen.reply.fault
