"""Keys and tokens: what is signed is known again, and nothing else is."""

import base64
import hmac
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import KeyProblem
from newsletter.tokens import (
    PUBLIC_PURPOSES,
    PURPOSES,
    Key,
    address_key,
    make_public_token,
    make_token,
    new_key,
    opaque_id,
    public_key,
    read_key,
    read_opaque_id,
    read_public_key,
    read_public_token,
    read_token,
    sync_secret,
    token_maker,
)

KEY = Key(bytes(range(32)))
OTHER = Key(bytes(range(1, 33)))
OPAQUE = opaque_id(KEY, 5, 7, "a1b2c3")


def flipped(text: str) -> list[str]:
    """`text` with one bit of one character turned, for every bit of every character."""
    return [
        text[:at] + chr(ord(char) ^ (1 << bit)) + text[at + 1 :]
        for at, char in enumerate(text)
        for bit in range(7)
    ]


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_token_is_read_back_by_the_key_that_made_it(purpose: str) -> None:
    assert read_token(KEY, purpose, make_token(KEY, purpose, OPAQUE)) == OPAQUE


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_token_fits_a_local_part_and_is_made_of_letters_and_digits(purpose: str) -> None:
    token = make_token(KEY, purpose, OPAQUE)
    assert len(token) == 37
    assert len(f"bounce+{token}") <= 64
    assert token.isalnum()
    assert token.isascii()


@given(opaque=st.binary(min_size=10, max_size=10), rotation=st.integers(0, 2), data=st.data())
def test_several_tokens_at_once_are_those_that_are_made_one_by_one(
    opaque: bytes, rotation: int, data: st.DataObject
) -> None:
    key = Key(KEY.secret, rotation)
    purposes = data.draw(st.lists(st.sampled_from(sorted(PURPOSES)), max_size=3, unique=True))
    assert token_maker(key, purposes)(opaque) == [make_token(key, one, opaque) for one in purposes]


def test_a_token_survives_being_written_in_capitals() -> None:
    assert read_token(KEY, "unsubscribe", make_token(KEY, "unsubscribe", OPAQUE).upper()) == OPAQUE


@pytest.mark.parametrize("purpose", PURPOSES)
def test_every_flipped_bit_makes_a_token_void(purpose: str) -> None:
    token = make_token(KEY, purpose, OPAQUE)
    # A letter's fifth bit is its case, and capitals mean the same.
    changed = [text for text in flipped(token) if text.lower() != token]
    assert len(changed) > 200
    assert [text for text in changed if read_token(KEY, purpose, text) is not None] == []


def test_a_token_made_for_one_purpose_is_void_for_any_other() -> None:
    for purpose in PURPOSES:
        token = make_token(KEY, purpose, OPAQUE)
        assert [other for other in PURPOSES if read_token(KEY, other, token)] == [purpose]


def test_swapping_the_letter_of_the_purpose_does_not_make_a_token_good() -> None:
    token = make_token(KEY, "delivery", OPAQUE)
    assert read_token(KEY, "unsubscribe", token[:4] + PURPOSES["unsubscribe"] + token[5:]) is None


@pytest.mark.parametrize("letter", ["é", "ı", "\u212a", "…"])
def test_a_letter_from_elsewhere_makes_a_token_void_wherever_it_stands(letter: str) -> None:
    token = make_token(KEY, "confirm", OPAQUE)
    changed = [token[:at] + letter + token[at + 1 :] for at in range(len(token))]
    assert [text for text in changed if read_token(KEY, "confirm", text) is not None] == []


def test_another_key_does_not_read_a_token() -> None:
    assert read_token(OTHER, "confirm", make_token(KEY, "confirm", OPAQUE)) is None


@given(st.text(max_size=80))
def test_any_other_text_is_void_and_raises_nothing(text: str) -> None:
    assert read_token(KEY, "unsubscribe", text) is None


