"""`newsletter doctor` against Debian's Postfix: TLS with a CA of its own, a login, and a limit of size."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from relay import PASSWORD, Missing, relay
from study import Study, readers, study


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Study]:
    try:
        with relay() as standing:
            yield study(tmp_path, standing, readers(1))
    except Missing as why:
        pytest.skip(str(why))


def asked(made: Study, **odd: str) -> dict[str, str]:
    """The level of each finding about the server, as the command says it."""
    done = made.type("doctor", "--json", **odd)
    findings = json.loads(done.stdout)
    assert done.returncode == int(any(finding["level"] == "error" for finding in findings)), done.stderr
    assert PASSWORD not in done.stdout
    return {one["check"]: one["level"] for one in findings if one["check"].startswith("server.")}


def test_a_real_server_is_met_as_send_would_meet_it(made: Study) -> None:
    well = dict.fromkeys(("relay", "name", "connection", "tls", "extensions", "login", "sender"), "ok")
    expected = {f"server.{name}": level for name, level in well.items()}
    # Its certificate is made for this test, and holds for some days only.
    assert asked(made) == expected | {"server.certificate": "warning"}
    built = made.folder / "build" / "2022-09" / "public" / "message.eml"
    built.parent.mkdir(parents=True, exist_ok=True)
    built.write_bytes(bytes(2_000_000))
    (secret,) = [name for name, value in made.env.items() if value == PASSWORD]
    refused = asked(made, **{secret: "wrong horse"})
    assert (refused["server.size"], refused["server.login"]) == ("error", "error")
    assert "server.sender" not in refused
    assert not made.relay.messages()
