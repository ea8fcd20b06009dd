"""Only the open internet is reached: what was judged is what is connected to, and nothing takes for ever."""

import socket
import threading

import httpx
import pytest

from newsletter.internet import Names, NotFound, NotOpen, Way, client_on, is_public


def way(names: Names, *, left: float = 5.0, allowed=lambda address, _: address == "127.0.0.1") -> Way:
    return Way(names, allowed, lambda: left)


def names_for(*addresses: str) -> Names:
    return Names(look_up=lambda _host, port, **_: [(2, 1, 6, "", (one, port)) for one in addresses])


@pytest.fixture
def listening():
    """A port of this machine, and how often somebody came."""
    came: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    line, _ = server.accept()
                except OSError:
                    return
                came.append(line.recv(4096))
                line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                line.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1], came
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "::1", "fe80::1",
        "fc00::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "224.0.0.1", "::",
        "fe80::1%eth0", "255.255.255.255", "fd00:ec2::254", "64:ff9b::7f00:1", "64:ff9b:1::808:808", "::7f00:1", "fec0::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:db8::1", "198.18.0.1", "192.0.2.1", "240.0.0.1", "::ffff:0:127.0.0.1",
    ],
)  # fmt: skip
def test_no_address_of_a_private_network_is_public(address: str) -> None:
    assert not is_public(address, 443)


def test_an_address_of_the_open_internet_is_public_on_the_ports_of_the_web() -> None:
    assert is_public("8.8.8.8", 443)
    assert is_public("2606:4700::1111", 80)
    assert is_public("::ffff:8.8.8.8", 443)
    assert is_public("64:ff9b::808:808", 443), "as networks without IPv4 reach it"
    assert not is_public("8.8.8.8", 25)


def test_the_address_that_was_judged_is_connected_to_under_its_name(listening) -> None:
    port, came = listening
    with client_on(way(names_for("127.0.0.1")), (), 2) as client:
        assert client.get(f"http://paper.example.org:{port}/").text == "ok"
    assert f"Host: paper.example.org:{port}".encode() in came[0]


def test_one_private_address_among_public_ones_is_enough_to_stop(listening) -> None:
    port, came = listening
    with (
        client_on(way(names_for("127.0.0.1", "10.0.0.1")), (), 2) as client,
        pytest.raises(NotOpen, match=r"paper\.example\.org"),
    ):
        client.get(f"http://paper.example.org:{port}/")
    assert came == []


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f000001", "127.1", "localhost", "0", "[::ffff:127.0.0.1]"]
)
def test_other_ways_to_write_this_machine_lead_nowhere(listening, host: str) -> None:
    port, came = listening
    with (
        client_on(way(Names(), allowed=is_public), (), 2) as client,
        pytest.raises((NotOpen, NotFound, httpx.InvalidURL)),
    ):
        client.get(f"http://{host}:{port}/")
    assert came == []


def test_where_the_first_address_does_not_answer_the_next_is_tried(listening) -> None:
    port, _ = listening
    here = way(names_for("::1", "127.0.0.1"), allowed=lambda *_: True)
    with client_on(here, (), 2) as client:
        assert client.get(f"http://paper.example.org:{port}/").status_code == 200


def test_a_proxy_of_the_surroundings_is_not_used(listening, monkeypatch: pytest.MonkeyPatch) -> None:
    port, _ = listening
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    with client_on(way(names_for("127.0.0.1")), (), 2) as client:
        assert client.get(f"http://paper.example.org:{port}/").text == "ok"


def test_nothing_is_begun_once_the_time_is_over(listening) -> None:
    port, came = listening
    with (
        client_on(way(names_for("127.0.0.1"), left=0.0), (), 2) as client,
        pytest.raises(httpx.TimeoutException),
    ):
        client.get(f"http://paper.example.org:{port}/")
    assert came == []


def test_names_that_are_not_answered_are_given_up_after_eight_in_a_row() -> None:
    hanging, asked = threading.Event(), []

    def look_up(host: str, *_: object, **__: object) -> list[object]:
        asked.append(host)
        hanging.wait(30)
        return []

    names = Names(look_up=look_up, seconds=0.01)
    for number in range(20):
        with pytest.raises(NotFound) as caught:
            names.addresses(f"host{number}", 443)
        assert not caught.value.gone
    hanging.set()
    assert len(asked) == 8


@pytest.mark.parametrize("host", ["a" * 64 + ".org", "no\x00host", "\ud800.org"])
def test_what_is_no_name_leads_to_no_address(host: str) -> None:
    with pytest.raises(NotFound, match=r"no name of a host|no host"):
        Names().addresses(host, 80)
