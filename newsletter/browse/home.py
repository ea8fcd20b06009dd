"""The home page: a sentence about the next issue, then numbers that lead somewhere."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

from newsletter.browse.chart import Chart, draw
from newsletter.browse.hooks import (
    DATABASE,
    Browser,
    Datasette,
    Request,
    Response,
    browser_of,
    may_look,
    rows,
)
from newsletter.browse.upcoming import Upcoming, looked_at, reach
from newsletter.browse.words import counted, full_day, in_words, issue_name, number

_WRITABLE = "may be written to"


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

    await may_look(datasette, request)
    browser = browser_of(datasette)
    assert browser is not None  # noqa: S101  # the page is registered for our browser only
    now = browser.clock().astimezone(browser.config.zone)
    people = await _count(datasette, "SELECT count(*) FROM contacts")
    context: dict[str, Any] = {"today": full_day(now.date()), "first_day": people == 0}
    if people != 0:
        upcoming = await looked_at(datasette)
        to_come = upcoming is not None and not upcoming.begun
        last = await _last_mailing(datasette)
        context |= {
            "looked_at": upcoming,
            "next_issue": await _next_issue(datasette, browser, upcoming) if upcoming and to_come else None,
            "last": last,
            "cards": await _cards(datasette, people, last, now),
            "chart": await _chart(datasette, now.date()),
            "reasons": await _reasons(datasette),
            "recent": await rows(datasette, "SELECT * FROM consent_history ORDER BY entry DESC LIMIT 5"),
        }
    return Response.html(await datasette.render_template("home.html", context, request))


async def _count(datasette: Datasette, sql: str, *values: object) -> int | None:
    """A count, or None where it takes longer than a page may."""
    from datasette.database import QueryInterrupted

    try:
        return int((await rows(datasette, sql, *values))[0][0])
    except QueryInterrupted:
        return None


async def _last_mailing(datasette: Datasette) -> Any:
    found = await rows(
        datasette,
        "SELECT * FROM mailing_overview WHERE kind IN ('issue', 'correction') ORDER BY mailing DESC LIMIT 1",
    )
    return found[0] if found else None


async def _next_issue(datasette: Datasette, browser: Browser, upcoming: Upcoming) -> dict[str, Any]:
    """What the sentence says about the issue that is still to come."""
    issue = upcoming.issue
    approvers = await rows(
        datasette,
        "SELECT DISTINCT approver FROM approvals WHERE issue = ? AND revoked_at = '' ORDER BY approved_at",
        issue,
    )
    reached, everybody = await reach(datasette, issue)
    return {
        "issue": issue,
        "agreed_by": " and ".join(row["approver"] for row in approvers),
        "reached": reached,
        "everybody": everybody,
        "looked_up": in_words(upcoming.taken_at, browser.config.zone),
        "changes": await _count(
            datasette, "SELECT count(*) FROM consents WHERE recorded_at > ?", upcoming.taken_at
        ),
    }


async def _cards(datasette: Datasette, people: int | None, last: Any, now: dt.datetime) -> list[Card]:
    table = f"/{DATABASE}"
    organisations = await _count(datasette, "SELECT count(*) FROM organisations")
    writable = await _count(datasette, "SELECT count(*) FROM people WHERE standing = ?", _WRITABLE)
    since, since_words = _since(last, now)
    joined = await _count(datasette, _KIND_SINCE, "given", since)
    left = await _count(datasette, _KIND_SINCE, "withdrawn", since)
    refused = await _count(
        datasette, "SELECT count(*) FROM refused_and_in_doubt WHERE what_became_of_it = 'refused'"
    )
    doubtful = await _count(
        datasette, "SELECT count(*) FROM refused_and_in_doubt WHERE what_became_of_it <> 'refused'"
    )
    ending = await _count(datasette, "SELECT count(*) FROM consents_ending")
    cards = [
        Card(
            number(people),
            f"{'person' if people == 1 else 'people'}, in {counted(organisations, 'organisation', 'organisations')}",
            f"{table}/people",
        ),
        Card(number(writable), _WRITABLE, f"{table}/people?standing={quote_plus(_WRITABLE)}"),
        Card(
            f"+{number(joined)}" if joined != 0 else "None",
            f"agreed {since_words}, {number(left)} left",
            f"{table}/consent_history",
        ),
        _trouble(refused, doubtful, f"{table}/refused_and_in_doubt"),
    ]
    if ending != 0:
        text = "consent ends within 90 days" if ending == 1 else "consents end within 90 days"
        cards.append(Card(number(ending), text, f"{table}/consents_ending", warm=True))
    return cards


_KIND_SINCE = "SELECT count(*) FROM consents WHERE kind = ? AND effective_at >= ?"


def _since(last: Any, now: dt.datetime) -> tuple[str, str]:
    if last is not None and last["finished"]:
        return last["finished"][:10], f"since the {issue_name(last['issue'])} issue"
    return (now - dt.timedelta(days=90)).date().isoformat(), "in the past 90 days"


def _trouble(refused: int | None, doubtful: int | None, link: str) -> Card:
    if refused == 0 and doubtful == 0:
        return Card("None", "refused, and none in doubt", link)
    if doubtful == 0:
        return Card(number(refused), "refused by a mail server", link, warm=True)
    text = "message may have arrived" if doubtful == 1 else "messages may have arrived"
    return Card(number(doubtful), f"{text}; {number(refused)} refused", link, warm=True)


async def _chart(datasette: Datasette, today: dt.date) -> Chart | None:
    from datasette.database import QueryInterrupted

    try:
        found = await rows(
            datasette,
            "SELECT substr(effective_at, 1, 7) AS month, sum(kind = 'given') AS joined, "
            "sum(kind = 'withdrawn') AS went FROM consents WHERE kind IN ('given', 'withdrawn') AND sequence NOT IN "
            "(SELECT voids FROM consents WHERE voids IS NOT NULL) GROUP BY 1 ORDER BY 1 DESC LIMIT 24",
        )
    except QueryInterrupted:
        return None
    return draw({row["month"]: (row["joined"], row["went"]) for row in found}, today)


async def _reasons(datasette: Datasette) -> list[dict[str, Any]]:
    """Why some do not get the issue that was looked at last, the commonest reason first."""
    found = await rows(
        datasette,
        "SELECT why_not, count(*) AS count FROM who_gets_the_next_issue WHERE why_not IS NOT NULL "
        "GROUP BY why_not ORDER BY count DESC, why_not",
    )
    table = f"/{DATABASE}/who_gets_the_next_issue"
    return [
        {
            "words": row["why_not"],
            "count": row["count"],
            "link": f"{table}?why_not={quote_plus(row['why_not'])}",
        }
        for row in found
    ]
