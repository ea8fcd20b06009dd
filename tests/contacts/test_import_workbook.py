"""Excel workbooks are read as text, and one that is a trap is refused before it is unpacked."""

import datetime as dt
import io
import resource
import zipfile
from dataclasses import replace

import pytest
from openpyxl import Workbook

from newsletter.contacts import plan_import, write_rejects
from newsletter.contacts.transfer import workbook
from newsletter.errors import InputError


@pytest.fixture
def order(order):
    """A workbook, whose rows say themselves when people agreed."""
    return replace(order, path=order.root / "people.xlsx", given_on="")


@pytest.fixture
def plan(people_db, order, now):
    """Plan the import of sheets of rows."""

    def make(sheets, **odd):
        book = Workbook()
        book.remove(book.active)
        for name, rows in sheets.items():
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(row)
        book.save(order.path)
        return plan_import(people_db, replace(order, **odd), now)

    return make


HEAD = ["Name", "Email", "Consent date", "Notes"]


def test_people_dates_and_numbers_come_out_of_a_workbook_as_they_were_typed(plan):
    rows = [HEAD, ["Ada Obi", "ada@example.org", dt.date(2022, 6, 14), 7.0], [None] * 4]
    found = plan({"People": [*rows, ["Ben", "ben@example.org", "14 June 2022", True]]})
    ada, ben = found.people()
    assert [given.effective_at for given in ada.given.values()] == ["2022-06-14"]
    assert (ada.contact.notes, ben.contact.notes) == ("7", "yes")
    assert (ada.line, ben.line) == (2, 4)


def test_a_formula_gives_its_value_and_never_itself(plan):
    found = plan({"People": [HEAD, ["Ada", "ada@example.org", "2022-06-14", "=1+1"]]})
    assert [person.contact.notes for person in found.people()] == [""]


def test_the_sheet_that_was_read_is_named_and_another_can_be_asked_for(plan, order, people_db, now):
    sheets = {
        "Empty": [],
        "People": [HEAD, ["Ada", "ada@example.org", "2022-06-14", ""]],
        "More": [HEAD, ["Ben", "ben@example.org", "2022-06-14", ""]],
    }
    found = plan(sheets)
    assert [person.contact.name for person in found.people()] == ["Ada"]
    assert "read the sheet 'People' alone; the others (More) are read with --sheet" in found.notes
    again = plan_import(people_db, replace(order, sheet="More"), now)
    assert [person.contact.name for person in again.people()] == ["Ben"]
    with pytest.raises(InputError, match="did you mean 'More'"):
        plan_import(people_db, replace(order, sheet="Mor"), now)


def test_rejected_rows_of_a_workbook_come_back_as_csv(plan):
    found = plan(
        {"People": [HEAD, ["Ada", "ada", "2022-06-14", "+1"], ["Ben", "b@example.org", "2022-06-14"]]}
    )
    path = write_rejects(found)
    assert path.name == "people.xlsx.rejects.csv"
    assert path.read_text(encoding="utf-8-sig").splitlines()[1].startswith("Ada,ada,2022-06-14,'+1,2,email:")


def packed(parts):
    """A zip archive of these parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return file.getvalue()


def sheet_of(data):
    """A workbook of one sheet with this XML."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    return packed(
        {
            "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
            f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
            f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/></Types>',
            "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
            f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
            '<sheet name="People" sheetId="1" r:id="r1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship '
            f'Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
            "xl/worksheets/sheet1.xml": data.replace("<worksheet>", f'<worksheet xmlns="{main}">'),
        }
    )


def cells(*texts):
    return "<row>" + "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in texts) + "</row>"


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"PK\x03\x04nothing", "Excel"),
        (packed({"content.xml": "<office/>"}), "Excel"),
        (packed({"xl/workbook.xml": "<broken"}), "Excel"),
        (packed({"xl/workbook.xml": "", "xl/worksheets/sheet1.xml": b"\0" * 50_000_000}), "times its size"),
        (sheet_of("<worksheet><sheetData>" + cells("email") + "<row><c"), "can be read"),
        (
            sheet_of(
                f'<!DOCTYPE worksheet [<!ENTITY l0 "ha">{LAUGHS}]><worksheet><sheetData>'
                + cells("email")
                + cells("&l9;")
                + "</sheetData></worksheet>"
            ),
            "can be read",
        ),
        (
            sheet_of("<worksheet><sheetData>" + cells("email", "x" * 200_000) + "</sheetData></worksheet>"),
            "column 2 has more than",
        ),
        (
            sheet_of("<worksheet><sheetData>" + cells("email", *["x"] * 3000) + "</sheetData></worksheet>"),
            "columns",
        ),
    ],
)
def test_a_workbook_that_cannot_be_read_or_is_a_trap_is_refused(people_db, order, now, data, said):
    order.path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        plan_import(people_db, order, now)
    assert said in str(caught.value)


def test_a_bomb_is_refused_without_unpacking_it(people_db, order, now):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    order.path.write_bytes(packed({"xl/workbook.xml": "", "xl/sharedStrings.xml": b"x" * 60_000_000}))
    with pytest.raises(InputError, match="too large"):
        plan_import(people_db, order, now)
    # The test itself holds the 60 MB once, to pack them.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 120_000


def test_a_sheet_that_says_it_has_one_cell_is_read_to_its_end(people_db, order, now):
    rows = cells("email", "consent date") + cells("ada@example.org", "2022-06-14")
    order.path.write_bytes(
        sheet_of(f'<worksheet><dimension ref="A1"/><sheetData>{rows}</sheetData></worksheet>')
    )
    assert [p.address.email for p in plan_import(people_db, order, now).people()] == ["ada@example.org"]


def test_a_cell_in_the_last_row_of_all_costs_little(people_db, order, now):
    far = '<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>ada@example.org</t></is></c></row>'
    order.path.write_bytes(
        sheet_of(f"<worksheet><sheetData>{cells('email', 'consent date')}{far}</sheetData></worksheet>")
    )
    [problem] = plan_import(people_db, order, now).problems()
    assert (problem.line, problem.field) == (1_048_576, "given on")


def test_the_bounds_leave_room_for_a_large_team():
    assert workbook._WHOLE_LIMIT > 100_000 * 1000
