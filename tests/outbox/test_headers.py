"""Header lines for any name on earth, read back by a reader that is not ours."""

import email.header
import email.utils
import random
import unicodedata

import pytest

from newsletter.outbox.headers import mailbox_header, mailto, one_line, text_header

HAND_PICKED = [
    "Ada Lovelace",
    "Dr. Ada Lovelace, PhD",
    'Ada "Countess" Lovelace',
    "Ada \\ Lovelace",
    "O'Brien",
    "ليلى الأمين",
    "שרה כהן",
    "नेहा शर्मा",
    "ปัณณ์",
    "Zoë 👩‍🔬 Ångström",
    "é",
    "é",
    "=?utf-8?Q?hello?=",
    "=?",
    "NLabcdefghijklGREETING",
    "{{ name }}",
    "a" * 200,
    "ü" * 200,
    "👩‍👩‍👧‍👧" * 50,
    "two  blanks",
    "name@example.org",
    "<script>",
    "Ada, Ben; Cleo: all (of them)",
    "%s {0} $name",
    "",
]
HOSTILE = [
    "evil\r\nBcc: x@example.org",
    "nul\0name",
    "line\u2028sep",
    "para\u2029sep",
    "next\x85line",
    "tab\tname",
]


def names() -> list[str]:
    """A corpus of a thousand: every script and mark, mixed by a seeded hand."""
    chance = random.Random(2022)  # noqa: S311  # a corpus, not a secret
    alphabet = [chr(code) for code in range(32, 0x3000) if unicodedata.category(chr(code))[0] not in "CZ"]
    alphabet += [chr(code) for code in range(0x1F300, 0x1F650)] + list(' ".,=?_\\@<>()')
    mixed = ["".join(chance.choices(alphabet, k=chance.randint(1, 60))).strip() for _ in range(1000)]
    return HAND_PICKED + mixed


def unfolded(header: str) -> str:
    assert header.endswith("\r\n")
    return header[:-2].replace("\r\n ", " ").partition(":")[2].strip()


def decoded(text: str) -> str:
    """By the old, exact decoder: the new parser puts blanks between adjacent encoded words."""
    return "".join(
        part if isinstance(part, str) else part.decode(charset or "ascii")
        for part, charset in email.header.decode_header(text)
    )


def display_name(header: str) -> str:
    phrase, _, rest = unfolded(header).rpartition("<")
    assert rest == "ada@example.org>"
    phrase = phrase.strip()
    if phrase.startswith('"'):
        return email.utils.unquote(phrase)
    return decoded(phrase)


def test_every_name_reads_back_exactly() -> None:
    for name in names():
        assert display_name(mailbox_header("To", name, "ada@example.org")) == name.strip(), name


def test_every_subject_reads_back_exactly() -> None:
    for subject in names():
        assert decoded(unfolded(text_header("Subject", subject))) == subject.strip(), subject


def test_no_name_makes_a_line_too_long_or_an_encoded_word_too_long() -> None:
    for name in names():
        for header in (mailbox_header("Reply-To", name, "ada@example.org"), text_header("Subject", name)):
            for line in header.split("\r\n"):
                assert len(line) <= 76, (name, line)
                assert all(len(word) <= 75 for word in line.split() if word.startswith("=?")), (name, line)
            assert header.isascii()


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_begins_another_header(name: str) -> None:
    for header in (mailbox_header("To", name, "ada@example.org"), text_header("Subject", name)):
        assert header.count("\r\n") == 1
        assert not set(decoded(unfolded(header))) & set("\r\n\0\x85\u2028\u2029")


def test_a_blank_stands_where_a_control_stood() -> None:
    assert one_line("a\r\nb\0c\u2028d\ud800e") == "a  b c d e"


def test_an_encoded_word_never_cuts_a_character() -> None:
    header = text_header("Subject", "👩" * 40)
    for word in header.split()[1:]:
        assert email.header.decode_header(word)[0][0].decode("utf-8").strip("👩") == ""


def test_a_mailto_holds_whatever_its_address_holds() -> None:
    assert (
        mailto("a+b&c@example.org", "unsubscribe x") == "mailto:a%2Bb%26c@example.org?subject=unsubscribe%20x"
    )
