"""Where mail comes from: an IMAP server, a Maildir, an mbox, files, or an MTA that pipes it in."""

from newsletter.replies.mailbox.arrived import Source
from newsletter.replies.mailbox.choosing import NoMailbox, chosen_source, named_source, piped_source
from newsletter.replies.mailbox.imap import Folder, look_at
from newsletter.replies.mailbox.opening import open_mailbox
from newsletter.replies.mailbox.password import mailbox_password_name
from newsletter.replies.mailbox.remembering import read_to_end_at
from newsletter.replies.mailbox.taking import Reading, Seen, look_through, take_in

__all__ = [
    "Folder",
    "NoMailbox",
    "Reading",
    "Seen",
    "Source",
    "chosen_source",
    "look_at",
    "look_through",
    "mailbox_password_name",
    "named_source",
    "open_mailbox",
    "piped_source",
    "read_to_end_at",
    "take_in",
]