@given(st.binary(min_size=10, max_size=10))
def test_all_opaque_bytes_come_back(opaque: bytes) -> None:
    assert read_token(KEY, "delivery", make_token(KEY, "delivery", opaque)) == opaque


def test_the_key_does_not_show_itself() -> None:
    assert KEY.secret.hex() not in repr(KEY)
    assert repr(KEY) == f"Key({KEY.fingerprint})"
    assert len(KEY.fingerprint) == 16


def test_an_exported_key_is_read_back() -> None:
    assert read_key(f"  {KEY.export()}\n") == KEY
    assert len(KEY.export()) == len("nlkey1-") + 52


@pytest.mark.parametrize(
    "text", ["", "nlkey1-", "nlkey2-" + "a" * 52, "nlkey1-" + "a" * 51, "nlkey1-" + "é" * 52, "password"]
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(KeyProblem, match="not a newsletter key"):
        read_key(text)


def test_two_new_keys_differ() -> None:
    assert new_key() != new_key()


def test_hashes_of_addresses_hang_on_the_key_and_do_not_tell_the_address() -> None:
    here, there = (address_key(key, "ada@example.org") for key in (KEY, OTHER))
    assert here != there
    assert here == address_key(KEY, "ada@example.org")
    assert len(here) == 32
    assert "ada" not in here


def test_a_delivery_is_known_by_ten_bytes_that_differ_for_each() -> None:
    ids = {
        opaque_id(KEY, number, mailing, who)
        for number in (1, 2, 2**40 - 1)
        for mailing in range(5)
        for who in ("ada", "ben", "cleo")
    }
    assert len(ids) == 45
    assert {len(opaque) for opaque in ids} == {10}


@given(st.integers(1, 2**40 - 1), st.integers(1, 2**31), st.text())
def test_the_number_of_a_delivery_is_read_back_by_its_own_key_alone(
    number: int, mailing: int, who: str
) -> None:
    opaque = opaque_id(KEY, number, mailing, who)
    assert read_opaque_id(KEY, opaque) == number
    assert read_opaque_id(OTHER, opaque) != number


def test_what_names_a_delivery_does_not_tell_its_number() -> None:
    made = [opaque_id(KEY, number, 7, f"reader {number}") for number in range(1, 2_001)]
    numbers = [int.from_bytes(one[5:], "big") for one in made]
    # Of neighbours as far apart as of numbers drawn by lot: none begins alike but by chance, and half go down.
    assert len({number >> 8 for number in numbers}) == 2_000
    assert 800 < sum(one > other for one, other in itertools.pairwise(numbers)) < 1_200
    # Nor does the same number look the same in another mailing, or of another reader.
    assert len({opaque_id(KEY, 1, mailing, "a1b2c3")[5:] for mailing in range(500)}) == 500


def test_the_ten_bytes_of_a_delivery_stay_what_they_are() -> None:
    """They are in people's inboxes: made in another way, no link of old would be known."""
    assert opaque_id(KEY, 5, 7, "a1b2c3").hex() == "1b2b6118bc94d8cdda09"


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=10, max_size=10), st.sampled_from([*PURPOSES]))
def test_macs_and_tokens_are_what_the_standard_library_makes_of_them(
    secret: bytes, opaque: bytes, purpose: str
) -> None:
    key = Key(secret)
    sub_key = hmac.digest(secret, f"newsletter/token/{purpose}".encode(), "sha256")
    mac = hmac.digest(sub_key, opaque, "sha256")
    assert key.mac(f"token/{purpose}", opaque) == mac
    written = base64.b32encode(opaque + mac[:10]).decode().lower()
    assert make_token(key, purpose, opaque) == key.fingerprint[:4] + PURPOSES[purpose] + written


