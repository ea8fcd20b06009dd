"""The message as a mail program reads it."""

import datetime as dt
import email
import email.policy
import re
from collections.abc import Callable
from dataclasses import replace
from email.message import EmailMessage

import pytest

from newsletter.config import Config
from newsletter.edition import Edition, Personal, fill_html, fill_text, sample_personal
from newsletter.errors import ConfigError, ProofFailed
from newsletter.outbox import sample_message
from newsletter.outbox.letterhead import letterhead, stop_link, tokens_of
from newsletter.outbox.message import Letter, build_message, compile_edition, date_header
from newsletter.tokens import Key, read_token

KEY = Key(bytes(range(32)))
OPAQUE = bytes(range(10))
PERSONAL = Personal(
    greeting="Dear Ada & <b>Ben</b>,",
    reason="You asked on 14 June 2022; " + "a long reason " * 12 + ".",
    stop="https://news.example.org/u/abc?x=1&y=2",
)
MakeEdition = Callable[..., Edition]


@pytest.fixture
def build(config: Config, now: dt.datetime) -> Callable[..., bytes]:
    """Builds the message of one reader."""

    def run(
        edition: Edition, settings: Config = config, *, name: str = "Ada", personal: Personal = PERSONAL
    ) -> bytes:
        letter = Letter(name, "ada@example.org", personal, tokens_of(KEY, OPAQUE), date_header(now))
        return build_message(compile_edition(edition), letterhead(settings), letter)

    return run


def parsed(message: bytes) -> EmailMessage:
    read = email.message_from_bytes(message, policy=email.policy.default)
    assert isinstance(read, EmailMessage)
    for part in read.walk():
        assert part.defects == []
    return read


def body(message: bytes, kind: str) -> str:
    part = parsed(message).get_body((kind,))
    assert part is not None
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode().replace("\r\n", "\n")


def with_public_pages(config: Config) -> Config:
    public = config.public.model_copy(update={"url": "https://news.example.org/"})
    return config.model_copy(update={"public": public})


def test_both_parts_say_what_the_edition_says(build: Callable[..., bytes], make_edition: MakeEdition) -> None:
    edition = make_edition()
    message = build(edition)
    assert body(message, "plain") == fill_text(edition, PERSONAL)
    assert body(message, "html") == fill_html(edition, PERSONAL)
    assert "&lt;b&gt;" in body(message, "html")
    assert "<b>" in body(message, "plain")


def test_pictures_travel_inside_and_are_found_by_their_content_id(
    build: Callable[..., bytes], make_edition: MakeEdition
) -> None:
    edition = make_edition()
    read = parsed(build(edition))
    assert [part.get_content_type() for part in read.walk()] == [
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
    ]
    picture = list(read.walk())[-1]
    assert picture["Content-ID"] == "<dot.png@newsletter>"
    assert picture.get_payload(decode=True) == edition.pictures[0].data


def test_without_pictures_there_is_nothing_related(
    build: Callable[..., bytes], make_edition: MakeEdition
) -> None:
    read = parsed(build(make_edition(pictures=())))
    assert [part.get_content_type() for part in read.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]


def test_the_headers_are_these_and_no_others(build: Callable[..., bytes], make_edition: MakeEdition) -> None:
    read = parsed(build(make_edition()))
    assert read.keys() == [
        "From",
        "To",
        "Reply-To",
        "Subject",
        "Date",
        "Message-ID",
        "List-Id",
        "List-Unsubscribe",
        "Auto-Submitted",
        "MIME-Version",
        "Content-Type",
    ]
    assert read["From"] == "The link worker study <news@example.org>"
    assert read["To"] == "Ada <ada@example.org>"
    assert read["Date"] == "Fri, 30 Sep 2022 09:00:00 +0000"
    assert read["List-Id"] == "The link worker study <news.example.org>"


