"""Messages that are filled in: the same bytes and the same columns as if each were written by itself."""

import dataclasses
import datetime as dt
from collections.abc import Mapping

import pytest
from hardnames import awkward_names
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.addresses import BadAddress
from newsletter.config import Config, read_config
from newsletter.contacts import Decision
from newsletter.edition import Edition, EditionPicture
from newsletter.errors import ProofFailed
from newsletter.outbox import circle, greeted
from newsletter.outbox.audience import Reach
from newsletter.outbox.compiled import compile_edition
from newsletter.outbox.delivery import Prepared
from newsletter.outbox.letterhead import letterhead
from newsletter.outbox.mailings import Mailing
from newsletter.outbox.preparing import Writer
from newsletter.tokens import Key

KEY = Key(bytes(range(32)))
MARKER = "NLabcdefghijkl"
LISTS = ("partners", "contributors")
SETTINGS = """\
[sender]
name = "{sender}"
email = "news@example.org"
reply_to = "study@example.org"
postal_address = "1 Example Street"
[public]
url = "{url}"
[lists.partners]
name = "Project partners"
purpose = "News."
[lists.contributors]
name = "Those who contribute <& more>"
purpose = "News."
"""
NOW = dt.datetime(2022, 9, 30, 9, tzinfo=dt.UTC)
PICTURE = EditionPicture("dot.png", "image/png", b"\x89PNG" + bytes(200))


def edition_in(
    *languages: str, slots: tuple[str, ...] = ("STOP", "CHANGE"), pictures: bool = True
) -> Edition:
    """With greeting and reason in each language, then the other slots."""
    letters = ["", *"BCD"][: len(languages)]
    personal = [f"{letter}{name}" for letter in letters for name in ("GREETING", "REASON")]
    marks = [MARKER + name for name in (*personal, *slots)]
    return Edition(
        issue="2022-09",
        language=languages[0],
        subject=f"News, {' '.join(languages)}, für alle",
        preheader="",
        html="".join(f'<p>{mark} and <a href="{mark}">more</a></p>\n' for mark in marks),
        text="".join(f"{mark}\n\n.News: {mark}\n" for mark in marks),
        marker=MARKER,
        pictures=(PICTURE,) if pictures else (),
        also=languages[1:],
    )


GOING = {
    "partners": edition_in("en"),
    "partners.cy": edition_in("cy", "en", slots=("STOP", "BSTOP")),
    "contributors": edition_in("en", "cy", "fr", slots=("STOP", "CHANGE", "ANSWER", "CREASON")),
    "contributors.cy": edition_in("cy", slots=("STOP",), pictures=False),
    "partners+contributors": edition_in("ar", pictures=False),
    "partners+contributors.cy": edition_in("ja", "en", slots=("CHANGE",)),
}


def a_writer(config: Config, going: Mapping[str, Edition] = GOING) -> Writer:
    """Of a mailing to two lists, of which each audience and language has its own edition."""
    compiled = {one.digest: compile_edition(one) for one in going.values()}
    editions = {name: one.digest for name, one in going.items()}
    mailing = Mailing(1, "2022-09", "", "running", Reach(LISTS), letterhead(config), editions, "")
    return Writer(KEY, mailing, config, compiled, None)


URLS = [
    "",
    "https://news.example.org",
    "https://w.example/a?x=1&y='2'/" + "w" * 60,
    "https://long.example/" + "w" * 800,
]
WRITERS = {
    url: a_writer(read_config(SETTINGS.format(sender=sender, url=url)))
    for url, sender in zip(
        URLS, ["The study", "Studie für alle", "A very long name " * 6, "Study, Dr. X"], strict=True
    )
}

