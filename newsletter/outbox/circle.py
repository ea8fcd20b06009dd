"""Those who get the same edition for the same reason: what they are told alike is put into words once."""

from collections.abc import Sequence

from newsletter.contacts import Decision
from newsletter.outbox.compiled import prove
from newsletter.outbox.delivery import Prepared, frozen_columns, listed, more_told, personal_text, told_up_to
from newsletter.outbox.greeted import Greeter
from newsletter.outbox.headers import mailbox_header
from newsletter.outbox.letterhead import wire_address
from newsletter.outbox.message import shared
from newsletter.outbox.stencil import Stencil

_LONG = 200  # letters of a header that may be too long


class Circle:
    """Those who get an edition (its digest) for the sake of all of `lists`, with a reason in each of its languages."""

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
        self._has_more = bool(self._further or stencil.change)
        self._reasons = [form.decode("ascii") for reason in reasons for form in shared(reason)]
        self._told = told_up_to(reasons[0], stencil.stop)
        self._listed = listed(lists)

    def write(self, decision: Decision, opaque: bytes, date: str) -> Prepared:
        """The message of one of them, whose delivery `opaque` stands for. Raises BadAddress and ProofFailed."""
        name, stencil = decision.name, self._stencil
        tokens = stencil.tokens(opaque)
        address = wire_address(decision.email)
        values = [_to(name, address), date, *tokens, *self._reasons]
        greetings = []
        for greeter in self._greeters:
            said, in_text, in_html = greeter.greet(name, decision.given_name)
            greetings.append(said)
            values += (in_text, in_html)
        pieces, digest = stencil.fill(values)
        before, after = stencil.named
        message_id = f"{before}{tokens[0]}{after}"
        more = self._more(greetings, tokens) if self._has_more else "}"
        personal = personal_text(name, address, greetings[0], f'{self._told}{tokens[1]}"{more}')
        names = (message_id, self._edition, self._listed)
        columns = frozen_columns(personal, names, dated=date, message_digest=digest)
        return Prepared(address, message_id, self._edition, self._lists, pieces, columns)

    def _more(self, greetings: Sequence[str], tokens: Sequence[str]) -> str:
        """What is kept of one reader beyond what is kept of everybody."""
        more: dict[str, object] = {}
        if self._further:
            more["further"] = tuple(zip(greetings[1:], self._further, strict=True))
        if self._stencil.change:
            more["change"] = self._stencil.change + tokens[2]
        return more_told(more)


def _to(name: str, address: str) -> str:
    """The header that names a reader, proven."""
    header = mailbox_header("To", name, address)
    # Behind a fold is a blank, and what can be printed ends no line.
    if len(header) > _LONG or not header.replace("\r\n ", " ").removesuffix("\r\n").isprintable():
        prove(header.encode())
    return header
