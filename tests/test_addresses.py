"""Addresses are read strictly, kept as written and compared in one form."""

import json
import unicodedata
from pathlib import Path

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given
from hypothesis import strategies as st

from newsletter.addresses import (
    Address,
    BadAddress,
    domain_of,
    is_plain,
    needs_smtputf8,
    normalise,
    parse_address,
)

CORPUS = Path(__file__).parent.parent.parent / "shared" / "corpora" / "addresses"
needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason=f"{CORPUS} is not on this machine")


def accepted(text: str) -> bool:
    try:
        parse_address(text)
    except BadAddress:
        return False
    return True


@needs_corpus
def test_nothing_that_isemail_calls_an_error_is_accepted():
    cases = json.loads((CORPUS / "isemail.json").read_text(encoding="utf-8"))
    errors = [case["address"] for case in cases if case["category"] == "ISEMAIL_ERR"]
    assert errors
    assert [text for text in errors if accepted(text)] == []


@needs_corpus
def test_notify_s_valid_addresses_are_accepted_and_its_invalid_ones_are_not():
    cases = json.loads((CORPUS / "notify.json").read_text(encoding="utf-8"))
    assert [text for text in cases["valid"] if not accepted(text)] == []
    assert [text for text in cases["invalid"] if accepted(text)] == []


@pytest.mark.parametrize(
    ("text", "email", "normalised"),
    [
        ("Ada.Obi@Example.ORG", "Ada.Obi@example.org", "ada.obi@example.org"),
        ("  ada@example.org\u00a0", "ada@example.org", "ada@example.org"),
        ("\u200bada@example.org\ufeff", "ada@example.org", "ada@example.org"),
        ("ada+news@example.org", "ada+news@example.org", "ada+news@example.org"),
        ("o'neil@example.org", "o'neil@example.org", "o'neil@example.org"),
        ("ada@BÜCHER.example", "ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@xn--bcher-kva.example", "ada@bücher.example", "ada@xn--bcher-kva.example"),
    ],
)
def test_an_address_is_kept_as_written_and_compared_in_one_form(text, email, normalised):
    address = parse_address(text)
    assert (address.email, address.normalised) == (email, normalised)


@pytest.mark.parametrize("mark", ["\n", "\r\n", "\r", "\v", "\u2028", "\x85"])
@pytest.mark.parametrize(
    "place", ["ada@example.org{}", "{}ada@example.org", "ada@example.org{}Bcc: ben@example.org"]
)
def test_a_line_break_is_refused_wherever_it_stands(mark, place):
    with pytest.raises(BadAddress, match="line break"):
        parse_address(place.format(mark))


def test_the_reason_is_said_in_words_and_a_long_text_is_cut():
    with pytest.raises(BadAddress, match="must have an @-sign"):
        parse_address("ada")
    with pytest.raises(BadAddress) as caught:
        parse_address("x" * 5000)
    assert len(str(caught.value)) < 300


def test_letters_beyond_ascii_before_the_at_sign_are_for_relays_that_take_them():
    assert not accepted("jürgen@example.org")
    assert parse_address("jürgen@example.org", smtputf8=True).ascii_email == ""
    assert normalise("JÜRGEN@example.org") == normalise("ju\u0308rgen@example.org")


BEYOND = [
    "用户@例え.jp",
    "jürgen@example.org",
    "उपयोगकर्ता@example.org",
    "юзер.2@example.org",
    "καλή+νέα@example.org",
]


@pytest.mark.parametrize("text", BEYOND)
def test_a_reader_s_address_may_have_any_letters(text):
    address = parse_address(f"\u200b {unicodedata.normalize('NFD', text)}\u00a0", smtputf8=True)
    assert address.email == text
    assert address.ascii_email == ""
    assert address.normalised == normalise(text.upper()) == normalise(address.normalised)
    assert needs_smtputf8(text)
    assert not accepted(text)


@pytest.mark.parametrize("text", ["ada@example.org", "ada@bücher.example", "", "ada"])
def test_other_letters_in_the_domain_alone_need_nothing_of_the_server(text):
    assert not needs_smtputf8(text)


UNSAFE = {
    "SMTP smuggled in": "ü\r\nRCPT TO:<x@example.org>@example.org",
    "a header smuggled in": "ü@example.org\nBcc: ben@example.org",
    "a line separator": "ü\u2028x@example.org",
    "NEL": "ü\x85x@example.org",
    "NUL": "ü\0x@example.org",
    "a terminal's escape": "ü\x1b[31m@example.org",
    "a C1 control": "ü\x9b31m@example.org",
    "DEL": "ü\x7f@example.org",
    "letters turned round": "ü\u202egpj@example.org",
    "an isolate": "ü\u2066x\u2069@example.org",
    "a right-to-left mark": "ü\u200fx@example.org",
    "a zero-width space": "ü\u200bx@example.org",
    "a zero-width non-joiner": "نامه\u200cای@example.org",
    "a zero-width joiner": "क्\u200dष@example.org",
    "a word joiner": "ü\u2060x@example.org",
    "a soft hyphen": "jür\u00adgen@example.org",
    "a mark of byte order": "ü\ufeffx@example.org",
    "a mark that hides before the @": "ü\u200b@example.org",
    "a filler": "\u3164@example.org",
    "a filler of half width": "ü\uffa0@example.org",
    "a variation selector": "用\ufe0f户@example.org",
    "one beyond 16 bits": "用\U000e0100户@example.org",
    "a tag": "ü\U000e0041@example.org",
    "a joiner of graphemes": "ü\u034fx@example.org",
    "half of a pair": "ü\ud800@example.org",
    "private use": "ü\ue000@example.org",
    "no character": "ü\uffff@example.org",
    "a blank": "ü x@example.org",
    "a wide blank": "ü\u3000x@example.org",
    "the end of an angle": "ü>x@example.org",
    "the beginning of one": "Ü <ü@example.org",
    "quotes": '"ü x"@example.org',
    "two @": "ü@ü@example.org",
    "a wide @": "用户＠例え.jp",
    "wide letters": "ａｄａ@example.org",
    "a ligature": "ﬁona@example.org",
    "a wide comma": "用，户@example.org",
    "a dot that leads": "ü\u2024x@example.org",
    "an apostrophe of a word processor": "o’neil@example.org",
    "a dash of one": "anne–marie@example.org",
    "a quote of one": "„ada@example.org",
    "a bullet": "•ada@example.org",
    "Cyrillic among Latin letters": "\u0430da@example.org",
    "Greek among Latin letters": "ad\u03b1@example.org",
    "a mark without its letter": "\u0301ü@example.org",
    "more than can be sent": f"{'ü' * 122}@example.org",
}


