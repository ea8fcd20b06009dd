"""`newsletter schema`: the shipped JSON Schema, and nothing else, on stdout."""

import subprocess
import sys
from pathlib import Path

import newsletter


def test_schema_prints_what_is_shipped(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "newsletter", "schema"]
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert result.returncode == 0
    shipped = Path(newsletter.__file__).parent / "issue" / "schema.json"
    assert result.stdout == shipped.read_text(encoding="utf-8")
