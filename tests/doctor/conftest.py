"""A case to examine: a workspace whose domain a DNS server of our own knows."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence

import pytest
from zones import Zones, zones

from newsletter.config import Workspace, read_config
from newsletter.doctor import Case, Finding
from newsletter.internet import Names

DOMAIN = "linkworkers.test"


@pytest.fixture
def zone() -> Iterator[Zones]:
    with zones() as server:
        yield server


@pytest.fixture
def make_case(workspace: Workspace, zone: Zones, now: dt.datetime) -> Callable[..., Case]:
    """Makes a case; `settings` is TOML that stands in place of the workspace's own, other words go to Case."""

    def make(settings: str = "", **odd: object) -> Case:
        text = (
            settings
            or f'[sender]\nname = "Us"\nemail = "news@{DOMAIN}"\n[smtp]\nhost = "127.0.0.1"\nsecurity = "none"\n'
        )
        placed = Workspace(root=workspace.root, config=read_config(text))
        usual: dict[str, object] = {"now": now, "records": zone.records(), "names": Names()}
        return Case(placed, **(usual | odd))  # type: ignore[arg-type]

    return make


@pytest.fixture
def case(make_case: Callable[..., Case]) -> Case:
    return make_case()


@pytest.fixture
def told() -> Callable[[Sequence[Finding], str], Finding]:
    """The one finding of a check."""

    def one(findings: Sequence[Finding], check: str) -> Finding:
        found = [finding for finding in findings if finding.check == check]
        assert len(found) == 1, findings
        return found[0]

    return one
