"""What making one reader's message costs in CPU time, plain and signed, with 20,000 different people.

python benchmarks/message.py [PEOPLE]
"""

import datetime as dt
import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from newsletter.config import Config, read_config
from newsletter.contacts import Decision
from newsletter.database import create_database
from newsletter.edition import Edition, audience_name, store_edition
from newsletter.outbox import make_dkim_key
from newsletter.outbox.audience import Reach
from newsletter.outbox.delivery import Delivery
from newsletter.outbox.letterhead import letterhead
from newsletter.outbox.mailings import Mailing
from newsletter.outbox.preparing import Press
from newsletter.tokens import Key, opaque_id

ROOT = Path(__file__).parent.parent
NOW = dt.datetime(2026, 11, 22, 9, tzinfo=dt.UTC)
#: The size on the wire in octets -> microseconds beyond the SHA-256 of the message.
LIMITS = {20_000: 25.0, 80_000: 45.0}
#: The same, of readers on two lists, each of whom joined either on days of their own: each reason is written for one.
APART = {20_000: 100.0}
#: The same -> microseconds, all in all, of a message signed with RSA-2048.
SIGNED = {80_000: 360.0}
ROUNDS, BATCH = 10, 16
ONE, BOTH = ("partners",), ("partners", "contributors")
_GIVEN = ["Ada", "Ben", "Chloé", "Siân", "Sam", "Jo", "Mary Ann", "Li", "Priya", "Zoë"]
_FAMILY = ["Lovelace", "O'Brien", "Smith-Jones", "Evans", "Okafor", "García", "Patel", "Brown"]


def main() -> int:
    """The exit code: 1 where a message costs more than its limit."""
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    plain = read_config((ROOT / "newsletter.toml").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        os.environ["NEWSLETTER_SECRETS"] = folder
        signing = plain.model_copy(update={"dkim": plain.dkim.model_copy(update={"domain": "example.org"})})
        make_dkim_key(signing)
        within = [_measure(size, limit, plain, range(people), Path(folder)) for size, limit in LIMITS.items()]
        within += [
            _measure(size, limit, plain, range(people), Path(folder), lists=BOTH)
            for size, limit in APART.items()
        ]
        within += [
            _measure(size, limit, signing, range(people // 4), Path(folder)) for size, limit in SIGNED.items()
        ]
    return int(not all(within))


def _measure(  # noqa: PLR0913  # how large and how quick, from whom to whom, where
    size: int, limit: float, config: Config, people: range, folder: Path, lists: tuple[str, ...] = ONE
) -> bool:
    """Whether the median of the rounds, each of other people, is within the limit."""
    signed = bool(config.dkim.domain)
    db = create_database(folder / f"{size}-{signed}-{len(lists)}.db")
    editions = {audience_name(lists): store_edition(db, _edition(size), NOW)}
    mailing = Mailing(1, "2026-11", "", "running", Reach(lists), letterhead(config), editions, "")
    press = Press(db, mailing, config)
    each = len(people) // ROUNDS
    rounds = [_round(press, db.key, people[start : start + each], lists) for start in people[::each]]
    db.conn.close()
    costs = sorted(taken if signed else taken - hashed for taken, hashed, _ in rounds)
    median = costs[len(costs) // 2]
    what = (
        "signed, all in all"
        if signed
        else f"beyond its SHA-256 of {min(hashed for _, hashed, _ in rounds):.1f} us"
    )
    to = "" if lists == ONE else f" to readers on {len(lists)} lists"
    print(
        f"{rounds[0][2]:6} octets{to}: {median:.1f} us a message {what} (limit {limit:.0f}; best round {costs[0]:.1f}, "
        f"worst {costs[-1]:.1f}); median of {len(costs)} rounds of {each} people"
    )
    return median <= limit


def _round(press: Press, key: Key, numbers: range, lists: tuple[str, ...]) -> tuple[float, float, int]:
    """Microseconds of CPU to prepare a message, those of its SHA-256 alone, octets of a message."""
    taken = hashed = 0.0
    for start in numbers[::BATCH]:
        owed = list(_owed(range(start, min(start + BATCH, numbers.stop)), key, lists))
        began = time.process_time()
        contents = [press.prepare(delivery, decision, NOW).content for delivery, decision in owed]
        taken += time.process_time() - began
        began = time.process_time()
        for content in contents:
            hashlib.sha256(content).hexdigest()
        hashed += time.process_time() - began
    count = len(numbers) / 1e6
    return taken / count, hashed / count, len(contents[0])


def _owed(numbers: range, key: Key, lists: tuple[str, ...]) -> Iterator[tuple[Delivery, Decision]]:
    for number in numbers:
        given = _GIVEN[number % len(_GIVEN)]
        name = f"{given} {_FAMILY[number // 10 % len(_FAMILY)]} {number}"
        email = f"person.{number}@place{number % 90}.example.org"
        since = _joined(number % 700)
        further = tuple((_joined(number * 7 % 1009), "consent") for _ in lists[1:])
        opaque = opaque_id(key, number, 1, f"{number:032x}")
        delivery = Delivery(number, f"{number:032x}", number, lists, "", opaque, 0)
        who = (number, email, f"{number:032x}", name, f"{given}{number}" if number % 3 else "", "en")
        yield delivery, Decision(*who, lists, since, "consent", "", further)


def _joined(days: int) -> str:
    """So many days ago."""
    return (NOW - dt.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _edition(size: int) -> Edition:
    """Text and HTML that come out at about `size` octets, greeting first and the way out last."""
    marker = "NLabcdefghijkl"
    prose = "We met the link workers of the north; “they told us” how they help people who feel alone.\n"
    row = f'<tr><td class="nl-cell" style="padding:0 24px;color:#1f2d32"><p>{prose.strip()}</p></td></tr>\n'
    text = f"{marker}GREETING\n\n{prose * (size // 700)}\n{marker}REASON\nStop: {marker}STOP\n"
    rows = row * (size * 78 // 100 // 185)
    foot = f'<p>{marker}REASON <a href="{marker}STOP">Stop</a></p>'
    html = f"<html><body><p>{marker}GREETING</p><table>{rows}</table>{foot}</body></html>\n"
    return Edition("2026-11", "en", "News of the study, winter", "", html, text, marker)


if __name__ == "__main__":
    sys.exit(main())
