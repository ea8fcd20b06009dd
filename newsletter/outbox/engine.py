"""One run: many lines at once, each message claimed on the disk between its body and its final dot."""

import selectors
import threading
import time
from collections.abc import Callable, Iterable

from newsletter.errors import NewsletterError, ServerUnavailable
from newsletter.outbox.bell import Bell
from newsletter.outbox.calls import Calls
from newsletter.outbox.desk import Claim, Desk, Due, Found, Note
from newsletter.outbox.dialogue import Envelope, Event, Parcel, unfit
from newsletter.outbox.pile import Pile
from newsletter.outbox.post import Post
from newsletter.outbox.receipt import Outcome
from newsletter.outbox.secondpress import SecondPress
from newsletter.outbox.settling import Settling
from newsletter.outbox.states import PUT_BACK
from newsletter.outbox.trouble import GO_ON, Advice
from newsletter.outbox.verp import return_address
from newsletter.outbox.watching import Change, Watcher
from newsletter.outbox.wire import Wire, take_leave

_GLANCE = 0.1  # seconds between two looks at signals, deadlines and what the database says
_ASKED = 0.5  # seconds between two questions whether the mailing may still go, where nothing else asks
_GATHER = 0.003  # seconds for which a claim waits for others to share its commit
_LEAVE = 5.0  # seconds for taking leave of the server


