"""What people and their programs write: opt-outs by mail, automatic replies, answers, and wishes to stop."""

from newsletter.replies.letters.commands import Command, command_of, opt_out_in
from newsletter.replies.letters.found import is_passed_on, letter_in, written_at

__all__ = ["Command", "command_of", "is_passed_on", "letter_in", "opt_out_in", "written_at"]
