"""What can be written down about a person: each form with its fields, in the words of whoever fills it in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from newsletter.contacts import ENGAGEMENT_KINDS, FORMATS
from newsletter.database import SKIP_REASONS

Choices = tuple[tuple[str, str], ...]

CHANNELS: Choices = (
    ("phone", "by phone"),
    ("email", "by email"),
    ("paper", "on paper"),
    ("in-person", "in person"),
    ("web", "on a web page"),
)
#: Those that need no more than a source; for a soft opt-in there is `newsletter consent record`.
_BASES: Choices = (
    ("consent", "They said yes (consent)"),
    ("legitimate-interests", "Our interest was weighed against theirs (legitimate interests)"),
    ("public-task", "A task that the law lays on us (public task)"),
    ("contract", "It is part of an agreement with them (contract)"),
)
_FORMATS = dict(
    zip(FORMATS, ("Email", "Email, text only", "Print, by post", "Large print, by post"), strict=True)
)
_STOPS: Choices = (
    ("do-not-contact", "They asked never to be contacted"),
    ("left-study", "They have left the study"),
    ("deceased", "They have died"),
)


@dataclass(frozen=True, slots=True)
class Field:
    """One question. `kind` is text, day, email, lines, choice or checks (several of the choices)."""

    name: str
    label: str
    kind: str = "text"
    hint: str = ""
    choices: Choices = ()
    required: bool = False
    called: tuple[str, ...] = ()  # what the doors call it in an error, beside its name


@dataclass(frozen=True, slots=True)
class Facts:
    """What the forms need to know about the person and the workspace; days are ISO, of the workspace."""

    person: Mapping[str, Any]
    email: str
    today: str
    lists: Choices  # every list
    theirs: Choices  # those the person is on or stands with
    wordings: Choices
    organisations: Choices  # those the person belongs to


@dataclass(frozen=True, slots=True)
class Form:
    """`command` is what the record of changes calls it; `sure` is said before it is done, with `yes` on the button."""

    name: str
    action: str  # on the button that leads here
    title: str
    button: str
    done: str
    command: str
    fields: Callable[[Facts], tuple[Field, ...]]
    values: Callable[[Facts], dict[str, str]]
    sure: str = ""
    yes: str = ""
    leads: str = field(default="")
    stands: str = ""  # said in place of `done` where all stands as before


def _met(facts: Facts) -> tuple[Field, ...]:
    kinds = tuple((kind, kind.replace("-", " ").capitalize()) for kind in ENGAGEMENT_KINDS)
    also = Field("organisations", "It was also with", "checks", choices=facts.organisations)
    return (
        Field("kind", "What was it?", "choice", choices=kinds),
        Field("happened_on", "When?", "day", required=True, called=("on",)),
        Field("title", "In a few words", required=True, hint="Such as ‘Planning the museum day’."),
        Field("said", "What was said", "lines"),
        Field("follow_up", "What follows", "lines", "What we promised to do.", called=("follow-up",)),
        Field("due_on", "By when", "day", called=("due",)),
        *([also] if facts.organisations else []),
    )


def _agreed(facts: Facts) -> tuple[Field, ...]:
    words: Choices = (("", "not known, or none"), *facts.wordings)
    return (
        Field("list", "To which list?", "choice", choices=facts.lists),
        Field("given_on", "When?", "day", required=True, called=("effective", "on")),
        Field("channel", "How did they say so?", "choice", choices=CHANNELS),
        Field(
            "source",
            "How do we know?",
            required=True,
            hint="Such as ‘call of 3 May’ or ‘workshop sign-up sheet’.",
        ),
        Field("wording", "In which words?", "choice", choices=words),
        Field("expires", "Until", "day", "Only where an end was agreed."),
        Field("basis", "What allows it?", "choice", choices=_BASES),
    )


def _left(facts: Facts) -> tuple[Field, ...]:
    return (
        Field("lists", "Which lists?", "checks", choices=facts.theirs, required=True, called=("list",)),
        Field("given_on", "When did they say so?", "day", required=True, called=("effective", "on")),
        Field("channel", "How did they say so?", "choice", choices=CHANNELS),
        Field("source", "How do we know?", hint="Such as ‘call of 3 May’."),
    )


def _pause(facts: Facts) -> tuple[Field, ...]:
    hint = "They get nothing before this day. Leave it empty to end a pause."
    return (Field("paused_until", "Until", "day", hint, called=("paused until",)),)


def _stop(facts: Facts) -> tuple[Field, ...]:
    return (Field("stop", "Why?", "choice", choices=_STOPS),)


def _details(facts: Facts) -> tuple[Field, ...]:
    return (
        Field("name", "Name"),
        Field("given_name", "Given name", hint="How a message greets them.", called=("given name",)),
        Field("email", "Email", "email", "The address that is written to."),
        Field(
            "keep_old",
            "The address it had before",
            "checks",
            choices=(("yes", "Keep it as another address"),),
        ),
        Field("language", "Language", hint="Such as ‘English’, ‘Welsh’ or ‘cy’."),
        Field("format", "Gets it as", "choice", choices=tuple(_FORMATS.items())),
        Field("postal_address", "Postal address", "lines", called=("postal address",)),
        Field("notes", "Notes", "lines", "They can ask to see this."),
    )


_DETAILS = ("name", "given_name", "language", "format", "postal_address", "notes")

FORMS = {
    form.name: form
    for form in (
        Form("met", "Met or spoke", "Met or spoke with {who}", "Write it down", "What happened was written down.",
             "engagement add", _met, lambda facts: {"kind": "meeting", "happened_on": facts.today}, leads="first"),
        Form("agreed", "Agreed to a list", "{who} agreed to a list", "Write it down", "The agreement was written down.",
             "consent record", _agreed, lambda facts: {"given_on": facts.today, "channel": "phone", "basis": "consent"},
             stands="It was written down, and changes nothing: they left after that day, or agreed on firmer ground, and that stands."),
        Form("left", "Left a list", "{who} wants to leave a list", "Go on", "The withdrawal was written down; it counts from now on.",
             "consent withdraw", _left, lambda facts: {"given_on": facts.today, "channel": "phone"},
             sure="From this moment on they get nothing more that goes to this list, and that stays in the history.", yes="Yes, take them off",
             stands="They had left already. Nothing was changed."),
        Form("pause", "Pause", "{who} wants a pause", "Write it down", "The pause was written down.",
             "contacts edit", _pause, lambda facts: {"paused_until": facts.person["paused_until"] if facts.person["paused_until"] > facts.today else ""}),
        Form("stop", "Never write again", "Never write to {who} again", "Go on", f"Nobody writes to them any more: {'{stop}'}.",
             "contacts edit", _stop, lambda facts: {"stop": facts.person["stop"] or "do-not-contact"},
             sure="From this moment on they get nothing at all, from no list.", yes="Yes, never write again"),
        Form("details", "Correct details", "Correct the details of {who}", "Keep the corrections", "The corrections were kept.",
             "contacts edit", _details,
             lambda facts: {name: facts.person[name] for name in _DETAILS} | {"email": facts.email, "seen": facts.person["updated_at"]}),
    )
}  # fmt: skip


def said_done(name: str, person: Mapping[str, Any], *, stands: bool = False) -> str:
    """What is said once a form was taken in; '' for what is no form. `stands`: nothing is otherwise than before."""
    form = FORMS.get(name)
    if form and stands and form.stands:
        return form.stands
    return form.done.format(stop=SKIP_REASONS.get(person["stop"], "")) if form else ""
