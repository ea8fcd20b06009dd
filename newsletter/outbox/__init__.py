"""What is owed to whom, what was sent, and what nobody can know: never twice, never lost."""

from newsletter.outbox.answer import Answer, explain
from newsletter.outbox.asking import (
    NobodyToAsk,
    Round,
    confirmation_name,
    plan_renewal,
    queue_confirmation,
    queue_renewal,
    unfinished_renewal,
)
from newsletter.outbox.audience import NothingToCorrect, Plan, Reach, in_segments, plan_mailing, reach_of
from newsletter.outbox.bringing import bring_deliveries
from newsletter.outbox.ledger import recover, settle_doubts
from newsletter.outbox.lock import AnotherSender, only_sender
from newsletter.outbox.mailings import Mailing, mailing_of, queue_mailing
from newsletter.outbox.message import build_message, sample_message
from newsletter.outbox.newcomers import add_newcomers, count_newcomers
from newsletter.outbox.opening import LoginRefused, open_line
from newsletter.outbox.password import password_name, read_secret
from newsletter.outbox.permission import IN_WORDS as REASONS
from newsletter.outbox.preparing import personal_values
from newsletter.outbox.quiet import Quiet, quiet_organisations, quiet_people
from newsletter.outbox.rehearsal import Rehearsal, rehearse, write_messages
from newsletter.outbox.report import NotQueued, Recipient, Report, doubtful_of, recipients_of, report_of
from newsletter.outbox.segments import count_further, widen_mailing, widened
from newsletter.outbox.sender import require_server, send_due
from newsletter.outbox.states import IN_WORDS as STATES
from newsletter.outbox.trial import require_test_address, send_test

__all__ = [
    "REASONS",
    "STATES",
    "AnotherSender",
    "Answer",
    "LoginRefused",
    "Mailing",
    "NobodyToAsk",
    "NotQueued",
    "NothingToCorrect",
    "Plan",
    "Quiet",
    "Reach",
    "Recipient",
    "Rehearsal",
    "Report",
    "Round",
    "add_newcomers",
    "bring_deliveries",
    "build_message",
    "confirmation_name",
    "count_further",
    "count_newcomers",
    "doubtful_of",
    "explain",
    "in_segments",
    "mailing_of",
    "only_sender",
    "open_line",
    "password_name",
    "personal_values",
    "plan_mailing",
    "plan_renewal",
    "queue_confirmation",
    "queue_mailing",
    "queue_renewal",
    "quiet_organisations",
    "quiet_people",
    "reach_of",
    "read_secret",
    "recipients_of",
    "recover",
    "rehearse",
    "report_of",
    "require_server",
    "require_test_address",
    "sample_message",
    "send_due",
    "send_test",
    "settle_doubts",
    "unfinished_renewal",
    "widen_mailing",
    "widened",
    "write_messages",
]