@pytest.mark.parametrize("text", UNSAFE.values(), ids=UNSAFE)
def test_what_is_unsafe_or_looks_like_something_else_gets_in_nowhere(text):
    with pytest.raises(BadAddress) as caught:
        parse_address(text, smtputf8=True)
    assert str(caught.value).isprintable()


@given(
    local=st.text(max_size=12) | st.text("aü用उक्\u200b\u202e\u0301.@<>\r\n\0é’ａ", max_size=8),
    domain=st.sampled_from(["example.org", "例え.jp", "bücher.example", "x.org\r\nDATA"]),
)
def test_whatever_is_accepted_stands_on_one_line_and_is_the_same_when_read_again(local, domain):
    try:
        address = parse_address(f"{local}@{domain}", smtputf8=True)
    except BadAddress:
        return
    before = address.email.rpartition("@")[0]
    assert address.email.isprintable()
    assert len(address.email.encode()) <= 254
    assert not set(before) & set('<>()[]:;,\\" @')
    assert all(
        char.isascii() or unicodedata.category(char)[0] in "LM" or char.isdecimal() or char in "·͵׳״・"
        for char in before
    )
    assert parse_address(address.email, smtputf8=True) == address
    assert normalise(address.normalised.upper()) == normalise(address.email.upper())


def test_the_domain_is_what_stands_after_the_last_at_sign():
    assert domain_of("Ada@Example.ORG") == "example.org"


NAMES = st.one_of(
    st.text("abxnAZ09-_", max_size=6),
    st.sampled_from(
        ["a" * 63, "b" * 64, "xn--bcher-kva", "xn--", "ab--cd", "1", "c1", "1c", "-a", "a-", "é"]
    ),
)
ENDS = st.sampled_from(
    [
        *[
            "arpa",
            "invalid",
            "local",
            "localhost",
            "onion",
            "test",
            "example",
            "org",
            "museum",
            "co.uk",
            "home.arpa",
            "x1",
            "1x",
            "a",
            "X",
            "Org",
            "xn--p1ai",
        ],
        "",
    ]
)


@given(names=st.lists(NAMES, max_size=5), end=ENDS)
@example(names=["a" * 60] * 4, end="museum")
@example(names=["a" * 62] * 4, end="org")
def test_domains_are_what_the_validator_says(names: list[str], end: str) -> None:
    text = f"a@{'.'.join([*names, end])}"
    try:
        wanted = validate_email(text, allow_smtputf8=False, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        assert not accepted(text)
    else:
        found = parse_address(text)
        assert found.email == f"a@{wanted.domain}"
        assert found.ascii_email == f"a@{wanted.ascii_domain}"


@given(
    local=st.text("abAB09._+-' \"ß@", min_size=1, max_size=70),
    domain=st.sampled_from(
        ["example.org", "EXAMPLE.org", "a..b", "-a.org", "x" * 64 + ".org", "127.0.0.1", "io", "é.fr"]
    ),
)
def test_the_short_way_for_ordinary_addresses_says_what_the_validator_says(local, domain):
    text = f"{local}@{domain}".strip(" ")
    try:
        wanted = validate_email(text, allow_smtputf8=False, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        assert not accepted(text)
    else:
        found = parse_address(text)
        assert found.email == f"{wanted.local_part}@{wanted.domain}"
        assert found.normalised == f"{wanted.local_part.casefold()}@{wanted.ascii_domain}"


@given(
    local=st.text("aB1._'+-é \"@\n", max_size=66),
    domain=st.text("aB1.-é", max_size=12)
    | st.sampled_from(["example.org", "a.invalid", "x" * 63 + ".org", "x" * 250]),
)
@example(local="ada", domain="example.org")
@example(local="a" * 64, domain="example.org")
@example(local="a", domain="")
@example(local="ada", domain="EXAMPLE.org")
@example(local="ada", domain="bücher.example")
@example(local="ada", domain="ｅxample.org")
def test_a_plain_address_is_read_as_it_is_written(local, domain):
    email = f"{local}@{domain}"
    if is_plain(email):
        assert parse_address(email) == Address(email, email, email.casefold())


@pytest.mark.parametrize(
    "email", ["ada@example.org", "Ada.Obi@example.org", "o'brien+news@mail.example.co.uk"]
)
def test_ordinary_addresses_are_plain(email):
    assert is_plain(email)
