"""What is kept about a person: shown to them, forgotten for good, kept no longer than stated, asked for in time."""

from newsletter.privacy.erasing import Erasure, erase_person, plan_erasure
from newsletter.privacy.exporting import Answer, answer_for, others_named, write_answer
from newsletter.privacy.files import Trace, remove_traces, traces_of
from newsletter.privacy.holding import Holding
from newsletter.privacy.register import REGISTER, outdated, unregistered
from newsletter.privacy.requests import (
    Request,
    acknowledge_request,
    add_request,
    all_requests,
    close_request,
)
from newsletter.privacy.residue import scrub
from newsletter.privacy.subject import Subject, find_subject, stranger

__all__ = [
    "REGISTER",
    "Answer",
    "Erasure",
    "Holding",
    "Request",
    "Subject",
    "Trace",
    "acknowledge_request",
    "add_request",
    "all_requests",
    "answer_for",
    "close_request",
    "erase_person",
    "find_subject",
    "others_named",
    "outdated",
    "plan_erasure",
    "remove_traces",
    "scrub",
    "stranger",
    "traces_of",
    "unregistered",
    "write_answer",
]
