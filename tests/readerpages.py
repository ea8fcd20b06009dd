"""The pages for readers, one of each, in a study with two lists, three languages, a logo and a theme of its own."""

from pathlib import Path

from PIL import Image

from newsletter.config import Config, read_workspace
from newsletter.webapp.offers import offers
from newsletter.webapp.pages import (
    Asked,
    Confirm,
    Done,
    EmptyArchive,
    Fault,
    Home,
    Page,
    PastIssue,
    Preferences,
    Renew,
    Rights,
    Signing,
    Subscribe,
    Trouble,
    Unsubscribe,
)

LANGUAGES = ("en", "cy", "ar")
#: In the form of a token, and no token.
TOKEN = "ab12u" + "q" * 32
SETTINGS = """
[sender]
name = "The garden study"
email = "news@example.org"
reply_to = "study@example.org"
postal_address = "1 Example Street, Exampleton"
website = "https://study.example.org"
privacy_notice = "https://study.example.org/privacy"

[public]
url = "https://news.example.org"
languages = ["en", "cy", "ar"]

[theme]
name = "THEME"
logo = "templates/logo.png"
logo_alt = "The garden study"
footer = "Registered charity 0000000"

[[theme.links]]
label = "Mastodon"
url = "https://social.example.org/@study"

[lists.partners]
name = {en = "Project partners", cy = "Partneriaid y prosiect", ar = "شركاء المشروع"}
purpose = {en = "News of the study, about four times a year.", cy = "Newyddion yr astudiaeth, tua phedair gwaith y flwyddyn."}

[lists.contributors]
name = "Public contributors"
purpose = "News for members of the public who advise us."
"""
WORDINGS = {
    "partners-v1.md": "# News\n\nThese were the first wording's words: the first wording.\n",
    "partners-v2.md": "# News for partners\n\nWe write four times a year, & never sell your address.\n",
    "partners-cy-v1.md": "# Newyddion\n\nHoffwn gael newyddion yr astudiaeth.\n",
    "contributors-v1.md": "# News for contributors\n\nI would like to get **news** of the study.\n",
}


def study(folder: Path, theme: str = "garden") -> Config:
    """The settings of the study, written into the workspace at `folder`."""
    (folder / "newsletter.toml").write_text(SETTINGS.replace("THEME", theme), encoding="utf-8")
    Image.new("RGB", (240, 80), "#2f4a2b").save(folder / "templates" / "logo.png")
    for name, words in WORDINGS.items():
        (folder / "consent" / name).write_text(words, encoding="utf-8")
    return read_workspace(folder).config


def close(folder: Path, name: str) -> None:
    """From now on nobody joins this list on the public pages."""
    path = folder / "newsletter.toml"
    head = f"[lists.{name}]\n"
    path.write_text(
        path.read_text(encoding="utf-8").replace(head, f"{head}public = false\n"), encoding="utf-8"
    )


def every_page(config: Config, language: str) -> dict[str, Page]:
    """A page of each kind, with forms as they are first and with something to mend in them."""
    to_choose = offers(config, language)
    outcomes = ("subscribe", "confirm", "renew", "unsubscribe", "preferences", "access", "erasure")
    troubles = ("not-found", "bad-link", "too-many", "crowded", "too-large", "unavailable", "fault", "not-so")
    own = f"/preferences/{TOKEN}"
    return {
        "home": Home(issues=(PastIssue("Autumn news", "30 September 2022", "/archive/2022-09/", "en"),)),
        "subscribe": Subscribe(csrf="x", offers=to_choose),
        "subscribe-wrong": Subscribe(
            csrf="x",
            offers=to_choose,
            entered=Signing(email="ada@", lists=("partners",)),
            faults=(Fault("email", "email-bad"), Fault("lists", "wording-changed")),
        ),
        "subscribe-none": Subscribe(offers=()),
        "confirm": Confirm(path=f"/confirm/{TOKEN}", csrf="x"),
        "renew": Renew(path=f"/renew/{TOKEN}", csrf="x"),
        "unsubscribe": Unsubscribe(path=f"/u/{TOKEN}", csrf="x", preferences=own),
        "preferences": Preferences(path=own, csrf="x", offers=to_choose, unsubscribe=f"/u/{TOKEN}"),
        "preferences-wrong": Preferences(
            path=own,
            csrf="x",
            offers=to_choose,
            others=True,
            faults=(Fault("list-partners", "nothing-changed"),),
        ),
        "rights": Rights(csrf="x"),
        "rights-wrong": Rights(
            csrf="x",
            entered=Asked(words="Please."),
            faults=(Fault("wish", "wish-missing"), Fault("email", "email-missing"), Fault("", "form-old")),
        ),
        "empty": EmptyArchive(),
        **{f"done-{one}": Done(path=f"/u/{TOKEN}", outcome=one) for one in outcomes},
        **{f"trouble-{one}": Trouble(what=one) for one in troubles},
    }