class Engine:
    """Everything that a run does, in the thread that began it; the desk and the calls have threads of their own.

    `halt` ends it after what is in flight; `stopped` (of what we know) and `broken` say what else ended it.
    """

    def __init__(  # noqa: PLR0913  # its parts, and whom it obeys and tells
        self,
        desk: Desk,
        pile: Pile,
        calls: Calls,
        settling: Settling,
        bell: Bell,
        *,
        sender: str,
        verp: bool = False,
        halt: threading.Event,
        watcher: Watcher,
    ) -> None:
        self.desk, self.pile, self.calls = desk, pile, calls
        self.settling, self.halt, self.watcher = settling, halt, watcher
        self._sender, self._verp, self._bell = sender, verp, bell
        self.stopped: NewsletterError | None = None
        self.broken: BaseException | None = None
        self._selector = selectors.DefaultSelector()
        self._wires: dict[Wire, set[Post]] = {}
        self._claims: list[Post] = []
        self._asked: dict[int, Post] = {}
        self._notes: list[Note] = []
        self._unkept, self._making = 0, False
        self._since = self._look_at = self._ask_at = 0.0
        self._away: ServerUnavailable | None = None

    def run(self) -> None:
        """Until nothing is left that may go now, or something stops it; raises what nobody foresaw."""
        self._selector.register(self._bell.ear, selectors.EVENT_READ, None)
        if self.pile.second and not self.pile.second.closed:
            self._selector.register(self.pile.second.ear, selectors.EVENT_READ, self.pile.second)
        self.desk.start()
        try:
            self._keep()
            while not self._over():
                self._turn()
            take_leave(self._wires, _LEAVE)
        finally:
            self._end()
        if self.broken:
            raise self.broken

    @property
    def _ending(self) -> bool:
        return self.halt.is_set() or self._stopping

    @property
    def _stopping(self) -> bool:
        return bool(self.stopped or self.broken)

    @property
    def _crowded(self) -> bool:
        return len(self._wires) > max(self.calls.size, 1)

    def stop(self, reason: BaseException) -> None:
        """End the run: what is claimed is finished, nothing else is; the first reason counts."""
        if not isinstance(reason, NewsletterError):
            self.broken = self.broken or reason
        elif self.stopped is None:
            self.stopped = reason

    # One turn: hear, decide, speak.

    def _over(self) -> bool:
        if any(self._wires.values()) or self._asked or self._claims or self._notes or self._unkept:
            return False
        return self._ending or self.pile.exhausted

    def _turn(self) -> None:
        for key, mask in self._selector.select(self._patience()):
            if key.data is None:
                self._bell.quiet()
            elif isinstance(key.data, Wire):
                self._attend(key.data, mask)
            else:
                self._fetch(key.data)
        for found in self.desk.collect():
            self._take(found)
        self._answer_calls()
        if self._stopping:
            self._abandon()
        elif not self.halt.is_set():
            self._start_messages()
        self._keep()
        # While the disk and the server have their turn, what goes next is made: a few, for lines wait to be heard.
        lines = len(self._wires) + self.calls.calling
        self._making = not self._ending and self.pile.stock(lines, self._notes)
        now = time.monotonic()
        if now >= self._look_at:
            self._look_at = now + _GLANCE
            self._look(now)

    def _patience(self) -> float:
        """Seconds for which nothing has to be done unless something comes."""
        if self._making:
            return 0.0
        if self._claims or self._notes:
            return max(self._since + _GATHER - time.monotonic(), 0.0) if self._claims else 0.0
        # Where something could begin at once it is a line that is missing, and that one rings.
        return min(_GLANCE, self.pile.wait() or _GLANCE) if self.pile.waiting else _GLANCE

    def _fetch(self, second: SecondPress) -> None:
        """Take what the second press has made; where it has ended, everything is made here from now on."""
        ear = second.ear.fileno()
        self.pile.collect()
        if second.closed:
            self._selector.unregister(ear)

    def _attend(self, wire: Wire, mask: int) -> None:
        if wire not in self._wires:
            return  # closed in this very turn
        if mask & selectors.EVENT_WRITE:
            wire.flush()
            self._said(wire)
        if mask & selectors.EVENT_READ and wire in self._wires:
            self.heard(wire)

    def heard(self, wire: Wire) -> None:
        """Something came over a line: what follows from it."""
        self._act(wire, wire.listen())

    def _act(self, wire: Wire, events: Iterable[Event]) -> None:
        for parcel, outcome in events:
            assert isinstance(parcel, Post)  # noqa: S101  # we began them all
            if outcome is not None:
                self._concluded(wire, parcel, outcome)
            elif wire.dialogue.holding is parcel and not self._stopping:
                self.write_body(wire, parcel)
        if words := wire.dialogue.words():
            wire.say(words)
        if wire.dialogue.lost:
            self._hang_up(wire)
        else:
            self._said(wire)

    def write_body(self, wire: Wire, post: Post) -> None:
        """The server awaits the text: all of it but the final dot. Its claim is asked for once it is said."""
        wire.say(*post.content)

    def _gather(self, post: Parcel) -> None:
        if isinstance(post, Post) and not (self._stopping or post.asked or post in self._claims):
            self._since = self._since if self._claims else time.monotonic()
            self._claims.append(post)

    def _said(self, wire: Wire) -> None:
        """After something was said or heard: who waits for whom now, and until when."""
        if wire.broken:  # the socket may have nothing to tell of it, as where TLS broke
            self.heard(wire)
            return
        all_said = wire.all_said
        if all_said and wire.dialogue.holding:
            self._gather(wire.dialogue.holding)
        wanted = selectors.EVENT_READ if all_said else selectors.EVENT_READ | selectors.EVENT_WRITE
        if wanted != wire.watched:
            wire.watched = wanted
            self._selector.modify(wire.sock, wanted, wire)
        if wire.dialogue.awaits or not all_said:
            progress = (wire.dialogue.heard, wire.said)
            if progress != wire.progress:
                wire.progress, wire.deadline = progress, time.monotonic() + wire.patience
        else:
            wire.deadline = float("inf")

    def _concluded(self, wire: Wire, post: Post, outcome: Outcome) -> None:
        """The server, or the line's end, has said what becomes of a message."""
        if post.asked and not post.dotted:
            post.early = outcome  # the desk has its claim: what holds is known when that is answered
            return
        if not post.dotted and post in self._claims:
            self._claims.remove(post)
        self._wires[wire].discard(post)
        if outcome.lost and outcome.phase == "MAIL" and not post.first:
            self.pile.give_back(post.claim)  # many servers end a line after some number of messages
        elif self._stopping and not post.dotted and outcome.receipt.code == 0:
            self.pile.put_down(post.claim.due)
        else:
            self._settle(post, outcome, claimed=post.dotted)

    def _settle(self, post: Post, outcome: Outcome, *, claimed: bool) -> None:
        due, prepared = post.claim.due, post.claim.prepared
        notes, advice = self.settling.settle(due, prepared.message_id, outcome, claimed=claimed)
        self.pile.done(due)
        self._notes += notes
        if advice is not GO_ON:
            self._heed(due, advice)

    def _heed(self, due: Due, advice: Advice) -> None:
        if advice.rest:
            self.pile.rest(advice.rest)
        if advice.rest_domain:
            self.pile.rest_domain(due, advice.rest_domain)
        if advice.fewer and self.calls.size > 1:
            self.calls.size -= 1
        if advice.stop:
            self.stop(advice.stop)

    # What the desk found and kept.

    def _take(self, found: Found) -> None:
        self.pile.take(found)
        self._unkept -= found.noted
        if found.stop:
            self.stop(found.stop)
        for claim, instead in found.declined:
            self._declined(claim, instead)
        if found.claimed:
            self.send_dots([self._asked.pop(claim.due.delivery.id) for claim in found.claimed])
        if found.changes:
            self._tell(self.watcher.moved, found.changes)

    def _tell(self, told: Callable[..., None], *what: object) -> None:
        """A watcher that fails ends the run, in good order: nothing that was heard is forgotten for it."""
        try:
            told(*what)
        except Exception as error:  # raised again at the end
            self.stop(error)

    def _declined(self, claim: Claim, instead: Due | str) -> None:
        """The dot must not be sent: the line is closed without it, and the server throws the text away."""
        post = self._asked.pop(claim.due.delivery.id)
        wire = post.wire
        self._wires.get(wire, set()).discard(post)
        if isinstance(instead, Due):
            self.pile.give_back(Claim(instead, claim.prepared), anew=True)
        else:
            self.pile.put_down(claim.due)
        if wire in self._wires:
            self._act(
                wire, [one for one in wire.dialogue.cut("the claim was declined") if one[0] is not post]
            )

    def send_dots(self, posts: list[Post]) -> None:
        """These are claimed, on the disk: their final dots, each with the next message's beginning where it may."""
        for post in posts:
            post.phase = "dot"
        # A claim may wait its turn for longer than a server does: a dot into a dead line would be doubt about nothing.
        for key, mask in self._selector.select(0):
            if isinstance(key.data, Wire):
                self._attend(key.data, mask)
        for post in posts:
            wire = post.wire
            post.asked = False
            if post.early:
                self._wires.get(wire, set()).discard(post)
                self._settle(post, post.early._replace(phase="dot"), claimed=True)
            elif self._stopping:
                self._unclaim(post)
            else:
                dot = wire.dialogue.end(post)
                wire.say(dot + self._next_words(wire) if wire.dialogue.free else dot)
                self._said(wire)

    def _unclaim(self, post: Post) -> None:
        """It was claimed, and the run ends before its dot: it waits again, as if nothing had been."""
        self._wires[post.wire].discard(post)
        due = post.claim.due
        self._notes.append(Note(due.delivery.id, ((PUT_BACK, {}),), Change(due.delivery.id, "waiting")))
        self.pile.put_down(due)
        self._act(post.wire, [one for one in post.wire.dialogue.cut("the run ends") if one[0] is not post])

    def _keep(self) -> None:
        """Hand claims and notes to the desk; claims after a moment in which others may join them."""
        gathered = self._claims and (
            time.monotonic() - self._since >= _GATHER or 2 * len(self._claims) >= len(self._wires)
        )
        claims: list[Post] = []
        if gathered:
            claims, self._claims = self._claims, []
        if claims or (self._notes and not self._claims):
            for post in claims:
                post.asked = True
                self._asked[post.claim.due.delivery.id] = post
            notes, self._notes = self._notes, []
            self._unkept += len(notes)
            asked = [post.claim for post in claims]
            self.desk.put(asked, notes, self.pile.rates_to_keep())
        # Not while notes are held back: of what was refused before the dot the rows would look as if they still waited.
        if not self._notes and (count := self.pile.wanted(ending=self._ending)):
            self.desk.want(count, self.pile.in_hand())

    # Lines and what goes over them.

    def _answer_calls(self) -> None:
        for answer in self.calls.answers():
            if isinstance(answer, ServerUnavailable):
                self._away = answer
            elif isinstance(answer, BaseException):
                self.stop(answer)
            else:
                wire = Wire(answer)
                self._wires[wire] = set()
                self._selector.register(wire.sock, wire.watched, wire)
        # Asked in every turn: the last call may have failed while there were lines, which have gone since.
        if self._away and not self._wires and not self.calls.calling and self.calls.size <= 0:
            self.stop(self._away)

    def _start_messages(self) -> None:
        for wire in [wire for wire, posts in self._wires.items() if not posts and wire.dialogue.idle]:
            if self._crowded:
                wire.say(b"QUIT\r\n")  # the server asked for fewer lines
                self._hang_up(wire)
            elif words := self._next_words(wire):
                wire.say(words)
                self._said(wire)
        busy = sum(map(bool, self._wires.values()))
        free = len(self._wires) - busy + self.calls.calling
        for _ in range(min(self.pile.ready - free, self.calls.room(len(self._wires)))):
            self.calls.call()

    def _next_words(self, wire: Wire) -> bytes:
        """The beginning of the next message over this line; b'' where there is none for now."""
        while not (self._ending or self._crowded) and (claim := self.pile.next(self._notes)):
            sender = self._sender
            if self._verp:
                sender = return_address(sender, claim.prepared.message_id)
            envelope = Envelope(sender, claim.prepared.email)
            post = Post(envelope, claim.prepared.pieces, claim=claim, wire=wire)
            if misfit := unfit(post, wire.dialogue.offers):
                self._settle(post, misfit, claimed=False)
                continue
            self._wires[wire].add(post)
            return wire.dialogue.begin(post)
        return b""

    def _hang_up(self, wire: Wire) -> None:
        if self._wires.pop(wire, None) is not None:
            self._selector.unregister(wire.sock)
            wire.close()

    def _abandon(self) -> None:
        """The run stops: lines on which no answer to a dot is awaited are closed, and what they carried waits."""
        self._claims.clear()
        for wire, posts in [*self._wires.items()]:
            if posts and not any(post.dotted or post.asked for post in posts):
                self._act(wire, wire.dialogue.cut("the run ends"))

    def _look(self, now: float) -> None:
        for wire in [*self._wires]:
            if now > wire.deadline:
                self._act(wire, wire.dialogue.cut("it does not answer"))
        if now >= self._ask_at:
            self._ask_at = now + _ASKED
            self.desk.ask()
        self._tell(self.watcher.flight, sum(map(len, self._wires.values())), len(self._wires))
        self._tell(self.watcher.waits, *self.pile.why_waiting())

    def _end(self) -> None:
        """Close everything; what was held back as perhaps about us was about them, if nothing said otherwise."""
        if not self._stopping:
            notes, self.stopped = self.settling.conclude()
            self._notes += notes
        self.desk.put([], self._notes)
        self.desk.close()
        for found in self.desk.collect():
            if found.changes:
                self._tell(self.watcher.moved, found.changes)
            if found.stop:
                self.stop(found.stop)
        self.calls.close()
        for wire in self._wires:
            wire.close()
        self._wires.clear()
        self._tell(self.watcher.flight, 0, 0)
        self._selector.close()
