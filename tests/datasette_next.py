"""What breaks in the browser's pages on the newest pre-release of Datasette; `make datasette-next` runs it.

It says so and fails nothing: the package keeps to the line that it was made for. The pre-release goes
into an environment of its own, laid over the project's, which it leaves as it is.
"""

import datetime as dt
import logging
import os
import re
import subprocess
import sys
import tempfile
import venv
from itertools import product
from pathlib import Path

ROOT = Path(__file__).parent.parent
PLACE = ROOT / "build" / "datasette-next"
NOW = dt.datetime(2022, 9, 25, 9, 0, tzinfo=dt.UTC)
#: What stands in the addresses of our own pages, in place of each part that changes; forms are all of them.
PARTS = {"mailing": ("1",), "organisation_id": ("1",), "contact_id": ("11",)}
NONE = "/no/such/page"
#: Beside our own pages, the tables and the forms: searches, filters, rows and data as Datasette has them.
OTHERS = (
    *("/find?q=ada", "/contacts", "/contacts/people?_list=partners", "/contacts/people?_search=okaf"),
    *("/contacts/who_gets_the_next_issue?why_not=left+the+list", "/contacts/contacts/11"),
    *("/contacts/contacts.json", "/contacts/people.csv", NONE),
)


def addresses() -> list[str]:
    """Every address that is asked for: each route of ours, each form, each table that has a page, and others."""
    from newsletter.browse.forms import FORMS
    from newsletter.browse.pages import ROUTES
    from newsletter.browse.tables import PAGES

    parts = PARTS | {"form": tuple(FORMS)}
    own = [address for pattern, _ in ROUTES for address in _addresses_of(pattern, parts)]
    return list(dict.fromkeys([*own, *(f"/contacts/{name}" for name in PAGES), *OTHERS]))


def _addresses_of(pattern: str, parts: dict[str, tuple[str, ...]]) -> list[str]:
    # Text and names of parts take turns.
    pieces = re.split(r"\(\?P<(\w+)>[^)]*\)", pattern.strip("^$").replace("\\.", "."))
    choices = [parts[piece] if number % 2 else (piece,) for number, piece in enumerate(pieces)]
    return ["".join(chosen) for chosen in product(*choices)]


def main() -> int:
    """Make the environment where there is none, and look from inside it."""
    python = PLACE / "bin" / "python"
    if not python.exists():
        venv.create(PLACE, with_pip=True)
    subprocess.run(
        [python, "-m", "pip", "install", "-q", "--pre", "--upgrade", "datasette>=1.0a0"], check=True
    )
    site = next(PLACE.glob("lib/python*/site-packages"))
    beneath = next(Path(sys.prefix).glob("lib/python*/site-packages"))
    (site / "zz-project.pth").write_text(
        f"{beneath}\n{ROOT}\n{ROOT / 'tests' / 'browse'}\n{ROOT / 'tests'}\n"
    )
    subprocess.run([python, __file__, "--inside"], check=False)
    return 0


def inside() -> int:
    """Ask for every page, as the one who logged in and as a stranger; print what does not answer as it should."""
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as scratch:
        os.environ |= {
            "HOME": scratch,
            "NEWSLETTER_SECRETS": f"{scratch}/secrets",
            "XDG_STATE_HOME": f"{scratch}/state",
        }
        import datasette

        sys.stdout.write(f"Datasette {datasette.__version__}\n")
        try:
            broken = look(Path(scratch))
        except Exception as error:  # whatever a coming version does is what is to be told
            sys.stdout.write(f"nothing works: {type(error).__name__}: {error}\n")
            return 0
    asked = 2 * len(addresses())
    sys.stdout.write(f"{asked - len(broken)} of {asked} answers are as they should be\n")
    for line in broken:
        sys.stdout.write(f"  {line}\n")
    return 0


def look(scratch: Path) -> list[str]:
    """What does not answer as it should."""
    from conftest import SETTINGS
    from looking import HOST, Cast, asking, standing_cast

    from newsletter.browse.server import guarded_browser
    from newsletter.config import read_workspace
    from newsletter.database import create_database

    (scratch / "newsletter.toml").write_text(SETTINGS, encoding="utf-8")
    workspace = read_workspace(scratch)
    standing_cast(Cast(create_database(workspace.database)))
    browser, app = guarded_browser(workspace, lambda: NOW, HOST)
    signed = browser.sign({"a": {"id": "root"}}, "actor")
    broken = []
    for address in addresses():
        wanted = 404 if address == NONE else 200
        for who, cookies, right in (
            ("one who logged in", {"ds_actor": signed}, wanted),
            ("a stranger", None, 403),
        ):
            try:
                answer = asking(app, cookies)(address)
                if answer.status_code != right:
                    said = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text.partition("<main")[2]))[
                        :140
                    ]
                    broken.append(f"{address} to {who}: {answer.status_code}, not {right}:{said}")
            except Exception as error:  # as above
                broken.append(f"{address} to {who}: {type(error).__name__}: {str(error)[:140]}")
    return broken


if __name__ == "__main__":
    sys.exit(inside() if "--inside" in sys.argv else main())
