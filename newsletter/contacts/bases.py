"""The lawful bases: what each stands on, for whom it serves, and what must be known before it is recorded.

UK GDPR article 6 gives the basis for keeping and using an address. PECR regulation 22 comes on top
of it for electronic marketing, and marketing includes promoting a project's aims: it protects
individual subscribers (sole traders and some partnerships too), not corporate ones.
"""

from dataclasses import dataclass

from newsletter.contacts.ledger import BASES
from newsletter.errors import InputError, near

#: The day on which section 114 of the Data (Use and Access) Act 2025 came into force: PECR regulation
#: 22(3A). It holds for addresses that were given from then on.
CHARITABLE_FROM = "2026-02-05"
SOFT_OPT_INS = ("soft-opt-in", "charitable-soft-opt-in")


class BadBasis(InputError):
    """What is known does not support this lawful basis."""


@dataclass(frozen=True, slots=True)
class Basis:
    """A lawful basis: `law` it stands on, `means` what must be true, `serves` whom it may be used for."""

    name: str
    law: str
    means: str
    serves: str


_ALL = (
    Basis(
        "consent",
        "UK GDPR article 6(1)(a); PECR regulation 22(2)",
        "They said yes, freely, to this list and this purpose, in words that are kept; they may take it back.",
        "everybody",
    ),
    Basis(
        "soft-opt-in",
        "UK GDPR article 6(1)(f); PECR regulation 22(3)",
        "They gave us the address when they bought something from us, or negotiated to; we write about similar "
        "things; they could refuse then and can refuse in every message.",
        "individual subscribers",
    ),
    Basis(
        "charitable-soft-opt-in",
        "UK GDPR article 6(1)(f); PECR regulation 22(3A), by the Data (Use and Access) Act 2025, section 114",
        "We are a charity and write for its purposes alone; they gave us the address themselves, on or after "
        "5 February 2026, when they supported the charity or showed interest in it; they could refuse then and can "
        "refuse in every message.",
        "individual subscribers",
    ),
    Basis(
        "legitimate-interests",
        "UK GDPR article 6(1)(f)",
        "Our interest was weighed against theirs, and that is written down; they may object at any time.",
        "corporate subscribers; individual ones for messages that are not marketing",
    ),
    Basis(
        "public-task",
        "UK GDPR article 6(1)(e)",
        "We are a public body, and telling them is necessary for a task that the law lays on us.",
        "corporate subscribers; individual ones for messages that are not marketing",
    ),
    Basis(
        "contract",
        "UK GDPR article 6(1)(b)",
        "The messages are part of an agreement with this person.",
        "the person with whom the agreement is",
    ),
    Basis(
        "unknown",
        "none",
        "Nobody knows. It may be kept as a note of what a list of old says; nobody is written to on it.",
        "nobody",
    ),
)


def all_bases() -> tuple[Basis, ...]:
    """Every basis, consent first."""
    return _ALL


def basis_of(name: str) -> Basis:
    """The basis of this name. Raises BadBasis."""
    for basis in _ALL:
        if basis.name == name:
            return basis
    raise BadBasis(f"basis: {name!r} is not one of {', '.join(BASES)}{near(name, BASES)}")


def require_basis(name: str, *, given_on: str, obtained: str, could_refuse: bool) -> None:
    """Raises BadBasis where what is known does not support a basis; `given_on` is an ISO day."""
    basis = basis_of(name)
    if name not in SOFT_OPT_INS:
        return
    if name == "charitable-soft-opt-in" and given_on < CHARITABLE_FROM:
        raise BadBasis(
            f"basis: the charitable soft opt-in serves addresses given on or after 5 February 2026, and this one was "
            f"given on {given_on}: the law does not reach back",
            remedy="Ask for their consent, or record it as 'unknown', which is not written to.",
        )
    lacks = [
        *([] if obtained else ["--obtained, in which dealings they gave the address"]),
        *([] if could_refuse else ["--could-refuse, that they were given the chance to refuse then"]),
    ]
    if lacks:
        raise BadBasis(
            f"basis: {name} needs {' and '.join(lacks)}",
            remedy=f"{basis.law}: {basis.means}",
        )


def doubt_about(name: str, subscriber: str) -> str:
    """What speaks against writing to such a subscriber on this basis, in a sentence; '' where nothing does."""
    if subscriber == "individual" and name in ("legitimate-interests", "public-task"):
        return (
            f"{name} alone does not allow marketing by email to an individual (PECR regulation 22): it serves for "
            "messages that are not marketing, or for somebody who is a corporate subscriber"
        )
    if subscriber == "corporate" and name in SOFT_OPT_INS:
        return (
            f"{name} is an exception for individual subscribers; a corporate one can be written to on "
            "legitimate-interests"
        )
    return ""
