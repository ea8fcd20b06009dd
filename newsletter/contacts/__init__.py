"""People and what they agreed to: contacts, organisations, lists, the consent ledger, who may be written to."""

from newsletter.contacts.bases import Basis, all_bases, basis_of, doubt_about, require_basis
from newsletter.contacts.card import Card, CardList, CardPart, contact_card
from newsletter.contacts.consent import (
    Line,
    history,
    record_consent,
    record_consents,
    standing,
    withdraw_consent,
)
from newsletter.contacts.dates import BadDate, effective, parse_day, past_day, said, stamp
from newsletter.contacts.decisions import Decision, count_decisions, decide, reason_to_skip
from newsletter.contacts.editing import EDITABLE, Changes, edit_contact
from newsletter.contacts.evidence import (
    Evidence,
    check_evidence,
    evidence_in,
    keep_evidence,
    read_answers,
    read_evidence,
)
from newsletter.contacts.evidence import Found as FoundEvidence
from newsletter.contacts.fields import FORMATS, STOPS, SUBSCRIBERS
from newsletter.contacts.ledger import BASES, DOUBLE_OPT_IN, KINDS, ConsentEvent
from newsletter.contacts.lists import ListInfo, Purpose, all_lists, purposes, require_list, sync_lists
from newsletter.contacts.operations import Actor, Running, adding, operation, touched_since, touching
from newsletter.contacts.organisations import (
    Colleague,
    Organisation,
    add_organisation,
    all_organisations,
    colleagues,
    find_organisation,
)
from newsletter.contacts.people import NewContact, add_contact
from newsletter.contacts.search import (
    Found,
    find_contacts,
    found_people,
    index_people,
    search_contacts,
    the_contact,
)
from newsletter.contacts.suppression import (
    REASONS,
    Suppression,
    count_suppressions,
    find_suppression,
    lift_suppression,
    suppress_address,
)
from newsletter.contacts.transfer import (
    ImportOrder,
    Plan,
    apply_import,
    plan_import,
    read_mapping,
    write_rejects,
)
from newsletter.contacts.verify import Broken, count_entries, verify_ledger
from newsletter.contacts.wordings import Version, record_wording, versions

__all__ = [
    "BASES",
    "DOUBLE_OPT_IN",
    "EDITABLE",
    "FORMATS",
    "KINDS",
    "REASONS",
    "STOPS",
    "SUBSCRIBERS",
    "Actor",
    "BadDate",
    "Basis",
    "Broken",
    "Card",
    "CardList",
    "CardPart",
    "Changes",
    "Colleague",
    "ConsentEvent",
    "Decision",
    "Evidence",
    "Found",
    "FoundEvidence",
    "ImportOrder",
    "Line",
    "ListInfo",
    "NewContact",
    "Organisation",
    "Plan",
    "Purpose",
    "Running",
    "Suppression",
    "Version",
    "add_contact",
    "add_organisation",
    "adding",
    "all_bases",
    "all_lists",
    "all_organisations",
    "apply_import",
    "basis_of",
    "check_evidence",
    "colleagues",
    "contact_card",
    "count_decisions",
    "count_entries",
    "count_suppressions",
    "decide",
    "doubt_about",
    "edit_contact",
    "effective",
    "evidence_in",
    "find_contacts",
    "find_organisation",
    "find_suppression",
    "found_people",
    "history",
    "index_people",
    "keep_evidence",
    "lift_suppression",
    "operation",
    "parse_day",
    "past_day",
    "plan_import",
    "purposes",
    "read_answers",
    "read_evidence",
    "read_mapping",
    "reason_to_skip",
    "record_consent",
    "record_consents",
    "record_wording",
    "require_basis",
    "require_list",
    "said",
    "search_contacts",
    "stamp",
    "standing",
    "suppress_address",
    "sync_lists",
    "the_contact",
    "touched_since",
    "touching",
    "verify_ledger",
    "versions",
    "withdraw_consent",
    "write_rejects",
]
