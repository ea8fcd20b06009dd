"""Links: targets that can be reached, and texts that say where they lead."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from newsletter.addresses import BadAddress, parse_address
from newsletter.checks.fields import Text, fields_of
from newsletter.checks.markdown import read_markdown
from newsletter.checks.rules import Rule, Spot, Subject, finding
from newsletter.errors import Problem
from newsletter.issue import Button, Link, Publication

FORM = Rule(
    "links.form", "error", "Mail programs open web addresses, mail addresses and telephone numbers only."
)
PLACEHOLDER = Rule("links.placeholder", "error", "The link leads nowhere: it was left from a draft.")
EXAMPLE_HOST = Rule(
    "links.example-host", "warning", "example.org is an address for examples; nothing is there."
)
INSECURE = Rule(
    "links.insecure", "warning", "Browsers warn of pages without encryption, and filters count them."
)
EMAIL = Rule("links.email", "error", "A message to it could not be sent.")
TEXT_MISSING = Rule("links.text-missing", "error", "A link without a text cannot be seen, heard or clicked.")
TEXT_MEANS_NOTHING = Rule(
    "links.text-means-nothing",
    "warning",
    "Screen readers list links without the sentence round them: 'here, here, more'.",
)
TEXT_IS_ADDRESS = Rule(
    "links.text-is-address", "warning", "A web address is read out letter by letter, and breaks the line."
)
BARE = Rule(
    "links.bare", "warning", "Not every mail program makes a link of an address that stands in the text."
)
SAME_TEXT = Rule(
    "links.same-text", "warning", "Two links that sound alike and lead to different places confuse in a list."
)
DUPLICATE = Rule(
    "links.duplicate", "note", "Who steps from link to link hears the same one again and gains nothing."
)

RULES = (
    FORM, PLACEHOLDER, EXAMPLE_HOST, INSECURE, EMAIL, TEXT_MISSING, TEXT_MEANS_NOTHING, TEXT_IS_ADDRESS,
    BARE, SAME_TEXT, DUPLICATE,
)  # fmt: skip

_SCHEMES = {"http", "https", "mailto", "tel"}
_PLACEHOLDER_HOSTS = {"example.com", "www.example.com", "example.net", "www.example.net"}
_EXAMPLE_HOSTS = {"example.org", "www.example.org"}
# Where it ends a sentence the full stop is none of it.
_ADDRESS = re.compile(r"(?:https?://|\bwww\.)[^\s<>]*[^\s<>.,;:!?)\]'\"]", re.I)
_DRAFT = re.compile(
    r"^(?:#|tbc|tba|tbd|todo|fixme|xxx+|url|link|https?:/*(?:todo|tbc|xxx+|url|link)?)$", re.I
)
_MEANS_NOTHING = {
    "click", "click here", "click this", "click this link", "click the link", "click below", "here", "over here",
    "see here", "from here", "just here", "this", "this link", "this page", "this one", "the link", "link", "links",
    "more", "read more", "learn more", "find out more", "see more", "more info", "more information",
    "further information", "details", "more details", "read on", "continue", "continue reading", "go", "website",
    "web page", "webpage", "page", "view", "open", "download", "download here", "cliciwch yma", "yma",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Found:
    """One link of the issue. `text` is None where the template gives the words."""

    field: str
    target: str
    text: str | None


def check(subject: Subject) -> Iterator[Problem]:
    """Findings about every target and every link text of the issue, and every address of people."""
    links = list(_links(subject))
    for link in links:
        yield from _target(subject, link)
        yield from _text(subject, link)
    yield from _same_text(subject, links)
    yield from _duplicates(subject, links)
    for text in subject.texts:
        if text.kind == "markdown":
            yield from _bare(subject, text)
        if text.kind == "email" and (reason := _bad_address(text.value)):
            yield finding(subject, EMAIL, text.field, reason, remedy="correct the address")
    yield from _finished(subject, {link.target for link in links})


def web_targets(subject: Subject) -> Iterator[tuple[str, str]]:
    """Every web address that the issue links to, with its field; DOIs of publications too."""
    for link in _links(subject):
        if _host(link.target) and link.target.lower().startswith(("http://", "https://")):
            yield link.field, link.target
    for field, value in fields_of(subject.issue):
        if isinstance(value, Publication) and value.doi:
            yield f"{field}.doi", f"https://doi.org/{value.doi}"


def _links(subject: Subject) -> Iterator[_Found]:
    for text in subject.texts:
        if text.kind == "markdown":
            for link in read_markdown(text.value).links:
                yield _Found(text.field, link.href, link.text)
    for field, value in fields_of(subject.issue):
        if isinstance(value, Link | Button):
            yield _Found(f"{field}.url", value.url, value.label)
        elif isinstance(value, Publication) and value.url:
            yield _Found(f"{field}.url", value.url, None)
        elif field.endswith(".link") and isinstance(value, str) and value:
            yield _Found(field, value, None)


def _target(subject: Subject, link: _Found) -> Iterator[Problem]:
    target, words = link.target.strip(), link.target
    scheme, _, rest = target.partition(":")
    scheme = scheme.lower() if rest else ""
    if not target or _DRAFT.match(target):
        message = f"the link '{link.text or target}' leads nowhere (found '{target}')"
        remedy = "write the full address, such as https://www.ox.ac.uk/"
        yield finding(
            subject, PLACEHOLDER, Spot(link.field, words or link.text or ""), message, remedy=remedy
        )
    elif scheme not in _SCHEMES:
        message = f"'{target}' is not an address that a mail program opens"
        yield finding(subject, FORM, Spot(link.field, words), message, remedy=_mend(target, scheme))
    elif scheme == "mailto":
        yield from _mailto(subject, link, rest)
    elif scheme == "tel":
        if not re.fullmatch(r"\+?[\d().\s-]{3,24}", unquote(rest)):
            message = f"'{target}' is not a telephone number"
            yield finding(subject, FORM, Spot(link.field, words), message, remedy="write tel:+441865000000")
    else:
        yield from _web(subject, link, target)


def _web(subject: Subject, link: _Found, target: str) -> Iterator[Problem]:
    host = _host(target)
    if not host or re.search(r"[\s<>\"]", target):
        message = f"'{target}' is not a whole web address"
        remedy = "write it as the browser shows it: https://, the site, the page; blanks as %20"
        yield finding(subject, FORM, Spot(link.field, link.target), message, remedy=remedy)
    elif host in _PLACEHOLDER_HOSTS:
        message, remedy = f"'{target}' is an address for examples", "write the real address"
        yield finding(subject, PLACEHOLDER, Spot(link.field, link.target), message, remedy=remedy)
    elif host in _EXAMPLE_HOSTS:
        message, remedy = f"'{target}' is an address for examples", "write the real address"
        yield finding(subject, EXAMPLE_HOST, Spot(link.field, link.target), message, remedy=remedy)
    elif target.lower().startswith("http:"):
        message = f"'{target}' is not encrypted"
        remedy = f"try https:{target[5:]}; most sites have it"
        yield finding(subject, INSECURE, Spot(link.field, link.target), message, remedy=remedy)


def _mailto(subject: Subject, link: _Found, rest: str) -> Iterator[Problem]:
    addresses, _, _ = rest.partition("?")
    for address in unquote(addresses).split(","):
        if reason := _bad_address(address):
            remedy = "write mailto:name@organisation.org"
            yield finding(subject, EMAIL, Spot(link.field, link.target), reason, remedy=remedy)
        elif address.rpartition("@")[2].lower() in _PLACEHOLDER_HOSTS:
            message, remedy = f"'{address}' is an address for examples", "write the real address"
            yield finding(subject, PLACEHOLDER, Spot(link.field, link.target), message, remedy=remedy)


def _text(subject: Subject, link: _Found) -> Iterator[Problem]:
    if link.text is None:
        return
    text = " ".join(link.text.split())
    if not text:
        message = f"the link to '{link.target}' has no text"
        remedy = "write between the square brackets where it leads"
        yield finding(subject, TEXT_MISSING, Spot(link.field, link.target), message, remedy=remedy)
    elif _plain(text) in _MEANS_NOTHING:
        message = f"the link text '{text}' does not say where it leads"
        remedy = "name what is there: 'Programme of the June event' instead of 'click here'"
        yield finding(subject, TEXT_MEANS_NOTHING, Spot(link.field, link.text), message, remedy=remedy)
    elif re.match(r"(?:https?://|www\.)\S+$", text, re.I) and not _is_citation(text):
        message, remedy = f"the link text is the address '{text}'", "write words: [what is there](address)"
        yield finding(subject, TEXT_IS_ADDRESS, Spot(link.field, link.text), message, remedy=remedy)


def _bare(subject: Subject, text: Text) -> Iterator[Problem]:
    for address in dict.fromkeys(_ADDRESS.findall(read_markdown(text.value).prose)):
        message = f"the address '{address}' stands in the text and is no link"
        whole = address if "://" in address else f"https://{address}"
        remedy = f"write words with it: [what is there]({whole})"
        yield finding(subject, BARE, Spot(text.field, address), message, remedy=remedy)


def _same_text(subject: Subject, links: Sequence[_Found]) -> Iterator[Problem]:
    first: dict[str, _Found] = {}
    for link in links:
        text = _plain(link.text or "")
        if not text or text in _MEANS_NOTHING:
            continue
        known = first.setdefault(text, link)
        if _same_target(known.target) != _same_target(link.target):
            line = subject.issue.place(known.field).line
            where = f" (line {line})" if line else ""
            message = f"'{link.text}' leads to '{link.target}', and to '{known.target}' before{where}"
            remedy = "give the two links different words"
            yield finding(subject, SAME_TEXT, Spot(link.field, link.target), message, remedy=remedy)


def _duplicates(subject: Subject, links: Sequence[_Found]) -> Iterator[Problem]:
    """The same place linked again in one section; in another section a reader may not have seen it."""
    first: dict[tuple[str, str], _Found] = {}
    for link in links:
        section = ".".join(link.field.split(".")[:2])
        known = first.setdefault((section, _same_target(link.target)), link)
        if known is not link and _DRAFT.match(link.target.strip()) is None:
            message = (
                f"'{link.target}' is linked twice in this section, as '{known.text}' and as '{link.text}'"
            )
            remedy = "link it once, where it helps most"
            yield finding(subject, DUPLICATE, Spot(link.field, link.target, 1), message, remedy=remedy)


def _finished(subject: Subject, known: set[str]) -> Iterator[Problem]:
    """Targets that only the finished HTML has: from raw HTML in a text, or from a template."""
    seen = set(known)
    for page in subject.pages:
        for link in page.tree.iter("a"):
            target = (link.get("href") or "").strip()
            if target in seen or target.startswith(page.edition.marker):
                continue
            seen.add(target)
            if target.partition(":")[0].lower() not in _SCHEMES and not re.fullmatch(r"#.+", target):
                message = f"{page.name} has a link to '{target}', which a mail program does not open"
                remedy = "write the full address, beginning with https://"
                yield finding(subject, FORM, "", message, remedy=remedy)


def _bad_address(text: str) -> str | None:
    """Why `text` is no address, or None where it is one."""
    try:
        parse_address(text, smtputf8=True)
    except BadAddress as error:
        return error.message
    return None


def _mend(target: str, scheme: str) -> str:
    if "@" in target and not scheme:
        return f"write mailto:{target}"
    if re.match(r"[\w-]+(\.[\w-]+)+", target):
        return f"write https://{target}"
    return "write an address that begins with https://, mailto: or tel:"


def _host(target: str) -> str:
    try:
        parts = urlsplit(target)
        # The port is read only when asked for, and may be one that there is not.
        return (parts.hostname or "").rstrip(".") if parts.port is None or parts.port else ""
    except ValueError:
        return ""


def _is_citation(text: str) -> bool:
    # APA and Vancouver show a DOI as its address; readers copy it.
    return _host(text) in {"doi.org", "dx.doi.org"}


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s]", " ", text.casefold()).split())


def _same_target(target: str) -> str:
    return target.strip().rstrip("/").casefold()
