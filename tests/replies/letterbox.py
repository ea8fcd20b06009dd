"""Messages as they come in, put together for tests of reading them."""

TOKEN = "a1b2uabcdefghijklmnopqrstuvwxyz234567"
DELIVERY = "a1b2dabcdefghijklmnopqrstuvwxyz234567"


def letter(
    words: str = "Hello", /, *fields: str, kind: str = "text/plain; charset=utf-8", **named: str
) -> bytes:
    """A message from Ada with these words; `fields` are whole lines, named ones take the place of the usual ones."""
    head = {
        "From": "Ada Lovelace <ada@example.org>",
        "To": "study@example.org",
        "Date": "Fri, 30 Sep 2022 09:00:00 +0100",
        "Subject": "A word",
        "Content-Type": kind,
    }
    head |= {name.replace("_", "-").title(): value for name, value in named.items()}
    lines = [f"{name}: {value}" for name, value in head.items() if value]
    return "\n".join([*lines, *fields, "", words, ""]).encode()


def parts(*inner: str) -> str:
    """The body of a multipart whose boundary is 'edge'."""
    return "".join(f"--edge\n{one}\n" for one in inner) + "--edge--"
