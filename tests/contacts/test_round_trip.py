"""An export read into an empty workspace gives the same people: nothing lost, no consent more than it was."""

import csv
import datetime as dt
import io
import json
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from newsletter.contacts import EXPORT_WRITERS as WRITERS
from newsletter.contacts import (
    ConsentEvent,
    ImportOrder,
    NewContact,
    Plan,
    Selection,
    add_contact,
    apply_import,
    decide,
    export_people,
    find_suppression,
    headings_with,
    own_fields,
    plan_import,
    record_consent,
    record_wording,
    suppress_address,
    verify_ledger,
)
from newsletter.contacts.images import images_of
from newsletter.database import Database, create_database
from newsletter.errors import InputError

NOW = dt.datetime(2022, 9, 30, 9, 0, tzinfo=dt.UTC)
KINDS = ("csv", "xlsx", "json")
LISTS = ("partners", "contributors")
BLANKS = " \t\u00a0"


def exported(db: Database, kind: str, path: Path) -> Path:
    file = io.BytesIO()
    WRITERS[kind](export_people(db, Selection(), NOW), headings_with(own_fields(db)), file)
    found = path / f"people.{kind}"
    found.write_bytes(file.getvalue())
    return found


def planned(db: Database, path: Path, root: Path, **odd: Any) -> Plan:
    order = ImportOrder(path=path, root=root, recorder="tester", today=NOW.date(), **odd)
    return plan_import(db, order, NOW)


def imported(db: Database, path: Path, root: Path, **odd: Any) -> dict[str, int]:
    plan = planned(db, path, root, **odd)
    try:
        assert plan.problems() == []
        return apply_import(db, plan, NOW).counts()
    finally:
        plan.close()


def people_in(db: Database) -> list[str]:
    """Everybody as they are kept, with where they stand and what is suppressed, without what differs by place."""
    ids = [row[0] for row in db.conn.execute("SELECT id FROM contacts")]
    names = dict(db.conn.execute("SELECT id, name FROM organisations").fetchall())
    found = []
    for number, image in images_of(db, ids).items():
        standing = db.conn.execute(
            "SELECT s.list, s.state, s.basis, s.since, s.expires_at, e.channel, d.detail, e.wording_digest "
            "FROM subscriptions s JOIN consents e USING (sequence) JOIN consent_details d USING (sequence) "
            "WHERE s.contact_id = ? AND s.state <> 'none' ORDER BY s.list",
            (number,),
        )
        image["standing"] = [[*row[:6], json.loads(row[6])["source"], row[7]] for row in standing]
        image["addresses"] = sorted([one[0], one[1], one[3]] for one in image["addresses"])  # type: ignore[attr-defined]
        image["contact_organisations"] = sorted(
            [names[one[0]], one[1]]
            for one in image["contact_organisations"]  # type: ignore[attr-defined]
        )
        image["suppressed"] = [
            list(row)
            for row in db.conn.execute(
                "SELECT a.email, x.reason FROM addresses a JOIN suppressions x USING (address_key) "
                "WHERE a.contact_id = ? ORDER BY a.email",
                (number,),
            )
        ]
        found.append(json.dumps(image, sort_keys=True))
    return sorted(found)


@pytest.fixture
def root(folder: Path) -> Path:
    return folder


@contextmanager
def workspace(folder: Path, name: str) -> Iterator[Database]:
    """An empty database with the usual lists, in a folder of its own."""
    (folder / name).mkdir()
    database = create_database(folder / name / "contacts.db")
    with closing(database.conn):
        for known in LISTS:
            database.conn.execute("INSERT INTO lists VALUES (?, ?, '2022-01-01')", (known, known.title()))
        yield database


def event(contact_id: int, name: str, kind: str, **odd: Any) -> ConsentEvent:
    usual = {"basis": "consent", "effective_at": "2022-06-14", "channel": "paper", "recorder": "tester"}
    return ConsentEvent(contact_id, name, kind, **(usual | {"detail": {"source": "sign-up sheet"}} | odd))


