"""One person on the screen: who, lists in words, history, and what would stop a mailing."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from newsletter.cli.console import printable
from newsletter.cli.people import channel_in_words, state_in_words
from newsletter.contacts import Card, CardList, CardPart, Line, evidence_in, said
from newsletter.database import SKIP_REASONS

if TYPE_CHECKING:
    from newsletter.replies import Came

_KINDS = {
    "given": "agreed to",
    "confirmed": "confirmed",
    "refreshed": "agreed again to",
    "withdrawn": "withdrew from",
    "expired": "ran out for",
    "voided": "entry {voids} was struck out for",
}


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


def line_in_words(line: Line) -> str:
    """One entry of the ledger as a sentence."""
    entry = line.entry
    words = [
        f"{said(entry.effective_at)}: {_KINDS[entry.kind].format(voids=entry.voids)} {_of_what(entry.list)}",
        *([] if entry.kind == "withdrawn" else [f"({entry.basis})"]),
        channel_in_words(entry.channel),
    ]
    detail = line.detail or {}
    source, obtained, answers = detail.get("source"), detail.get("obtained"), detail.get("answers")
    covers = detail.get("covers")
    asked = answers.items() if isinstance(answers, dict) else ()
    rest = [
        f"source: {source}" if source else "" if line.detail is not None else "source erased",
        f"covers: {', '.join(map(str, covers))}" if isinstance(covers, list) else "",
        f"obtained: {obtained}" if obtained else "",
        *(f"evidence: {file.kept} (SHA-256 {file.sha256})" for file in evidence_in(line.detail)),
        *(f"'{question}': '{answer}'" for question, answer in asked),
        f"why: {detail['why']}" if detail.get("why") else "",
        f"wording: {line.wording}" if line.wording else "",
        f"until {said(entry.expires_at)}" if entry.expires_at else "",
        f"recorded on {said(entry.recorded_at)} by {entry.recorder} as entry {entry.sequence}",
    ]
    return "; ".join([" ".join(words), *(part for part in rest if part)])


def line_as_dict(line: Line) -> dict[str, object]:
    """One entry of the ledger as scripts read it."""
    return asdict(line.entry) | {"wording": line.wording, "detail": line.detail}


def _of_what(name: str) -> str:
    """A list by its name, or a permission to be shown in words."""
    return f"being shown ({name.removeprefix('media:')})" if name.startswith("media:") else name


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
