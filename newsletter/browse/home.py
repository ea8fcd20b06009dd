"""The home page: a sentence about the next issue, then numbers that lead somewhere."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

from newsletter.browse.chart import Share, shares
from newsletter.browse.due import open_follow_ups, quiet_organisations
from newsletter.browse.facets import Mixture, mixtures, on_lists
from newsletter.browse.hooks import (
    DATABASE,
    Browser,
    Datasette,
    Request,
    Response,
    may_look,
    rows,
    value,
)
from newsletter.browse.reported import Seen, seen_of
from newsletter.browse.upcoming import Upcoming, audience, looked_at, reach
from newsletter.browse.words import counted, full_day, in_words, issue_name, number
from newsletter.database import SKIP_REASONS

_WRITABLE = "may be written to"
_TABLE = f"/{DATABASE}"
_GAINED = "kind IN ('given', 'confirmed')"
_LOST = "kind IN ('withdrawn', 'expired')"
#: What people allow of their pictures and words is in the ledger too; it is no list.
_A_LIST = "list NOT LIKE 'media:%'"


@dataclass(frozen=True, slots=True)
class Card:
    """A number and where it leads."""

    number: str
    text: str
    link: str
    warm: bool = False


async def home_page(datasette: Datasette, request: Request) -> Response:
    """The page that opens first."""
    from datasette import Response

    browser = await may_look(datasette, request)
    today = browser.today
    known = [mixture for mixture in await mixtures(datasette) if mixture.people]
    context: dict[str, Any] = {"today": full_day(today), "first_day": not known}
    if known:
        context |= await _numbers(datasette, browser, known, today)
    return Response.html(await datasette.render_template("home.html", context, request))


async def _numbers(
    datasette: Datasette, browser: Browser, known: list[Mixture], today: dt.date
) -> dict[str, Any]:
    upcoming, readers = await looked_at(datasette), await audience(datasette)
    to_come = upcoming if upcoming and not upcoming.begun else None
    last = await _last_mailing(datasette)
    return {
        "looked_at": upcoming,
        "next_issue": await _next_issue(datasette, browser, to_come, readers) if to_come else None,
        "last": last,
        "cards": await _cards(datasette, known, last, today),
        "seen": await _seen(datasette, known, today),
        "roles": _roles(known),
        "lists": _lists(known),
        "reasons": _reasons(readers),
        "recent": await rows(datasette, "SELECT * FROM consent_history ORDER BY entry DESC LIMIT 5"),
        "due": await open_follow_ups(datasette, 5),
        "quiet": await quiet_organisations(datasette, today, 5),
        "day": today.isoformat(),
    }


async def _last_mailing(datasette: Datasette) -> Any:
    found = await rows(
        datasette,
        "SELECT * FROM mailing_overview WHERE kind IN ('issue', 'correction') ORDER BY mailing DESC LIMIT 1",
    )
    return found[0] if found else None


async def _next_issue(
    datasette: Datasette, browser: Browser, upcoming: Upcoming, readers: list[Any]
) -> dict[str, Any]:
    """What the sentence says about the issue that is still to come."""
    issue = upcoming.issue
    approvers = await rows(
        datasette,
        "SELECT DISTINCT approver FROM approvals WHERE issue = ? AND revoked_at = '' ORDER BY approved_at",
        issue,
    )
    reached, everybody = reach(readers)
    return {
        "issue": issue,
        "agreed_by": " and ".join(row["approver"] for row in approvers),
        "reached": reached,
        "everybody": everybody,
        "looked_up": in_words(upcoming.taken_at, browser.config.zone),
        "changes": await value(datasette, _CHANGES, upcoming.taken_at),
    }


# From the end of the ledger backwards, since it grows there; as many as are worth telling apart.
_CHANGES = """SELECT count(*) FROM (SELECT recorded_at FROM consents ORDER BY sequence DESC LIMIT 1000)
    WHERE recorded_at > ?"""


async def _cards(datasette: Datasette, known: list[Mixture], last: Any, today: dt.date) -> list[Card]:
    people = sum(mixture.people for mixture in known)
    writable = sum(mixture.people for mixture in known if mixture.standing == _WRITABLE)
    organisations = await value(datasette, "SELECT count(*) FROM organisations")
    ending = await value(datasette, _ENDING)
    cards = [
        Card(
            number(people),
            f"{'person' if people == 1 else 'people'}, in {counted(organisations, 'organisation', 'organisations')}",
            f"{_TABLE}/people",
        ),
        Card(number(writable), _WRITABLE, f"{_TABLE}/people?standing={quote_plus(_WRITABLE)}"),
        await _gained(datasette, last, today),
        await _trouble(datasette),
    ]
    if ending != 0:
        text = "consent ends within 90 days" if ending == 1 else "consents end within 90 days"
        cards.append(Card(number(ending), text, f"{_TABLE}/consents_ending", warm=True))
    return cards


_ENDING = """SELECT count(*) FROM subscriptions WHERE state = 'given' AND expires_at < '9999-12-31'
    AND expires_at BETWEEN date('now') AND date('now', '+90 days')"""


async def _gained(datasette: Datasette, last: Any, today: dt.date) -> Card:
    """Who agreed and who left since the last issue."""
    since, words = (today - dt.timedelta(days=90)).isoformat(), "in the past 90 days"
    if last is not None and last["finished"]:
        since, words = last["finished"][:10], f"since the {issue_name(last['issue'])} issue"
    found = await rows(
        datasette,
        f"SELECT coalesce(sum(entries) FILTER (WHERE {_GAINED}), 0), coalesce(sum(entries) FILTER (WHERE {_LOST}), 0) "
        f"FROM consent_days WHERE day >= ? AND {_A_LIST}",
        since,
    )
    joined, left = found[0]
    return Card(
        f"+{number(joined)}" if joined else "None",
        f"agreed {words}, {number(left)} left",
        f"{_TABLE}/consent_history",
    )


async def _trouble(datasette: Datasette) -> Card:
    found = await rows(
        datasette,
        "SELECT state, sum(messages) FROM mailing_counts WHERE state IN ('refused', 'in-doubt') GROUP BY state",
    )
    count = {row[0]: row[1] for row in found}
    refused, doubtful = count.get("refused", 0), count.get("in-doubt", 0)
    link = f"{_TABLE}/refused_and_in_doubt"
    if not refused and not doubtful:
        return Card("None", "refused, and none in doubt", link)
    if not doubtful:
        return Card(number(refused), "refused by a mail server", link, warm=True)
    text = "message may have arrived" if doubtful == 1 else "messages may have arrived"
    return Card(number(doubtful), f"{text}; {number(refused)} refused", link, warm=True)


def _roles(known: list[Mixture]) -> list[Share]:
    """How many people play each role."""
    counts: Counter[str] = Counter()
    for mixture in known:
        counts.update(dict.fromkeys(mixture.roles or ("",), mixture.people))
    return shares(
        (role or "no role", people, f"{_TABLE}/people?_role={quote_plus(role)}" if role else "", 0)
        for role, people in counts.most_common(8)
    )


def _lists(known: list[Mixture]) -> list[Share]:
    """How many people are on each list, and how many of them agreed to it."""
    counts: Counter[tuple[str, str]] = Counter()
    agreed = on_lists(known)
    for mixture in known:
        for name, _, title in mixture.lists:
            counts[name, title] += mixture.people
    return shares(
        (title, people, f"{_TABLE}/people?_list={quote_plus(name)}", agreed[name])
        for (name, title), people in counts.most_common(8)
    )


async def _seen(datasette: Datasette, known: list[Mixture], today: dt.date) -> Seen:
    """The last issues and the months, from what is kept ready."""
    members = on_lists(known)
    seen: Seen = await datasette.get_database(DATABASE).execute_fn(lambda conn: seen_of(conn, today, members))
    return seen


def _reasons(readers: list[Any]) -> list[dict[str, Any]]:
    """Why some do not get the issue that was looked at last, the commonest reason first."""
    said = [
        (SKIP_REASONS.get(row["reason"], row["reason"]), row["people"])
        for row in readers
        if row["decision"] != "send"
    ]
    table = f"{_TABLE}/who_gets_the_next_issue"
    return [
        {"words": words, "count": people, "link": f"{table}?why_not={quote_plus(words)}"}
        for words, people in said
    ]
