"""All files of the archive: a page for each issue, its pictures and styles, an index, a feed, the look."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from markupsafe import Markup

from newsletter.config import Config
from newsletter.edition import (
    INERT_CHANGE,
    INERT_STOP,
    PAGES,
    Edition,
    day_text,
    direction,
    fill_html,
    greeting,
    personal_in,
    words_for,
)
from newsletter.publishing.feed import Entry, atom_feed
from newsletter.publishing.frame import WAYS, Places, frame_of, page_address, page_templates
from newsletter.publishing.languages import languages, own_name
from newsletter.publishing.lifting import Lifted, lift
from newsletter.publishing.look import BAR, assets
from newsletter.publishing.sent import SentIssue

#: What stands in the archive, in the order of its index; pages that are served read it.
CATALOGUE = "archive.json"
FEED = "feed.xml"
_INDEX = "index.html"


@dataclass(frozen=True, slots=True)
class PageInArchive:
    """A page as the catalogue has it: `path` is seen from the archive's folder, `day` an ISO day."""

    issue: str
    title: str
    day: str
    language: str
    path: str


@dataclass(frozen=True, slots=True)
class _Leaf:
    """One edition on its page."""

    edition: Edition
    page: PageInArchive
    lifted: Lifted

    @property
    def address(self) -> str:
        """As seen from the archive's folder; a folder's own page goes by the folder's name, whatever serves it."""
        return self.page.path.removesuffix(_INDEX)

    def link(self, up: str = "") -> dict[str, str]:
        return {"title": self.page.title, "language": self.edition.language, "address": up + self.address}


@dataclass(frozen=True, slots=True)
class _Bundle:
    """An issue on its pages, one for each of its languages, the usual one first."""

    issue: SentIssue
    leaves: tuple[_Leaf, ...]

    def in_language(self, language: str) -> _Leaf:
        """The page in `language`, or the usual one."""
        return next((leaf for leaf in self.leaves if leaf.edition.language == language), self.leaves[0])


def site_files(issues: Sequence[SentIssue], config: Config) -> dict[str, bytes]:
    """Path in the folder of the archive -> bytes; the same issues and settings give the same bytes."""
    bundles = [_Bundle(issue, tuple(_leaves(issue, config))) for issue in issues]
    files = {name: asset.data for name, asset in assets(config).items()}
    files[CATALOGUE] = _catalogue(bundles)
    files[FEED] = _feed(bundles, config)
    for language in languages(config):
        files[index_of(language, config)] = _index_page(bundles, language, config)
    for number, bundle in enumerate(bundles):
        near = {
            "issue_newer": bundles[number - 1] if number else None,
            "issue_older": bundles[number + 1] if number + 1 < len(bundles) else None,
        }
        for leaf in bundle.leaves:
            files |= _leaf_files(leaf, bundle, near, config)
    return files


def read_catalogue(data: bytes) -> tuple[PageInArchive, ...]:
    """The pages that the file CATALOGUE tells of, the newest issue first, each issue's usual language first."""
    return tuple(PageInArchive(**page) for page in json.loads(data)["pages"])


def _leaves(issue: SentIssue, config: Config) -> Iterator[_Leaf]:
    for number, edition in enumerate(issue.editions):
        name = _INDEX if number == 0 else f"{edition.language}.html"
        lifted = lift(_public_html(edition, issue, config), (INERT_STOP, INERT_CHANGE))
        title = lifted.title or edition.subject
        if issue.correction:
            title = f"{words_for(edition.language, config.templates)['correction']}: {title}"
        path = f"{issue.slug}/{name}"
        yield _Leaf(
            edition, PageInArchive(issue.slug, title, issue.day.isoformat(), edition.language, path), lifted
        )


def _public_html(edition: Edition, issue: SentIssue, config: Config) -> str:
    """The edition with what everybody may read where a reader's own values stood."""

    def said(language: str) -> tuple[str, str]:
        words = words_for(language, config.templates, PAGES)
        note = words["issue_note"].format(date=day_text(issue.day, language))
        return greeting("", "", language, config.templates), note

    html = fill_html(edition, personal_in(edition.languages, said, INERT_STOP))
    for picture in edition.pictures:
        html = html.replace(f"cid:{picture.name}@newsletter", f"pictures/{picture.name}")
    return html


def _leaf_files(
    leaf: _Leaf, bundle: _Bundle, near: Mapping[str, _Bundle | None], config: Config
) -> dict[str, bytes]:
    folder, _, name = leaf.page.path.rpartition("/")
    style = f"{name.removesuffix('.html')}.css"
    language = leaf.edition.language
    values = {
        "title": leaf.page.title,
        "summary": leaf.edition.preheader,
        "style": style,
        "edition": Markup(leaf.lifted.body),  # noqa: S704  # rendered by us, and approved
        "kind": leaf.lifted.kind,
        "near": {word: other.in_language(language).link("../") for word, other in near.items() if other},
        "others": [
            (other.page.path.rpartition("/")[2], other.edition.language)
            for other in bundle.leaves
            if other is not leaf
        ],
    }
    files = {f"{folder}/pictures/{picture.name}": picture.data for picture in leaf.edition.pictures}
    return files | {
        f"{folder}/{style}": leaf.lifted.css.encode(),
        leaf.page.path: _page("issue.html", values, "../", language, config),
    }


def _index_page(bundles: Sequence[_Bundle], language: str, config: Config) -> bytes:
    years: dict[int, list[dict[str, str]]] = {}
    for bundle in bundles:
        entry = bundle.in_language(language).link() | {"day": day_text(bundle.issue.day, language)}
        years.setdefault(bundle.issue.day.year, []).append(entry)
    return _page("archive.html", {"years": years}, "", language, config)


def _page(name: str, values: Mapping[str, object], up: str, language: str, config: Config) -> bytes:
    frame = frame_of(language, config, _places(up, language, config))
    further = {"feed": up + FEED, "bar": up + BAR, "way": direction, "own_name": own_name}
    template = page_templates("newsletter.publishing").get_template(name)
    return template.render({**frame, **further, **values}).encode()


def _places(up: str, language: str, config: Config) -> Places:
    """The archive links to its own pages wherever it lies, and to those that are served where they have an address."""
    index = up + index_of(language, config)
    ways = {"archive": index}
    if url := config.public.url.rstrip("/"):
        ways = {word: page_address(url, way, language, config) for word, way in WAYS.items()} | ways
    return Places(
        home=ways.get("home", index),
        ways={word: ways[word] for word in WAYS if word in ways},
        here=lambda tag: up + index_of(tag, config),
        files=up,
        current="" if up else "archive",
    )


def index_of(language: str, config: Config) -> str:
    """The file of the index in a language."""
    return _INDEX if language == languages(config)[0] else f"index.{language}.html"


def _catalogue(bundles: Sequence[_Bundle]) -> bytes:
    pages = [asdict(leaf.page) for bundle in bundles for leaf in bundle.leaves]
    return (json.dumps({"pages": pages}, ensure_ascii=False, indent=1) + "\n").encode()


def _feed(bundles: Sequence[_Bundle], config: Config) -> bytes:
    study = config.sender.name or words_for(languages(config)[0], config.templates, PAGES)["newsletter"]
    url = config.public.url.rstrip("/")
    entries = [
        Entry(
            leaf.page.title,
            leaf.edition.language,
            leaf.address,
            bundle.issue.day,
            leaf.edition.preheader,
            f"{bundle.issue.slug} {leaf.edition.digest}",
        )
        for bundle in bundles
        for leaf in bundle.leaves
    ]
    return atom_feed(study, study, f"{url}{WAYS['archive']}" if url else "", entries)
