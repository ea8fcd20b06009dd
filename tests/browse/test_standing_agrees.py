"""What the pages say about a person is what `decide` says when a mailing is queued."""

import datetime as dt
import itertools
from typing import Any

from looking import Cast

from newsletter.contacts import decide
from newsletter.database import SKIP_REASONS

SAID = {**{key: {word} for key, word in SKIP_REASONS.items()}, "": {"may be written to"}} | {
    "not-on-list": {"on no list"},
    "no-consent": {"never asked", "never agreed", "not known whether they agreed"},
}


def test_every_mixture_of_states_is_said_as_it_is_decided(db: Any) -> None:
    cast = Cast(db)
    cast.lists()
    mixtures = itertools.product(
        ("", "deceased", "left-study", "do-not-contact"),
        ("", "2999-01-01"),
        ("html", "large-print"),
        (True, False),
        ("", "bounced", "request", "complaint"),
        ("partners", "partners contributors", ""),
        ("given", "unconfirmed", "withdrawn", "expired", "none", "unknown", "ended", ""),
    )
    cast.consent(0, "partners", "given", "2022-01-01", kept=False)
    with_people = list(enumerate(mixtures, 1))
    for number, mixture in with_people:
        _person(cast, number, mixture)

    said = {row["id"]: row["standing"] for row in db.conn.execute("SELECT id, standing FROM people")}
    decided = {
        number: next(decide(db, ("partners", "contributors"), dt.datetime.now(dt.UTC), number)).reason
        for number, _ in with_people
    }

    wrong = [(mixture, decided[n], said[n]) for n, mixture in with_people if said[n] not in SAID[decided[n]]]
    assert not wrong[:3]


def _person(cast: Any, number: int, mixture: tuple[Any, ...]) -> None:
    stop, paused, kind, has_email, suppressed, lists, state = mixture
    email = f"p{number}@example.org" if has_email else ""
    cast.person(number, f"Person {number}", email=email, stop=stop, paused_until=paused, format=kind)
    if suppressed and has_email:
        cast.add(
            "suppressions",
            address_key=f"key-{number}",
            reason=suppressed,
            recorded_at="2022",
            recorder="tester",
        )
    for name in lists.split():
        cast.member(number, name)
    if state:
        cast.add(
            "subscriptions",
            contact_id=number,
            list="partners",
            state={"unknown": "given", "ended": "given"}.get(state, state),
            basis="unknown" if state == "unknown" else "consent",
            since="2022-06-14",
            expires_at="2022-07-01" if state == "ended" else "9999-12-31",
            sequence=1,
        )
