"""Why a run is stopped, said to the operator: what was heard, how often, and what to do now."""

from collections.abc import Mapping

from newsletter.errors import NewsletterError, NotAllowed, TryAgain
from newsletter.outbox.receipt import Receipt

_WHAT = {
    "later": "could not be handed over",
    "refused": "were refused",
    "in doubt": "are in doubt",
    "asked": "were answered with a request for patience",
}
_GO_ON = "send again: it goes on where it stopped."


def refuses_to_send(receipt: Receipt) -> NewsletterError:
    """The server takes nothing from us, whoever it is for."""
    return NotAllowed(
        f"the mail server does not let us send: {receipt}",
        remedy="Nobody was marked as refused for it. Check sender.email and [smtp] in newsletter.toml and "
        f"`newsletter login`, or ask whoever runs the server; then {_GO_ON}",
    )


def over_quota(receipt: Receipt) -> NewsletterError:
    """We have sent as much as the server allows in a day."""
    return TryAgain(
        f"the mail server takes no more from us today: {receipt}",
        remedy=f"Nobody was marked as refused for it. Tomorrow, {_GO_ON} `smtp.rate` in newsletter.toml keeps "
        'below such a limit, such as "10000/day".',
    )


def too_large_for_all(receipt: Receipt) -> NewsletterError:
    """The message is more than the server takes, whoever it is for."""
    return NotAllowed(
        f"the message is too large for the mail server: {receipt}",
        remedy="Nobody was marked as refused for it. Make the pictures of the issue smaller, or ask whoever runs "
        "the server to take more.",
    )


def storm(kind: str, replies: Mapping[str, int], last: Receipt) -> NewsletterError:
    """Too many failures of a kind in a row."""
    return TryAgain(
        f"{sum(replies.values())} messages in a row {_WHAT[kind]} ({_counted(replies)}), so the run was stopped; "
        f"the last answer was: {last}",
        remedy=f"When the mail server is well again, {_GO_ON}",
    )


def mostly_refused(refused: int, heard: int, replies: Mapping[str, int]) -> NewsletterError:
    """More addresses are refused than taken: to go on would harm the sender's name."""
    return TryAgain(
        f"{refused} of the last {heard} messages were refused ({_counted(replies)}), so the run was stopped",
        remedy="Mail servers think ill of whoever writes to many addresses that are none. Look at them with "
        f"`newsletter report`; if you want to go on all the same, {_GO_ON}",
    )


def _counted(replies: Mapping[str, int]) -> str:
    ordered = sorted(replies.items(), key=lambda one: (-one[1], one[0]))
    return ", ".join(f"{number} × {reply or 'no answer'}" for reply, number in ordered[:5])