def test_message_id_carries_the_deliverys_token(
    build: Callable[..., bytes], make_edition: MakeEdition
) -> None:
    local, _, domain = parsed(build(make_edition()))["Message-ID"].strip("<>").partition("@")
    assert domain == "example.org"
    assert read_token(KEY, "delivery", local) == OPAQUE
    assert read_token(KEY, "unsubscribe", local) is None


def raw_header(message: bytes, name: str) -> str:
    found = re.search(rf"^{name}: (.*(?:\r\n[ \t].*)*)\r\n", message.decode(), re.MULTILINE)
    assert found, name
    return re.sub(r"\r\n\s+", " ", found[1])


def test_opting_out_goes_by_mail_where_nothing_is_public(
    build: Callable[..., bytes], make_edition: MakeEdition
) -> None:
    message = build(make_edition())
    link = raw_header(message, "List-Unsubscribe")
    found = re.fullmatch(r"<mailto:study@example\.org\?subject=unsubscribe%20(\w+)>", link)
    assert found
    assert read_token(KEY, "unsubscribe", found[1]) == OPAQUE
    assert b"List-Unsubscribe-Post" not in message


def test_opting_out_is_one_click_where_there_is_a_public_page(
    build: Callable[..., bytes], make_edition: MakeEdition, config: Config
) -> None:
    message = build(make_edition(), with_public_pages(config))
    web, mail = raw_header(message, "List-Unsubscribe").split(", ")
    token = web.removeprefix("<https://news.example.org/u/").rstrip(">")
    assert read_token(KEY, "unsubscribe", token) == OPAQUE
    assert mail.startswith("<mailto:study@example.org?subject=unsubscribe%20")
    assert raw_header(message, "List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"


def test_a_long_opt_out_link_is_never_encoded_or_cut(
    build: Callable[..., bytes], make_edition: MakeEdition, config: Config
) -> None:
    sender = config.sender.model_copy(update={"reply_to": "a" * 60 + "@" + "b" * 60 + ".example.org"})
    link = raw_header(build(make_edition(), config.model_copy(update={"sender": sender})), "List-Unsubscribe")
    assert "=?" not in link
    assert link.count(">") == 1
    assert "b" * 60 in link


@pytest.mark.parametrize("length", [900, 901, 5000])
def test_an_opt_out_link_too_long_for_a_line_is_told_and_not_sent(
    build: Callable[..., bytes], make_edition: MakeEdition, config: Config, length: int
) -> None:
    url = "https://news.example.org/".ljust(length, "w")
    settings = config.model_copy(update={"public": config.public.model_copy(update={"url": url})})
    if length > 900:
        with pytest.raises(ConfigError, match=r"public\.url"):
            build(make_edition(), settings)
        return
    assert max(map(len, build(make_edition(), settings).split(b"\r\n"))) <= 998


def test_a_header_line_beyond_what_smtp_carries_is_not_sent(
    make_edition: MakeEdition, config: Config, now: dt.datetime
) -> None:
    head = replace(letterhead(config), public_url="https://news.example.org/".ljust(1200, "w"))
    letter = Letter(
        "Ada", "ada@example.org", sample_personal(config), tokens_of(KEY, OPAQUE), date_header(now)
    )
    with pytest.raises(ProofFailed, match="998"):
        build_message(compile_edition(make_edition()), head, letter)


def test_the_stop_link_leads_to_the_same_place_as_the_header(config: Config) -> None:
    tokens = tokens_of(KEY, OPAQUE)
    assert (
        stop_link(letterhead(config), tokens)
        == f"mailto:study@example.org?subject=unsubscribe%20{tokens.unsubscribe}"
    )
    public = letterhead(with_public_pages(config))
    assert stop_link(public, tokens) == f"https://news.example.org/u/{tokens.unsubscribe}"


def test_public_pages_under_a_name_in_any_script_are_linked_in_ascii(
    build: Callable[..., bytes], make_edition: MakeEdition, config: Config
) -> None:
    # A server that offers no SMTPUTF8 takes no other headers.
    public = config.public.model_copy(update={"url": "https://newyddion.cŵn.example/tŷ/"})
    settings = config.model_copy(update={"public": public})
    head, tokens = letterhead(settings), tokens_of(KEY, OPAQUE)
    assert stop_link(head, tokens) == f"https://newyddion.xn--cn-bva.example/t%C5%B7/u/{tokens.unsubscribe}"
    assert build(make_edition(), settings).partition(b"\r\n\r\n")[0].isascii()


def test_a_public_address_that_is_no_domain_anywhere_is_said(config: Config) -> None:
    public = config.public.model_copy(update={"url": "https://a\u0300\u200d.example"})
    with pytest.raises(ConfigError, match="cannot stand in a message") as caught:
        letterhead(config.model_copy(update={"public": public}))
    assert "xn--" in caught.value.remedy


def test_a_name_that_looks_like_a_slot_is_a_name(
    build: Callable[..., bytes], make_edition: MakeEdition
) -> None:
    edition = make_edition()
    odd = Personal(
        greeting=f"Dear {edition.marker}STOP,",
        reason=f"{edition.marker}GREETING",
        stop="mailto:x@example.org",
    )
    message = build(edition, personal=odd)
    assert body(message, "plain") == fill_text(edition, odd)
    assert f"Dear {edition.marker}STOP," in body(message, "plain")


@pytest.mark.parametrize(
    "odd", ["=_a", "--=_a", "\n.\n", "\r\n\r\nBcc: x@example.org", "From me", ".", "=2E", "\0", "x" * 5000]
)
def test_no_value_breaks_the_message(
    build: Callable[..., bytes], make_edition: MakeEdition, odd: str
) -> None:
    edition = make_edition()
    personal = Personal(greeting=odd, reason=odd, stop="https://example.org/" + "y" * 3000)
    message = build(edition, name=odd, personal=personal)
    read = parsed(message)
    assert len(list(read.walk())) == 5
    assert "Bcc" not in read
    assert body(message, "plain") == fill_text(edition, personal).replace("\r\n", "\n")
    assert b"\r\n." not in message
    assert all(len(line) <= 998 for line in message.split(b"\r\n"))


def test_the_same_reader_gets_the_same_bytes(build: Callable[..., bytes], make_edition: MakeEdition) -> None:
    assert build(make_edition()) == build(make_edition())


def test_every_line_end_is_crlf(build: Callable[..., bytes], make_edition: MakeEdition) -> None:
    message = build(make_edition(text="a\rb\nc\r\nNLabcdefghijklGREETING\n"))
    assert message.count(b"\n") == message.count(b"\r") == message.count(b"\r\n")


def test_a_sample_is_inert_and_always_the_same(make_edition: MakeEdition, config: Config) -> None:
    edition = make_edition()
    message = sample_message(edition, config)
    assert message == sample_message(edition, config)
    assert b"example.invalid" in message
    local = parsed(message)["Message-ID"].strip("<>").partition("@")[0]
    assert read_token(KEY, "delivery", local) is None
    assert body(message, "plain") == fill_text(edition, sample_personal(config))


def test_without_a_sender_there_is_no_message(make_edition: MakeEdition, config: Config) -> None:
    nobody = config.model_copy(update={"sender": config.sender.model_copy(update={"email": ""})})
    with pytest.raises(ConfigError, match=r"sender\.email"):
        sample_message(make_edition(), nobody)


def test_domains_beyond_ascii_go_as_idna(make_edition: MakeEdition, config: Config) -> None:
    sender = config.sender.model_copy(update={"email": "news@bücher.example", "reply_to": ""})
    read = parsed(sample_message(make_edition(), config.model_copy(update={"sender": sender})))
    assert read["From"] == "The link worker study <news@xn--bcher-kva.example>"
    assert read["Message-ID"].endswith("@xn--bcher-kva.example>")
