"""Composing the shipped issue, beside the MJML step alone as mjml on Node does it; warm, in one run.

    python benchmarks/compose.py [RUNS]

Wanted: the whole in less time than that one step. npm fetches mjml into a folder that is thrown away.
"""

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from newsletter.config import read_workspace
from newsletter.edition import mjml as mjml_part
from newsletter.edition import render as render_part
from newsletter.edition import render_edition
from newsletter.issue import read_issue

ROOT = Path(__file__).parent.parent
_NODE = """
const mjml2html = require('mjml');
const source = require('fs').readFileSync(process.argv[2], 'utf8');
(async () => {
  const times = [];
  for (let run = 0; run < Number(process.argv[3]) + 5; run++) {
    const begun = process.hrtime.bigint();
    await mjml2html(source, {validationLevel: 'skip'});
    times.push(Number(process.hrtime.bigint() - begun) / 1e6);
  }
  console.log(JSON.stringify(times.slice(5)));
})();
"""


class Shares:
    """Counts the time spent in named functions of the module that calls them."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def watch(self, name: str, stage: str) -> None:
        function: Callable[..., Any] = getattr(render_part, name)

        def watched(*args: Any, **kwargs: Any) -> Any:
            begun = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - begun

        setattr(render_part, name, watched)


def main() -> int:
    """The exit code: 1 where the whole takes longer than mjml's one step."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    workspace = read_workspace(ROOT)
    issue = read_issue(workspace.issues / "2022-09.yaml", ROOT, workspace.config.lists)

    def compose() -> None:
        render_edition(issue, ("partners",), workspace.config)

    source = _mjml_of(compose)
    for _ in range(3):
        compose()
    shares = Shares()
    for name, stage in (("compose", "Jinja2"), ("compile_mjml", "MJML"), ("inline_css", "premailer")):
        shares.watch(name, stage)
    times = [_timed(compose) for _ in range(runs)]
    whole = statistics.median(times)
    print(f"the whole, {runs} runs, warm: median {whole:.1f} ms")
    for stage, seconds in shares.seconds.items():
        print(f"  {stage:<10} {seconds / sum(times) * 1e5:5.1f} %")
    rest = 1 - sum(shares.seconds.values()) / sum(times) * 1e3
    print(f"  {'the rest':<10} {rest * 100:5.1f} %  (Markdown, pictures, digests)")
    return _compare(whole, source, runs)


def _compare(whole: float, source: str, runs: int) -> int:
    if shutil.which("npm") is None:
        print("npm is not on this machine: mjml on Node was not measured")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "install", "--silent", "--prefix", folder, "mjml@4"], check=True)
        Path(folder, "run.js").write_text(_NODE, encoding="utf-8")
        Path(folder, "issue.mjml").write_text(source, encoding="utf-8")
        done = subprocess.run(
            ["node", "run.js", "issue.mjml", str(runs)],
            cwd=folder,
            check=True,
            capture_output=True,
            text=True,
        )
    step = statistics.median(json.loads(done.stdout))
    print(f"mjml on Node, the MJML step alone, {runs} runs, warm: median {step:.1f} ms")
    print(f"the whole takes {whole / step:.2f} of that step (wanted: below 1)")
    return int(whole > step)


def _mjml_of(compose: Callable[[], None]) -> str:
    """The MJML that the issue becomes, caught on its way."""
    caught: list[str] = []
    real = render_part.compile_mjml

    def catch(composed: Any) -> str:
        caught.append(mjml_part.sound_mjml(composed.text))
        return real(composed)

    render_part.compile_mjml = catch  # type: ignore[attr-defined]
    try:
        compose()
    finally:
        render_part.compile_mjml = real  # type: ignore[attr-defined]
    return caught[0]


def _timed(function: Callable[[], None]) -> float:
    begun = time.perf_counter()
    function()
    return (time.perf_counter() - begun) * 1e3


if __name__ == "__main__":
    sys.exit(main())
