"""Composing the shipped issue, beside the MJML step alone as `mjml` on Node does it; all warm, turn by turn.

    python benchmarks/compose.py [ROUNDS]

Wanted: the whole (Markdown, Jinja2, MJML, premailer, text) in less time than that one step. npm fetches mjml
into a folder that is thrown away; it is used as its page says, `mjml2html(source)` with nothing chosen, on
what our templates make, after 100 runs to get warm. Each round takes the step on Node and then our ways one
after the other, so that a busy machine slows all alike. It is judged by the first of our ways, which finds its
Markdown in a cache; what an issue costs whose words were never seen before stands beside it:

*as shipped*: the same issue again, as the step on Node has the same MJML again;
*one section new*: an editor has saved a change to one paragraph;
*every text new*: new words in every title, paragraph, caption and alt text, in each round;
*and every reference new*: besides, references that were never cited before, which citeproc-py writes.
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

from pydantic import BaseModel

from newsletter.config import read_workspace
from newsletter.edition import render as render_part
from newsletter.edition import render_edition
from newsletter.issue import Issue, read_issue

ROOT = Path(__file__).parent.parent
MJML, WARM = "mjml@5", 100
_NODE = """
const load = require('mjml'), mjml2html = load.default || load;
const source = require('fs').readFileSync('issue.mjml', 'utf8');
require('readline').createInterface({input: process.stdin}).on('line', async () => {
  const begun = process.hrtime.bigint();
  const made = await mjml2html(source);
  const took = Number(process.hrtime.bigint() - begun) / 1e6;
  console.log(JSON.stringify({took, errors: made.errors.length}));
});
"""
_PROSE = {"title", "intro", "body", "summary", "bio", "caption", "alt", "role", "label", "quote", "preheader"}
_STAGES = {"_values": "Markdown", "compose": "Jinja2", "compile_mjml": "MJML", "inline_css": "premailer"}


class Shares:
    """Counts the milliseconds spent in the functions that make up the stages."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}
        self.mjml = ""
        for name, stage in _STAGES.items():
            setattr(render_part, name, self._watched(getattr(render_part, name), stage))

    def _watched(self, function: Callable[..., Any], stage: str) -> Callable[..., Any]:
        def watched(*args: Any, **kwargs: Any) -> Any:
            own = "text" if str(args[0]).startswith("text/") else stage
            if stage == "MJML":
                self.mjml = args[0].text
            begun = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                self.spent[own] = self.spent.get(own, 0.0) + (time.perf_counter() - begun) * 1e3

        return watched


class Node:
    """mjml on Node, warm and waiting for its next turn."""

    def __init__(self, folder: Path, source: str) -> None:
        subprocess.run(["npm", "install", "--silent", "--prefix", folder, MJML], check=True)
        (folder / "run.js").write_text(_NODE, encoding="utf-8")
        (folder / "issue.mjml").write_text(source, encoding="utf-8")
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self.process: Any = subprocess.Popen(["node", "run.js"], cwd=folder, text=True, **pipes)
        installed = json.loads((folder / "node_modules/mjml/package.json").read_text(encoding="utf-8"))
        self.name = f"mjml {installed['version']} on Node"
        for _ in range(WARM):
            self.turn()

    def turn(self) -> float:
        """Milliseconds for the MJML step."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if answer["errors"]:
            raise SystemExit(f"{self.name} finds {answer['errors']} errors in the MJML")
        return float(answer["took"])


def main() -> int:
    """The exit code: 1 where the whole of the shipped issue takes longer than mjml's one step."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    workspace = read_workspace(ROOT)
    issue = read_issue(workspace.issues / "2022-09.yaml", ROOT, workspace.config.lists)

    def compose(given: Issue) -> float:
        begun = time.perf_counter()
        render_edition(given, ("partners",), workspace.config)
        return (time.perf_counter() - begun) * 1e3

    shares = Shares()
    for number in range(10):
        compose(_every_text_new(issue, f" warm{number}"))
    with tempfile.TemporaryDirectory() as folder:
        node = Node(Path(folder), shares.mjml) if shutil.which("npm") else None
        times = _measured(issue, compose, node, rounds, shares)
        if node:
            node.process.terminate()
            node.process.communicate()
    return _told(times, node.name if node else "", rounds)


def _measured(
    issue: Issue, compose: Callable[[Issue], float], node: Node | None, rounds: int, shares: Shares
) -> dict[str, list[float]]:
    """The times of each way, in milliseconds; prints the stages' shares where every text is new."""
    times: dict[str, list[float]] = {}
    spent: dict[str, float] = {}
    for number in range(rounds):
        # Each way has words of its own, or one would find what another has left in the caches.
        ways = {
            "as shipped": issue,
            "one section new": _one_section_new(issue, f" b{number}"),
            "every text new": _every_text_new(issue, f" a{number}"),
            "and every reference new": _fresh(issue, f" c{number}"),
        }
        order = [*ways, *(["node"] if node else [])]
        turn = number % len(order)
        for way in order[turn:] + order[:turn]:
            shares.spent = {}
            took = node.turn() if node and way == "node" else compose(ways[way])
            times.setdefault(way, []).append(took)
            if way == "every text new":
                spent = {stage: spent.get(stage, 0.0) + ms for stage, ms in shares.spent.items()}
    whole = sum(times["every text new"])
    print("the whole, every text new, by stage:")
    for stage, ms in [*spent.items(), ("the rest", whole - sum(spent.values()))]:
        print(f"  {stage:<10} {ms / whole * 100:5.1f} %")
    return times


def _told(times: dict[str, list[float]], node: str, rounds: int) -> int:
    steps = times.pop("node", [0.0])
    step, least = statistics.median(steps), min(steps)
    said = f"{node}, the MJML step alone: {step:.1f} ms, fastest {least:.1f}"
    print(said if node else "npm is not here: no comparison")
    for way, taken in times.items():
        whole, fastest = statistics.median(taken), min(taken)
        ratio = f": {whole / step:.2f} of that step, fastest to fastest {fastest / least:.2f}" if node else ""
        print(f"the whole, {way}: {whole:.1f} ms, fastest {fastest:.1f}{ratio}")
    print(f"medians of {rounds} rounds, all warm; wanted: as shipped, below 1")
    return int(bool(node) and statistics.median(times["as shipped"]) > step)


def _fresh(value: Any, word: str, field: str = "") -> Any:
    """A copy with `word` at the end of each line that an author wrote."""
    if isinstance(value, BaseModel):
        names = type(value).model_fields
        return value.model_copy(update={name: _fresh(getattr(value, name), word, name) for name in names})
    if isinstance(value, tuple):
        return tuple(_fresh(each, word, field) for each in value)
    if isinstance(value, str) and field in _PROSE:
        return "\n".join(line + word if line.strip() else line for line in value.split("\n"))
    return value


def _every_text_new(issue: Issue, word: str) -> Issue:
    """New words everywhere but in the titles of cited works."""
    new = _fresh(issue, word)
    sections = []
    for section, old in zip(new.sections, issue.sections, strict=True):
        if section.type == "publications":
            items = zip(section.items, old.items, strict=True)
            kept = tuple(item.model_copy(update={"title": before.title}) for item, before in items)
            section = section.model_copy(update={"items": kept})
        sections.append(section)
    return new.model_copy(update={"sections": tuple(sections)})


def _one_section_new(issue: Issue, word: str) -> Issue:
    first, *rest = issue.sections
    return issue.model_copy(
        update={"sections": (first.model_copy(update={"body": first.body + word}), *rest)}
    )


if __name__ == "__main__":
    sys.exit(main())
