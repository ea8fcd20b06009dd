"""What is kept about a person: shown to them, forgotten for good, kept no longer than stated, asked for in time."""

from newsletter.privacy.erasing import Erasure, erase_person, plan_erasure
from newsletter.privacy.files import Trace, remove_traces, traces_of
from newsletter.privacy.holding import Holding
from newsletter.privacy.register import REGISTER, outdated, unregistered
from newsletter.privacy.residue import scrub
from newsletter.privacy.subject import Subject, find_subject, stranger

__all__ = [
    "REGISTER",
    "Erasure",
    "Holding",
    "Subject",
    "Trace",
    "erase_person",
    "find_subject",
    "outdated",
    "plan_erasure",
    "remove_traces",
    "scrub",
    "stranger",
    "traces_of",
    "unregistered",
]
