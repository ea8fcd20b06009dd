"""Every fault of a mail server at every moment: what becomes of this delivery, of the next ones, of the run."""

import os
import re
import ssl
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from certificates import certificate, server_side
from faults import CELLS, OPENING, READERS, WORLD, Cell, tables
from proving import PLAIN, Stages, stages
from scripted import EXTENSIONS, Act, Scripted, say
from stage import Ended, Stage, judge

SECRET = "correct-horse-battery-staple"
DOCS = Path(__file__).parents[2] / "docs" / "outbox.md"
#: How many lines there are, and whether commands go together: all for the soak, else the first for each
#: fault and one more in turn; before the messages one line and four in turn.
WAYS = [(1, True), (4, False), (1, False), (4, True)]


@pytest.fixture(scope="module")
def stage_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stages]:
    yield from stages(tmp_path_factory.mktemp("faults"))


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A server's certificate with its key."""
    return certificate(tmp_path_factory.mktemp("tls"))


def needs_tls(cell: Cell) -> bool:
    return cell.moment in ("STARTTLS", "TLS")


def needs_login(cell: Cell) -> bool:
    return cell.moment in ("AUTH", "AUTH-2")


def server_for(cell: Cell, pem: Path, *, piped: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"extensions": EXTENSIONS if piped else PLAIN}
    if needs_tls(cell):
        found["tls"] = server_side(pem)
    if needs_login(cell):
        found |= {"password": SECRET, "logins": "LOGIN" if cell.moment == "AUTH-2" else "PLAIN"}
    return found


def settings_for(cell: Cell, lines: int) -> dict[str, Any]:
    found: dict[str, Any] = {"connections": lines, "timeout": 0.3 if cell.quiet else 5.0}
    if needs_tls(cell):
        found["security"] = "starttls"
    if needs_login(cell):
        found["user"] = "news"
    return found


def misbehave(room: Scripted, cell: Cell) -> None:
    if cell.moment == "RSET":
        room.at("RCPT", say("550 5.1.1 no such user"), only="reader0@")
    room.at(cell.moment, cell.act, times=1 << 30 if cell.always else 1)


def secretive(stage: Stage, ended: Ended) -> None:
    """No address and no secret in what was printed, nor in anything that is kept outside contacts.db."""
    texts = [ended.out.encode(), ended.err.encode()]
    for place in (stage.folder, stage.home):
        files = [path for path in place.rglob("*") if path.is_file() and "contacts.db" not in path.name]
        texts += [path.read_bytes() for path in files]
    with stage.rows() as conn:
        texts += [row[0].encode() for row in conn.execute("SELECT reply FROM deliveries")]
        texts += [row[0].encode() for row in conn.execute("SELECT stopped FROM mailings")]
    for text in texts:
        assert b"reader0@" not in text
        assert SECRET.encode() not in text


def trials() -> Iterator[Any]:
    """Each cell in each way; before and after the messages it is the same with and without PIPELINING."""
    for place, cell in enumerate(CELLS):
        for number, (lines, piped) in enumerate(WAYS):
            if piped or (cell not in OPENING and cell.moment != "QUIT"):
                way = f"{lines}-{'piped' if piped else 'in-turn'}"
                turn = 1 + place // 4 % 3 if place % 4 == 0 else 0
                often = number == place % 2 * 3 if cell in OPENING else number in (0, turn)
                marks = () if often else (pytest.mark.soak,)
                yield pytest.param(cell, lines, piped, id=f"{cell}-{way}", marks=marks)


@pytest.mark.parametrize(("cell", "lines", "piped"), list(trials()))
def test_each_fault_at_each_moment(
    stage_of: Stages, trusted: Path, cell: Cell, lines: int, piped: bool
) -> None:
    server = server_for(cell, trusted, piped=piped)
    with stage_of(READERS, server=server, **settings_for(cell, lines)) as (stage, room):
        stage.environment = {"SSL_CERT_FILE": str(trusted), "NEWSLETTER_SMTP_NEWS_127_0_0_1": SECRET}
        misbehave(room, cell)
        ended = stage.send()
        states = Counter(stage.states().values())
        assert cell.allows(states), (states, ended)
        assert ended.code in cell.codes(), ended
        assert "Traceback" not in ended.err, ended
        secretive(stage, ended)
        assert not needs_tls(cell) or not {"MAIL", "AUTH"} & set(room.in_the_clear)
        goes_on(stage, room, states)


def goes_on(stage: Stage, room: Scripted, states: Counter[str]) -> None:
    """A day later, from a server that is well again, everybody is served who should be, and nobody twice."""
    room.well()
    # The short patience was for its silence; a busy machine may take longer to shake hands.
    settings = stage.folder / "newsletter.toml"
    patient = re.sub(r"(?m)^timeout = .*$", "timeout = 20.0", settings.read_text(encoding="utf-8"))
    settings.write_text(patient, encoding="utf-8")
    clock = stage.home / "clock"
    clock.write_text("86400", encoding="ascii")
    ended = stage.send(world={"clock": str(clock)})
    found = judge(stage, room, READERS)
    assert found.sound, found
    assert room.wrongs == []
    ends = {"refused": states["refused"], "in-doubt": states["in-doubt"]}
    assert found.states == +Counter({**ends, "sent": READERS - sum(ends.values())}), ended


