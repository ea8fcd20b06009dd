"""Writes a CSV of made-up people at example.org, always the same for the same number.

python benchmarks/people.py 1000000 people.csv
"""

import csv
import random
import sys
from pathlib import Path

HEADINGS = ("Name", "Email", "Organisation", "Role", "Tags", "Region", "Language", "Consent date")
_GIVEN = (
    "Ada Ben Cleo Dora Emeka Fatima Gwen Hamza Iris João Kofi Lena Mair Noor Olu Priya Siân Tomás Una Zoë"
)
_FAMILY = (
    "Obi Ng Čapková Müller Jones Evans Khan Okafor Silva Novák Byrne Davies Shah Lindqvist Moreau Haddad"
)
_REGIONS = ("North", "South", "East", "West", "Wales", "Scotland", "")
_ROLES = ("partner", "contributor", "contributor", "staff", "funder", "press", "")
_TAGS = ("", "", "north", "practice", "advisor; workshop 2021", "conference")
_LANGUAGES = ("", "", "", "en", "cy")


def write_people(path: Path, count: int) -> None:
    """`count` people under HEADINGS, every address another one."""
    chance = random.Random(7)  # noqa: S311  # made-up people, not secrets
    given, family = _GIVEN.split(), _FAMILY.split()
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        for number in range(count):
            first, last = chance.choice(given), f"{chance.choice(family)} {chance.randrange(10_000)}"
            mark = f"{chance.randrange(16**6):06x}"
            writer.writerow(
                (
                    f"{first} {last}",
                    f"{first.lower().encode('ascii', 'ignore').decode()}.{mark}.{number}@d{number % 500}.example.org",
                    f"Practice {chance.randrange(2000)}" if number % 3 else "",
                    chance.choice(_ROLES),
                    chance.choice(_TAGS),
                    chance.choice(_REGIONS),
                    chance.choice(_LANGUAGES),
                    f"{chance.randrange(2018, 2022)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}",
                )
            )


if __name__ == "__main__":
    write_people(Path(sys.argv[2]), int(sys.argv[1]))
