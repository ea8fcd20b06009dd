"""A send to Postfix to be watched in a terminal: cut by `kill -9`, and gone on with.

    python tests/system/watch_postfix.py [READERS] [--by-hand]

Starts a Postfix of its own (as root: Debian's packages postfix and sasl2-bin) with TLS and a login, makes a workspace
with so many readers, and walks: send, kill -9 in the middle, report, decide the doubts by what lies in the Maildir,
send again, count. Every command is shown as it is typed. With --by-hand it shows the commands and waits, so that you
can type them in another terminal. Everything is taken away at the end.
"""

import argparse
import email
import email.policy
import shlex
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # where pytest finds what tests share

from relay import Missing, Relay, relay, waiting
from study import SLUG, Study, readers, study

RATE = 60  # a second: slow enough to be watched


def main() -> int:
    """1 where somebody got none or two."""
    asked = argparse.ArgumentParser(description="Watch a send to Postfix, cut and gone on with.")
    asked.add_argument("readers", type=int, nargs="?", default=600)
    asked.add_argument("--by-hand", action="store_true", help="show the commands and wait")
    given = asked.parse_args()
    try:
        with relay() as post, tempfile.TemporaryDirectory() as folder:
            say(f"Postfix listens on 127.0.0.1, port {post.port}, with STARTTLS and a login.")
            more = f'rate = "{RATE}/second"'
            made = study(Path(folder), post, readers(given.readers), more=more)
            say(f"{given.readers} people have agreed to get the issue {SLUG}.")
            return by_hand(made) if given.by_hand else walk(made, given.readers)
    except Missing as why:
        say(f"This cannot be shown here: {why}")
        return 0


def by_hand(made: Study) -> int:
    """Show what can be typed elsewhere, and wait."""
    usual = made.usual
    settings = " ".join(
        f"{name}={shlex.quote(value)}" for name, value in made.env.items() if usual.get(name) != value
    )
    say(f"In another terminal, type:\n\n  export {settings}\n  cd {made.folder}")
    for words in (f"send {SLUG} --yes", f"report {SLUG}", f"resolve {SLUG}", f"send {SLUG} --yes"):
        show(f"  {sys.executable} -m newsletter {words}")
    show(f"  ls {made.relay.folder}/all/new | wc -l        # what has arrived")
    input("\nReturn takes it all away. ")
    return 0


def walk(made: Study, people: int) -> int:
    """Send, kill, look, decide, go on, count."""
    process = typed(made, "send", SLUG, "--yes")
    for _ in waiting(120):
        if made.relay.count() > people // 3 or process.poll() is not None:
            break
    process.send_signal(signal.SIGKILL)
    process.wait()
    show("\033[0m\033[?25h")  # the bar is gone before it could show the cursor again
    say(f"kill -9, with {made.relay.count()} in the Maildir: the sender ended with {process.returncode}.")
    typed(made, "report", SLUG, quietly=True).wait()
    decide(made)
    typed(made, "send", SLUG, "--yes").wait()
    return counted(made.relay, people)


def decide(made: Study) -> None:
    """What was in doubt, decided by what the Maildir holds."""
    made.relay.settle()
    there = {message_id(one) for one in made.relay.messages()}
    doubts = [
        one["message_id"] for one in made.report()["recipients"] if one["state"] in ("in-doubt", "sending")
    ]
    if not doubts:
        say("Nothing is in doubt: the sender was not waiting for an answer when it died.")
        return
    words = [part for one in doubts for part in ("--delivered" if one in there else "--send-again", one)]
    say(f"{len(doubts)} may have arrived; the Maildir holds {len(there & set(doubts))} of them.")
    typed(made, "resolve", SLUG, *words).wait()


def counted(post: Relay, people: int) -> int:
    """Say who got how many."""
    post.settle()
    read = [email.message_from_bytes(one, policy=email.policy.default) for one in post.messages()]
    got = Counter(str(one["Delivered-To"]) for one in read)
    twice, none = sum(1 for number in got.values() if number > 1), people - len(got)
    say(f"In the Maildir: {len(read)} messages to {len(got)} people; twice: {twice}, none: {none}.")
    return int(bool(twice or none))


def message_id(content: bytes) -> str:
    return str(email.message_from_bytes(content, policy=email.policy.default)["Message-ID"])


def typed(made: Study, *words: str, quietly: bool = False) -> "subprocess.Popen[bytes]":
    """Type a command in this terminal; `quietly`: only the end of what it prints."""
    show(f"\n$ newsletter {' '.join(words)}")
    command = made.command(*words)
    if quietly:
        command = ["sh", "-c", f"{shlex.join(command)} | tail -4"]
    return subprocess.Popen(command, env=made.env)


def say(text: str) -> None:
    show(f"\n== {text}")


def show(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
