"""What each mail program supports, as caniemail.com has tested it: slimmed, read, and fetched anew."""

import base64
import hashlib
import io
import json
import re
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from newsletter.config import shipped
from newsletter.errors import InputError

FILE_NAME = "clients.json"
REGISTRY = "https://registry.npmjs.org/caniemail/latest"
#: The mail programs that are looked at, by their names in the data.
CLIENTS = {
    "outlook.windows": "Outlook on Windows",
    "outlook.outlook-com": "Outlook.com and new Outlook",
    "outlook.macos": "Outlook on the Mac",
    "outlook.ios": "Outlook on iPhone",
    "outlook.android": "Outlook on Android",
    "gmail.desktop-webmail": "Gmail in the browser",
    "gmail.ios": "Gmail on iPhone",
    "gmail.android": "Gmail on Android",
    "apple-mail.macos": "Apple Mail",
    "apple-mail.ios": "Mail on iPhone",
    "samsung-email.android": "Samsung Email",
    "yahoo.desktop-webmail": "Yahoo Mail",
    "thunderbird.macos": "Thunderbird",
}
_LARGEST = 20_000_000  # bytes
_GROUPS = {
    "html-h1-h6": ["<h1>", "<h2>", "<h3>", "<h4>", "<h5>", "<h6>"],
    "html-lists": ["<ul>", "<ol>", "<dl>"],
    "html-semantics": ["<article>", "<aside>", "<figure>", "<footer>", "<header>", "<main>", "<nav>", "<section>"],
    "html-address": ["<address>"],
    "html-svg": ["<svg>"],
    "html-srcset": ["srcset=", "sizes="],
    "html-anchor-links": ["href=#"],
    "html-meta-color-scheme": ["<meta name=color-scheme>"],
    "css-variables": ["var()"],
    "css-font": ["font"],
    "css-inert-attribute": ["inert="],
    "css-pseudo-class-lang": [":lang"],
    "css-color-scheme": ["color-scheme"],
    "css-comments": ["/* */"],
    "css-important": ["!important"],
    "css-nesting": ["{ { } }"],
    "css-grid-template": ["grid-template-columns", "grid-template-rows", "grid-template-areas", "grid-template"],
    "css-scroll-snap": ["scroll-snap-type", "scroll-snap-align", "scroll-snap-stop"],
    "css-column-layout-properties": [
        "columns", "column-fill", "column-rule", "column-rule-color", "column-rule-style", "column-rule-width",
        "column-span", "column-width",
    ],
    "css-border-radius-logical": [
        "border-start-start-radius", "border-start-end-radius", "border-end-start-radius", "border-end-end-radius",
    ],
    "css-border-inline-block-individual": [
        "border-inline-start", "border-inline-end", "border-block-start", "border-block-end",
    ],
    "css-border-inline-block-longhand": [
        f"border-{axis}{side}-{what}"
        for axis in ("inline", "block") for side in ("", "-start", "-end") for what in ("width", "style", "color")
    ],
    "css-intrinsic-size": ["value fit-content", "value min-content", "value max-content"],
    "css-sytem-ui": [
        "value system-ui", "value ui-serif", "value ui-sans-serif", "value ui-rounded", "value ui-monospace",
    ],
    "css-unit-initial": ["value initial"],
    "css-selector-adjacent-sibling": ["selector +"],
    "css-selector-attribute": ["selector []"],
    "css-selector-chaining": ["selector .a.b"],
    "css-selector-child": ["selector >"],
    "css-selector-class": ["selector ."],
    "css-selector-descendant": ["selector ' '"],
    "css-selector-general-sibling": ["selector ~"],
    "css-selector-grouping": ["selector ,"],
    "css-selector-id": ["selector #"],
    "css-selector-type": ["selector a"],
    "css-selector-universal": ["selector *"],
    "image-base64": ["image base64"],
    "image-heif": ["image heif", "image heic"],
    "image-tiff": ["image tiff", "image tif"],
    # Still ones work everywhere; those that move are told by the family of pictures.
    "image-gif": [],
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Feature:
    """Something in HTML or CSS: the marks by which it is known, and where it fails or half works."""

    slug: str
    title: str
    marks: tuple[str, ...]
    unsupported: tuple[str, ...]
    partly: tuple[str, ...]


@lru_cache(maxsize=4)
def read_support(root: Path | None) -> tuple[Feature, ...]:
    """The features that some mail program lacks: of the workspace's `clients.json`, else the shipped one.

    Raises InputError where the file is none that `--refresh-clients` wrote.
    """
    own = root / FILE_NAME if root else None
    path = own if own and own.is_file() else shipped("checks/clients.json")
    try:
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
        return tuple(
            Feature(slug, str(about["title"]), *(tuple(about[key]) for key in ("marks", "no", "partly")))
            for slug, about in features.items()
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path} cannot be used: {error}",
            remedy="Write it anew with `newsletter check --refresh-clients npm`.",
        ) from None


