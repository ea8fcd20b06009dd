"""Checks everything that sending needs, and says what is right, what is not and what to mend."""

from newsletter.doctor.case import Case
from newsletter.doctor.finding import Finding, Level
from newsletter.doctor.records import Records, system_records
from newsletter.doctor.together import FAMILIES, Family, Results, examine

__all__ = [
    "FAMILIES",
    "Case",
    "Family",
    "Finding",
    "Level",
    "Records",
    "Results",
    "examine",
    "system_records",
]
