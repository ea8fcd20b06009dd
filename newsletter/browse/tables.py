"""What each table page is called, shows, leaves out, and says when it is empty."""

from dataclasses import dataclass, field
from typing import Any

from newsletter.browse.hooks import DATABASE
from newsletter.config import Config

#: What nobody looks for by name: the machinery, and what is shown in better words elsewhere.
INTERNAL = (
    "_sqlite_migrations",
    "identity",
    "consent_details",
    "pictures",
    "editions",
    "mailing_editions",
    "people_search",
    "people_search_config",
    "people_search_content",
    "people_search_data",
    "people_search_docsize",
    "people_search_idx",
    "people_mixtures",
    "audience_counts",
    "mailing_counts",
    "consent_days",
    "stale_people",
    "stale_mailings",
    "kept_ready",
    "returns",
    "return_counts",
    "stale_returns",
)


@dataclass(frozen=True, slots=True)
class TablePage:
    """How one view is shown. `hidden` columns serve links and filters only."""

    title: str
    lead: str
    empty: str
    sort: str = ""
    newest_first: str = ""
    hidden: tuple[str, ...] = ()
    facets: tuple[str, ...] = ()  # columns whose values are counted beside the table, where they can be
    headings: dict[str, str] = field(default_factory=dict)
    person: str = "contact_id"  # the column with the contact's id, by which people can be searched
    section: str = ""  # the part of the navigation that it belongs to
    nouns: tuple[str, str] = ("row", "rows")
    tab: str = ""  # a shorter title

    @property
    def metadata(self) -> dict[str, Any]:
        """The table's part of Datasette's configuration."""
        said: dict[str, Any] = {"title": self.title, "facet_size": 10}
        if self.sort:
            said["sort"] = self.sort
        if self.newest_first:
            said["sort_desc"] = self.newest_first
        return said


PAGES = {
    "people": TablePage(
        title="People",
        lead="Everybody we know, what they agreed to, and whether we may write to them.",
        empty="Nobody is here yet. Bring people in with `newsletter contacts import people.csv --list LIST`.",
        sort="name",
        hidden=("id", "mixture", "turns_on"),
        headings={
            "standing": "May we write?",
            "lists": "Lists and consent",
            "gets_it_as": "Gets it as",
            "added": "Since",
        },
        person="id",
        section="People",
        nouns=("person", "people"),
    ),
    "organisation_overview": TablePage(
        title="Organisations",
        lead="The organisations that people belong to.",
        empty="There is no organisation yet. `newsletter organisations add` makes one; an import brings them along.",
        sort="name",
        hidden=("id",),
        person="",
        section="Organisations",
        nouns=("organisation", "organisations"),
    ),
    "mailing_overview": TablePage(
        title="Mailings",
        tab="All mailings",
        lead="Each issue that went out, or is going out, and what became of it.",
        empty="Nothing has been sent yet. `newsletter send ISSUE --dry-run` shows who would get an issue.",
        newest_first="mailing",
        hidden=("mailing",),
        headings={"not_sent": "Not sent, with a reason", "left_by_it": "Left by it"},
        person="",
        section="Mailings",
        nouns=("mailing", "mailings"),
    ),
    "who_gets_the_next_issue": TablePage(
        title="Who gets the next issue, and why not",
        tab="Who gets the next issue",
        lead="",
        empty="No issue has been looked at yet. `newsletter send ISSUE --dry-run` sends nothing and fills this page.",
        sort="place",
        hidden=("place", "contact_id", "issue", "looked_up"),
        facets=("answer", "why_not"),
        section="Mailings",
        nouns=("person", "people"),
    ),
    "refused_and_in_doubt": TablePage(
        title="Refused and in doubt",
        lead="Messages that the mail server refused, and messages that may have arrived: the line broke "
        "before it answered. `newsletter resolve ISSUE` decides about those in doubt.",
        empty="Nothing was refused and nothing is in doubt.",
        newest_first="delivery",
        hidden=("delivery", "recorded_for", "contact_id", "email", "kind", "why"),
        facets=("what_became_of_it", "issue"),
        headings={"answer": "What the server said"},
        section="Mailings",
        nouns=("message", "messages"),
    ),
    "deliveries_by_name": TablePage(
        title="Messages, one by one",
        tab="Every message",
        lead="What became of every message.",
        empty="There are no messages here.",
        newest_first="delivery",
        hidden=("delivery", "recorded_for", "contact_id", "email", "kind"),
        facets=("what_became_of_it", "why"),
        headings={"answer": "What the server said"},
        section="Mailings",
        nouns=("message", "messages"),
    ),
    "consent_history": TablePage(
        title="Consent history",
        lead="Every agreement and every withdrawal, newest first. Nothing here is ever changed or taken out.",
        empty="Nobody has agreed to anything yet. `newsletter consent record` writes an agreement down.",
        newest_first="entry",
        hidden=("recorded_for", "contact_id", "wording_digest", "voids", "noted"),
        facets=("what_happened", "list"),
        headings={"entry": "No.", "what_happened": "What happened", "how": "How", "until": "Until"},
        section="Consent",
        nouns=("entry", "entries"),
    ),
    "consents_ending": TablePage(
        title="Consents that end within 90 days",
        tab="Ending soon",
        lead="Ask these people again before the day comes: afterwards they may not be written to.",
        empty="No consent ends within the next 90 days.",
        sort="until",
        hidden=("contact_id",),
        facets=("list",),
        headings={"until": "Ends", "agreed": "Agreed on"},
        section="Consent",
        nouns=("consent", "consents"),
    ),
    "never_written_to": TablePage(
        title="Addresses that are never written to",
        tab="Never written to",
        lead="They asked for it, came back dead, or marked a message as junk.",
        empty="There is no such address.",
        newest_first="date",
        hidden=("contact_id", "email"),
        facets=("what_happened",),
        section="Consent",
        nouns=("address", "addresses"),
    ),
}


def metadata(config: Config) -> dict[str, Any]:
    """Datasette's configuration: nobody but root reads, internal tables are hidden."""
    tables: dict[str, Any] = {name: page.metadata for name, page in PAGES.items()}
    tables |= {name: {"hidden": True} for name in INTERNAL}
    return {
        "title": config.sender.name or "Newsletter",
        "allow": {"id": "root"},
        "databases": {DATABASE: {"title": "All tables", "tables": tables}},
    }


#: Measured on a million contacts: suggested facets alone cost a second a page.
SETTINGS = {
    "suggest_facets": False,
    "facet_time_limit_ms": 1500,
    "sql_time_limit_ms": 3000,
    "default_page_size": 50,
    "allow_download": False,
    "allow_csv_stream": False,
    "default_cache_ttl": 0,
}
