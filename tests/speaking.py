"""A server that says fixed words whatever it is told, and keeps what it was told."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import zip_longest

#: In place of words: take the client's handshake.
HANDSHAKE = b"(handshake)"


@dataclass
class Speaker:
    """Where it is, and what it heard, in the order that it came."""

    port: int
    heard: list[bytes] = field(default_factory=list)


@contextmanager
def speaking(*words: bytes, tls: ssl.SSLContext | None = None, at_once: bool = False) -> Iterator[Speaker]:
    """Says one word when somebody comes, and one each time that it is told something; then it hangs up.

    With `tls` the line is encrypted: from the first octet with `at_once`, else where a word is HANDSHAKE.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    speaker = Speaker(listener.getsockname()[1])

    def serve() -> None:
        try:
            line, _ = listener.accept()
        except OSError:
            return  # nobody came
        line.settimeout(10)
        try:
            if tls and at_once:
                line = tls.wrap_socket(line, server_side=True)
            for word, following in zip_longest(words, words[1:]):
                if word is HANDSHAKE and tls:
                    line = tls.wrap_socket(line, server_side=True)
                else:
                    line.sendall(word)
                if following is HANDSHAKE:
                    continue
                if not (said := line.recv(65536)):
                    return
                speaker.heard.append(said)
        except OSError:
            return  # the client left, as it may
        finally:
            line.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield speaker
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)  # wakes who still waits for somebody to come
        thread.join(15)
        listener.close()
