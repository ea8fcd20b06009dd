"""What is owed to whom, what was sent, and what nobody can know: never twice, never lost."""

from newsletter.outbox.answer import explain
from newsletter.outbox.asking import (
    NobodyToAsk,
    Round,
    confirmations_since,
    due_confirmations,
    next_turn,
    plan_renewal,
    queue_confirmation,
    queue_renewal,
    unfinished_renewal,
)
from newsletter.outbox.audience import NothingToCorrect, Reach, in_segments, plan_mailing, reach_of
from newsletter.outbox.bringing import bring_deliveries
from newsletter.outbox.connection import Line, LineLost
from newsletter.outbox.control import (
    Cancelled,
    Paused,
    Tally,
    TooEarly,
    TooLate,
    bring_back_late,
    cancel_mailing,
    count_late,
    give_up,
    hindrance,
    mend,
    pause_mailing,
    require_cancellable,
    resume_mailing,
    said_moment,
    schedule_mailing,
    tally_of,
)
from newsletter.outbox.dkimkey import DkimRecord, dkim_record, import_dkim_key, make_dkim_key
from newsletter.outbox.ledger import recover, settle_doubts
from newsletter.outbox.lock import AnotherSender, only_sender, someone_sends
from newsletter.outbox.log import RunLog
from newsletter.outbox.login import LoginRefused
from newsletter.outbox.mailings import Mailing, mailing_of
from newsletter.outbox.message import sample_message
from newsletter.outbox.newcomers import add_newcomers, count_newcomers
from newsletter.outbox.notice import notice_relay, send_notice
from newsletter.outbox.opaque import delivery_at, opaque_at
from newsletter.outbox.opening import open_line
from newsletter.outbox.password import password_name, read_secret
from newsletter.outbox.permission import IN_WORDS as REASONS
from newsletter.outbox.plan import Addressed, foretell
from newsletter.outbox.preparing import personal_values
from newsletter.outbox.questions import Open, doubtful_of, stuck_of
from newsletter.outbox.queueing import queue_mailing
from newsletter.outbox.quiet import quiet_organisations, quiet_people
from newsletter.outbox.rehearsal import Rehearsal, rehearse, write_messages
from newsletter.outbox.report import NotQueued, Recipient, Report, recipients_of, report_of, the_mailing
from newsletter.outbox.segments import count_further, widen_mailing, widened
from newsletter.outbox.sender import require_server, send_due
from newsletter.outbox.states import IN_WORDS as STATES
from newsletter.outbox.trial import require_test_address, send_test
from newsletter.outbox.unwelcome import Unwelcome, resting_domains
from newsletter.outbox.watching import Change, Watcher

__all__ = [
    "REASONS",
    "STATES",
    "Addressed",
    "AnotherSender",
    "Cancelled",
    "Change",
    "DkimRecord",
    "Line",
    "LineLost",
    "LoginRefused",
    "Mailing",
    "NobodyToAsk",
    "NotQueued",
    "NothingToCorrect",
    "Open",
    "Paused",
    "Reach",
    "Recipient",
    "Rehearsal",
    "Report",
    "Round",
    "RunLog",
    "Tally",
    "TooEarly",
    "TooLate",
    "Unwelcome",
    "Watcher",
    "add_newcomers",
    "bring_back_late",
    "bring_deliveries",
    "cancel_mailing",
    "confirmations_since",
    "count_further",
    "count_late",
    "count_newcomers",
    "delivery_at",
    "dkim_record",
    "doubtful_of",
    "due_confirmations",
    "explain",
    "foretell",
    "give_up",
    "hindrance",
    "import_dkim_key",
    "in_segments",
    "mailing_of",
    "make_dkim_key",
    "mend",
    "next_turn",
    "notice_relay",
    "only_sender",
    "opaque_at",
    "open_line",
    "password_name",
    "pause_mailing",
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
    "require_cancellable",
    "require_server",
    "require_test_address",
    "resting_domains",
    "resume_mailing",
    "said_moment",
    "sample_message",
    "schedule_mailing",
    "send_due",
    "send_notice",
    "send_test",
    "settle_doubts",
    "someone_sends",
    "stuck_of",
    "tally_of",
    "the_mailing",
    "unfinished_renewal",
    "widen_mailing",
    "widened",
    "write_messages",
]
