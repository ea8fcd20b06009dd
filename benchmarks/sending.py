"""How fast mailings leave, beside Postfix's own load generator and other senders, all against the same sink.

    python benchmarks/sending.py [--count 20000] [--rounds 3] [--only wire,peers,dkim,delay,lists] [--lists 1000,100000]

What is timed of ours: `newsletter send SLUG --yes` in a fresh process on a workspace that is made for it, with
64 connections at 20 KB, 24 at 80 KB and 16 over the slow line. "msg/s" is the sending alone: lines opened, every
message made for its reader, claimed in the ledger (synchronous=FULL), sent, its receipt kept. "with start" is the whole command: Python's start, the checks
of the issue, the queueing of everybody, the sending, the report. The load generator is `smtp-source -4 -d -s 16`
with one message of ours, the same each time; its own start (a hundredth of a second) is in its time.

Each pair runs back to back, in alternating order; the ratio is the median of the pairs. A pair in which other
processes took 12 % of the machine or more is measured again, three times as often as asked at most; where that
does not help it is marked as busy, and a bad ratio then proves nothing. What arrived is counted by the sink after
every run, and ours must say 'sent' of each. Ends with 1 where a clean figure misses what is wanted.

Needs smtp-sink and smtp-source (Debian: postfix). The peers are fetched into build/peers by pip and npm.
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import postbag
import senders
import wire
from postbag import Postbag
from wire import Run, Sink

ROOT = Path(__file__).parent.parent
Sender = Callable[[], Run]
SIZES = {"20 KB": 20_000, "80 KB": 80_000}
# Each waits for the disk between its text and its final dot: meanwhile the others keep the sink busy. More of them
# than it takes only fill its memory, which large messages do sooner.
CONNECTIONS = {"20 KB": 64, "80 KB": 24}
WIRE, SIGNED, PEERS, SLOW, MEMORY, STEADY = 1.0, 0.45, 10.0, 1.8, 150.0, 1.15
ROWS = ("wire", "peers", "dkim", "delay", "lists")
MILLISECONDS = 25.0
SESSIONS = 16  # of the load generator; with fewer it is below its own best
SLOWLY = 1_000


@dataclass
class Bench:
    """What all rows share: where they send, what is left of a scratch folder, and what was missed so far."""

    sink: Sink
    folder: Path
    rounds: int
    missed: list[str]
    unproven: list[str]
    mailings: int = 0

    def ours(self, bag: Postbag, paragraphs: int, *, port: int = 0, more: str = "") -> Run:
        """A mailing to everybody in a workspace."""
        self.mailings += 1
        slug = f"mailing-{self.mailings}"
        bag.use(port or self.sink.port, more)
        bag.write(slug, paragraphs)
        words, kept = bag.timed("send", slug, "--yes")
        run = wire.measured(words, self.sink, bag.people, kept=kept)
        if f" {bag.people} sent" not in run.told:
            raise SystemExit(f"the ledger does not say that all were sent:\n{run.told[-2000:]}")
        return run

    def pairs(self, ours: Sender, other: Sender) -> list[tuple[Run, Run]]:
        """Clean pairs, run in alternating order, as many as asked; busy ones where no more can be had."""
        found: list[tuple[Run, Run]] = []
        for turn in range(3 * self.rounds):
            first, second = (ours, other) if turn % 2 == 0 else (other, ours)
            runs = first(), second()
            found.append(runs if turn % 2 == 0 else (runs[1], runs[0]))
            if sum(clean(pair) for pair in found) == self.rounds:
                break
        return [pair for pair in found if clean(pair)] or found

    def judge(self, what: str, value: float, wanted: float, *, fair: bool) -> str:
        """A word beside a figure that is to be so high; notes what was missed."""
        if value >= wanted:
            return "as wanted"
        if not fair:
            self.unproven.append(f"{what} {value:.2f} (wanted {wanted:g})")
            return "too low, but others were at work: proves nothing"
        self.missed.append(f"{what} {value:.2f} (wanted {wanted:g})")
        return "NOT AS WANTED"


def main() -> int:
    """Print the figures; 1 where something is not as wanted."""
    given = _asked()
    if not wire.SINK or not wire.SOURCE:
        print("smtp-sink and smtp-source are not installed; Debian has them in the package postfix")
        return 0
    with tempfile.TemporaryDirectory() as scratch, wire.sink(Path(scratch)) as sink:
        bench = Bench(sink, Path(scratch), given.rounds, [], [])
        bag = postbag.made(bench.folder / "bag", given.count)
        paragraphs = {name: bag.paragraphs_for(octets) for name, octets in SIZES.items()}
        if "wire" in given.only:
            for name, number in paragraphs.items():
                fitting = replace(bag, connections=CONNECTIONS[name])
                _wire(bench, fitting, name, number, peers="peers" in given.only)
        if "dkim" in given.only:
            _signed(bench, replace(bag, connections=CONNECTIONS["80 KB"]), paragraphs["80 KB"])
        if "delay" in given.only:
            _slow(bench, min(given.count, SLOWLY), paragraphs["80 KB"])
        if "lists" in given.only:
            _lists(bench, paragraphs["20 KB"], given.lists)
    if bench.unproven:
        print(f"\nneither shown nor refuted, since others were at work: {'; '.join(bench.unproven)}")
    elif not bench.missed:
        print("\nall as wanted")
    if bench.missed:
        print(f"\nNOT AS WANTED: {'; '.join(bench.missed)}")
    return int(bool(bench.missed))


def _asked() -> argparse.Namespace:
    asked = argparse.ArgumentParser(description="Measure how fast mailings leave.")
    asked.add_argument("--count", type=int, default=20_000, help="readers of a mailing")
    asked.add_argument("--rounds", type=int, default=3, help="clean pairs that are wanted")
    asked.add_argument("--only", type=lambda text: text.split(","), default=list(ROWS), help=",".join(ROWS))
    asked.add_argument(
        "--lists",
        type=lambda text: [int(one) for one in text.split(",")],
        default=[1_000, 10_000, 100_000, 1_000_000],
        help="numbers of readers, for memory and the cost of a message",
    )
    return asked.parse_args()


def _wire(bench: Bench, bag: Postbag, name: str, paragraphs: int, *, peers: bool) -> None:
    """Ours beside the load generator without a signature, and beside other senders."""
    bag.write(f"sample-{name[:2]}", paragraphs)
    message = postbag.caught(bag, f"sample-{name[:2]}", bench.folder)
    _head(f"{name} ({message.stat().st_size:,} octets), {bag.people:,} messages, no DKIM")
    pairs = bench.pairs(lambda: bench.ours(bag, paragraphs), lambda: _generator(bench, message, bag.people))
    _told_pairs(bench, f"{name} beside smtp-source", pairs, WIRE)
    if peers:
        _peers(bench, message, name, pairs)


def _signed(bench: Bench, bag: Postbag, paragraphs: int) -> None:
    """Ours with an RSA signature of each message; the load generator sends one of them, signed once."""
    more = postbag.signing(bag)
    bag.write("sample-signed", paragraphs)
    message = postbag.caught(bag, "sample-signed", bench.folder, more)
    if b"DKIM-Signature:" not in message.read_bytes():
        raise SystemExit("the messages are not signed")
    _head(
        f"80 KB ({message.stat().st_size:,} octets), {bag.people:,} messages, DKIM rsa-sha256 with 2048 bits"
    )
    pairs = bench.pairs(
        lambda: bench.ours(bag, paragraphs, more=more),
        lambda: _generator(bench, message, bag.people),
    )
    _told_pairs(bench, "80 KB with DKIM beside smtp-source", pairs, SIGNED)


def _slow(bench: Bench, people: int, paragraphs: int) -> None:
    """Over a line with a delay, beside the load generator, which waits for each answer, with as many connections."""
    bag = replace(postbag.made(bench.folder / "slow", people), connections=SESSIONS)
    bag.write("sample", paragraphs)
    message = postbag.caught(bag, "sample", bench.folder)
    _head(f"80 KB, {people:,} messages, {2 * MILLISECONDS:.0f} ms of delay there and back")
    with wire.slow_line(bench.sink.port, MILLISECONDS) as port:
        pairs = bench.pairs(
            lambda: bench.ours(bag, paragraphs, port=port),
            lambda: _generator(bench, message, people, port=port),
        )
    _told_pairs(bench, "over a slow line beside smtp-source", pairs, SLOW)


def _generator(bench: Bench, message: Path, count: int, *, port: int = 0) -> Run:
    command = wire.load_generator(port or bench.sink.port, message, count, SESSIONS)
    return wire.measured(command, bench.sink, count)


def _peers(bench: Bench, message: Path, name: str, pairs: list[tuple[Run, Run]]) -> None:
    """Other senders with the same content; each must be ten times slower, or as much slower as the sink lets it be."""
    folder = ROOT / "build" / "peers"
    peers, absent = senders.installed(folder)
    senders.split_up(message, folder)
    ours, generator = (statistics.median(run.rate for run in runs) for runs in zip(*pairs, strict=True))
    fair = all(map(clean, pairs))
    for peer in peers:
        count = min(peer.count, max(20, pairs[0][0].count // 10))
        runs = []
        for _ in range(bench.rounds):
            command, kept = senders.command(peer, folder, bench.sink.port, count)
            runs.append(wire.measured(command, bench.sink, count, cwd=folder, kept=kept))
        middle = statistics.median(run.rate for run in runs)
        fine = fair and not any(run.busy for run in runs)
        # Where not even the load generator is ten times as fast, the sink takes no more: then ours must be level with it.
        wanted = min(PEERS, generator / middle)
        word = bench.judge(f"{name}: times {peer.name}", ours / middle, wanted, fair=fine)
        told = f"ours is {ours / middle:.1f} times as fast, the load generator {generator / middle:.1f} times: {word}"
        _row(peer.name, runs, told)
    for sentence in absent:
        print(f"  {sentence}")


def _lists(bench: Bench, paragraphs: int, sizes: list[int]) -> None:
    """Memory, and what a message costs, from small mailings to large ones."""
    _head("20 KB, one mailing each: memory of the whole command, and the processor's share of a message")
    costs: dict[int, tuple[float, float, bool]] = {}
    for people in sizes:
        bag = postbag.made(bench.folder / f"of-{people}", people)
        run = bench.ours(bag, paragraphs)
        cost = run.more["processor"] / people * 1e6
        costs[people] = cost, run.memory, not run.busy
        _row(f"{people:,} readers", [run], f"{run.memory:.0f} MB, {cost:.0f} us of the processor each")
    most = max(memory for _, memory, _ in costs.values())
    print(f"  most memory: {most:.0f} MB: {bench.judge('100 MB / memory', MEMORY / most, 1.0, fair=True)}")
    _told_steady(
        bench, {people: (cost, fair) for people, (cost, _, fair) in costs.items() if people >= 10_000}
    )


def _told_steady(bench: Bench, costs: dict[int, tuple[float, bool]]) -> None:
    """Whether a message of the longest list costs as much as one of the shortest that hides the start."""
    if len(costs) < 2:
        print("  the cost of a message is compared from 10,000 readers on, where the start no longer counts")
        return
    few, many = min(costs), max(costs)
    growth = costs[many][0] / costs[few][0]
    fair = costs[few][1] and costs[many][1]
    word = bench.judge("steadiness of the cost of a message", STEADY / growth, 1.0, fair=fair)
    print(
        f"  a message of {many:,} costs {growth:.2f} times one of {few:,} (wanted at most {STEADY}): {word}"
    )


def clean(pair: tuple[Run, Run]) -> bool:
    """Whether nobody else was much at work in either run."""
    return not pair[0].busy and not pair[1].busy


def _told_pairs(bench: Bench, what: str, pairs: list[tuple[Run, Run]], wanted: float) -> None:
    """The rows of both, and the median of the ratios of the pairs."""
    ratios = [mine.rate / other.rate for mine, other in pairs]
    with_start = [mine.rate_with_start / other.rate for mine, other in pairs]
    middle = statistics.median(ratios)
    word = bench.judge(what, middle, wanted, fair=all(map(clean, pairs)))
    _row("newsletter send", [mine for mine, _ in pairs])
    _row("smtp-source", [other for _, other in pairs])
    print(
        f"  ratio {middle:.2f} [{min(ratios):.2f}-{max(ratios):.2f}] of {len(pairs)} pairs, "
        f"with start {statistics.median(with_start):.2f}; wanted {wanted:g}: {word}"
    )


def _head(text: str) -> None:
    print(f"\n{text}\n  {'':26}{'msg/s':>9}{'with start':>12}{'us/msg':>8}{'others':>8}", flush=True)


def _row(name: str, runs: list[Run], remark: str = "") -> None:
    """The medians of some runs of a sender; microseconds of the processor are of the whole command."""
    rate, whole, each, foreign = (
        statistics.median(figures)
        for figures in zip(
            *((run.rate, run.rate_with_start, run.processor / run.count * 1e6, run.foreign) for run in runs),
            strict=True,
        )
    )
    print(f"  {name:26}{rate:9,.0f}{whole:12,.0f}{each:8,.0f}{foreign:8.0%}  {remark}".rstrip(), flush=True)


if __name__ == "__main__":
    sys.exit(main())