PLAIN = st.from_regex(r"[A-Za-z0-9'-]{1,30}( [A-Za-z0-9'-]{1,40}){0,2}", fullmatch=True)
NAMES = st.one_of(
    PLAIN,
    st.sampled_from(awkward_names(MARKER)),
    st.text(max_size=120),
    st.text("aF rom.-=?<&'\"\\é\r\n\0\x1f\u2028\ud800{}%", max_size=100),
    st.just(""),
)
LOCALS = st.one_of(
    st.from_regex(r"[A-Za-z0-9_'+-]{1,40}(\.[A-Za-z0-9]{1,10}){0,2}", fullmatch=True),
    st.sampled_from(["zoë", '"a b"', "a" * 64, "a" * 65, "a..b", ".a", "a\r\nb", "李", ""]),
)
DOMAINS = st.sampled_from(
    [
        "example.org",
        "EXAMPLE.org",
        "bücher.example",
        "mail.example.co.uk",
        "x" * 60 + ".example.org",
        "nowhere",
        "",
    ]
)
GROUNDS = st.tuples(
    st.one_of(
        st.just(""),
        st.dates().map(str),
        st.datetimes().map(lambda when: f"{when.isoformat()}Z"),
        st.text(max_size=12),
    ),
    st.sampled_from(["consent", "legitimate-interest", "public task", "", "other"]),
)
DECISIONS = st.builds(
    lambda local, domain, name, given_name, language, lists, ground, other: Decision(
        *(1, f"{local}@{domain}", "0" * 32, name, given_name, language, lists, *ground, ""),
        further=(other,) * (len(lists) - 1),
    ),
    LOCALS,
    DOMAINS,
    NAMES,
    NAMES,
    st.sampled_from(["en", "cy", "", "fr"]),
    st.sampled_from([("partners",), ("contributors",), LISTS]),
    GROUNDS,
    GROUNDS,
)


def outcome(write: object, *given_to: object) -> Prepared | str:
    """What is made, or the error."""
    assert callable(write)
    try:
        made = write(*given_to)
    except (BadAddress, ProofFailed) as error:
        return f"{type(error).__name__}: {error}"
    assert isinstance(made, Prepared)
    return whole(made)


def whole(made: Prepared) -> Prepared:
    """The same in one piece: where it is cut says nothing."""
    return made._replace(pieces=(made.content,))


@settings(max_examples=300, deadline=None)
@given(
    url=st.sampled_from(URLS),
    decision=DECISIONS,
    opaque=st.binary(min_size=10, max_size=10),
    second=st.floats(1, 7e9),
)
def test_what_is_filled_in_is_what_would_be_written(
    url: str, decision: Decision, opaque: bytes, second: float
) -> None:
    writer, now = WRITERS[url], dt.datetime.fromtimestamp(second, dt.UTC)
    assert outcome(writer.write, opaque, decision, now) == outcome(writer.write_alone, opaque, decision, now)


def reader(name: str = "Ada Lovelace", **odd: object) -> Decision:
    usual = Decision(
        1, "ada@example.org", "0" * 32, name, "", "en", ("partners",), "2022-06-14", "consent", ""
    )
    one = usual._replace(**odd)  # type: ignore[arg-type]
    return one._replace(further=(("2022-07-01", "consent"),) * (len(one.lists) - 1))


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize("language", ["en", "cy"])
@pytest.mark.parametrize("lists", [("partners",), ("contributors",), LISTS])
def test_it_is_the_same_for_each_edition(url: str, language: str, lists: tuple[str, ...]) -> None:
    writer = WRITERS[url]
    for name in ("Ada Lovelace", "Chloé O'Brien", "x" * 200, "", *awkward_names(MARKER)[:300]):
        one = reader(name, language=language, lists=lists)
        made = writer.write(bytes(range(10)), one, NOW)
        assert whole(made) == whole(writer.write_alone(bytes(range(10)), one, NOW))
        assert made.lists == lists


def test_nobody_is_written_to_alone_where_nothing_is_asked_or_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(Writer, "write_alone")
    for writer in WRITERS.values():
        for name in ("Ada Lovelace", "Chloé O'Brien", "x" * 200, ""):
            assert writer.write(bytes(10), reader(name), NOW)


