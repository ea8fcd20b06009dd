"""What became of mailings and lists: figures, reasons, what should worry somebody, and pictures of it."""

from newsletter.reports.breakdown import BY, By, Group, break_down
from newsletter.reports.charts import Column, Series, draw_columns
from newsletter.reports.concerns import Concern, domain_concerns, list_concerns, mailing_concerns
from newsletter.reports.concerns import in_words as say_concern
from newsletter.reports.drawings import EVERY_LIST, ISSUES, LIST, issue_columns, month_columns
from newsletter.reports.figures import NAMES, Figures, total
from newsletter.reports.growth import Growth, Month, list_growth, total_of_months
from newsletter.reports.mailings import (
    Mailed,
    Reasons,
    all_mailings,
    last_issues,
    last_reading,
    one_mailing,
    reasons_of,
)
from newsletter.reports.refusals import IN_WORDS as REASONS
from newsletter.reports.refusals import SEVERITIES
from newsletter.reports.sharing import FEW, FEWEST, merged_small, shared

__all__ = [
    "BY",
    "EVERY_LIST",
    "FEW",
    "FEWEST",
    "ISSUES",
    "LIST",
    "NAMES",
    "REASONS",
    "SEVERITIES",
    "By",
    "Column",
    "Concern",
    "Figures",
    "Group",
    "Growth",
    "Mailed",
    "Month",
    "Reasons",
    "Series",
    "all_mailings",
    "break_down",
    "domain_concerns",
    "draw_columns",
    "issue_columns",
    "last_issues",
    "last_reading",
    "list_concerns",
    "list_growth",
    "mailing_concerns",
    "merged_small",
    "month_columns",
    "one_mailing",
    "reasons_of",
    "say_concern",
    "shared",
    "total",
    "total_of_months",
]
