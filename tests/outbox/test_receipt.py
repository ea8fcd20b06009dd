"""What is kept of a reply: its codes, its text without addresses, the server's name of the message."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.outbox.naming import queue_id_in
from newsletter.outbox.receipt import Outcome, Phase, Receipt, Verdict, read_receipt


@pytest.mark.parametrize(
    ("server", "reply", "name"),
    [
        ("Postfix", "2.0.0 Ok: queued as 4Zt7Xb0y7Mz9vK", "4Zt7Xb0y7Mz9vK"),
        ("Postfix with short ids", "2.0.0 Ok: queued as 0E1F2A3B4C", "0E1F2A3B4C"),
        ("Exim", "OK id=1rABcD-0001Xy-2z", "1rABcD-0001Xy-2z"),
        ("Exim 4.97", "OK id=1rABcD-00000001XyZ-2abc", "1rABcD-00000001XyZ-2abc"),
        (
            "Exchange",
            "2.6.0 <20221001.1@example.org> [InternalId=1234567890, Hostname=EX1.example.org] Queued mail for delivery",
            "1234567890",
        ),
        (
            "Microsoft 365",
            "2.0.0 OK <LO2P265MB1234A1B2@LO2P265MB1234.GBRP265.PROD.OUTLOOK.COM> "
            "[Hostname=LO2P265MB1234.GBRP265.PROD.OUTLOOK.COM]",
            "LO2P265MB1234A1B2",
        ),
        (
            "Gmail",
            "2.0.0 OK  1700000000 a1-20020a05600c4e0100b0040a4c8f1a2bsm123wmb.12 - gsmtp",
            "a1-20020a05600c4e0100b0040a4c8f1a2bsm123wmb.12",
        ),
        (
            "Amazon SES",
            "Ok 0102018bcd012345-0a1b2c3d-1111-2222-3333-444455556666-000000",
            "0102018bcd012345-0a1b2c3d-1111-2222-3333-444455556666-000000",
        ),
        ("Sendmail", "2.0.0 3AB1cd2e012345 Message accepted for delivery", "3AB1cd2e012345"),
        ("OpenSMTPD", "2.0.0 1a2b3c4d Message accepted for delivery", "1a2b3c4d"),
        ("qmail", "ok 1700000000 qp 12345", "1700000000 qp 12345"),
        ("SendGrid", "Ok: queued as fX2x-abc_12Q", "fX2x-abc_12Q"),
        ("Mailjet", "OK queued as 0a1b2c3d-1111-2222-3333-444455556666", "0a1b2c3d-1111-2222-3333-444455556666"),
        ("Haraka", "Message Queued (6E0F1A2B-1111-2222.1)", "6E0F1A2B-1111-2222.1"),
        ("Mailgun", "Great success", ""),
        ("hMailServer", "Queued (0.015 seconds)", ""),
        ("plain", "2.0.0 Ok", ""),
        ("plain, in words", "OK, completed, thank you very much", ""),
        ("a message-id of ours", "2.0.0 OK <ab12cd34ef56@example.org>", ""),
        ("an address as a name", "OK queued as ada.lovelace1815@example.org", ""),
        ("an address in brackets", "2.1.5 Ok: queued as <ada1815@example.org>", ""),
        ("an address as an id", "OK id=ada-lovelace@example.org", ""),
        ("a dotted address as an id", "OK id=ada-b.c@example.org", ""),
        ("a number as an address", "Ok: queued as <1234567890123@example.org>", ""),
        ("a name without end", f"Ok: queued as {'A' * 500}", ""),
    ],
)  # fmt: skip
def test_the_server_s_name_of_a_message_is_kept_where_it_says_one(server: str, reply: str, name: str) -> None:
    assert read_receipt(250, reply.encode()).queue_id == name, server


def test_only_a_message_that_was_taken_has_a_name() -> None:
    assert read_receipt(451, b"4.3.0 not queued as 4Zt7Xb0y7Mz9vK").queue_id == ""
    assert read_receipt(354, b"OK id=1rABcD-0001Xy-2z, go ahead").queue_id == ""


local_parts = st.from_regex(r"[a-z0-9][a-z0-9._+-]{0,30}[a-z0-9]", fullmatch=True)
around = st.sampled_from(
    ["queued as {}", "queued as <{}>", "OK id={}", "OK {}", "Ok: {}", "<{}>", "2.0.0 {} message accepted for delivery",
     "ok 1700000000 {} - gsmtp", "OK 1700000000 {} - gsmtp", "queued ({})", "[InternalId={}]", "{}"]
)  # fmt: skip


@settings(deadline=None)
@given(local_parts, around)
def test_no_part_of_an_address_is_ever_taken_for_a_name(local: str, around: str) -> None:
    assert queue_id_in(around.format(f"{local}@example.org")) == ""


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_whatever_a_server_says_can_be_kept_on_one_line(text: bytes) -> None:
    receipt = read_receipt(250, text)
    assert receipt.text.isprintable() or not receipt.text
    assert len(receipt.text) <= 300
    assert "@" not in receipt.queue_id
    assert len(receipt.queue_id) <= 100


@pytest.mark.parametrize(
    ("code", "reply", "marks"),
    [
        (550, "5.1.1 no such user", True),
        (550, "5.1.6 recipient no longer on server", True),
        (556, "5.1.10 the domain takes no mail", True),
        (554, "5.1.1 user unknown", True),
        (450, "5.1.1 no such user, perhaps", False),
        (550, "4.1.1 confused", False),
        (550, "no such user", False),
        (550, "User unknown in virtual mailbox table", False),
        (550, "5.0.0 user unknown", False),
        (550, "5.1.0 address rejected", False),
        (550, "5.1.2 host unknown", False),
        (553, "5.1.3 bad address syntax", False),
        (550, "5.1.8 the sender's domain is bad", False),
        (550, "5.2.1 mailbox disabled", False),
        (552, "5.2.2 mailbox full", False),
        (550, "5.7.1 user unknown", False),
        (550, "5.1.1 mailbox full", False),
        (550, "5.1.1 rejected as spam", False),
        (550, "5.1.1 refused due to recipient preferences", False),
        (550, "5.1.1 your address is on a blacklist", False),
        (550, "5.1.1 blocked for reputation", False),
        (550, "5.1.1 over quota", False),
        (0, "5.1.1 not a reply at all", False),
    ],
)
def test_an_address_is_marked_for_what_says_that_there_is_none(code: int, reply: str, marks: bool) -> None:
    assert read_receipt(code, reply.encode()).no_such_address is marks


@pytest.mark.parametrize(
    ("verdict", "phase", "marks"),
    [
        ("refused", "RCPT", True),
        ("refused", "dot", True),
        ("refused", "MAIL", False),
        ("refused", "DATA", False),
        ("refused", "body", False),
        ("later", "RCPT", False),
        ("later", "body", False),
        ("in doubt", "dot", False),
    ],
)
def test_an_address_is_marked_only_where_the_server_spoke_of_it(
    verdict: Verdict, phase: Phase, marks: bool
) -> None:
    assert Outcome(verdict, phase, Receipt(550, "5.1.1", "no such user")).no_such_address is marks
