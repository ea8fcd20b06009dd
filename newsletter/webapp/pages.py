"""What each page for readers is filled with, and the page as HTML."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from markupsafe import Markup

from newsletter.config import Config
from newsletter.contacts import FORMATS
from newsletter.edition import direction
from newsletter.publishing import frame_of, languages, own_name, page_templates, served
from newsletter.webapp.offers import Offer

#: For how many months somebody can ask for a pause; 0 ends one.
PAUSES = ("1", "3", "6", "12", "0")

FaultWord = Literal[
    "email-missing",
    "email-bad",
    "name-long",
    "lists-missing",
    "list-closed",  # it was offered when the page was opened, or never
    "format-missing",
    "wish-missing",
    "words-long",
    "nothing-changed",  # a form of preferences in which everything is to stay as it is
    "wording-changed",  # the words of a list are others than those that this reader was shown
    "form-old",  # the form lay open for too long: send it once more
]
Outcome = Literal["subscribe", "confirm", "renew", "unsubscribe", "preferences", "access", "erasure"]
TroubleWord = Literal[
    "not-found",
    "bad-link",  # cut, forged, or made for something else
    "too-many",
    "crowded",  # all visitors together have sent as many of these forms as are taken
    "too-large",
    "unavailable",  # the inbox is full or shut: nothing was taken down
    "fault",
    "not-so",  # a method that the page does not have, or a form that is none of ours
]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something to mend in a form: the name of its field (for a list of choices that of the group), and what."""

    field: str
    word: FaultWord


@dataclass(frozen=True, slots=True)
class PastIssue:
    """An issue in the archive: its title, its day in words, and where it is."""

    title: str
    day: str
    address: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Signing:
    """What was typed into the form that subscribes; its fields are named as these are.

    Beside them it has `csrf`, and `wording` once for each list: 'LIST:DIGEST', of the words shown.
    """

    email: str = ""
    name: str = ""
    lists: tuple[str, ...] = ()
    format: str = "html"
    language: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was chosen in the form for preferences; '' leaves a thing as it is, and is what each begins with.

    Fields: `list-NAME` ('', 'yes', 'no'), `others` ('', 'no': of lists that are not offered), `format`,
    `language`, `pause` ('', or a number of months, '0' to end one), `wording` as in Signing, and `csrf`.
    """

    lists: Mapping[str, str] = field(default_factory=dict)
    others: str = ""
    format: str = ""
    language: str = ""
    pause: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed into the form about somebody's data; `wish` is 'access' or 'erasure'."""

    wish: str = ""
    email: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What every page has: its own path, where its forms are sent and found in another language; `csrf` goes into them."""

    template: ClassVar[str]
    path: str
    csrf: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Home(Page):
    """Who writes and what about; `issues` are the latest ones, newest first."""

    template: ClassVar[str] = "home.html"
    path: str = "/"
    issues: tuple[PastIssue, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribe(Page):
    """The form that subscribes."""

    template: ClassVar[str] = "subscribe.html"
    path: str = "/subscribe"
    offers: tuple[Offer, ...]
    entered: Signing = Signing()
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirm(Page):
    """One button: the address is theirs, and they want it. Nothing happens before it is pressed."""

    template: ClassVar[str] = "confirm.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Renew(Page):
    """One button: go on."""

    template: ClassVar[str] = "renew.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsubscribe(Page):
    """One button: stop. `preferences` is the path of the page on which this reader can change it instead."""

    template: ClassVar[str] = "unsubscribe.html"
    preferences: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences(Page):
    """What somebody wants changed; never what is stored. `unsubscribe` is the path of their page to stop all.

    `others`: there are lists that are not offered, and not named here; whoever is on one can leave it.
    """

    template: ClassVar[str] = "preferences.html"
    offers: tuple[Offer, ...]
    others: bool = False
    entered: Wanted = Wanted()
    faults: tuple[Fault, ...] = ()
    unsubscribe: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights(Page):
    """The form with which somebody asks for what is held about them, or that it be deleted."""

    template: ClassVar[str] = "rights.html"
    path: str = "/rights"
    entered: Asked = Asked()
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Done(Page):
    """What was taken down, in the same words whoever asked; after `subscribe`: look into your mail."""

    template: ClassVar[str] = "done.html"
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class EmptyArchive(Page):
    """The archive where nothing was published yet; once something was, its pages are files."""

    template: ClassVar[str] = "empty.html"
    path: str = "/archive/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble(Page):
    """What could not be done, and what to do now."""

    template: ClassVar[str] = "trouble.html"
    path: str = "/"
    what: TroubleWord


def render_page(page: Page, language: str, config: Config) -> str:
    """The page as HTML, in `language` as `choose_language` found it, in the look that newsletter.toml gives."""
    template = page_templates("newsletter.webapp").get_template(page.template)
    frame = frame_of(language, config, served(page.path, language, config))
    return template.render(
        **frame,
        **_choices(frame["words"], config),
        page=page,
        faults={fault.field: fault for fault in getattr(page, "faults", ())},
        to=lambda path: served(path, language, config).here(language),
        days=config.consent.confirm_within,
    )


def _choices(words: Mapping[str, str], config: Config) -> dict[str, list[tuple[str, str]]]:
    """What can be chosen in forms, as pairs of value and words."""
    tongue = Markup('<span lang="{}" dir="{}">{}</span>')
    return {
        "formats": [(kind, words[f"format_{kind}"]) for kind in FORMATS],
        "spoken": [(tag, tongue.format(tag, direction(tag), own_name(tag))) for tag in languages(config)],
        "pauses": [(months, words[f"pause_{months}"]) for months in PAUSES],
    }
