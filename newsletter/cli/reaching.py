"""What `send` says and asks about segments: to whom alone an issue goes, and who is added later."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.completing import segment_names
from newsletter.cli.console import counted, now

if TYPE_CHECKING:
    from newsletter.contacts import Criteria
    from newsletter.database import Database
    from newsletter.outbox import Mailing


def segment_option(told: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """`--segment`, again for more, which `told` explains."""
    return click.option(
        "--segment", "segments", multiple=True, metavar="NAME", shell_complete=segment_names, help=told
    )


def criteria_of(db: "Database", names: Iterable[str]) -> "dict[str, Criteria]":
    """What the segments of these names ask, by name. Raises UnknownSegment."""
    from newsletter.contacts import find_segment

    return {name: find_segment(db, name).criteria for name in names}


def outside(db: "Database", slug: str, segments: "Mapping[str, Criteria]") -> str:
    """' in the segment north': those to which an issue went so far, or which are asked for now; '' for none."""
    from newsletter.outbox import in_segments, mailing_of

    mailing = mailing_of(db, slug)
    return in_segments(mailing.reach.segments if mailing else segments)


def foretell_wider(db: "Database", mailing: "Mailing", segments: "Mapping[str, Criteria]") -> None:
    """For a dry run: what naming these segments would add to an issue that is queued already."""
    from newsletter.outbox import count_further, widened

    if segments and mailing.reach.segments:
        number = count_further(db, mailing, widened(mailing, segments), now())
        click.echo(
            f"Sending it to {' and '.join(segments)} too would add {counted(number, 'person', 'people')}.",
            err=True,
        )


def offer_wider(
    db: "Database", mailing: "Mailing", segments: "Mapping[str, Criteria]", *, everybody: bool, ask: bool
) -> "Mailing":
    """The mailing, with the segments that are named now; without any, everybody where that is wanted."""
    from newsletter.outbox import count_further, in_segments, widen_mailing, widened

    known = mailing.reach.segments
    if not known:
        if segments:
            told = f"{mailing.issue} goes to everybody on its lists already; a segment makes no difference"
            click.echo(f"{told}.", err=True)
        return mailing
    wanted = widened(mailing, segments)
    if not segments:
        number = count_further(db, mailing, {}, now())
        told = f"{mailing.issue} went only to those{in_segments(known)}; {counted(number, 'person', 'people')} outside may get it"
        if not number:
            return mailing
        if not (everybody or (ask and click.confirm(f"{told}. Add them?", default=False, err=True))):
            click.echo(f"{told}: `newsletter send {mailing.issue} --everybody` adds them.", err=True)
            return mailing
    elif wanted == known:
        return mailing
    wider, added = widen_mailing(db, mailing, wanted, now())
    whom = in_segments(segments) or " outside the segments so far"
    click.echo(
        f"{mailing.issue} went to those{in_segments(known)}; {counted(added, 'person', 'people')}{whom} added.",
        err=True,
    )
    return wider
