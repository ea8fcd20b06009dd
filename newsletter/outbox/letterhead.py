"""Who a mailing is from, and the tokens by which a message and its reader are known again."""

import functools
from dataclasses import dataclass
from typing import NamedTuple

from newsletter.addresses import domain_of, is_plain, parse_address
from newsletter.config import Config
from newsletter.errors import ConfigError
from newsletter.outbox.headers import mailto
from newsletter.tokens import TOKEN_LENGTH, Key, make_token

_LONGEST_URL = 900


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What every message of a mailing says about its sender; frozen when the mailing is queued.

    Addresses are as they go on the wire (ASCII domains); `public_url` is empty where nothing is public.
    """

    name: str
    email: str
    reply_to: str
    list_id: str
    public_url: str


class Tokens(NamedTuple):
    """The two tokens of a delivery: one names it in Message-ID, the other opts its reader out."""

    delivery: str
    unsubscribe: str


#: Tokens that no key can have made, for samples, dry runs and tests.
INERT = Tokens(delivery="inert" + "0" * 32, unsubscribe="inert" + "1" * 32)


def letterhead(config: Config) -> Letterhead:
    """The letterhead that newsletter.toml gives. Raises ConfigError where it names no sender."""
    sender = config.sender
    if not sender.email:
        raise ConfigError(
            "newsletter.toml: sender.email is empty: nobody can be written to without a From address",
            remedy='Write one under [sender], such as email = "news@example.org".',
        )
    public_url = _in_ascii(config.public.url).rstrip("/")
    if len(public_url) > _LONGEST_URL:
        raise ConfigError(
            f"newsletter.toml: public.url is longer than {_LONGEST_URL} characters: the link to stop, which begins "
            "with it, would not fit into a line of a message",
            remedy="Write a shorter one.",
        )
    address = parse_address(sender.email).ascii_email
    reply_to = parse_address(sender.reply_to).ascii_email if sender.reply_to else address
    return Letterhead(sender.name, address, reply_to, _list_id(address), public_url)


def _in_ascii(url: str) -> str:
    """A web address as it stands in a header: the domain as RFC 5891 writes it, the rest as RFC 3986 does."""
    if url.isascii():
        return url
    import httpx

    try:
        return str(httpx.URL(url))
    except httpx.InvalidURL as error:
        raise ConfigError(
            f"newsletter.toml: public.url = {url!r} cannot stand in a message: {error}",
            remedy="Write its domain as your registrar does, beginning with xn--.",
        ) from None


def tokens_of(key: Key, opaque: bytes) -> Tokens:
    """The tokens of the delivery that `opaque` stands for."""
    return Tokens(make_token(key, "delivery", opaque), make_token(key, "unsubscribe", opaque))


def message_id(head: Letterhead, tokens: Tokens) -> str:
    """The Message-ID, with its angle brackets."""
    return f"<{tokens.delivery}@{domain_of(head.email)}>"


def frozen_tokens(message_id: str, stop: str) -> Tokens:
    """The tokens that a message was first made with, from its Message-ID and its link to stop, which ends with one.

    Made anew they would be others once the key has been rotated.
    """
    return Tokens(message_id.removeprefix("<").partition("@")[0], stop[-TOKEN_LENGTH:])


def stop_link(head: Letterhead, tokens: Tokens) -> str:
    """Where a reader opts out: the public page, or a message to the sender where nothing is public."""
    if head.public_url:
        return f"{head.public_url}/u/{tokens.unsubscribe}"
    return stop_by_mail(head) + tokens.unsubscribe


def change_link(head: Letterhead, key: Key, opaque: bytes) -> str:
    """The public page on which a reader changes what they get; '' where nothing is public."""
    if not head.public_url:
        return ""
    return change_up_to(head) + make_token(key, "preferences", opaque)


def change_up_to(head: Letterhead) -> str:
    """That page, of a study that has public ones, up to the token of a reader."""
    return f"{head.public_url}/preferences/"


@functools.lru_cache(maxsize=16)
def stop_by_mail(head: Letterhead) -> str:
    """The `mailto:` by which a reader opts out, up to its token, which is letters and digits."""
    return mailto(head.reply_to, "unsubscribe ")


def answer_link(head: Letterhead, word: str, token: str) -> str:
    """Where a reader says yes: the public page of `word`, or a message to the sender that begins with it."""
    if head.public_url:
        return f"{head.public_url}/{word}/{token}"
    return mailto(head.reply_to, f"{word} {token}")


def wire_address(email: str) -> str:
    """An address as it stands in SMTP and in To: ASCII, unless its local part needs SMTPUTF8 (RFC 6531)."""
    if is_plain(email):
        return email
    address = parse_address(email, smtputf8=True)
    return address.ascii_email or address.email


def _list_id(address: str) -> str:
    """One id a sender (RFC 2919), not one a list: which list somebody is on is nobody else's business."""
    local, _, domain = address.lower().rpartition("@")
    return f"{''.join(char if char.isalnum() else '-' for char in local)}.{domain}"