@pytest.mark.parametrize("lines", [1, 4])
@pytest.mark.parametrize(
    "word",
    [
        "354 nevertheless",
        "503 5.5.1 RCPT first",
        "554 5.5.1 no valid recipients",
        "451 4.3.0 later",
        "250 eh",
    ],
)
def test_whatever_comes_to_data_after_a_refused_recipient_nobody_gets_what_is_not_theirs(
    stage_of: Stages, word: str, lines: int
) -> None:
    with stage_of(READERS, connections=lines) as (stage, room):
        room.at("RCPT", say("550 5.1.1 no such user"), only="reader0@")
        room.at("DATA", say(word), only="nobody")
        ended = stage.send()
        found = judge(stage, room, READERS)
        assert stage.states()["reader0@example.org"] == "refused", ended
    assert ended.code == 1
    assert found.sound
    assert found.states == {"refused": 1, "sent": 3}
    assert "reader0@example.org" not in room.recipients()


@pytest.mark.parametrize("lines", [1, 4])
@pytest.mark.parametrize("word", ["354 nevertheless", "503 5.5.1 MAIL first"])
def test_whatever_comes_to_rcpt_and_data_after_a_refused_sender_nobody_is_marked(
    stage_of: Stages, word: str, lines: int
) -> None:
    with stage_of(READERS, connections=lines) as (stage, room):
        room.at("MAIL", say("451 4.3.0 later"), times=1)
        room.at("DATA", say(word), only="nobody")
        ended = stage.send()
        found = judge(stage, room, READERS)
    assert ended.code == 75, ended
    assert found.sound
    assert found.states == {"waiting": 1, "sent": 3}


@pytest.mark.parametrize("lines", [1, 4])
def test_a_server_that_offers_nothing_is_served(stage_of: Stages, lines: int) -> None:
    with stage_of(READERS, server={"extensions": frozenset()}, connections=lines) as (stage, room):
        ended = stage.send()
        assert (ended.code, judge(stage, room, READERS).states) == (0, {"sent": READERS}), ended
    assert "PIPELINING" not in room.extensions
    assert all(" SIZE=" not in line and " BODY=" not in line for line in room.heard)


def test_a_server_that_knows_no_ehlo_is_greeted_as_of_old(stage_of: Stages) -> None:
    with stage_of(READERS, server={"extensions": frozenset()}) as (stage, room):
        room.at("EHLO", say("502 5.5.1 what?"), times=1)
        ended = stage.send()
        assert (ended.code, judge(stage, room, READERS).states) == (0, {"sent": READERS}), ended


@pytest.mark.parametrize("lines", [1, 4])
def test_a_server_that_ends_the_line_after_each_message_is_called_again(stage_of: Stages, lines: int) -> None:
    with stage_of(12, connections=lines) as (stage, room):
        room.at("DOT", Act(then="usual, then hang up"))
        ended = stage.send()
        found = judge(stage, room, 12)
    assert ended.code == 0, ended
    assert found.sound
    assert found.states == {"sent": 12}


def test_where_one_of_four_lines_is_refused_the_others_serve(stage_of: Stages) -> None:
    with stage_of(12, connections=4) as (stage, room):
        room.at("GREETING", Act(b"421 4.3.2 too many\r\n", "hang up"), times=1)
        ended = stage.send()
        found = judge(stage, room, 12)
    assert (ended.code, found.states) == (0, {"sent": 12})


@pytest.mark.parametrize("offer", ["stripped", "injected", "unknown", "wrong name", "expired"])
def test_nothing_is_said_over_a_line_that_is_not_safe(
    stage_of: Stages, tmp_path: Path, trusted: Path, offer: str
) -> None:
    odd: dict[str, Any] = {"wrong name": {"name": "127.0.0.2"}, "expired": {"days": -1}}.get(offer, {})
    pem = certificate(tmp_path, **odd)
    server: dict[str, Any] = {"password": SECRET}
    if offer != "stripped":
        server["tls"] = server_side(pem)
    believed = trusted if offer == "unknown" else pem
    with stage_of(READERS, server=server, security="starttls", user="news") as (stage, room):
        stage.environment = {"SSL_CERT_FILE": str(believed), "NEWSLETTER_SMTP_NEWS_127_0_0_1": SECRET}
        if offer == "injected":
            room.at("STARTTLS", Act(b"220 go ahead\r\n250 2.7.0 you are logged in\r\n"))
        ended = stage.send()
        assert ended.code == 69, ended
        assert Counter(stage.states().values()) == {"waiting": READERS}
        secretive(stage, ended)
    assert set(room.in_the_clear) <= {"EHLO", "STARTTLS", "QUIT"}


def test_a_server_that_knows_nothing_newer_than_tls_1_2_is_served(stage_of: Stages, trusted: Path) -> None:
    older = server_side(trusted)
    older.maximum_version = ssl.TLSVersion.TLSv1_2
    with stage_of(READERS, server={"tls": older}, security="starttls") as (stage, room):
        stage.environment = {"SSL_CERT_FILE": str(trusted)}
        assert stage.send().code == 0
        assert len(room.taken()) == READERS


def test_a_server_without_any_login_is_a_matter_of_the_settings(stage_of: Stages) -> None:
    with stage_of(READERS, user="news") as (stage, room):
        stage.environment = {"NEWSLETTER_SMTP_NEWS_127_0_0_1": SECRET}
        ended = stage.send()
        secretive(stage, ended)
    assert ended.code == 78, ended
    assert room.taken() == []


def test_the_docs_have_the_tables_as_they_are() -> None:
    told = DOCS.read_text(encoding="utf-8").partition("<!-- faults -->\n")[2].partition("<!-- end -->")[0]
    assert told.strip() == tables().strip(), "write them anew with `make faults`"


def test_each_fault_of_the_world_in_the_docs_has_its_test() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    assert [name for *_, name in WORLD if f"def {name}(" not in sources] == []


def test_every_environment_name_is_the_one_that_is_read() -> None:
    from newsletter.keychain import environment_name

    assert environment_name("smtp-news@127.0.0.1") == "NEWSLETTER_SMTP_NEWS_127_0_0_1"
    assert "NEWSLETTER_SMTP_NEWS_127_0_0_1" not in os.environ
