"""Writes a publication the way a reference list does, as runs of plain, strong and emphasised text."""

import functools
import html
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote

from newsletter.edition.names import is_team_member
from newsletter.issue import Publication, csl_of

_ET_AL = re.compile(r"et\.? al\.?|and others|u\. ?a\.|y otros", re.IGNORECASE)
_DOI_PREFIX = re.compile(r"\s*(?:https?://(?:dx\.)?doi\.org/|doi:?\s*)", re.IGNORECASE)
# The link stands on a line of its own below, so the citation does not repeat it.
_LINKS = {"DOI", "URL", "accessed"}
#: Scripts that put the family name first and nothing between the two.
_JOINED = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "YI ")


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text in one manner."""

    text: str
    manner: Literal["plain", "strong", "em"] = "plain"


def cite(
    item: Publication, style: str = "apa", language: str = "en", team: Sequence[str] = ()
) -> tuple[Run, ...]:
    """The publication in a style: apa, vancouver or harvard; () where nothing but its DOI is known.

    Members of the `team` stand out, or the first author where no team is named. What is written by
    hand stays as it was typed: 'Stephanie Tierney' is not turned round. The DOI and the address
    are not part of it: `doi_of` and the publication's `url` give them.
    """
    csl = {key: value for key, value in csl_of(item).items() if key not in _LINKS}
    if not csl.keys() - {"type", "custom", "id"}:
        return ()
    return _written(json.dumps(csl, sort_keys=True), style, language, tuple(team))


@functools.lru_cache(maxsize=1024)
def _written(text: str, style: str, language: str, team: tuple[str, ...]) -> tuple[Run, ...]:
    # lxml and citeproc-py are not needed by issues that list no publications.
    from newsletter.edition.styling import write_reference

    csl = json.loads(text)
    strong = _standing_out(csl, team)
    article = str(csl.pop("article-number", ""))
    found = write_reference(_for_style(csl, article, style), style, language, strong=strong)
    return tuple(_runs(_with_article(found, article, style, language)))


def citation_text(runs: tuple[Run, ...]) -> str:
    """The citation as plain text."""
    return "".join(run.text for run in runs)


def citation_html(runs: tuple[Run, ...]) -> str:
    """The citation as HTML, every run escaped."""
    return "".join(
        html.escape(run.text)
        if run.manner == "plain"
        else f"<{run.manner}>{html.escape(run.text)}</{run.manner}>"
        for run in runs
    )


def doi_of(item: Publication) -> str:
    """The bare DOI, such as '10.1111/hsc.13949', however it was written; '' for none."""
    return _DOI_PREFIX.sub("", item.doi).strip()


def doi_url(doi: str) -> str:
    """Where a DOI leads."""
    return "https://doi.org/" + quote(doi, safe="/:;()._-")


def _standing_out(csl: Mapping[str, Any], team: tuple[str, ...]) -> tuple[int, ...]:
    names = csl.get("author") or csl.get("editor") or []
    if not team:
        return (0,) if names else ()
    return tuple(number for number, name in enumerate(names) if is_team_member(name, team))


def _for_style(csl: dict[str, Any], article: str, style: str) -> dict[str, Any]:
    """What the style is given: the entry made ready for citeproc-py, which knows no 'article-number'."""
    ready = {key: _ready(value) for key, value in csl.items() if key != "custom"}
    if "page" in ready:
        ready["page"] = re.sub(r"(?<=\w)\s*(?:--?|–)\s*(?=\w)", "-", ready["page"])
    for numbered in {"volume", "issue"} & ready.keys():
        # A double issue is a range as pages are; citeproc-py left the hyphen.
        ready[numbered] = re.sub(r"(?<=\d)\s*(?:--?|–)\s*(?=\d)", "–", ready[numbered])
    if article and style == "apa":
        # APA writes 'Article 260', which its CSL file takes from `number`.
        ready |= {"number": article}
        ready.pop("page", None)
    elif article:
        ready["page"] = article
    for role in ("author", "editor", "translator"):
        if role in ready:
            ready[role] = [_name(name, style) for name in ready[role]]
    if ready.get("type") == "article" and style == "harvard" and "genre" in ready:
        ready["genre"] = ready["genre"].lower()
    return ready


def _ready(value: Any) -> Any:
    """Text with the apostrophes and quotation marks that printers use; citeproc-py leaves '\'' as it is."""
    if isinstance(value, list):
        return [_ready(one) for one in value]
    if isinstance(value, dict):
        return {key: _ready(one) for key, one in value.items()}
    return (
        _curled("".join(char for char in value if not "\ue000" <= char <= "\uf8ff"))
        if isinstance(value, str)
        else value
    )


def _curled(text: str) -> str:
    text = re.sub(r"(?<![\w.!?,;:)\]’”])'(?=\w)", "‘", text)
    text = text.replace("'", "’")
    text = re.sub(r"(?<![^\s(\[‘—–-])\"(?=\S)", "“", text)
    return text.replace('"', "”")


def _name(name: dict[str, str], style: str) -> dict[str, str]:
    """A name as citeproc-py should take it."""
    from newsletter.edition.styling import AND_OTHERS

    literal, given, family = name.get("literal", ""), name.get("given", ""), name.get("family", "")
    if literal:
        return {"literal": AND_OTHERS if _ET_AL.fullmatch(literal) else literal}
    if given and family and any(unicodedata.category(char) == "Lo" for char in given):
        # Such names have no initials, and citeproc-py made '. 智弘 .' of one.
        joined = unicodedata.name(given[0], "").startswith(_JOINED)
        return {"literal": f"{family}{given}" if joined else f"{given} {family}"}
    # 'Xiao-ming' is one name (APA 9.8); citeproc-py made 'X.-. ming .' of it.
    ready = name | {"given": re.sub(r"-[^\W\d_A-Z]\w*", _if_small, given)} if given else name
    if style == "vancouver" and "suffix" in name:
        return ready | {"suffix": name["suffix"].rstrip(".")}
    return ready


def _if_small(match: re.Match[str]) -> str:
    return "" if match[0][1].islower() else match[0]


def _with_article(text: str, article: str, style: str, language: str) -> str:
    """An article's number is no page: Harvard wrote 'p. 260'."""
    if not article or style != "harvard":
        return text
    word = "article " if language.startswith("en") else ""
    return re.sub(rf"\bpp?\.\s{re.escape(article)}(?!\w)", f"{word}{article}", text)


def _runs(text: str) -> list[Run]:
    """The marked text as runs; where marks lie in marks, standing out wins."""
    from newsletter.edition.styling import EM, EM_END, STRONG, STRONG_END

    runs: list[Run] = []
    depth = {"em": 0, "strong": 0}
    steps = {EM: ("em", 1), EM_END: ("em", -1), STRONG: ("strong", 1), STRONG_END: ("strong", -1)}
    for piece in re.split(f"([{EM}{EM_END}{STRONG}{STRONG_END}])", text):
        if piece in steps:
            manner, step = steps[piece]
            depth[manner] += step
        elif piece:
            runs.append(Run(piece, "strong" if depth["strong"] else "em" if depth["em"] else "plain"))
    return runs