def cast(db: Database) -> dict[str, int]:
    """Everybody who is odd in some way."""
    ids = {
        name: add_contact(db, contact, NOW)
        for name, contact in {
            "ada": NewContact(
                email="ada@example.org",
                name='=HYPERLINK("x")',
                given_name="@Ada",
                other_emails=("+44@example.org", "ada@new.example.org"),
                organisations=("Museum; Art | Craft", "-Board (North)"),
                tags=("a, b", "+44 1865 289300", "'-"),
                postal_address="1 Example Street\n\tExampleton\nEX1 1EX",
                notes='"Quoted", and\n\n-a line\twith a tab',
                language="zh-Hant",
                format="large-print",
                subscriber="corporate",
                paused_until="2023-01-01",
            ),
            "ben": NewContact(email="ben@example.org", name="Ben Ng", roles=("Partner (old)",)),
            "cleo": NewContact(name="Cleo without an address", stop="do-not-contact"),
            "dee": NewContact(email="shared@example.org", name="Dee"),
            "eve": NewContact(email="shared@example.org", name="Eve", format="print"),
            "flo": NewContact(email="flo@bücher.example.org", name="Flo"),
            "gus": NewContact(email="gus@example.org"),
        }.items()
    }
    db.conn.execute("UPDATE contact_organisations SET position = '=Curator\u00a0(acting)' WHERE rowid = 1")
    db.conn.executemany(
        "INSERT INTO contact_roles VALUES (?, ?, ?, ?)",
        [
            (ids["ada"], "staff", "2019-01-01", "2020-01-01"),
            (ids["ada"], "staff", "2021-01-01", ""),
            (ids["ada"], "funder", "", "2022-01-01"),
        ],
    )
    db.conn.executemany(
        "INSERT INTO contact_fields VALUES (?, ?, ?)",
        [(ids["ada"], "region", "=North"), (ids["ben"], "profession", "nurse")],
    )
    db.conn.execute("UPDATE contacts SET created_at = '2020-05-06T07:08:09Z' WHERE id = ?", (ids["ada"],))
    record_consent(db, event(ids["ada"], "partners", "given", expires_at="2030-01-01"), NOW)
    record_consent(db, event(ids["ada"], "contributors", "given", basis="unknown"), NOW)
    record_consent(db, event(ids["ben"], "partners", "given", basis="legitimate-interests"), NOW)
    record_consent(
        db,
        event(ids["ben"], "partners", "withdrawn", basis="legitimate-interests", effective_at="2022-07-01"),
        NOW,
    )
    record_consent(db, event(ids["dee"], "partners", "given", channel="double-opt-in"), NOW)
    record_consent(db, event(ids["eve"], "partners", "given", effective_at="2022-01-01"), NOW)
    record_consent(db, event(ids["eve"], "partners", "expired", effective_at="2022-08-01"), NOW)
    record_consent(db, event(ids["flo"], "partners", "given"), NOW)
    suppress_address(db, "flo@bücher.example.org", "complaint", "tester", NOW)
    return ids


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_and_nothing_of_anybody_is_lost(root: Path, tmp_path: Path, kind: str) -> None:
    with workspace(root, "one") as here, workspace(root, "two") as there:
        cast(here)
        path = exported(here, kind, tmp_path)
        counts = imported(there, path, root)
        assert (counts["added"], counts["rejected"]) == (7, 0)
        assert people_in(there) == people_in(here)
        assert verify_ledger(there) is None
        again = imported(there, path, root)
        assert (again["added"], again["changed"], again["consents"], again["withdrawals"]) == (0, 0, 0, 0)
        back = imported(here, path, root)
        assert (back["added"], back["changed"]) == (0, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_may_be_written_to_who_might_not_be_before(root: Path, tmp_path: Path, kind: str) -> None:
    with workspace(root, "one") as here, workspace(root, "two") as there:
        cast(here)
        imported(there, exported(here, kind, tmp_path), root)
        for day in (NOW, NOW.replace(year=2031)):
            told = [
                sorted(
                    (one.email, one.name, one.reason, one.basis, one.since) for one in decide(db, LISTS, day)
                )
                for db in (here, there)
            ]
            assert told[0] == told[1]
        reasons = {one.name: one.reason for one in decide(there, LISTS, NOW)}
        assert reasons["Ben Ng"] == "withdrawn"
        assert reasons["Dee"] == "unconfirmed"
        assert reasons["Eve"] == "expired"
        assert reasons["Flo"] == "suppressed"


def test_a_withdrawal_that_is_known_here_outlives_an_older_export(root: Path, tmp_path: Path) -> None:
    with workspace(root, "one") as here:
        ids = cast(here)
        path = exported(here, "csv", tmp_path)
        record_consent(here, event(ids["ada"], "partners", "withdrawn", effective_at="2022-09-01"), NOW)
        here.conn.execute("DELETE FROM contact_roles WHERE role = 'funder'")
        counts = imported(here, path, root)
        assert (counts["changed"], counts["consents"]) == (1, 0)
        ended = here.conn.execute("SELECT until FROM contact_roles WHERE role = 'funder'").fetchall()
        assert [row[0] for row in ended] == ["2022-01-01"], "an ended role does not come back to life"
        assert next(decide(here, ["partners"], NOW, ids["ada"])).reason != ""


@pytest.mark.parametrize("kind", KINDS)
def test_what_must_not_be_written_to_is_learned_of_people_who_are_here_too(
    root: Path, tmp_path: Path, kind: str
) -> None:
    with workspace(tmp_path, "one") as here, workspace(tmp_path, "two") as there:
        for db in (here, there):
            for name in ("ada", "ben"):
                person = NewContact(
                    email=f"{name}@example.org", name=name, other_emails=(f"{name}@old.example",)
                )
                record_consent(db, event(add_contact(db, person, NOW), "partners", "given"), NOW)
        suppress_address(here, "ada@example.org", "request", "tester", NOW)
        suppress_address(here, "ben@old.example", "bounced", "tester", NOW)
        here.conn.execute("UPDATE contacts SET paused_until = '2030-01-01' WHERE name = 'ben'")
        found = exported(here, kind, tmp_path)
        assert imported(there, found, root)["changed"] == 2
        assert {one.email: one.reason for one in decide(there, LISTS, NOW)} == {
            "ada@example.org": "suppressed",
            "ben@example.org": "paused",
        }
        assert find_suppression(there, "ben@old.example") is not None
        assert imported(there, found, root)["changed"] == 0


def test_no_cell_of_a_table_is_a_formula(root: Path, tmp_path: Path) -> None:
    with workspace(root, "one") as here:
        cast(here)
        text = exported(here, "csv", tmp_path).read_bytes().decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text, newline="")))
        sheet = load_workbook(exported(here, "xlsx", tmp_path)).active
    assert sheet is not None
    cells = [cell for row in rows for cell in row]
    cells += [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert [cell for cell in cells if cell[:1] in set("=+-@\t\r")] == []
    assert '\'=HYPERLINK("x")' in cells
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "inlineStr"}


