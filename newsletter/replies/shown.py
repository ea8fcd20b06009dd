"""The words that a reader of some HTML would see, in one pass over it, however it is made."""

import html
import re

_BREAKING = re.compile(
    r"<(?:br|/?p|/?div|/?tr|/?li|/?h[1-6]|/?table|/?pre|/?blockquote|hr)\b[^<>]{0,2000}>", re.I
)
_TAG = re.compile(r"</?[a-z!][^<>@]{0,4000}>", re.I)
_UNSEEN = re.compile(r"<(style|script|head|title)\b|<!--", re.I)
_ENDS = {name: re.compile(rf"</{name}\s{{0,9}}>", re.I) for name in ("style", "script", "head", "title")}
_ENDS["!--"] = re.compile("-->")


def words_of_html(text: str) -> str:
    """What a reader of the HTML would see, in lines."""
    shown = _TAG.sub("", _BREAKING.sub("\n", _without_unseen(text)))
    return html.unescape(shown).replace("\xa0", " ")


def _without_unseen(text: str) -> str:
    """Without style sheets, scripts, comments and titles; one that does not end takes nothing with it."""
    kept, position, endless = [], 0, set[str]()
    for begun in _UNSEEN.finditer(text):
        name = (begun[1] or "!--").lower()
        if begun.start() < position or name in endless:
            continue
        ended = _ENDS[name].search(text, begun.end())
        if not ended:
            endless.add(name)
            continue
        kept.append(text[position : begun.start()])
        position = ended.end()
    return "".join([*kept, text[position:]])
