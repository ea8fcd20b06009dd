"""How long `newsletter check` takes on an issue of 20 sections, its start included: wanted, under 2 seconds.

python benchmarks/check.py [RUNS]
"""

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LIMIT = 2.0  # seconds
ROOT = Path(__file__).parent.parent
BODY = """\
      In July we met the link workers of the north. They told us how they help people who feel alone,
      and what stands in their way. See [the paper {n}](https://doi.org/10.1111/hsc.139{n:02}).

      - One group goes for walks
      - Another sings **every week**

      We will tell you more when the data are in. Your questions help us to see the study from outside.
"""


def main() -> int:
    """The exit code: 1 where the median is over the limit."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as folder:
        _workspace(Path(folder))
        command = [sys.executable, "-m", "newsletter", "check", "large"]
        times = [_timed(command, Path(folder)) for _ in range(runs)]
    median = statistics.median(times)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = (used.ru_utime + used.ru_stime) / runs
    print(
        f"check, 20 sections, {runs} runs: median {median:.2f} s, fastest {min(times):.2f} s (limit {LIMIT} s)"
    )
    print(f"of the processor, which others cannot lengthen: {busy:.2f} s each")
    return int(median > LIMIT)


def _workspace(folder: Path) -> None:
    (folder / "newsletter.toml").write_text(
        (ROOT / "newsletter.toml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    sections = "".join(
        f"  - title: What we heard in place {n}\n    body: |\n{BODY.format(n=n)}" for n in range(20)
    )
    head = "title: News\ndate: 30 September 2022\npreheader: All of it\nlists: [partners, contributors]\nsections:\n"
    (folder / "issues").mkdir()
    (folder / "issues" / "large.yaml").write_text(head + sections, encoding="utf-8")


def _timed(command: list[str], folder: Path) -> float:
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)  # our own command
    if done.returncode > 1:
        sys.exit(done.stderr.decode())
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
