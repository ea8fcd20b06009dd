"""Files as they are found in the wild are read right, or refused with line and reason."""

import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.contacts import (
    ImportOrder,
    apply_import,
    contact_card,
    find_contacts,
    plan_import,
)
from newsletter.contacts.transfer.source import inspect_file, read_rows
from newsletter.errors import InputError

SAMPLES = Path(__file__).parent.parent / "data" / "csv"
CORPORA = Path(__file__).parent.parent.parent.parent / "shared" / "corpora"
needs_corpora = pytest.mark.skipif(not CORPORA.is_dir(), reason=f"{CORPORA} is not on this machine")


@pytest.fixture
def plan(people_db, order, folder, now):
    """Plan the import of a sample, or of a text written to a file."""

    def make(name, data=None, **odd):
        path = SAMPLES / name
        if data is not None:
            path = folder / name
            path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return plan_import(people_db, replace(order, path=path, **odd), now)

    return make


def people(plan):
    return [(p.contact.name, p.address.email) for p in plan.people()]


@pytest.mark.parametrize(
    "name",
    [
        "utf-8-bom-crlf.csv",
        "utf-16-le.csv",
        "utf-16-be.csv",
        "old-mac-line-ends.csv",
        "tabs.csv",
        "pipes.csv",
        "excel-sep-line.csv",
        "title-above-headings.csv",
    ],
)
def test_the_same_people_come_out_of_every_shape(plan, name):
    found = plan(name)
    assert people(found) == [("Ada Čapková", "ada@example.org"), ("Ben Obi", "ben@example.org")]
    assert next(found.people()).contact.organisations == ("Exampleton Museum",)
    assert not list(found.rejected())


def test_utf_16_is_known_without_its_mark(plan):
    assert people(plan("utf-16-le-no-mark.csv"))[0] == ("Ada Capková", "ada@example.org")


def test_semicolons_windows_1252_and_german_headings_are_read_and_the_guess_is_told(plan):
    found = plan("semicolons-windows-1252.csv")
    assert people(found) == [("Zoë Müller", "zoe@example.org"), ("José Peña", "jose@example.org")]
    assert next(found.people()).contact.given_name == "Zoë"
    assert found.columns.ignored == ("Telefon",)
    assert "Windows-1252" in found.notes[0]


def test_quoted_line_breaks_and_quotes_come_out_as_they_went_in(plan):
    [ada] = plan("quoted-newlines.csv").people()
    assert ada.contact.name == "Obi, Ada"
    assert ada.contact.postal_address == "1 Street\nTown"
    assert ada.contact.notes == 'said "yes"\nto all'


def test_a_plain_list_of_addresses_is_understood(plan):
    found = plan("only-addresses.csv")
    assert [p.line for p in found.people()] == [1, 2]
    assert "without headings" in found.notes[0]


def test_rows_may_say_list_basis_date_source_and_end_themselves(plan):
    found = plan("consent-per-row.csv", lists=(), basis="", source="", given_on="")
    ada, ben, cleo = (list(person.given.values()) for person in found.people())
    assert [(g.list, g.basis, g.effective_at, g.expires_at) for g in ada] == [
        ("partners", "consent", "2022-06-14", "2030-06-14"),
        ("contributors", "consent", "2022-06-14", "2030-06-14"),
    ]
    assert [(g.list, g.basis, g.effective_at, g.source) for g in ben] == [
        ("contributors", "public-task", "2022-02-01", "funder's list")
    ]
    assert [(g.basis, g.effective_at) for g in cleo] == [("unknown", "2022-09-30")]


def test_every_bad_line_is_named_with_its_number_field_and_reason(plan):
    found = plan("bad-lines-of-every-kind.csv", lists=(), basis="", source="", given_on="")
    assert [(p.line, p.field) for p in found.problems()] == [
        (3, "email"),
        (4, "email"),
        (5, "list"),
        (6, "basis"),
        (7, "basis"),
        (8, "given on"),
        (9, "given on"),
        (10, "given on"),
        (11, "source"),
        (12, "language"),
        (13, "format"),
        (14, "name"),
        (16, "email"),
    ]
    assert people(found) == [("Good", "good@example.org")]


