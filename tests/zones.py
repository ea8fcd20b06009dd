"""A real DNS server on loopback, over UDP and TCP, that knows what it is told; large answers are cut over UDP."""

import socketserver
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.resolver
import dns.rrset

from newsletter.doctor.records import Records

_UDP_SIZE = 512


@dataclass
class Zones:
    """Records as in a zone file: (name, type) -> texts. `deaf` names get no answer, `broken` ones SERVFAIL."""

    known: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    deaf: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    port: int = 0

    def put(self, name: str, kind: str, *texts: str) -> None:
        self.known.setdefault((name, kind), []).extend(texts)

    def text(self, name: str, *texts: str) -> None:
        """TXT records, each cut into pieces of 255 octets as the format demands."""
        for whole in texts:
            pieces = [whole[start : start + 255] for start in range(0, len(whole), 255)] or [""]
            self.put(
                name,
                "TXT",
                " ".join('"' + piece.replace('"', '\\"').replace(";", "\\;") + '"' for piece in pieces),
            )

    def records(self, seconds: float = 2.0) -> Records:
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], self.port
        return Records(resolver, seconds=seconds)

    def answer(self, packet: bytes, way: str) -> bytes | None:
        query = dns.message.from_wire(packet)
        name = query.question[0].name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(query.question[0].rdtype)
        self.asked.append((name, kind, way))
        if name in self.deaf:
            return None
        reply = dns.message.make_response(query, recursion_available=True)
        if name in self.broken:
            reply.set_rcode(dns.rcode.SERVFAIL)
        elif texts := self.known.get((name, kind)) or self._alias(name):
            kind = kind if (name, kind) in self.known else "CNAME"
            reply.answer.append(dns.rrset.from_text(query.question[0].name, 60, "IN", kind, *texts))
            if kind == "CNAME":
                self._follow(reply, texts[0], query.question[0].rdtype)
        elif not any(known == name or known.endswith(f".{name}") for known, _ in self.known):
            reply.set_rcode(dns.rcode.NXDOMAIN)
        wire = reply.to_wire(max_size=65535)
        if way == "udp" and len(wire) > _UDP_SIZE:
            short = dns.message.make_response(query, recursion_available=True)
            short.flags |= dns.flags.TC
            return short.to_wire()
        return wire

    def _alias(self, name: str) -> list[str] | None:
        return self.known.get((name, "CNAME"))

    def _follow(self, reply: dns.message.Message, target: str, rdtype: dns.rdatatype.RdataType) -> None:
        name = dns.name.from_text(target)
        kind = dns.rdatatype.to_text(rdtype)
        if texts := self.known.get((name.to_text(omit_final_dot=True), kind)):
            reply.answer.append(dns.rrset.from_text(name, 60, "IN", kind, *texts))


@contextmanager
def zones(known: Mapping[tuple[str, str], Sequence[str]] | None = None) -> Iterator[Zones]:
    """A server on a free port of 127.0.0.1."""
    told = Zones({key: list(texts) for key, texts in (known or {}).items()})

    class Udp(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            packet, sock = self.request
            if reply := told.answer(packet, "udp"):
                sock.sendto(reply, self.client_address)

    class Tcp(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            length = int.from_bytes(self.rfile.read(2), "big")
            if reply := told.answer(self.rfile.read(length), "tcp"):
                self.wfile.write(len(reply).to_bytes(2, "big") + reply)

    tcp, udp = _both(Udp, Tcp)
    told.port = int(tcp.server_address[1])
    threads = [threading.Thread(target=server.serve_forever, args=(0.05,)) for server in (tcp, udp)]
    for thread in threads:
        thread.start()
    try:
        yield told
    finally:
        for server in (tcp, udp):
            server.shutdown()
            server.server_close()
        for thread in threads:
            thread.join()


def _both(
    udp: type[socketserver.BaseRequestHandler], tcp: type[socketserver.BaseRequestHandler]
) -> tuple[socketserver.TCPServer, socketserver.UDPServer]:
    """A TCP and a UDP server on the same port; another one where UDP's is taken."""
    while True:
        stream = socketserver.TCPServer(("127.0.0.1", 0), tcp)
        try:
            return stream, socketserver.UDPServer(("127.0.0.1", stream.server_address[1]), udp)
        except OSError:
            stream.server_close()
