"""People in from files: read, planned, and taken in whole or not at all."""

from newsletter.contacts.transfer.applying import apply_import
from newsletter.contacts.transfer.mapping import read_mapping
from newsletter.contacts.transfer.order import ImportOrder
from newsletter.contacts.transfer.planning import Plan, plan_import
from newsletter.contacts.transfer.rejects import write_rejects

__all__ = ["ImportOrder", "Plan", "apply_import", "plan_import", "read_mapping", "write_rejects"]