def test_a_wording_that_lies_here_too_is_named_and_another_one_is_kept_beside(
    root: Path, tmp_path: Path
) -> None:
    wording = root / "consent" / "partners-v1.md"
    wording.write_text("I agree to get news.", encoding="utf-8")
    with workspace(root, "one") as here, workspace(root, "two") as there, workspace(root, "three") as third:
        ada = add_contact(here, NewContact(email="ada@example.org"), NOW)
        (root / "one" / "first.md").write_text("I agree to get news.", encoding="utf-8")
        digest = record_wording(here, root / "one" / "first.md", NOW)
        here.conn.execute("UPDATE wordings SET name = 'partners-v1.md'")
        record_consent(here, event(ada, "partners", "given", wording_digest=digest), NOW)
        path = exported(here, "csv", tmp_path)
        imported(there, path, root)
        assert there.conn.execute("SELECT wording_digest FROM consents").fetchone()[0] == digest
        wording.write_text("Something else.", encoding="utf-8")
        imported(third, path, root)
        row = third.conn.execute(
            "SELECT wording_digest, detail FROM consents JOIN consent_details USING (sequence)"
        )
        kept, detail = row.fetchone()
        assert (kept, json.loads(detail)["wording"]) == ("", f"partners-v1.md {digest}")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("2022-06-14", "2052-06-14", "in the future"),
        ("given", "perhaps", "standing: 'perhaps'"),
        ("\n", ",x\n", "fields"),
        ("partners", "partnrs", "did you mean 'partners'"),
        ("consent", "consnt", "basis: 'consnt'"),
        ("ada@example.org", "ada@@example.org", "ada@@example.org"),
    ],
)
def test_what_was_spoilt_in_the_file_is_rejected_with_its_line(
    root: Path, tmp_path: Path, old: str, new: str, said: str
) -> None:
    with workspace(root, "one") as here, workspace(root, "two") as there:
        ada = add_contact(here, NewContact(email="ada@example.org", name="Ada"), NOW)
        record_consent(here, event(ada, "partners", "given"), NOW)
        path = exported(here, "csv", tmp_path)
        head, _, row = path.read_text(encoding="utf-8").partition("\n")
        path.write_text(f"{head}\n{row.replace(old, new, 1)}", encoding="utf-8")
        plan = planned(there, path, root)
        assert len(plan.problems()) == 1
        assert said in str(plan.problems()[0])
        assert plan.problems()[0].line == 2
        plan.close()


