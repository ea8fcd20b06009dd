"""Tells trouble of our own from trouble with one recipient or one domain, and whom to leave in peace for how long."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Hashable
from dataclasses import dataclass, replace

from newsletter.errors import NewsletterError
from newsletter.outbox.meaning import Meaning, meaning_of
from newsletter.outbox.receipt import Outcome, Receipt
from newsletter.outbox.resting import Rests, Span
from newsletter.outbox.stopping import (
    mostly_refused,
    over_quota,
    refuses_to_send,
    storm,
    too_large_for_all,
)

#: So many of a kind without an acceptance in between are a storm; 'asked' are requests for patience.
_STORM = {"later": 10, "refused": 10, "in doubt": 3, "asked": 8}
#: So many suspicious ones without an acceptance in between are about us, or about their domain.
_SUSPICIOUS = 3
#: So many recipients are looked at together: where more than half were refused, the addresses are bad.
_TOGETHER = 100
#: Seconds, of those that ask us all to be slower, by what they mean.
_OF_ALL: dict[Meaning, Span] = {
    "slower": Span(5, 900),
    "crowded": Span(2, 300),
    "server": Span(2, 900),
}
#: Seconds, of those that mean their own domain.
_OF_DOMAIN: dict[Meaning, Span] = {"domain": Span(30, 3600), "route": Span(300, 3600)}
_OF_POLICY = Span(3600, 14400)
_ALL = ""

#: A delivery that was put back as perhaps refused for us, by the name that the run gave it.
Suspect = tuple[Hashable, Receipt]


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do after an outcome; `rest` and `rest_domain` are seconds in which nothing (to this domain) leaves.

    `stop`: why the run should end. `put_back`: this refusal refuses nobody now, its row waits. `refuse`:
    those that were put back earlier, now that it is known to have been about them. `fewer`: use one line
    less. `blameless`: it says nothing of the recipient, and so never ends the patience with them.
    """

    stop: NewsletterError | None = None
    rest: float = 0.0
    rest_domain: float = 0.0
    put_back: bool = False
    fewer: bool = False
    blameless: bool = False
    refuse: tuple[Suspect, ...] = ()


#: Nothing follows.
GO_ON = Advice()


