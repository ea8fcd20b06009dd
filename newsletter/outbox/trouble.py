"""Tells trouble of our own from trouble with one recipient, by how often it comes in a row."""

from collections import Counter

from newsletter.errors import NewsletterError, NotAllowed, TryAgain
from newsletter.outbox.receipt import Outcome, Receipt

#: So many of a kind without an acceptance in between are a storm.
_STORM = {"later": 10, "refused": 10, "in doubt": 3}
#: So many 5.7.x without an acceptance in between are about us.
_SUSPICIOUS = 3
_WHAT = {"later": "could not be handed over", "refused": "were refused", "in doubt": "are in doubt"}


class Trouble:
    """Counts what went wrong since somebody was last accepted."""

    def __init__(self) -> None:
        self._in_a_row: Counter[str] = Counter()

    def notice(self, outcome: Outcome) -> NewsletterError | None:
        """Why the run should stop after this outcome, or None."""
        if outcome.verdict == "accepted":
            self._in_a_row.clear()
            return None
        self._in_a_row[outcome.verdict] += 1
        self._in_a_row["policy"] += outcome.receipt.about_policy
        if refuses_us(outcome) or self._in_a_row["policy"] >= _SUSPICIOUS:
            return _about_us(outcome.receipt)
        if self._in_a_row[outcome.verdict] >= _STORM[outcome.verdict]:
            return _storm(outcome, self._in_a_row[outcome.verdict])
        return None


def refuses_us(outcome: Outcome) -> bool:
    """Whether it was the sender that was refused: a reply to MAIL knows no recipient yet."""
    return outcome.phase == "MAIL" and outcome.verdict == "refused" and outcome.receipt.code > 0


def _about_us(receipt: Receipt) -> NewsletterError:
    return NotAllowed(
        f"the mail server does not let us send: {receipt}",
        remedy="Nobody was marked as refused for it. Check sender.email and [smtp] in newsletter.toml and "
        "`newsletter login`, or ask whoever runs the server; then send again.",
    )


def _storm(outcome: Outcome, count: int) -> NewsletterError:
    return TryAgain(
        f"{count} messages in a row {_WHAT[outcome.verdict]}, so the run was stopped; "
        f"the last answer was: {outcome.receipt}",
        remedy="When the mail server is well again, send again: it goes on where it stopped.",
    )
