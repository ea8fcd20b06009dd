"""Email addresses: parsed strictly, kept as written, compared by one normal form."""

import functools
import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from newsletter.errors import InputError

# Zero-width and joining marks that copying out of a web page or a PDF leaves behind.
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad\u180e"))
_BLANKS = " \t\u00a0"
# Local parts of plain letters, digits and a few marks, as nearly all are. Their domain alone needs
# the validator, and a study's people share few domains.
_PLAIN = re.compile(r"[A-Za-z0-9_'+-]+(?:\.[A-Za-z0-9_'+-]+)*")
# Names in small letters under a top level of letters, without Punycode and the hyphens that look like it.
_PLAIN_DOMAIN = re.compile(r"(?!.*--)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+([a-z]{2,63})")
_NOWHERE = frozenset({"arpa", "invalid", "local", "localhost", "onion"})  # RFC 6761 and the like
_PLAIN_LIMIT = 64  # RFC 5321 section 4.5.3.1.1
_WHOLE_LIMIT = 254  # RFC 3696, erratum 1690
_LINE_BREAK = re.compile(r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]")
# What shows nothing, and counts as a letter or a mark all the same: fillers and variation selectors.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U00016fe4\U000e0100-\U000e01ef]"
)
# Beside letters, marks and digits: dots and marks of Catalan, Greek, Hebrew and Japanese words (RFC 5892, appendix A).
_IN_WORDS = frozenset("\u00b7\u0375\u05f3\u05f4\u30fb")
# Scripts whose letters are taken for each other's, by the first word of their letters' names in Unicode.
_ALIKE = frozenset({"LATIN", "CYRILLIC", "GREEK", "COPTIC", "ARMENIAN", "CHEROKEE", "LISU"})


class BadAddress(InputError):
    """This is not an email address that can be written to."""


class Address(NamedTuple):
    """An address as it is written to, and the form under which two addresses are the same.

    `email` keeps the local part's case and has its domain in lower case (Unicode);
    `ascii_email` is what goes on the wire, empty when the local part needs SMTPUTF8;
    `normalised` is NFC, case-folded, with the domain in IDNA 2008 ASCII.
    """

    email: str
    ascii_email: str
    normalised: str


def parse_address(text: str, *, smtputf8: bool = False) -> Address:
    """The address that `text` holds, after blanks round it and invisible marks in it are dropped.

    Line breaks are not dropped but refused: an address with one is two lines of a header.
    `smtputf8` admits local parts beyond ASCII (RFC 6531). Pass it for the address of a reader: where the mail
    server cannot take it, it alone is refused. An address of the study's own is to work everywhere.

    Raises BadAddress with the reason in plain words.
    """
    if plain := _plain(text):
        return plain
    bare = _bare(text)
    if plain := _plain(bare):
        return plain
    from email_validator import EmailNotValidError, validate_email

    try:
        valid = validate_email(
            bare, allow_smtputf8=smtputf8, check_deliverability=False, test_environment=True
        )
    except EmailNotValidError as error:
        raise BadAddress(f"{_shown(text)} is not an email address: {error}") from None
    if valid.smtputf8 and (reason := _unsafe(text, valid.local_part)):
        raise BadAddress(f"{_shown(text)} is not an email address: {reason}")
    normalised = f"{valid.local_part.casefold()}@{(valid.ascii_domain or valid.domain).lower()}"
    return Address(
        email=f"{valid.local_part}@{valid.domain}",
        ascii_email=valid.ascii_email or "",
        normalised=unicodedata.normalize("NFC", normalised),
    )


def is_plain(email: str) -> bool:
    """Whether this is an ordinary address that `parse_address` gives back, and puts on the wire, as it is written."""
    local, _, domain = email.rpartition("@")
    return (
        len(email) <= _WHOLE_LIMIT
        and len(local) <= _PLAIN_LIMIT
        and _PLAIN.fullmatch(local) is not None
        and _plain_domain(domain) == domain != ""
    )


def needs_smtputf8(email: str) -> bool:
    """Whether only a mail server that offers SMTPUTF8 (RFC 6531) takes mail for this address."""
    return not email.isascii() and not email.rpartition("@")[0].isascii()