def slim(data: Mapping[str, Any], version: str) -> str:
    """The text of `clients.json` from caniemail's whole data: our mail programs, the latest value only."""
    features = {}
    for feature in data["data"]:
        support = {client: _latest(feature["stats"], client) for client in CLIENTS}
        no, partly = ([name for name, value in support.items() if value == sign] for sign in "na")
        marks = marks_of(feature["slug"], feature["title"], feature["category"])
        if marks and (no or partly):
            features[feature["slug"]] = {
                "title": feature["title"],
                "marks": marks,
                "no": no,
                "partly": partly,
            }
    head = {
        "source": "https://www.caniemail.com, npm package caniemail",
        "version": version,
        "updated": data.get("last_update_date", ""),
        "licence": "MIT; see LICENCE-caniemail.txt in newsletter/checks",
    }
    rows = ",\n".join(f"{json.dumps(slug)}: {json.dumps(about)}" for slug, about in features.items())
    return json.dumps(head, indent=0)[:-2] + f',\n"features": {{\n{rows}\n}}\n}}\n'


def marks_of(slug: str, title: str, category: str) -> list[str]:
    """By what a feature is known in a page: `<video>`, `srcset=`, `gap`, `display:flex`, `@media`, `:hover`, `min()`,
    `unit rem`, `selector >`, `value initial`, `image webp`.
    """
    if slug in _GROUPS:
        return _GROUPS[slug]
    if category == "html":
        if tag := re.search(r"<(\w+)(?: type=\"(\w+)\")?>", title):
            return [f"<{tag[1]} type={tag[2]}>" if tag[2] else f"<{tag[1]}>"]
        return [f"{name[1]}="] if (name := re.fullmatch(r"([\w-]+) attribute", title)) else []
    if category == "image":
        return [f"image {slug.removeprefix('image-')}"]
    return _css_marks(title) if category == "css" else []


def _css_marks(title: str) -> list[str]:
    if unit := re.fullmatch(r"([a-z]+) unit", title):
        return [f"unit {unit[1]}"]
    if found := re.findall(r"@[\w-]+(?: \([\w-]+\))?", title):
        return list(found)
    if found := re.findall(r"::?[a-z-]+(?=\(\)|$)", title) if title.startswith(":") else []:
        return list(found)
    if found := re.findall(r"[a-z-]+\(\)", title):
        return list(found)
    if pair := re.fullmatch(r"([a-z-]+): ?([a-z-]+)", title):
        return [f"{pair[1]}:{pair[2]}"]
    names = re.split(r", | & ", title.removesuffix(" property").strip())
    return names if all(re.fullmatch(r"[a-z]+(?:-[a-z]+)*", name) for name in names) else []


def fetch_data(source: str) -> tuple[dict[str, Any], str]:
    """caniemail's data and its version: from npm (`npm`), or from a file (.tgz of the package, or its .json).

    Raises InputError where neither gives it.
    """
    packed, version = _from_npm() if source == "npm" else (_read(Path(source)), Path(source).stem)
    try:
        data: dict[str, Any] = json.loads(packed if packed.lstrip()[:1] == b"{" else _unpacked(packed))
        known = bool(data["data"])
    except (ValueError, KeyError, TypeError, AttributeError, tarfile.TarError, OSError) as error:
        raise InputError(f"{source} does not hold caniemail's data: {error}") from None
    if not known:
        raise InputError(f"{source} holds none of caniemail's data")
    return data, version


def _read(path: Path) -> bytes:
    if not path.is_file():
        raise InputError(f"there is no file {path}", remedy="Write `npm`, or name a file.")
    return path.read_bytes()


def _from_npm() -> tuple[bytes, str]:
    import httpx

    try:
        with httpx.Client(timeout=30, follow_redirects=True) as client:
            about = client.get(REGISTRY).raise_for_status().json()
            packed = client.get(about["dist"]["tarball"]).raise_for_status().content
            kind, _, wanted = str(about["dist"]["integrity"]).partition("-")
    except (httpx.HTTPError, ValueError, KeyError) as error:
        raise InputError(
            f"npm's registry gave no data: {error}", remedy="Try again later, or name a file."
        ) from None
    if kind != "sha512" or base64.b64encode(hashlib.sha512(packed).digest()).decode() != wanted:
        raise InputError("what npm's registry sent is not what it promised", remedy="Try again later.")
    return packed, str(about["version"])


def _unpacked(packed: bytes) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as archive:
        member = archive.getmember("package/data/caniemail.json")
        file = archive.extractfile(member) if member.size <= _LARGEST else None
        if file is None:
            raise ValueError("caniemail.json is too large")
        return file.read()


def _latest(stats: Mapping[str, Any], client: str) -> str:
    family, _, platform = client.partition(".")
    versions = stats.get(family, {}).get(platform, {})
    return str(next(reversed(versions.values()), "u")).split(" ")[0]
