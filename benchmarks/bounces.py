"""Reading bounces that others collected, beside flufl.bounce: whom they are about, and who is given up.

    python benchmarks/bounces.py [FOLDER] [--wrong]

FOLDER has `messages/*.eml` and `expected.json`; without it, the one beside the checkout. `--wrong` names what was
read wrong. flufl.bounce is measured where it is installed (`pip install flufl.bounce`).
"""

import argparse
import dataclasses
import email
import json
import re
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from newsletter.replies import read_reply
from newsletter.replies.bounces import bounce_in
from newsletter.replies.structure import read_structure

CORPUS = Path(__file__).resolve().parent.parent.parent / "shared" / "corpora" / "bounces"
ALIVE = re.compile(
    r"gmail|google|gsuite|outlook|office365|microsoft|amazon|receivingses|sendgrid|postfix|exim|exchange|yahoo|zoho|rhost"
)
# What the corpus calls a reason, as one of ours; several where ours part what it holds for one, or the other way round.
REASONS = {
    "authfailure": "policy", "badreputation": "blocked", "blocked": "blocked policy", "contenterror": "content",
    "exceedlimit": "too-big", "expired": "other", "filtered": "user-unknown policy other blocked spam content",
    "hasmoved": "moved", "hostunknown": "host-unknown", "mailboxfull": "mailbox-full", "mailererror": "other",
    "networkerror": "other host-unknown", "norelaying": "policy", "notaccept": "host-unknown",
    "notcompliantrfc": "content policy", "onhold": "other", "policyviolation": "policy content",
    "rejected": "policy user-unknown blocked", "requireptr": "blocked policy", "securityerror": "policy",
    "spamdetected": "spam", "speeding": "other blocked", "suspend": "other user-unknown", "syntaxerror": "other",
    "systemerror": "other", "systemfull": "other mailbox-full", "toomanyconn": "blocked", "undefined": "other",
    "userunknown": "user-unknown", "virusdetected": "content",
}  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Read:
    """What a reader made of a message: address in small letters, whether it is given up and why; the original's name."""

    people: Mapping[str, tuple[bool, str]]
    message_id: str = ""
    raised: bool = False


@dataclasses.dataclass(frozen=True)
class Sample:
    """A message with what is right about it."""

    name: str
    raw: bytes
    people: tuple[str, ...]
    verdicts: tuple[Mapping[str, object], ...]

    @property
    def has_fields(self) -> bool:
        return bool(read_structure(self.raw).of_type("message/delivery-status"))


def samples(folder: Path) -> Iterator[Sample]:
    """The bounces of the corpus; its complaints and auto-replies are something else."""
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    for name, right in sorted(expected.items()):
        if not name.startswith(("arf", "rfc3834")):
            people = tuple(person.lower() for person in right["recipients"])
            yield Sample(name, (folder / "messages" / name).read_bytes(), people, tuple(right["verdicts"]))


def ours(raw: bytes) -> Read:
    """What newsletter reads."""
    reply = read_reply(raw)
    people = {one.email.lower(): (one.severity == "hard", one.reason) for one in reply.recipients}
    return Read(people, reply.message_id)


def ours_without_fields(raw: bytes) -> Read:
    """What newsletter reads with the delivery report taken out: in plain words alone."""
    message = read_structure(raw)
    left = tuple(part for part in message.parts if part.type != "message/delivery-status")
    reply = bounce_in(dataclasses.replace(message, parts=left))
    failed = reply.recipients if reply else ()
    return Read({one.email.lower(): (one.severity == "hard", one.reason) for one in failed})


def flufls(raw: bytes) -> Read:
    """What flufl.bounce reads; permanent is taken for given up."""
    from flufl.bounce import all_failures

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            temporary, permanent = all_failures(email.message_from_bytes(raw))
    except Exception:  # it raises on some mail, which is one of the figures
        return Read({}, raised=True)
    people = dict.fromkeys(temporary, (False, "")) | dict.fromkeys(permanent, (True, ""))
    return Read({one.decode("utf-8", "replace").lower(): found for one, found in people.items()})


def verdict_of(sample: Sample, person: str) -> Mapping[str, object] | None:
    """What is right about that person; of a message with one verdict it is that, whoever was read in it."""
    by_person = dict(zip(sample.people, sample.verdicts, strict=False))
    return by_person.get(person) or (sample.verdicts[0] if len(sample.verdicts) == 1 else None)