def test_short_rows_end_early_and_long_ones_are_rejected_unless_only_blanks_stick_out(plan):
    found = plan("ragged.csv")
    assert [p.line for p in found.problems()] == [4]
    assert [name for name, _ in people(found)] == ["Ada", "Ben", "Dora"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("quote-never-closed.csv", "quote-never-closed.csv:3: a quote is opened here and never closed"),
        ("quote-inside-quotes.csv", "quote-inside-quotes.csv:2: the quotes have gone wrong"),
        ("nul-byte.csv", "nul-byte.csv:2: there is a NUL byte in column 4"),
        ("no-headings.csv", "holds an address where the headings should be"),
        ("no-address-column.csv", "no heading says that its column holds email addresses"),
        ("two-address-columns.csv", "both mean 'email'"),
        ("empty.csv", "is empty"),
        ("blank-lines-only.csv", "is empty"),
        ("excel-workbook.csv", "Excel"),
        ("absent.csv", "no such file"),
        (".", "this is a folder"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_place_and_the_mend(plan, name, said):
    with pytest.raises(InputError) as caught:
        plan(name)
    assert said in str(caught.value)


def test_a_field_of_ten_megabytes_is_refused_with_its_line(plan):
    for field in (b'"' + b"x\n" * 5_000_000 + b'"', b"x" * 10_000_000):
        with pytest.raises(InputError, match=r"large.csv:2: .*longer than"):
            plan("large.csv", b"email,notes\na@example.org," + field + b"\n")


def test_a_thousand_columns_are_passed_over(plan):
    heads = ",".join(f"c{n}" for n in range(1000))
    found = plan("wide.csv", f"{heads},email\n{',' * 1000}ada@example.org\n")
    assert people(found) == [("", "ada@example.org")]
    assert len(found.columns.ignored) == 1000


def test_text_that_is_neither_utf_8_nor_windows_1252_is_refused_with_its_line(plan):
    with pytest.raises(InputError, match=r"odd.csv:\d+: this is not"):
        plan("odd.csv", b"name,email\nA\x81\xe9,ada@example.org\n")


def test_half_a_file_in_utf_8_is_read_as_windows_1252_and_said(plan):
    assert "look whether accents" in plan("half-utf-8.csv").notes[0]


def test_one_heading_in_any_case_and_with_blanks_is_enough(plan):
    for heading in ("EMAIL", " e-mail ", "E_Mail Address", "Your email address", "E-mail 1 - Value"):
        assert people(plan("x.csv", f"{heading}\nada@example.org\n")) == [("", "ada@example.org")]


# --- material that no one here wrote -------------------------------------------------------------


@needs_corpora
@pytest.mark.parametrize("path", sorted((CORPORA / "csv").rglob("*.csv")), ids=lambda path: path.name)
def test_csv_from_elsewhere_is_read_or_refused_and_changes_nothing(people_db, folder, now, path):
    order = ImportOrder(path=path, root=folder, recorder="tester", today=now.date())
    before = people_db.conn.total_changes
    with suppress(InputError):
        plan_import(people_db, order, now)
    assert people_db.conn.total_changes == before


@needs_corpora
@pytest.mark.parametrize(
    "path", sorted((CORPORA / "csv" / "csv-spectrum").glob("*.json")), ids=lambda path: path.name
)
def test_csv_spectrum_is_read_as_its_answers_say(path):
    source = path.with_suffix(".csv")
    if not source.is_file():
        pytest.skip(f"{source.name} is not among the files that were shared")
    heads, *rows = [cells for _, cells in read_rows(inspect_file(source), ",")]
    answers = json.loads(path.read_text(encoding="utf-8"))
    # Blanks behind a comma are dropped, as everywhere else.
    assert [dict(zip(heads, cells, strict=True)) for cells in rows] == answers


@needs_corpora
def test_naughty_strings_come_out_as_they_went_in_or_are_refused(people_db, plan, now):
    import csv
    import io

    strings = json.loads((CORPORA / "addresses" / "naughty-strings.json").read_text(encoding="utf-8"))
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["email", "name", "organisation", "notes", "tags"])
    for number, text in enumerate(strings):
        writer.writerow([f"p{number}@example.org", text, text, text, "all"])
    planned = plan("naughty.csv", file.getvalue(), skip_bad=True)
    apply_import(people_db, planned, now)
    kept = 0
    for number, text in enumerate(strings):
        for contact in find_contacts(people_db, f"p{number}@example.org"):
            card = contact_card(people_db, contact, now)
            wanted = text.strip(" \t\u00a0")
            assert card.name == wanted
            assert card.notes == wanted.strip("\n")
            kept += 1
    assert kept + len(list(planned.rejected())) == len(strings)
    assert kept > 0.9 * len(strings)


@needs_corpora
def test_no_bad_address_of_the_corpora_is_imported(people_db, plan, now):
    import csv
    import io

    cases = json.loads((CORPORA / "addresses" / "isemail.json").read_text(encoding="utf-8"))
    bad = [
        case["address"] for case in cases if case["category"] == "ISEMAIL_ERR" and "\0" not in case["address"]
    ]
    file = io.StringIO()
    csv.writer(file).writerows([["email", "name"], *([text, "somebody"] for text in bad)])
    planned = plan("bad.csv", file.getvalue())
    assert people(planned) == []
    assert len(list(planned.rejected())) == len(bad)


@pytest.mark.parametrize(
    "text",
    [
        "Vorname;Nachname;E-Mail-Adresse;Firma\nSiân;Obi;ada@example.org;Uni\n",
        "Enw cyntaf;Cyfenw;E-bost;Sefydliad\nSiân;Obi;ada@example.org;Uni\n",
        "Prénom;Nom de famille;Courriel;Organisme\nSiân;Obi;ada@example.org;Uni\n",
    ],
)
def test_headings_may_be_german_welsh_or_french(plan, text):
    made = plan("words.csv", text)
    assert people(made) == [("Siân Obi", "ada@example.org")]
    assert next(made.people()).contact.organisations == ("Uni",)
    assert made.columns.ignored == ()


def test_empty_rows_above_are_not_what_is_told_of_the_headings(plan):
    with pytest.raises(InputError, match=r":3: no heading .* found: 'State', 'Code'"):
        plan("states.csv", ",,\n,,\nState,Code,\n1,2,\n")


def test_a_file_of_bytes_is_said_to_be_no_text(plan):
    with pytest.raises(InputError, match=r"this is not UTF-8 or Windows-1252 text: .* \(0x81\)"):
        plan("bytes.csv", b"email\n\x81\x8d\n")