@pytest.mark.parametrize(
    "given_name", ["Ada", "Mary Ann", "Anne-Marie", "Chloé", "李明", "Łukasz", "", "a" * 40]
)
def test_a_plain_name_is_put_into_its_place(given_name: str) -> None:
    writer = WRITERS[""]
    writer.write(bytes(10), reader(), NOW)
    encoded = greeted._encoded.cache_info()
    writer.write(bytes(10), reader(given_name=given_name), NOW)
    assert greeted._encoded.cache_info() == encoded


def test_what_is_long_and_everybodys_is_not_copied() -> None:
    config = read_config(SETTINGS.format(sender="The study", url=""))
    long = dataclasses.replace(
        edition_in("en"), html=f"<p>{MARKER}GREETING {'long ' * 2_000}{MARKER}STOP</p>"
    )
    writer = a_writer(config, {"partners": long})
    one, other = (writer.write(bytes([number] * 10), reader(), NOW).pieces for number in range(2))
    (shared,) = (piece for piece in one if len(piece) > 10_000)
    assert any(piece is shared for piece in writer.compiled[long.digest].pieces)
    assert any(piece is shared for piece in other)
    assert len(one) == len(other) < 6


def test_what_one_reader_was_told_is_in_no_message_after_it() -> None:
    writer = WRITERS["https://news.example.org"]
    first, second = (
        writer.write(
            bytes([number] * 10),
            reader(name, given_name=name, email=f"{name}@example.org", lists=LISTS[1:]),
            NOW,
        )
        for number, name in enumerate(["Adelheid", "Bronwen"])
    )
    assert b"Adelheid" in first.content
    for told in ("Adelheid", first.message_id):
        assert told.encode() not in second.content
        assert told not in str(second.columns)


def test_an_address_that_none_can_write_to_is_told() -> None:
    with pytest.raises(BadAddress):
        WRITERS[""].write(bytes(10), reader(email="nobody"), NOW)


@pytest.mark.parametrize(
    ("url", "fault"),
    [("https://" + "w" * 1200, "998"), ("https://w\1", "control")],
)
def test_what_no_server_takes_is_told_before_anything_is_filled_in(url: str, fault: str) -> None:
    writer = a_writer(read_config(SETTINGS.format(sender="The study", url="https://news.example.org")))
    head = dataclasses.replace(writer.mailing.head, public_url=url)
    writer.mailing = dataclasses.replace(writer.mailing, head=head)
    with pytest.raises(ProofFailed, match=fault):
        writer.write(bytes(10), reader(), NOW)


@pytest.mark.parametrize("header", ["To: a\nb\r\n", "To: a\r\r\n", "To: a\r\n.b\r\n", f"To: {'x' * 999}\r\n"])
def test_a_header_that_came_out_wrong_is_not_sent(monkeypatch: pytest.MonkeyPatch, header: str) -> None:
    monkeypatch.setattr(circle, "mailbox_header", lambda *_: header)
    with pytest.raises(ProofFailed):
        WRITERS[""].write(bytes(10), reader(), NOW)


@pytest.mark.parametrize("piece", [b"Dear\nAda", b".Dear Ada", b"x" * 999])
def test_a_greeting_that_came_out_wrong_is_not_sent(monkeypatch: pytest.MonkeyPatch, piece: bytes) -> None:
    monkeypatch.setattr(greeted, "quoted", lambda text: (b"Dear Ada", piece))
    with pytest.raises(ProofFailed):
        WRITERS[""].write(bytes(10), reader(f"Ada & {piece!r}"), NOW)


@pytest.mark.parametrize("name", ["x" * 2_000 + "@", "a b" * 900 + "é", "." * 1_100])
def test_a_name_that_is_too_long_for_a_line_is_told_or_folded_as_ever(name: str) -> None:
    writer = WRITERS[""]
    one = reader(name, given_name="." * 3_000)
    assert outcome(writer.write, bytes(10), one, NOW) == outcome(writer.write_alone, bytes(10), one, NOW)
