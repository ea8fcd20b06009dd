"""The way data flows: each part imports from lower rows only, and others through their doors only."""

import ast
import functools
from dataclasses import dataclass
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "newsletter"

ROWS = (
    {"errors"},
    {"addresses", "tokens", "config", "keychain", "internet", "trust"},
    {"issue", "database"},
    {"edition", "contacts", "references", "oauth"},
    {"checks", "approval"},
    {"outbox"},
    {"replies", "publishing", "privacy"},
    {"reports"},
    {"preview", "webapp", "browse", "doctor"},
    {"cli"},
    {"__main__"},
)
ROW_OF = {part: number for number, row in enumerate(ROWS) for part in row}


@dataclass(frozen=True)
class Import:
    """One import of one of our names: `module` is dotted, `name` is empty for `import module`."""

    file: Path
    line: int
    module: str
    name: str

    @property
    def part(self) -> str:
        """The part it asks for: the second word of `newsletter.part.inner`."""
        return [*self.module.split("."), self.name][1]

    def __str__(self) -> str:
        what = f"from {self.module} import {self.name}" if self.name else f"import {self.module}"
        return f"{self.file.relative_to(PACKAGE.parent)}:{self.line}: {what}"


def part_of(file: Path) -> str:
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


def sources() -> list[Path]:
    return [path for path in sorted(PACKAGE.rglob("*.py")) if path != PACKAGE / "__init__.py"]


@functools.cache
def imports_of(file: Path) -> list[Import]:
    """Every import in the file, those inside functions and under TYPE_CHECKING too."""
    found: list[Import] = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [Import(file, node.lineno, alias.name, "") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            found += [Import(file, node.lineno, module, alias.name) for alias in node.names]
    return found


def ours() -> list[Import]:
    found = [item for file in sources() for item in imports_of(file)]
    return [
        item for item in found if item.module.split(".")[0] == "newsletter" and item.part != "__version__"
    ]


def test_every_part_has_its_row() -> None:
    parts = {part_of(file) for file in sources()}
    assert parts <= set(ROW_OF), "name the row of the new part here and in ARCHITECTURE.md"


def test_no_import_is_relative() -> None:
    relative = [str(item) for file in sources() for item in imports_of(file) if item.module.startswith(".")]
    assert relative == []


def test_each_part_imports_from_lower_rows_only() -> None:
    wrong = [
        str(item)
        for item in ours()
        if item.part != part_of(item.file) and ROW_OF[item.part] >= ROW_OF[part_of(item.file)]
    ]
    assert wrong == []


def test_folders_are_entered_through_their_doors_only() -> None:
    wrong = []
    for item in ours():
        folder = PACKAGE / item.part
        if item.part == part_of(item.file) or not folder.is_dir():
            continue
        inside = item.module.count(".") > 1
        if inside or (item.name and item.name not in {item.part, *doors(folder)}):
            wrong.append(str(item))
    assert wrong == []


@functools.cache
def doors(folder: Path) -> set[str]:
    """The names in the folder's `__all__`; where it has none, the public ones that it defines itself."""
    tree = ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and [getattr(t, "id", "") for t in node.targets] == ["__all__"]:
            return set(ast.literal_eval(node.value))
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    return {name for name in defined if not name.startswith("_")}


def test_click_is_imported_by_the_command_line_only() -> None:
    wrong = [
        str(item)
        for file in sources()
        if part_of(file) not in {"cli", "__main__"}
        for item in imports_of(file)
        if item.module.split(".")[0] in {"click", "rich"}
    ]
    assert wrong == []


@pytest.mark.parametrize("part", ["issue", "edition"])
def test_what_is_written_never_sees_a_person(part: str) -> None:
    wrong = [
        str(item) for item in ours() if part_of(item.file) == part and item.part in {"contacts", "outbox"}
    ]
    assert wrong == []


def test_contacts_never_see_an_issue() -> None:
    wrong = [
        str(item) for item in ours() if part_of(item.file) == "contacts" and item.part in {"issue", "edition"}
    ]
    assert wrong == []