class Trouble:
    """Listens to every outcome of one run, in the order in which they were heard."""

    def __init__(self) -> None:
        self._calm = True
        self._served = False
        # Before anybody was served: what a whole domain answered to us, and the last one who was refused.
        self._unwanted: Receipt | None = None
        self._unknown: Receipt | None = None
        self._rests = Rests()
        # Since somebody was last accepted: by kind, what was answered how often, and of which domains.
        self._replies: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._domains: defaultdict[str, set[str]] = defaultdict(set)
        # Since somebody at this domain was last accepted.
        self._suspects: defaultdict[str, list[Suspect]] = defaultdict(list)
        self._suspicions: Counter[str] = Counter()
        # Those that do not want us, of which some may have been on their way when that was understood.
        self._unwelcome: set[str] = set()
        # Of the recipients that are looked at together.
        self._heard = 0
        self._refusals: Counter[str] = Counter()

    def notice(self, outcome: Outcome, domain: str, now: dt.datetime, delivery: Hashable = None) -> Advice:
        """What follows from the outcome of a message to `domain`, beside what becomes of its own row.

        `delivery` names it in `Advice.refuse` and `suspects`; without a name it is in neither.
        """
        if outcome.verdict == "accepted":
            self._served = True
            advice = GO_ON if self._calm else self._relieved(domain)
        elif outcome.known_beforehand:
            return GO_ON  # the server was not asked: it says nothing of the others, however many they are
        else:
            self._calm = False
            advice = self._judged(outcome, domain, now, delivery)
        self._heard += 1
        if self._heard >= _TOGETHER:
            advice = self._looked_at_together(advice)
        if advice.stop:
            self._suspects.clear()
        return advice

    def verdict(self) -> NewsletterError | None:
        """At the end of a run in which nobody was served: whether it was about us or the server after all."""
        if self._served:
            return None
        if self._unwanted:
            return refuses_to_send(self._unwanted)
        refused = self._replies["refused"]
        if self._unknown and refused.total() >= _SUSPICIOUS:
            return storm("refused", refused, self._unknown)
        return None

    def suspects(self) -> list[Suspect]:
        """At the end of a run: whom to refuse of those put back, since nothing said that it was about us."""
        return [suspect for suspects in self._suspects.values() for suspect in suspects]

    def _judged(self, outcome: Outcome, domain: str, now: dt.datetime, delivery: Hashable) -> Advice:
        meaning = meaning_of(outcome)
        if meaning == "us":
            return Advice(refuses_to_send(outcome.receipt), put_back=True, blameless=True)
        if meaning == "quota":
            return Advice(over_quota(outcome.receipt), put_back=True, blameless=True)
        if meaning in _OF_ALL or meaning in _OF_DOMAIN:
            return self._rested(meaning, outcome, domain, now)
        if meaning == "suspect":
            return self._suspected(outcome, domain, now, delivery)
        if meaning == "size" and not self._served:
            return self._weighed(outcome, domain, delivery)
        return self._failed(outcome, domain, now, delivery)

    def _rested(self, meaning: Meaning, outcome: Outcome, domain: str, now: dt.datetime) -> Advice:
        """Somebody asked for patience; three domains that do so mean us."""
        if meaning in _OF_DOMAIN:
            seconds, _ = self._rests.ask(domain, _OF_DOMAIN[meaning], now)
            self._domains[meaning].add(domain)
            if meaning == "route" or len(self._domains[meaning]) < _SUSPICIOUS:
                return Advice(rest_domain=seconds)
            rest = replace(self._rested("slower", outcome, domain, now), rest_domain=seconds)
            return replace(rest, blameless=False)
        seconds, new = self._rests.ask(_ALL, _OF_ALL[meaning], now)
        if new and self._count("asked", outcome.receipt, domain) >= _STORM["asked"]:
            return Advice(storm("asked", self._replies["asked"], outcome.receipt), blameless=True)
        return Advice(rest=seconds, fewer=new and meaning == "crowded", blameless=True)

    def _suspected(self, outcome: Outcome, domain: str, now: dt.datetime, delivery: Hashable) -> Advice:
        """A refusal for policy. Three in a row are about us if of three domains, or of two and nobody was served yet."""
        number = self._count("suspect", outcome.receipt, domain)
        places = len(self._domains["suspect"])
        if number >= _SUSPICIOUS and places >= (_SUSPICIOUS if self._served else 2):
            return Advice(refuses_to_send(outcome.receipt), put_back=True, blameless=True)
        if domain in self._unwelcome and (left := self._rests.left(domain, now)):
            return Advice(rest_domain=left, put_back=True)
        self._suspicions[domain] += 1
        if self._suspicions[domain] < _SUSPICIOUS:
            self._suspect(domain, delivery, outcome.receipt)
            return Advice(put_back=True)
        # This domain does not want us, today at least; those who wait for it go on waiting. Whether all
        # the others take it is still to be heard where it happens to come first.
        self._unwanted = self._unwanted or outcome.receipt
        self._suspects.pop(domain, None)
        del self._suspicions[domain]
        self._unwelcome.add(domain)
        return Advice(rest_domain=self._rests.ask(domain, _OF_POLICY, now)[0], put_back=True)

    def _weighed(self, outcome: Outcome, domain: str, delivery: Hashable) -> Advice:
        """Too large, and nobody was served yet: as large for everybody, if the next two say so too."""
        if self._count("size", outcome.receipt, domain) >= _SUSPICIOUS:
            return Advice(too_large_for_all(outcome.receipt), put_back=True, blameless=True)
        self._suspect(_ALL, delivery, outcome.receipt)
        return Advice(put_back=True)

    def _failed(self, outcome: Outcome, domain: str, now: dt.datetime, delivery: Hashable) -> Advice:
        """A failure of one recipient's; many in a row are more than that.

        A server that has served nobody yet may not know anybody: until it does, nobody is refused for it.
        """
        kind = outcome.verdict
        put_back = kind == "refused" and not self._served
        if kind == "refused":
            self._refusals[_named(outcome.receipt)] += 1
        if put_back:
            self._unknown = outcome.receipt
            self._suspect(_ALL, delivery, outcome.receipt)
        if self._count(kind, outcome.receipt, domain) < _STORM[kind]:
            return Advice(put_back=put_back) if put_back else GO_ON
        if kind != "in doubt" and self._served and self._domains[kind] == {domain}:
            del self._replies[kind], self._domains[kind]
            return Advice(rest_domain=self._rests.ask(domain, _OF_DOMAIN["route"], now)[0])
        return Advice(storm(kind, self._replies[kind], outcome.receipt), put_back=put_back)

    def _relieved(self, domain: str) -> Advice:
        """Somebody was accepted: the server takes mail from us, and this domain too."""
        self._replies.clear()
        self._domains.clear()
        self._suspicions.pop(domain, None)
        self._unwelcome.discard(domain)
        known = (*self._suspects.pop(domain, ()), *self._suspects.pop(_ALL, ()))
        self._calm = not self._suspicions
        return Advice(refuse=known) if known else GO_ON

    def _looked_at_together(self, advice: Advice) -> Advice:
        heard, refusals = self._heard, self._refusals
        self._heard, self._refusals = 0, Counter()
        number = refusals.total()
        if advice.stop or number * 2 <= heard:
            return advice
        return replace(advice, stop=mostly_refused(number, heard, refusals))

    def _count(self, kind: str, receipt: Receipt, domain: str) -> int:
        """One more of a kind; how many they are in a row."""
        self._domains[kind].add(domain)
        replies = self._replies[kind]
        replies[_named(receipt)] += 1
        return replies.total()

    def _suspect(self, domain: str, delivery: Hashable, receipt: Receipt) -> None:
        if delivery is not None:
            self._suspects[domain].append((delivery, receipt))


def _named(receipt: Receipt) -> str:
    return " ".join(part for part in (str(receipt.code or ""), receipt.enhanced) if part)
