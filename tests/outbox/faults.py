"""Each thing that can go wrong on the wire, at each moment, and what must become of it; `docs/outbox.md` has it as tables."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from scripted import DRIP, ENDLESS, HANG_UP, SILENCE, Act, say

READERS = 4


@dataclass(frozen=True)
class Outcome:
    """What is left of a mailing to four readers after one run: any of these states, and the exit code."""

    states: tuple[Mapping[str, int], ...]
    code: int
    told: str

    def allows(self, states: Mapping[str, int]) -> bool:
        return any(Counter(states) == Counter(wanted) for wanted in self.states)


OUTCOMES = {
    "sent": Outcome(({"sent": 4},), 0, "everybody is sent theirs"),
    "put off": Outcome(({"sent": 3, "waiting": 1},), 75, "this one waits for another run, the others are sent theirs"),
    "refused": Outcome(({"sent": 3, "refused": 1},), 1, "this one is refused, the others are sent theirs"),
    "in doubt": Outcome(({"sent": 3, "in-doubt": 1},), 1, "this one may have arrived and is not sent again, the others are sent theirs"),
    "about us": Outcome(({"waiting": 4},), 77, "the run stops; nobody is marked as refused for it"),
    "no server": Outcome(({"waiting": 4},), 69, "the run stops; nothing left"),
}  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """One fault at one moment: what the server does, and the name of what must follow. `always`: not only once.

    `either`: as likely it is found out only when the claim was made, and then the delivery is in doubt.
    """

    moment: str
    fault: str
    act: Act
    outcome: str
    always: bool = False
    quiet: bool = False  # it has to be waited for
    either: bool = False

    def __str__(self) -> str:
        return f"{self.moment}-{self.fault}"

    def allows(self, states: Mapping[str, int]) -> bool:
        doubt = self.either and OUTCOMES["in doubt"].allows(states)
        return doubt or OUTCOMES[self.outcome].allows(states)

    def codes(self) -> set[int]:
        return {OUTCOMES[self.outcome].code} | ({1} if self.either else set())

    def told(self) -> str:
        return f"{self.outcome} or in doubt" if self.either else self.outcome


_STEPS = ("MAIL", "RCPT", "DATA", "DOT")


def _row(fault: str, acts: Act | tuple[Act, ...], outcomes: str, **how: bool) -> list[Cell]:
    """The same fault at MAIL, RCPT, DATA and the dot; `outcomes` in this order, '-' for a moment without it."""
    words = outcomes.split(", ")
    each = acts if isinstance(acts, tuple) else (acts,) * 4
    cells = zip(_STEPS, each, words, strict=True)
    return [Cell(moment, fault, act, word, **how) for moment, act, word in cells if word != "-"]


_GONE = Act(then="usual, then hang up")
_LONG = Act(b"250 " + b"x" * 1_000_000 + b"\r\n")
#: On a line that stands: MAIL to the dot.
MESSAGE = [
    *_row("451 4.3.0", say("451 4.3.0 later"), "put off, put off, put off, put off"),
    *_row("421 4.3.0", say("421 4.3.0 closing"), "put off, put off, put off, put off"),
    *_row("421, and the line goes", Act(b"421 4.3.0 closing\r\n", "hang up"), "put off, put off, put off, put off"),
    *_row("550 5.1.1", say("550 5.1.1 no"), "-, refused, refused, refused"),
    *_row("550 to everybody", say("550 5.1.8 bad sender"), "about us, -, -, -", always=True),
    *_row("554 5.7.1 once", say("554 5.7.1 policy"), "-, refused, refused, refused"),
    *_row("554 5.7.1 to everybody", say("554 5.7.1 policy"), "about us, about us, about us, about us", always=True),
    *_row("a reply of another kind", (say("354 eh"), say("354 eh"), say("250 eh"), say("354 eh")), "put off, put off, put off, in doubt"),
    *_row("a code that there is not", say("999 eh"), "put off, put off, put off, in doubt"),
    *_row("words without a code", say("banana"), "put off, put off, put off, in doubt"),
    *_row("an answer without an end", ENDLESS, "put off, put off, put off, in doubt"),
    *_row("a line of 1 MB", _LONG, "put off, put off, put off, in doubt"),
    *_row("octet by octet", DRIP, "sent, sent, sent, sent"),
    *_row("a NUL in the words", (say("250 o\0k"), say("250 o\0k"), say("354 o\0n"), say("250 o\0k")), "sent, sent, sent, sent"),
    *_row("a yes in two lines", (say("250-1\r\n250 2"), say("250-1\r\n250 2"), say("354-1\r\n354 2"), say("250-1\r\n250 2")), "sent, sent, sent, sent"),
    *_row("250 without CRLF, then silence", Act(b"250 ok", "fall silent"), "put off, put off, put off, in doubt", quiet=True),
    *_row("250 without CRLF, and the line goes", Act(b"250 ok", "hang up"), "put off, put off, put off, in doubt"),
    *_row("half of an answer, and the line goes", Act(b"250-ok\r\n25", "hang up"), "put off, put off, put off, in doubt"),
    *_row("silence", SILENCE, "put off, put off, put off, in doubt", quiet=True),
    *_row("the line goes without a word", HANG_UP, "put off, put off, put off, in doubt"),
    *_row("a yes, and the line goes", _GONE, "put off, put off, put off, sent"),
    *_row("taken, and the line goes without a word", Act(then="hang up", takes=True), "-, -, -, in doubt"),
    *_row("taken, then silence", Act(then="fall silent", takes=True), "-, -, -, in doubt", quiet=True),
    *_row("354 and 250 in one piece", Act(b"354 go on\r\n250 2.0.0 taken already\r\n"), "-, -, put off, -"),
    *_row("354 and 451 in one piece", Act(b"354 go on\r\n451 4.3.0 later\r\n"), "-, -, put off, -"),
    *_row("354 and 552 in one piece", Act(b"354 go on\r\n552 5.3.4 too big\r\n"), "-, -, refused, -"),
    Cell("BODY", "451 4.3.0", say("451 4.3.0 later"), "put off"),
    Cell("BODY", "550 5.1.1", say("550 5.1.1 no"), "refused"),
    Cell("BODY", "421, and the line goes", Act(b"421 4.3.0 closing\r\n", "hang up"), "put off", either=True),
    Cell("BODY", "the line goes without a word", HANG_UP, "put off", either=True),
    Cell("BODY", "silence", SILENCE, "in doubt", quiet=True),
    Cell("WHOLE", "451 4.3.0", say("451 4.3.0 later"), "put off"),
    Cell("WHOLE", "550 5.1.1", say("550 5.1.1 no"), "refused"),
    Cell("WHOLE", "the line goes without a word", HANG_UP, "put off", either=True),
    Cell("WHOLE", "silence", SILENCE, "in doubt", quiet=True),
]  # fmt: skip
#: After somebody was refused at RCPT: RSET; and at the very end: QUIT.
LEAVING = [
    *[
        Cell(moment, fault, act, outcome, quiet=quiet)
        for moment, outcome in (("RSET", "refused"), ("QUIT", "sent"))
        for fault, act, quiet in (
            ("451 4.3.0", say("451 4.3.0 later"), False),
            ("550 5.1.1", say("550 5.1.1 no"), False),
            ("421, and the line goes", Act(b"421 4.3.0 closing\r\n", "hang up"), False),
            ("words without a code", say("banana"), False),
            ("an answer without an end", ENDLESS, False),
            ("octet by octet", DRIP, False),
            ("silence", SILENCE, True),
            ("the line goes without a word", HANG_UP, False),
        )
    ],
]


def _openings(moment: str, *, no: str = "no server") -> list[Cell]:
    """What can go wrong at each step before a line stands, on every line."""
    faults = (
        ("a temporary no", say("454 4.7.0 not now"), "no server", False),
        ("a no for good", say("554 5.7.0 no"), no, False),
        ("421, and the line goes", Act(b"421 4.3.2 busy\r\n", "hang up"), "no server", False),
        ("words without a code", say("banana"), "no server", False),
        ("an answer without an end", ENDLESS, "no server", False),
        ("a line of 1 MB", _LONG, "no server", False),
        ("a NUL and no code", Act(b"\0\xff\r\n"), "no server", False),
        ("octet by octet", DRIP, "sent", False),
        ("220 without CRLF, then silence", Act(b"220 ok", "fall silent"), "no server", True),
        ("silence", SILENCE, "no server", True),
        ("the line goes without a word", HANG_UP, "no server", False),
    )
    return [Cell(moment, fault, act, word, always=True, quiet=quiet) for fault, act, word, quiet in faults]


#: Before a line stands.
OPENING = [
    *_openings("GREETING"),
    *_openings("EHLO"),
    *_openings("STARTTLS"),
    Cell("TLS", "words in place of a handshake", say("what handshake?"), "no server", always=True),
    Cell("TLS", "silence", SILENCE, "no server", always=True, quiet=True),
    Cell("TLS", "the line goes without a word", HANG_UP, "no server", always=True),
    *_openings("AUTH", no="about us"),
    *_openings("AUTH-2", no="about us"),
]
#: What else can happen while mail is sent: what, when, what follows, and the test that holds it.
WORLD = [
    ("the disk is full", "before MAIL, in a body, before the answer to a dot", "the run stops, exit code 78; in doubt at most the lines; with room again, everybody else is sent theirs", "test_a_full_disk_stops_the_run_and_nobody_gets_two"),
    ("the disk takes no more (EFBIG: a quota)", "in a body, before the answer to a dot", "the same", "test_a_disk_that_takes_no_more_stops_the_run_and_nobody_gets_two"),
    ("another program holds the database for a second", "before MAIL, in a body, before the answer to a dot", "it is waited for; everybody is sent theirs", "test_a_database_that_is_held_for_a_second_is_waited_for"),
    ("for longer than is waited for it", "in a body, before the answer to a dot", "the run stops, exit code 78; in doubt at most the lines", "test_a_database_that_is_held_for_longer_stops_the_run"),
    ("the database may only be read", "from the start", "exit code 78; no server hears of it", "test_a_database_that_may_only_be_read_sends_nothing"),
    ("the database is deleted, or another file takes its place", "in a body", "the run stops, exit code 78; what has come meanwhile does not send before `adopt`", "test_a_database_that_is_another_file_by_now_ends_the_run"),
    ("the clock goes back a day, forward a day, over the end of summer time, beyond 2038 and back", "in the midst of a run", "nobody gets two, nobody is forgotten", "test_a_clock_that_jumps_makes_nobody_get_two_or_none"),
    ("the server's name is not found", "from the start", "exit code 69; everybody waits", "test_a_name_that_cannot_be_found_is_a_server_that_is_away"),
    ("the keyring stays locked", "from the start", "exit code 78; nothing is queued", "test_a_keyring_that_stays_locked_sends_nothing"),
    ("the certificate is unknown, expired, another's; STARTTLS is not offered, or words are slipped in behind it", "before a line stands", "exit code 69; no login and no message in the clear", "test_nothing_is_said_over_a_line_that_is_not_safe"),
    ("two `send` at once, or two hundred", "at any time", "one runs, the others end with 75", "test_of_many_sends_at_once_one_runs"),
    ("Ctrl-C, SIGTERM, a terminal that is closed", "in the midst of a run", "what is on its way is finished; exit code 75, none in doubt", "test_a_polite_signal_finishes_what_is_on_its_way"),
    ("Ctrl-C a second time", "while what is on its way is finished", "the run ends at once, exit code 130; in doubt at most the lines; going on sends everybody else theirs", "test_a_second_ctrl_c_leaves_no_more_in_doubt_than_there_are_lines"),
]  # fmt: skip
CELLS = [*MESSAGE, *LEAVING, *OPENING]
_TITLES = {
    "GREETING": "greeting", "TLS": "handshake", "AUTH-2": "password", "BODY": "in the body", "WHOLE": "after the body", "DOT": "final dot",
}  # fmt: skip


def tables() -> str:
    """The tables of docs/outbox.md: faults down, moments across, and what each word means."""
    words = "".join(
        f"- **{name}**: {outcome.told}; exit code {outcome.code}\n" for name, outcome in OUTCOMES.items()
    )
    parts = [words]
    for cells in (MESSAGE, LEAVING, OPENING):
        moments = list(dict.fromkeys(cell.moment for cell in cells))
        moments.sort(key=_order)
        found = {(cell.fault, cell.moment): cell.told() for cell in cells}
        heads = [_TITLES.get(moment, moment) for moment in moments]
        rows = [
            " | ".join([fault, *(found.get((fault, moment), "") for moment in moments)])
            for fault in dict.fromkeys(cell.fault for cell in cells)
        ]
        lines = [" | ".join(["the server's answer", *heads]), "|".join(["---"] * (len(moments) + 1)), *rows]
        parts.append(
            "".join(f"| {line} |\n" for line in lines).replace("| ---|", "|---|").replace("|--- |", "|---|")
        )
    told = "".join(f"| {what} | {when} | {follows} |\n" for what, when, follows, _ in WORLD)
    parts.append(f"| what else | when | what follows |\n|---|---|---|\n{told}")
    return "\n".join(parts)


def _order(moment: str) -> int:
    order = (
        "GREETING",
        "EHLO",
        "STARTTLS",
        "TLS",
        "AUTH",
        "AUTH-2",
        "MAIL",
        "RCPT",
        "DATA",
        "BODY",
        "WHOLE",
        "DOT",
    )
    return order.index(moment) if moment in order else 99
