"""DKIM keys in the DNS: read, measured, and looked for under the names that services use."""

import base64
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from zones import Zones

from newsletter.doctor import Case
from newsletter.doctor.dkim import check, read_key

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
