"""One person on the screen: who, lists in words, history, and what would stop a mailing."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from newsletter.cli.console import printable
from newsletter.cli.entries import line_in_words
from newsletter.cli.people import state_in_words
from newsletter.contacts import Card, CardList, CardPart, said
from newsletter.database import SKIP_REASONS

if TYPE_CHECKING:
    from newsletter.replies import Came


def print_card(card: Card, related: list[str] | None = None, came: "Sequence[Came]" = ()) -> None:
    """The card, on stdout, with what the person is to others, in words, and what came back from them."""
    click.secho(printable(card.name or card.email or "(no name)"), bold=True)
    for label, text in _about(card):
        if text:
            shown = printable(text).replace("\n", "\n" + " " * 16)
            click.echo(f"  {label + ':':<14}{shown}")
    if related:
        _section("Relationships", related, "")
    _section("Lists", [f"{info.name} ({info.list}): {_standing(info)}" for info in card.lists], "on no list")
    _section("What would stop a mailing", list(_stops(card)), "it is on no list")
    if came:
        _section("What came back", [came_in_words(one) for one in came], "")
    _section("Consent, entry by entry", [line_in_words(line) for line in card.history], "no entry")


def came_in_words(came: "Came") -> str:
    """One thing that came back as a sentence, with its day."""
    from newsletter.replies import in_words

    return f"{said(came.at)}: {in_words(came)}"


def _about(card: Card) -> Iterator[tuple[str, str]]:
    yield "id", str(card.contact_id)
    for address in card.addresses:
        suppressed = f" — never written to: {address.suppressed}" if address.suppressed else ""
        yield "email" if address.is_primary else "also", address.email + suppressed
    yield "given name", card.given_name
    yield "organisation", "; ".join(_part(part) for part in card.organisations)
    yield "role", "; ".join(_part(part) for part in card.roles)
    yield "tags", ", ".join(card.tags)
    for part in card.own:
        yield part.name, part.position
    yield "language", card.language
    yield "format", "" if card.format == "html" else card.format
    yield "subscriber", "" if card.subscriber == "individual" else card.subscriber
    yield "post", card.postal_address.replace("\n", ", ")
    yield "stop", SKIP_REASONS.get(card.stop, card.stop)
    yield "paused until", said(card.paused_until)
    yield "notes", card.notes
    yield "known since", said(card.created_at)


def _part(part: CardPart) -> str:
    days = f"since {said(part.since)}" if part.since else ""
    end = f"until {said(part.until)}" if part.until else ""
    more = ", ".join(text for text in (part.position, days, end) if text)
    return f"{part.name} ({more})" if more else part.name


def _standing(info: CardList) -> str:
    until = f", until {said(info.expires_at)}" if info.expires_at else ""
    return state_in_words(info.state, info.basis, info.since, info.channel) + until


def _stops(card: Card) -> Iterator[str]:
    for info in card.lists:
        reason = info.reason
        yield f"{info.list}: {SKIP_REASONS.get(reason, reason) if reason else 'nothing, it would be sent'}"


def _section(title: str, lines: list[str], empty: str) -> None:
    click.secho(f"\n{title}", bold=True)
    for line in lines or [empty]:
        click.echo(f"  {printable(line)}")
