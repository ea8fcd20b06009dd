"""Those who get the same edition for the same reason: what they are told alike is put into words once."""

from collections.abc import Sequence
from typing import NamedTuple

from newsletter.outbox.compiled import prove
from newsletter.outbox.delivery import Prepared, frozen_columns, listed, more_told, personal_text, told_up_to
from newsletter.outbox.greeted import Greeter, Greeting
from newsletter.outbox.headers import mailbox_header
from newsletter.outbox.letterhead import wire_address
from newsletter.outbox.message import shared
from newsletter.outbox.stencil import Stencil

_LONG = 200  # letters of a header that may be too long


class Reader(NamedTuple):
    """To whom a message goes."""

    name: str
    given_name: str
    email: str


class Circle:
    """Those who get an edition (its digest) for the sake of `lists`, with a reason in each of its languages."""

    def __init__(
        self,
        stencil: Stencil,
        greeters: Sequence[Greeter],
        reasons: Sequence[str],
        *,
        edition: str,
        lists: tuple[str, ...],
    ) -> None:
        self._stencil, self._greeters, self._edition, self._lists = stencil, greeters, edition, lists
        self._further = reasons[1:]
        self._reasons = [form.decode("ascii") for reason in reasons for form in shared(reason)]
        self._told = told_up_to(reasons[0], stencil.stop)
        self._listed = listed(lists)

    def write(self, reader: Reader, opaque: bytes, date: str) -> Prepared:
        """The message of one of them, whose delivery `opaque` stands for. Raises BadAddress and ProofFailed."""
        name, given_name, email = reader
        tokens = self._stencil.tokens(opaque)
        address = wire_address(email)
        greetings = [greeter.greet(name, given_name) for greeter in self._greeters]
        encoded = [form for greeting in greetings for form in greeting[1:]]
        pieces, digest = self._stencil.fill([_to(name, address), date, *tokens, *encoded, *self._reasons])
        told = f'{self._told}{tokens[1]}"{self._more(greetings, tokens)}'
        message_id = f"{self._stencil.named[0]}{tokens[0]}{self._stencil.named[1]}"
        columns = frozen_columns(
            personal_text(name, address, greetings[0].said, told),
            (message_id, self._edition, self._listed),
            dated=date,
            message_digest=digest,
        )
        return Prepared(address, message_id, self._edition, self._lists, pieces, columns)

    def _more(self, greetings: Sequence[Greeting], tokens: Sequence[str]) -> str:
        """What is kept of one reader beyond what is kept of everybody."""
        if not self._further and not self._stencil.change:
            return "}"
        said = [greeting.said for greeting in greetings[1:]]
        more: dict[str, object] = {}
        if self._further:
            more["further"] = tuple(zip(said, self._further, strict=True))
        if self._stencil.change:
            more["change"] = self._stencil.change + tokens[2]
        return more_told(more)


def _to(name: str, address: str) -> str:
    """The header that names a reader, proven."""
    header = mailbox_header("To", name, address)
    if len(header) > _LONG or not header[:-2].isprintable():
        prove(header.encode())
    return header