def test_options_that_would_overrule_the_file_are_refused(root: Path, tmp_path: Path) -> None:
    with workspace(root, "one") as here:
        cast(here)
        with pytest.raises(InputError, match="says itself who agreed"):
            planned(here, exported(here, "json", tmp_path), root, lists=("partners",))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda text: text[: len(text) // 2], "no JSON|cut"),
        (lambda text: text.replace("]}", ""), "cut"),
        (lambda text: text.replace('"organisations": [{', '"organisations": [7, {'), "not written as"),
        (lambda text: '{"newsletter": ' + "[" * 100_000, "no JSON"),
    ],
)
def test_a_spoilt_json_file_is_refused(root: Path, tmp_path: Path, spoil: Any, said: str) -> None:
    with workspace(root, "one") as here:
        cast(here)
        path = exported(here, "json", tmp_path)
        path.write_text(spoil(path.read_text(encoding="utf-8")), encoding="utf-8")
        with pytest.raises(InputError, match=said):
            planned(here, path, root)


def test_json_laid_out_anew_is_read_all_the_same(root: Path, tmp_path: Path) -> None:
    with workspace(root, "one") as here, workspace(root, "two") as there:
        cast(here)
        path = exported(here, "json", tmp_path)
        path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")), indent=2), encoding="utf-8")
        imported(there, path, root)
        assert people_in(there) == people_in(here)


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
def test_whatever_people_are_called_they_come_back(root: Path, people: Any, kind: str) -> None:
    with (
        tempfile.TemporaryDirectory(dir=root) as scratch,
        workspace(Path(scratch), "one") as here,
        workspace(Path(scratch), "two") as there,
    ):
        for number, (about, roles, fields, entries) in enumerate(people):
            one = add_contact(here, NewContact(email=f"p{number}@example.org", **about), NOW)
            here.conn.executemany(
                "INSERT OR IGNORE INTO contact_roles VALUES (?, ?, ?, ?)",
                [(one, kept, since, until) for text, since, until in roles if (kept := text.strip(BLANKS))],
            )
            here.conn.executemany(
                "INSERT INTO contact_fields VALUES (?, ?, ?)",
                [(one, field, kept) for field, text in fields.items() if (kept := text.strip(BLANKS))],
            )
            for place, (name, action, basis, day, channel) in enumerate(entries):
                begun = [entry[0] for entry in entries[:place] if entry[1] == "given"]
                if action in ("refreshed", "expired") and name not in begun:
                    continue  # there is nothing to refresh or to end
                record_consent(
                    here, event(one, name, action, basis=basis, effective_at=day, channel=channel), NOW
                )
        imported(there, exported(here, kind, Path(scratch)), root)
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
