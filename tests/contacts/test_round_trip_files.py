"""The file of an export: no formula in it, nothing overruled, and where it was spoilt that is told."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from trips import NOW, database_in, event, exported, imported, odd_people, people_in, planned

from newsletter.contacts import NewContact, add_contact, record_consent
from newsletter.errors import InputError


def test_no_cell_of_a_table_is_a_formula(folder: Path, tmp_path: Path) -> None:
    with database_in(folder, "one") as here:
        odd_people(here)
        text = exported(here, "csv", tmp_path).read_bytes().decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text, newline="")))
        sheet = load_workbook(exported(here, "xlsx", tmp_path)).active
    assert sheet is not None
    cells = [cell for row in rows for cell in row]
    cells += [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert [cell for cell in cells if cell[:1] in set("=+-@\t\r")] == []
    assert '\'=HYPERLINK("x")' in cells
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "inlineStr"}


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
    folder: Path, tmp_path: Path, old: str, new: str, said: str
) -> None:
    with database_in(folder, "one") as here, database_in(folder, "two") as there:
        ada = add_contact(here, NewContact(email="ada@example.org", name="Ada"), NOW)
        record_consent(here, event(ada, "partners", "given"), NOW)
        path = exported(here, "csv", tmp_path)
        head, _, row = path.read_text(encoding="utf-8").partition("\n")
        path.write_text(f"{head}\n{row.replace(old, new, 1)}", encoding="utf-8")
        plan = planned(there, path, folder)
        assert len(plan.problems()) == 1
        assert said in str(plan.problems()[0])
        assert plan.problems()[0].line == 2
        plan.close()


def test_options_that_would_overrule_the_file_are_refused(folder: Path, tmp_path: Path) -> None:
    with database_in(folder, "one") as here:
        odd_people(here)
        with pytest.raises(InputError, match="says itself who agreed"):
            planned(here, exported(here, "json", tmp_path), folder, lists=("partners",))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda text: text[: len(text) // 2], "no JSON|cut"),
        (lambda text: text.replace("]}", ""), "cut"),
        (lambda text: text.replace('"organisations": [{', '"organisations": [7, {'), "not written as"),
        (lambda text: '{"newsletter": ' + "[" * 100_000, "no JSON"),
    ],
)
def test_a_spoilt_json_file_is_refused(folder: Path, tmp_path: Path, spoil: Any, said: str) -> None:
    with database_in(folder, "one") as here:
        odd_people(here)
        path = exported(here, "json", tmp_path)
        path.write_text(spoil(path.read_text(encoding="utf-8")), encoding="utf-8")
        with pytest.raises(InputError, match=said):
            planned(here, path, folder)


def test_json_laid_out_anew_is_read_all_the_same(folder: Path, tmp_path: Path) -> None:
    with database_in(folder, "one") as here, database_in(folder, "two") as there:
        odd_people(here)
        path = exported(here, "json", tmp_path)
        path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")), indent=2), encoding="utf-8")
        imported(there, path, folder)
        assert people_in(there) == people_in(here)