def judged(sample: Sample, read: Read) -> Counter[str]:
    """How that reading compares: counts that are added up over the corpus."""
    count = Counter(
        messages=1,
        exact=set(read.people) == set(sample.people),
        found=set(read.people) == set(sample.people) or bool(read.message_id),
        wrong=bool(set(read.people) - set(sample.people)),
        raised=read.raised,
    )
    for person, (hard, reason) in read.people.items():
        verdict = verdict_of(sample, person)
        if verdict is not None:
            right = bool(verdict["hardbounce"])
            count.update(given_up=hard, rightly=hard and right, harmed=hard and not right)
            count.update(reasons=bool(reason), same=reason in REASONS.get(str(verdict["reason"]), "").split())
    count["dead"] = sum(bool(verdict["hardbounce"]) for verdict in sample.verdicts)
    return count


def added(counts: Iterable[Counter[str]]) -> Counter[str]:
    """All counts in one."""
    total: Counter[str] = Counter()
    for count in counts:
        total.update(count)
    return total


def row(name: str, count: Counter[str]) -> str:
    """A line of the table: shares of messages, then precision and recall of giving people up."""

    def share(part: str, whole: str) -> str:
        return f"{100 * count[part] / count[whole]:.1f}" if count[whole] else "-"

    return (
        f"| {name} | {count['messages']} | {share('exact', 'messages')} | {share('found', 'messages')} | {count['wrong']} "
        f"| {share('rightly', 'given_up')} | {share('rightly', 'dead')} | {count['harmed']} | {share('same', 'reasons')} | {count['raised']} |"
    )


def table(corpus: list[Sample], readers: Mapping[str, Callable[[bytes], Read]]) -> None:
    """Print the figures of each reader for all messages and for some of them."""
    some: dict[str, Callable[[int, Sample], bool]] = {
        "all": lambda _, sample: True,
        "with an RFC 3464 part": lambda _, sample: sample.has_fields,
        "without": lambda _, sample: not sample.has_fields,
        "servers alive today": lambda _, sample: bool(ALIVE.search(sample.name)),
        "one half": lambda number, _: number % 2 == 0,
        "the other half": lambda number, _: number % 2 == 1,
    }
    print(
        "| reader, messages | n | exact | address or original | wrong address | hard precision | hard recall | given up wrongly | reason | raised |"
    )
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
    for name, reader in readers.items():
        counts = [judged(sample, reader(sample.raw)) for sample in corpus]
        for which, holds in some.items():
            chosen = [holds(number, sample) for number, sample in enumerate(corpus)]
            kept = [count for count, wanted in zip(counts, chosen, strict=True) if wanted]
            print(row(f"{name}: {which}", added(kept)))


def main() -> int:
    """Print the table; 1 where there is no corpus."""
    asked = argparse.ArgumentParser(description="Measure the reading of bounces.")
    asked.add_argument("folder", type=Path, nargs="?", default=CORPUS)
    asked.add_argument("--wrong", action="store_true", help="name what was read wrong")
    given = asked.parse_args()
    if not given.folder.is_dir():
        print(f"{given.folder} is not on this machine", file=sys.stderr)
        return 1
    corpus = list(samples(given.folder))
    readers: dict[str, Callable[[bytes], Read]] = {"newsletter": ours}
    try:
        import flufl.bounce
    except ImportError:
        print("flufl.bounce is not installed: `pip install flufl.bounce`", file=sys.stderr)
    else:
        readers[f"flufl.bounce {flufl.bounce.__version__}"] = flufls
    table(corpus, readers)
    with_fields = [sample for sample in corpus if sample.has_fields]
    plain = added(judged(sample, ours_without_fields(sample.raw)) for sample in with_fields)
    print(row("newsletter: with the RFC 3464 part taken out", plain))
    began = time.perf_counter()
    for sample in corpus:
        read_reply(sample.raw)
    print(f"\n{len(corpus) / (time.perf_counter() - began):.0f} messages a second")
    for sample in corpus if given.wrong else ():
        if judged(sample, ours(sample.raw))["exact"] != 1:
            print(sample.name, "read", sorted(ours(sample.raw).people), "right", sorted(sample.people))
    return 0


if __name__ == "__main__":
    sys.exit(main())
