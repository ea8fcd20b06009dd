"""The draft of a report to the regulator about a breach, with what a program can fill in (article 33(3))."""

import datetime as dt

from newsletter.config import Config
from newsletter.contacts import said
from newsletter.privacy.breach import WITHIN, Breach

_ENCRYPTED = {
    "yes": "The copy was encrypted. [How, and is the passphrase or key safe? If it surely is, a risk to people may "
    "be unlikely; then the breach is recorded (article 33(5)) and need not be reported.]",
    "no": "The copy was not encrypted: whoever holds it can read it.",
    "unknown": "[Was the disk or the copy encrypted? If so, how, and is the passphrase or key safe?]",
}

_KEY = {
    True: "It is a backup, which holds the workspace's key too.",
    False: "It does not hold the workspace's key.",
}


def draft_of(
    breach: Breach, config: Config, *, aware: dt.datetime, encrypted: str, with_key: bool = False
) -> str:
    """The draft as plain text; what only people know stands in [brackets]. `aware` is told in the
    workspace's time zone; `with_key` where the copy holds the key of the workspace too, as a backup does."""
    by = (aware + WITHIN).astimezone(config.zone)
    known = aware.astimezone(config.zone)
    blocks = (
        "PERSONAL DATA BREACH: DRAFT OF A REPORT TO THE INFORMATION COMMISSIONER'S OFFICE",
        f"Controller: {config.sender.name or '[name]'}. Contact: {config.sender.reply_to or '[address]'}. "
        "Data protection officer: [name, telephone].",
        f"We became aware on {known:%d %B %Y at %H:%M}. To be reported by {by:%d %B %Y at %H:%M} (72 hours, "
        "article 33(1)): https://ico.org.uk/for-organisations/report-a-breach/, telephone 0303 123 1113. What is "
        "not known by then may follow.",
        "1. What happened\n[How the copy was lost or seen, when, how it was noticed.]\n"
        f"{_ENCRYPTED[encrypted]}\n{_KEY[with_key]} It holds no password. "
        f"It holds {breach.barred:,} keyed hashes of addresses that asked not to be written to; without the key "
        "they name nobody.",
        f"2. Whose data, and how much\n{breach.people:,} {'person' if breach.people == 1 else 'people'}, kept from {said(breach.earliest) or '[day]'} to "
        f"{said(breach.latest) or '[day]'}.\n{_lines(breach.kinds)}",
        "   Lists that they are on (the name of a list can itself say something about health):\n"
        + _lines(breach.lists),
        f"   Of special weight:\n{_lines(breach.special)}" + _weight(breach),
        "3. Likely consequences\n[Unwanted or deceptive messages; it becomes known that somebody takes part in the "
        "study; others.]",
        "4. What we have done and will do\n[Asked for the copy back; changed what opens it; told the people concerned, or why not (article 34).]",
    )
    return "\n\n".join(blocks) + "\n"


def _lines(counts: dict[str, int]) -> str:
    told = [f"   {count:>9,}  {kind}" for kind, count in counts.items() if count]
    return "\n".join(told) or "   none"


def _weight(breach: Breach) -> str:
    if not any(breach.special.values()):
        return ""
    return (
        "\n   Taking part in a health study can reveal health: weigh a high risk, and telling the people "
        "concerned (articles 9 and 34)."
    )
