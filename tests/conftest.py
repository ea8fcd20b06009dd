"""What every test stands on: a home of its own, a workspace, a database, and the standing cast."""

import datetime as dt
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from dovecot import Dovecot, NoDovecot, dovecot
from samples import CONTRIBUTORS, PARTNERS, SENDER, environment

from newsletter.config import Workspace, read_workspace
from newsletter.database import Database, create_database
from newsletter.database.unpacking import unpack

NOW = dt.datetime(2022, 9, 30, 9, 0, tzinfo=dt.UTC)

SETTINGS = f"""\
timezone = "Europe/London"
max_recipients = 2000

{SENDER}
[smtp]
host = "127.0.0.1"
port = 2525
security = "none"

{PARTNERS}
{CONTRIBUTORS}"""


#: The folders whose files take longest, since they start processes, browsers and mail servers.
_FIRST = ("system", "outbox", "preview", "browse", "checks", "cli")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest: begun last, one long file would keep all but one processor idle."""
    place = {name: number for number, name in enumerate(_FIRST)}
    items.sort(key=lambda item: place.get(item.path.parent.name, len(place)))


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder of the test's own, so that no key or note of the user's is read or written."""
    folder = tmp_path_factory.mktemp("home")
    for name, value in environment(folder).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NEWSLETTER_WORKSPACE", raising=False)
    return folder


@pytest.fixture(autouse=True)
def in_haste(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commits of this process do not wait for the disk, unless a test is marked `durable`; its commands' do."""
    if request.node.get_closest_marker("durable") is None:
        monkeypatch.setattr("newsletter.database.opening._SYNCHRONOUS", "OFF")


@pytest.fixture
def now() -> dt.datetime:
    return NOW


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace's folder with settings and the usual folders, without a database."""
    root = tmp_path / "study"
    for name in ("issues", "templates", "consent"):
        (root / name).mkdir(parents=True)
    (root / "newsletter.toml").write_text(SETTINGS, encoding="utf-8")
    return root


@pytest.fixture
def workspace(folder: Path) -> Workspace:
    return read_workspace(folder)


@pytest.fixture
def db(workspace: Workspace) -> Iterator[Database]:
    """A fresh, empty contacts.db in the workspace."""
    database = create_database(workspace.database)
    with closing(database.conn):
        yield database


@pytest.fixture(scope="session")
def dovecot_server() -> Iterator[Dovecot]:
    """A real IMAP server, one for all tests; skips where this machine has none."""
    try:
        with dovecot() as made:
            yield made
    except NoDovecot as why:
        pytest.skip(str(why))


@pytest.fixture(scope="session")
def axe(request: pytest.FixtureRequest) -> str:
    """The source of axe-core, fetched once by npm and kept in pytest's cache."""
    npm, cache = shutil.which("npm"), request.config.cache
    if npm is None or cache is None:
        pytest.skip("npm is not installed here, which brings axe-core")
    folder = Path(cache.mkdir("axe-core"))
    if not (folder / "package" / "axe.min.js").is_file():
        got = subprocess.run(
            [npm, "pack", "axe-core@4.10.3", "--silent"],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=120,
        )
        if got.returncode:
            pytest.skip(f"npm cannot fetch axe-core here: {got.stderr.strip()[:200]}")
        with tarfile.open(folder / got.stdout.split()[-1]) as archive:
            unpack(archive, folder)
    return (folder / "package" / "axe.min.js").read_text(encoding="utf-8")
