"""DKIM keys in the DNS: read, measured, and looked for under the names that services use."""

import base64
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from zones import Zones

from newsletter.doctor import Case
from newsletter.doctor.dkim import check, read_key
from newsletter.outbox import dkim_record, make_dkim_key

DOMAIN = "linkworkers.test"
MICROSOFT = f'[sender]\nemail = "news@{DOMAIN}"\n[smtp]\nhost = "smtp.office365.com"\n'


def rsa_record(bits: int, tags: str = "v=DKIM1; k=rsa; ") -> str:
    public = rsa.generate_private_key(65537, bits).public_key()
    data = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"{tags}p={base64.b64encode(data).decode()}"


@pytest.mark.parametrize(("bits", "level"), [(1024, "warning"), (2048, "ok")])
def test_the_services_key_is_found_and_measured(
    zone: Zones, make_case: Callable[..., Case], bits: int, level: str
) -> None:
    zone.put(f"selector2._domainkey.{DOMAIN}", "CNAME", "selector2.tenant.onmicrosoft.test.")
    zone.text("selector2.tenant.onmicrosoft.test", rsa_record(bits))
    (found,) = check(make_case(MICROSOFT))
    assert found.level == level
    assert f"selector2._domainkey.{DOMAIN}" in found.found
    assert f"{bits} bits" in found.found


def test_without_the_services_key_messages_are_not_signed_as_us(make_case: Callable[..., Case]) -> None:
    (found,) = check(make_case(MICROSOFT))
    assert found.level == "warning"
    assert "onmicrosoft.com" in found.found
    assert "switch DKIM on" in found.remedy


def test_of_a_server_of_ones_own_what_cannot_be_known_is_said(case: Case) -> None:
    (found,) = check(case)
    assert found.level == "note"
    assert "cannot be known from here" in found.found
    assert f"header.d={DOMAIN}" in found.remedy


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ("v=DKIM1; p=", "revoked"),
        ("v=DKIM1; k=rsa", "no DKIM record"),
        ("v=DKIM9; p=AAAA", "no DKIM record"),
        ("v=DKIM1; p=!!!", "cannot be read"),
        ("v=DKIM1; p=AAAA", "cannot be read"),
        ("v=DKIM1; k=ed25519; p=AAAA", "cannot be read"),
        ("", "no DKIM record"),
    ],
)
def test_what_is_no_key_is_said_so(record: str, said: str) -> None:
    assert said in read_key(record).fault


def test_keys_of_both_kinds_are_read() -> None:
    edwards = ed25519.Ed25519PrivateKey.generate().public_key()
    data = base64.b64encode(edwards.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
    assert (read_key(f"v=DKIM1; k=ed25519; p={data}").kind, read_key(rsa_record(2048, "")).bits) == (
        "ed25519",
        2048,
    )
    assert read_key(rsa_record(1024, "v=DKIM1; t=s:y; ")).testing


@pytest.fixture
def signing(make_case: Callable[..., Case]) -> Callable[[], Case]:
    """A case whose messages are signed here, with a key in the keychain."""
    text = f'[sender]\nemail = "us@news.{DOMAIN}"\n[dkim]\ndomain = "{DOMAIN}"\nselector = "news1"\n'
    make_dkim_key(make_case(text).config)
    return lambda: make_case(text)


def test_our_own_key_in_the_dns_is_the_one_that_signs(zone: Zones, signing: Callable[[], Case]) -> None:
    zone.text(f"_dmarc.{DOMAIN}", "v=DMARC1; p=none")
    zone.text(f"news1._domainkey.{DOMAIN}", dkim_record(signing().config).value)
    assert [(found.check, found.level) for found in check(signing())] == [
        ("dns.dkim", "ok"),
        ("dns.dkim-alignment", "ok"),
    ]


def test_another_key_in_the_dns_than_ours_is_an_error_with_the_right_line(
    zone: Zones, signing: Callable[[], Case]
) -> None:
    zone.text(f"news1._domainkey.{DOMAIN}", rsa_record(2048))
    (found,) = check(signing())
    assert found.level == "error"
    assert f"news1._domainkey.{DOMAIN}. IN TXT (" in found.remedy
    assert "PRIVATE" not in found.remedy


def test_no_key_or_two_in_the_dns_are_errors(zone: Zones, signing: Callable[[], Case]) -> None:
    (found,) = check(signing())
    assert (found.level, "no key stands there" in found.found) == ("error", True)
    zone.text(f"news1._domainkey.{DOMAIN}", rsa_record(2048), rsa_record(2048))
    (found,) = check(signing())
    assert "2 records stand there" in found.found


def test_a_signature_of_another_organisation_is_warned_of(zone: Zones, signing: Callable[[], Case]) -> None:
    zone.text(f"_dmarc.news.{DOMAIN}", "v=DMARC1; p=none; psd=n")
    zone.text(f"news1._domainkey.{DOMAIN}", dkim_record(signing().config).value)
    assert [found.level for found in check(signing())] == ["ok", "warning"]


def test_signing_without_a_key_is_an_error(make_case: Callable[..., Case]) -> None:
    (found,) = check(make_case(f'[sender]\nemail = "us@{DOMAIN}"\n[dkim]\ndomain = "{DOMAIN}"\n'))
    assert found.level == "error"
    assert "newsletter keys dkim new" in found.remedy


def test_a_new_key_is_told_of_before_and_after_it_can_be_seen(
    zone: Zones, make_case: Callable[..., Case]
) -> None:
    text = f'[sender]\nemail = "us@{DOMAIN}"\n[smtp]\nhost = "127.0.0.1"\nsecurity = "none"\n'
    assert "dns.dkim-new" not in [found.check for found in check(make_case(text))]
    record, _ = make_dkim_key(make_case(text).config)
    *_, found = check(make_case(text))
    assert "cannot be seen" in found.found
    zone.text(record.name, record.value)
    *_, found = check(make_case(text, records=zone.records()))
    assert found.level == "note"
    assert f'write domain = "{DOMAIN}" under [dkim]' in found.remedy


def test_signing_here_what_a_service_rewrites_is_warned_of(make_case: Callable[..., Case]) -> None:
    text = f'[sender]\nemail = "us@{DOMAIN}"\n[smtp]\nrelay = "ses"\n[dkim]\ndomain = "{DOMAIN}"\n'
    make_dkim_key(make_case(text).config)
    assert "dns.dkim-broken" in [found.check for found in check(make_case(text))]
