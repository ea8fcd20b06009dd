"""People in from files and out to them: read, planned, and taken in whole or not at all."""

from newsletter.contacts.transfer.applying import apply_import
from newsletter.contacts.transfer.checking import beyond_ascii
from newsletter.contacts.transfer.exporting import Selection, count_selected, export_people, own_fields
from newsletter.contacts.transfer.layout import headings_with
from newsletter.contacts.transfer.mapping import read_mapping
from newsletter.contacts.transfer.order import ImportOrder
from newsletter.contacts.transfer.planning import Plan, plan_import
from newsletter.contacts.transfer.rejects import write_rejects
from newsletter.contacts.transfer.writing import WRITERS, chosen_columns

__all__ = [
    "WRITERS",
    "ImportOrder",
    "Plan",
    "Selection",
    "apply_import",
    "beyond_ascii",
    "chosen_columns",
    "count_selected",
    "export_people",
    "headings_with",
    "own_fields",
    "plan_import",
    "read_mapping",
    "write_rejects",
]
