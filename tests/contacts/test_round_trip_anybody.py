"""Whatever people are called and whatever they agreed to, they come back from an export as they were."""

import datetime as dt
import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from trips import KINDS, LISTS, NOW, database_in, event, exported, imported, people_in

from newsletter.contacts import NewContact, add_contact, decide, record_consent, verify_ledger
from newsletter.database import Database

_BLANKS = " \t\u00a0"
_PLAIN = st.characters(exclude_categories=["Cc", "Cs", "Cn", "Zl", "Zp"], include_characters="=+-@'\"\\;|,")
_TEXT = st.text(_PLAIN, max_size=20) | st.sampled_from(
    ["=1+1", "'=x", "''+", "-", "+44 1865", "@me", "a;b|c,d"]
)
_LINES = st.lists(_TEXT, max_size=3).map("\n".join)
_DAY = st.dates(dt.date(2015, 1, 1), dt.date(2022, 9, 1)).map(dt.date.isoformat)
_ENTRY = st.tuples(
    st.sampled_from(["partners", "contributors"]),
    st.sampled_from(["given", "withdrawn", "expired", "refreshed"]),
    st.sampled_from(["consent", "legitimate-interests", "unknown"]),
    _DAY,
    st.sampled_from(["paper", "web", "double-opt-in"]),
)
_SOMEBODY = st.fixed_dictionaries(
    {
        "name": _TEXT,
        "given_name": _TEXT,
        "organisations": st.lists(_TEXT, max_size=3).map(tuple),
        "position": _TEXT,
        "tags": st.lists(_TEXT, max_size=3).map(tuple),
        "postal_address": _LINES,
        "notes": _LINES,
        "format": st.sampled_from(["html", "text", "print", "large-print"]),
        "stop": st.sampled_from(["", "deceased", "left-study"]),
        "paused_until": st.just("") | _DAY,
    }
)
_PEOPLE = st.lists(
    st.tuples(
        _SOMEBODY,
        st.lists(st.tuples(_TEXT, st.just("") | _DAY, st.just("") | _DAY), max_size=3),
        st.dictionaries(st.sampled_from(["region", "profession", "Größe"]), _TEXT, max_size=3),
        st.lists(_ENTRY, max_size=4),
    ),
    max_size=4,
)


def _add(db: Database, number: int, person: Any) -> None:
    about, roles, fields, entries = person
    one = add_contact(db, NewContact(email=f"p{number}@example.org", **about), NOW)
    db.conn.executemany(
        "INSERT OR IGNORE INTO contact_roles VALUES (?, ?, ?, ?)",
        [(one, kept, since, until) for text, since, until in roles if (kept := text.strip(_BLANKS))],
    )
    db.conn.executemany(
        "INSERT INTO contact_fields VALUES (?, ?, ?)",
        [(one, field, kept) for field, text in fields.items() if (kept := text.strip(_BLANKS))],
    )
    for place, (name, action, basis, day, channel) in enumerate(entries):
        begun = [entry[0] for entry in entries[:place] if entry[1] == "given"]
        if action in ("refreshed", "expired") and name not in begun:
            continue  # there is nothing to refresh or to end
        record_consent(db, event(one, name, action, basis=basis, effective_at=day, channel=channel), NOW)


@settings(
    max_examples=12,
    deadline=None,
    phases=[
        Phase.explicit,
        Phase.reuse,
        Phase.generate,
    ],  # to shrink takes minutes: each example is two databases
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(people=_PEOPLE, kind=st.sampled_from(KINDS))
def test_whatever_people_are_called_they_come_back(folder: Path, people: Any, kind: str) -> None:
    with (
        tempfile.TemporaryDirectory(dir=folder) as scratch,
        database_in(Path(scratch), "one") as here,
        database_in(Path(scratch), "two") as there,
    ):
        for number, person in enumerate(people):
            _add(here, number, person)
        imported(there, exported(here, kind, Path(scratch)), folder)
        before, after = people_in(here), people_in(there)
        for is_now, was in zip(map(_standing_apart, after), map(_standing_apart, before), strict=True):
            assert {name: (part, was[name]) for name, part in is_now.items() if part != was[name]} == {}
        for db in (here, there):
            assert verify_ledger(db) is None
        told = [
            sorted((one.email, one.lists, one.reason) for one in decide(db, LISTS, NOW))
            for db in (here, there)
        ]
        assert told[0] == told[1]


def _standing_apart(person: str) -> dict[str, Any]:
    """Without the channel of a confirmed or ended consent: 'double-opt-in' would wait for a click again."""
    found: dict[str, Any] = json.loads(person)
    found["standing"] = [[*one[:5], *one[6:]] for one in found["standing"]]
    return found
