"""The key that DKIM signs with: made, taken in, found again, and the DNS record that tells the world of it."""

import base64
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.addresses import domain_of
from newsletter.config import Config
from newsletter.errors import ConfigError, InputError, KeyProblem
from newsletter.keychain import mode_for_others, read_secret, write_secret
from newsletter.outbox.dkim import Signer
from newsletter.outbox.letterhead import Letterhead, letterhead

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

#: Names a PEM file with the key, for cron and containers.
KEY_FILE = "NEWSLETTER_DKIM_KEY_FILE"
# Bits; RFC 8301 section 3.2 recommends the one, and verifiers need know no more than the other.
_SHORTEST, _LONGEST = 2048, 4096
_STRING = 255  # octets in one string of a TXT record (RFC 1035 section 3.3.14)


@dataclass(frozen=True, slots=True)
class DkimRecord:
    """A TXT record: the name at which it is published, and its value in one piece."""

    name: str
    value: str

    def as_zone(self) -> str:
        """As a zone file has it: in strings that are short enough, which readers join without a blank."""
        pieces = [self.value[start : start + _STRING] for start in range(0, len(self.value), _STRING)]
        strings = "\n".join(f'    "{piece}"' for piece in pieces)
        return f"{self.name}. IN TXT (\n{strings} )"


def signer_of(config: Config, head: Letterhead) -> Signer | None:
    """Who signs messages under this letterhead; None where newsletter.toml says that nobody here does.

    Raises ConfigError where the key cannot be found or read, or the domain is not the sender's.
    """
    domain, selector = config.dkim.domain, config.dkim.selector
    if not domain:
        return None
    sender = domain_of(head.email)
    if sender != domain and not sender.endswith(f".{domain}"):
        raise ConfigError(
            f"newsletter.toml: dkim.domain is {domain}, and messages come from {sender}: a signature of another "
            "domain counts for nothing",
            remedy=f'Write domain = "{sender}" under [dkim], or a domain above it.',
        )
    return Signer(domain, selector, _find_key(config))


def make_dkim_key(config: Config) -> tuple[DkimRecord, str]:
    """Make a key and keep it; its record, and where it is kept. Raises KeyProblem where there is one."""
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

    return _keep(config, generate_private_key(public_exponent=65537, key_size=_SHORTEST))


def import_dkim_key(config: Config, pem: bytes) -> tuple[DkimRecord, str]:
    """Keep a key that was made elsewhere; as `make_dkim_key`."""
    return _keep(config, _read(pem, "this"))


def dkim_record(config: Config) -> DkimRecord:
    """The record of the key in use. Raises ConfigError where there is none."""
    return _record(config, _find_key(config))


def dkim_names(config: Config) -> tuple[str, str]:
    """Domain and selector of the key: what newsletter.toml says, or will have to say."""
    domain = config.dkim.domain or domain_of(letterhead(config).email)
    return domain, config.dkim.selector


def _keep(config: Config, key: "RSAPrivateKey") -> tuple[DkimRecord, str]:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    name = _secret_name(config)
    if kept := read_secret(name):
        domain, selector = dkim_names(config)
        raise KeyProblem(
            f"there is a key for {selector}._domainkey.{domain} already, in {kept.where}: messages that it signed "
            "could not be verified any more",
            remedy="For another key write another selector under [dkim], so that both records can stand side by side.",
        )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")
    return _record(config, key), write_secret(name, pem.strip()).where


def _find_key(config: Config) -> "RSAPrivateKey":
    if named := os.environ.get(KEY_FILE):
        return _read(_in_file(Path(named), config), f"the file {named}")
    if secret := read_secret(_secret_name(config)):
        return _read(secret.value.encode(), secret.where)
    domain, selector = dkim_names(config)
    raise ConfigError(
        f"there is no key to sign with for {selector}._domainkey.{domain}",
        remedy="Make one with `newsletter keys dkim new`, take one in with `newsletter keys dkim import FILE`, or "
        f"name a file with it in {KEY_FILE}.",
    )


def _in_file(path: Path, config: Config) -> bytes:
    """What a key file holds. Raises ConfigError where others could read it or it would travel with the workspace."""
    if config.folder and path.resolve().is_relative_to(config.folder.resolve()):
        raise ConfigError(
            f"{KEY_FILE}: {path} lies in the workspace, which is copied and shared",
            remedy="Move it to a folder that is yours alone.",
        )
    try:
        if mode_for_others(path):
            raise ConfigError(
                f"{KEY_FILE}: {path} can be read by others: with it anybody can sign as you",
                remedy=f"Run: chmod 600 {path}",
            )
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{KEY_FILE}: {path} cannot be read: {error.strerror}") from None


def _read(pem: bytes, where: str) -> "RSAPrivateKey":
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise InputError(f"{where} is no private key in PEM form without a password") from None
    if not isinstance(key, RSAPrivateKey):
        raise InputError(f"{where} is no RSA key; other kinds are not understood by all who verify")
    if not _SHORTEST <= key.key_size <= _LONGEST:
        raise InputError(
            f"{where} is a key of {key.key_size} bits; it needs {_SHORTEST} at least, and {_LONGEST} at most",
            remedy="Make one with `newsletter keys dkim new`.",
        )
    return key


def _record(config: Config, key: "RSAPrivateKey") -> DkimRecord:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    domain, selector = dkim_names(config)
    value = f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode('ascii')}"
    return DkimRecord(f"{selector}._domainkey.{domain}", value)


def _secret_name(config: Config) -> str:
    domain, selector = dkim_names(config)
    return f"dkim-{selector}@{domain}"
