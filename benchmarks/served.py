"""A command of ours that serves pages, begun as an operator begins it."""

import json
import subprocess
import sys
from pathlib import Path


def started(command: str, folder: Path, *words: str) -> tuple[subprocess.Popen[str], str]:
    """`browse` or `preview` of the workspace in a folder, on a free port, and the link that it printed."""
    line = [sys.executable, "-m", "newsletter", command, *words, "-w", str(folder), "--no-open", "--json"]
    process = subprocess.Popen(line, stdout=subprocess.PIPE, text=True)
    text = ""
    while not text.endswith("}\n"):
        more = process.stdout.readline() if process.stdout else ""
        if not more:
            raise SystemExit(f"newsletter {command} ended with {process.wait()} before it served anything")
        text += more
    return process, str(json.loads(text)["link"])
