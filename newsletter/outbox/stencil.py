"""An edition's message, cut where a reader's own values go: filled in, it is what it would be if it were written."""

import hashlib
from collections.abc import Sequence
from operator import itemgetter
from typing import NamedTuple

from newsletter.edition import Personal
from newsletter.errors import ProofFailed
from newsletter.outbox.compiled import ALTERNATIVE, RELATED, Compiled, prove
from newsletter.outbox.letterhead import Letterhead, Tokens, change_up_to, message_id, stop_link
from newsletter.outbox.linked import Frame, frames
from newsletter.outbox.message import BOUNDARY_A, BOUNDARY_R, OF_PARTS, header_section
from newsletter.outbox.quoted import SOFT_BREAK, quoted
from newsletter.tokens import TOKEN_LENGTH, Key, token_maker

# Stands between what is sent in one piece, and, like NUL, in none of it.
_CUT = b"\1"
_LONG = 2_000  # octets that are not copied for each reader
_TO, _DATE = "To: sam@example.org\r\n", "Sat, 01 Jan 2000 12:00:00 +0000"  # as long as any date


class Hole(NamedTuple):
    """A place for a reader's value of this name, or for some letters of it."""

    name: str
    start: int = 0
    stop: int | None = None


class Stencil:
    """What all readers of an edition share.

    `tokens` makes those that stand in a message, `named` is what stands round the first in its Message-ID, `stop` and
    `change` are its links up to the second and third; `change` is empty where no such link is offered.
    """

    def __init__(self, compiled: Compiled, head: Letterhead, key: Key) -> None:
        offered = bool(head.public_url) and any(name == "CHANGE" for name, *_ in compiled.slots)
        self.stop = stop_link(head, Tokens("", ""))
        self.change = change_up_to(head) if offered else ""
        purposes = ["delivery", "unsubscribe", *(["preferences"] if offered else [])]
        self.tokens = token_maker(key, purposes)
        self.named = message_id(head, Tokens("\0", "")).split("\0")
        names = [Hole(name) for name in ("to", "date", *purposes, *_told(len(compiled.languages)))]
        cut, long = self._cut(compiled, head)
        self._parts, holes = _apart(cut)
        # Parts of tokens follow the values that are given.
        partly = [hole for hole in dict.fromkeys(holes) if hole not in names]
        self._partly = [(names.index(Hole(name)), slice(start, stop)) for name, start, stop in partly]
        self._in_order = itemgetter(*map([*names, *partly].index, holes))
        self._pieces = [b"", b"", *(piece for shared in long for piece in (shared, b""))]
        self._short = range(1, len(self._pieces), 2)
        self._hashed = hashlib.sha256(compiled.digest + b"\0")
        tokens = ["a" * TOKEN_LENGTH for _ in purposes]
        self._prove([_TO, _DATE, *tokens, *["" for _ in names[2 + len(tokens) :]]], len(compiled.pieces) // 2)

    def fill(self, values: Sequence[str]) -> tuple[tuple[bytes, ...], str]:
        """A message in pieces, and the digest that `Written` has of it.

        `values` are the To header, the date, the `tokens`, and what is told in each language: reasons, each in
        text and in HTML, then greetings in the same way.
        """
        parts = self._parts.copy()
        parts[1::2] = self._in_order([*values, *[values[place][part] for place, part in self._partly]])
        # Thus in less than half the time that `split` takes.
        about, _, rest = "".join(parts).encode().partition(_CUT)
        pieces = self._pieces.copy()
        pieces[0], _, _ = about.partition(b"\0")
        for place in self._short:
            pieces[place], _, rest = rest.partition(_CUT)
        hashed = self._hashed.copy()
        hashed.update(about)
        return tuple(pieces), f"{OF_PARTS}{hashed.hexdigest()}"

    def _cut(self, compiled: Compiled, head: Letterhead) -> tuple[list[str | Hole], list[bytes]]:
        """What a digest is about beyond the edition, and the message but for what is long and everybody's, with holes; and that.

        So a message is few pieces, and no long one of them is copied.
        """
        section = header_section(compiled, head, "to", "date", Tokens("delivery", "unsubscribe"))
        headers = [Hole(piece) if place % 2 else piece for place, piece in enumerate(section)]
        values = compiled.in_order(self._values(compiled))
        cut = [*headers]
        for value in values:
            cut += ["\0", *value]
        cut.append(_CUT.decode())
        long = []
        for piece, value in zip(compiled.pieces[::2], [*values, []], strict=True):
            if len(piece) < _LONG:
                cut += [piece.decode("ascii"), *value]
            else:
                cut += [_CUT.decode(), *value]
                long.append(piece)
        return cut, long

    def _values(self, compiled: Compiled) -> dict[str, list[str | Hole]]:
        """What goes into each place, with holes."""
        values: dict[str, list[str | Hole]] = {
            ALTERNATIVE: [BOUNDARY_A, Hole("delivery")],
            RELATED: [BOUNDARY_R, Hole("delivery")],
        }
        links = {"stop": ("unsubscribe", self.stop), "change": ("preferences", self.change)}
        further = tuple((f"greeting {turn}", f"reason {turn}") for turn in range(1, len(compiled.languages)))
        named = Personal("greeting 0", "reason 0", "stop", further, change="change" if self.change else "")
        for slot, in_text, in_html in compiled.slots:
            name = named.of(slot)
            if name in links:
                purpose, before = links[name]
                values[in_text], values[in_html] = (_link(frame, purpose) for frame in frames(before))
            elif slot.endswith(("GREETING", "REASON")):
                values[in_text], values[in_html] = [Hole(f"{name} text")], [Hole(f"{name} html")]
            else:  # the same for everybody
                in_both = [piece.decode("ascii") for piece in quoted(name)]
                values[in_text], values[in_html] = [in_both[0]], [in_both[1]]
        return values

    def _prove(self, values: list[str], count: int) -> None:
        """Raises ProofFailed as `write` does, of all that is not told to one reader, of whom so many values stand in it."""
        octets = "".join(self._parts).encode()
        if (octets.count(b"\0"), octets.count(_CUT)) != (count, len(self._short)):
            raise ProofFailed("a message has a control character in its headers; it was not sent")
        headers, *pieces = self.fill(values)[0]
        prove(headers + b"\r\n".join(pieces[::2]))


def _told(languages: int) -> list[str]:
    turns = range(languages)
    return [
        f"{what} {turn} {form}"
        for what in ("reason", "greeting")
        for turn in turns
        for form in ("text", "html")
    ]


def _link(frame: Frame, purpose: str) -> list[str | Hole]:
    if len(frame.cuts) == 1:
        return [frame.before.decode("ascii"), Hole(purpose), SOFT_BREAK.decode("ascii")]
    link: list[str | Hole] = [frame.before.decode("ascii")]
    for cut in frame.cuts:
        link += [Hole(purpose, cut.start, cut.stop), SOFT_BREAK.decode("ascii")]
    return link


def _apart(cut: Sequence[str | Hole]) -> tuple[list[str], list[Hole]]:
    """The texts, and the hole behind each but the last; places for what goes there stand between the texts."""
    texts, holes = [""], []
    for one in cut:
        if isinstance(one, Hole):
            holes.append(one)
            texts += ["", ""]
        else:
            texts[-1] += one
    return texts, holes