def normalise(text: str) -> str:
    """The form under which addresses are compared; raises BadAddress where there is none."""
    return parse_address(text, smtputf8=True).normalised


def mailbox_of(normalised: str) -> str:
    """Where mail to a normalised address most likely arrives: what stands after a plus, and Gmail's dots, are passed over."""
    untagged = without_tag(normalised)
    local, _, domain = untagged.rpartition("@")
    return f"{local.replace('.', '')}@gmail.com" if domain in ("gmail.com", "googlemail.com") else untagged


def without_tag(normalised: str) -> str:
    """A normalised address without what stands after a plus."""
    local, _, domain = normalised.rpartition("@")
    return f"{local.partition('+')[0] or local}@{domain}"


def domain_of(email: str) -> str:
    """The part after the last @, in lower case."""
    return email.rpartition("@")[2].lower()


def _plain(bare: str) -> Address | None:
    """What the validator would say of an ordinary address, at a fifth of the price; None: ask it."""
    local, _, domain = bare.rpartition("@")
    if len(bare) > _WHOLE_LIMIT or len(local) > _PLAIN_LIMIT or not _PLAIN.fullmatch(local):
        return None
    if not domain.isascii() or not (known := _plain_domain(domain)):
        return None
    return Address(f"{local}@{known}", f"{local}@{known}", f"{local.casefold()}@{known}")


@functools.lru_cache(maxsize=10_000)
def _plain_domain(domain: str) -> str:
    """The domain as the validator gives it back, where that is plain ASCII; '' for any other."""
    if (simple := _PLAIN_DOMAIN.fullmatch(domain)) and simple[1] not in _NOWHERE:
        return domain
    from email_validator import EmailNotValidError, validate_email

    try:
        valid = validate_email(f"a@{domain}", check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return ""
    return valid.domain if valid.domain == valid.ascii_domain else ""


def _bare(text: str) -> str:
    if _LINE_BREAK.search(text):
        raise BadAddress(f"{_shown(text)} is not an email address: it has a line break")
    if not text.isascii():
        text = unicodedata.normalize("NFC", text).translate(_INVISIBLE)
    return text.strip(_BLANKS)


def _unsafe(text: str, local: str) -> str:
    """What in a local part beyond ASCII nobody sees, or takes for something else; '' where there is nothing."""
    whole = unicodedata.normalize("NFC", text).lstrip("".join(map(chr, _INVISIBLE)) + _BLANKS)
    # Dropped from among plain letters they were a slip of copying; here they may tell one mailbox from another.
    if unseen := next((c for c in whole.rpartition("@")[0] if ord(c) in _INVISIBLE or _UNSEEN.match(c)), ""):
        return f"it has an invisible mark before the @ (U+{ord(unseen):04X})"
    for char in filter(lambda char: not char.isascii(), local):
        if any(one.isascii() for one in unicodedata.normalize("NFKC", char)):
            return f"{char!r} before the @ only looks like a plain letter or mark"
        # Curly quotes, long dashes and bullets that a word processor put there, above all.
        if unicodedata.category(char)[0] not in "LM" and not char.isdecimal() and char not in _IN_WORDS:
            return f"{char!r} before the @ is neither a letter nor a digit"
    mixed = next((run for run in _runs(local) if len(run) > 1), frozenset())
    scripts = " and ".join(sorted(name.title() for name in mixed))
    return f"one word before the @ has {scripts} letters, which look alike" if mixed else ""


def _runs(local: str) -> Iterator[frozenset[str]]:
    """Of which of the scripts that look alike each word is, one after another."""
    # Marks above and below letters belong to the word and to no script.
    letters = "".join(c for c in unicodedata.normalize("NFD", local) if not unicodedata.combining(c))
    for word in re.findall(r"[^\W\d_]+", letters):
        yield _ALIKE.intersection(unicodedata.name(c, "").partition(" ")[0] for c in word)


def _shown(text: str) -> str:
    """The text as a message shows it: escaped, and cut where it would fill the screen."""
    return repr(text if len(text) <= 80 else f"{text[:77]}…")