SEALING = bytes(32)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_rotated_key_makes_other_tokens_and_reads_those_of_old(purpose: str) -> None:
    old, new = make_token(KEY, purpose, OPAQUE), make_token(Key(KEY.secret, 3), purpose, OPAQUE)
    assert old[:4] != new[:4]
    assert old[25:] != new[25:]
    for key in (KEY, Key(KEY.secret, 3), Key(KEY.secret, 63)):
        assert read_token(key, purpose, old) == read_token(key, purpose, new) == OPAQUE
    assert read_token(Key(OTHER.secret, 3), purpose, new) is None


def test_a_token_of_one_rotation_cannot_be_passed_for_one_of_another() -> None:
    old, new = (make_token(Key(KEY.secret, turn), "unsubscribe", OPAQUE) for turn in (0, 1))
    assert read_token(KEY, "unsubscribe", new[:5] + old[5:]) is None
    assert read_token(KEY, "unsubscribe", old[:5] + new[5:]) is None


def test_rotating_leaves_what_hangs_on_the_key_as_it_is() -> None:
    rotated = Key(KEY.secret, 1)
    assert rotated.fingerprint == KEY.fingerprint
    assert rotated.export() == KEY.export()
    assert address_key(rotated, "ada@example.org") == address_key(KEY, "ada@example.org")
    assert opaque_id(rotated, 5, 7, "a1b2c3") == OPAQUE


@pytest.mark.parametrize("purpose", PUBLIC_PURPOSES)
def test_the_public_key_reads_our_tokens_of_every_rotation_there_was_and_no_later_one(purpose: str) -> None:
    public = read_public_key(public_key(Key(KEY.secret, 2), SEALING).export())
    for turn in range(3):
        token = make_token(Key(KEY.secret, turn), purpose, OPAQUE)
        assert read_public_token(public, purpose, token.upper()) == OPAQUE
        changed = [text for text in flipped(token) if text.lower() != token]
        assert [text for text in changed if read_public_token(public, purpose, text) is not None] == []
    later = make_token(Key(KEY.secret, 3), purpose, OPAQUE)
    assert read_public_token(public, purpose, later) is None
    at_home = public_key(Key(KEY.secret, 2), SEALING, ahead=True)
    assert read_public_token(at_home, purpose, later) == OPAQUE


def test_the_public_key_makes_the_very_tokens_that_the_key_makes() -> None:
    key = Key(KEY.secret, 2)
    for ahead in (False, True):
        made = make_public_token(public_key(key, SEALING, ahead=ahead), "preferences", OPAQUE)
        assert made == make_token(key, "preferences", OPAQUE)


def test_the_public_key_holds_neither_the_key_nor_what_names_a_delivery() -> None:
    public = public_key(KEY, SEALING)
    text = public.export()
    assert KEY.secret.hex() not in text
    assert KEY.export() not in text
    assert {one.purpose for one in public.tokens} == set(PUBLIC_PURPOSES)
    for purpose in PURPOSES:
        shown = hmac.digest(KEY.secret, f"newsletter/token/{purpose}".encode(), "sha256").hex() in text
        assert shown == (purpose != "delivery")
    assert public.sync.hex() not in repr(public)


def test_the_secret_to_fetch_with_changes_with_each_rotation() -> None:
    secrets = {public_key(Key(KEY.secret, turn), SEALING).sync for turn in range(4)}
    assert secrets == {sync_secret(KEY, turn) for turn in range(4)}
    assert len(secrets) == 4


@pytest.mark.parametrize(
    ("found", "instead"),
    [
        ("form 1", "form 9"),
        ('"rotation": 0', '"rotation": 1'),
        ('"rotation": 0', '"rotation": -1'),
        ('"sync": "', '"sync": "00'),
        ('"unsubscribe"', '"preferences"'),
        ("{", "["),
        ("}", ""),
        ('"tokens": [', '"tokens": [7, '),
    ],
)
def test_a_public_key_that_is_not_whole_is_refused(found: str, instead: str) -> None:
    text = public_key(KEY, SEALING).export()
    assert found in text
    with pytest.raises(KeyProblem, match="public key"):
        read_public_key(text.replace(found, instead, 1))
