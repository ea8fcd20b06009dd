"""What is kept about a person: shown to them, forgotten for good, kept no longer than stated, asked for in time."""

from newsletter.privacy.breach import Breach, Exposed, breach_of, people_exposed
from newsletter.privacy.erasing import Erasure, erase_person, plan_erasure
from newsletter.privacy.exporting import Answer, answer_for, others_named, write_answer
from newsletter.privacy.files import Trace, remove_traces, traces_of
from newsletter.privacy.notice import draft_of
from newsletter.privacy.register import REGISTER
from newsletter.privacy.requests import (
    Request,
    acknowledge_request,
    add_request,
    all_requests,
    close_request,
)
from newsletter.privacy.residue import scrub
from newsletter.privacy.retention import Due, apply_retention, people_due, plan_retention
from newsletter.privacy.subject import Subject, find_subject, stranger

__all__ = [
    "REGISTER",
    "Answer",
    "Breach",
    "Due",
    "Erasure",
    "Exposed",
    "Request",
    "Subject",
    "Trace",
    "acknowledge_request",
    "add_request",
    "all_requests",
    "answer_for",
    "apply_retention",
    "breach_of",
    "close_request",
    "draft_of",
    "erase_person",
    "find_subject",
    "others_named",
    "people_due",
    "people_exposed",
    "plan_erasure",
    "plan_retention",
    "remove_traces",
    "scrub",
    "stranger",
    "traces_of",
    "write_answer",
]
