"""How long `newsletter --help` takes beside `python -c "import click"`: wanted, within 2.5 times.

python benchmarks/start.py [RUNS]
"""

import statistics
import subprocess
import sys
import time

LIMIT = 2.5


def main() -> int:
    """The exit code: 1 where the ratio is over the limit."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    ours, click = [sys.executable, "-m", "newsletter", "--help"], [sys.executable, "-c", "import click"]
    pairs = [(_timed(ours), _timed(click)) for _ in range(runs)]
    ratio = statistics.median(our / its for our, its in pairs)
    print(f"newsletter --help: median {statistics.median(our for our, _ in pairs):.0f} ms, {runs} runs")
    print(f"import click:      median {statistics.median(its for _, its in pairs):.0f} ms")
    print(f"ratio, median of pairs: {ratio:.2f} (wanted: at most {LIMIT})")
    return int(ratio > LIMIT)


def _timed(command: list[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - begun) * 1e3


if __name__ == "__main__":
    sys.exit(main())
