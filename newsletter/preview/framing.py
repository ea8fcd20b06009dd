"""An edition as a frame shows it: light or dark, with pictures or without, or its text part."""

import html
import re
from urllib.parse import quote

from newsletter.edition import Edition, Personal, fill_html, fill_text

_DARK_MEDIA = re.compile(r"\(\s*prefers-color-scheme\s*:\s*dark\s*\)", re.IGNORECASE)
_LIGHT_MEDIA = re.compile(r"\(\s*prefers-color-scheme\s*:\s*light\s*\)", re.IGNORECASE)
_SCHEME_META = re.compile(r"(<meta name=\"(?:supported-)?color-schemes?\" content=\")[^\"]*", re.IGNORECASE)
_SCHEME_RULE = re.compile(r"(\bcolor-scheme\s*:\s*)light dark", re.IGNORECASE)
_INSIDE = re.compile(r"<a\b(?=[^>]*\shref=[\"']#)", re.IGNORECASE)
_PICTURE = re.compile(r"cid:([\w.-]+)@newsletter")
# Media features that are always and never true.
_ALWAYS, _NEVER = "(min-width:0)", "(max-width:0)"

_PLAIN_PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>html{{color-scheme:{scheme}}}body{{margin:0;padding:1.25rem}}
pre{{margin:0;font:0.9375rem/1.5 ui-monospace,"SFMono-Regular",Menlo,Consolas,monospace;white-space:pre-wrap;overflow-wrap:anywhere}}</style>
</head><body><main><pre>{text}</pre></main></body></html>
"""


def html_frame(edition: Edition, personal: Personal, *, dark: bool, pictures: bool) -> str:
    """The email's HTML for a frame; links open elsewhere, pictures come from `picture/NAME`.

    The scheme of colours is fixed in the CSS, so that it hangs on the choice and not on the machine.
    """
    text = fill_html(edition, personal)
    text = _DARK_MEDIA.sub(_ALWAYS if dark else _NEVER, text)
    text = _LIGHT_MEDIA.sub(_NEVER if dark else _ALWAYS, text)
    scheme = "dark" if dark else "light"
    text = _SCHEME_META.sub(rf"\g<1>{scheme}", text)
    text = _SCHEME_RULE.sub(rf"\g<1>{scheme}", text)
    text = _INSIDE.sub('<a target="_self"', text)
    if pictures:
        text = _PICTURE.sub(lambda found: f"/picture/{quote(found[1])}", text)
    # Else `cid:` stays, which a browser cannot open: as with a mail program, the alt text stands there.
    return re.sub(r"(<head\b[^>]*>)", r'\g<1><base target="_blank">', text, count=1)


def text_frame(edition: Edition, personal: Personal, *, dark: bool) -> str:
    """The text part as a page."""
    return plain_page(edition.subject, fill_text(edition, personal), edition.language, dark=dark)


def plain_page(title: str, text: str, language: str = "en", *, dark: bool = False) -> str:
    """A page that shows `text` as it stands."""
    return _PLAIN_PAGE.format(
        language=html.escape(language),
        title=html.escape(title),
        text=html.escape(text),
        scheme="dark" if dark else "light",
    )


def has_dark(edition: Edition) -> bool:
    """Whether the email says how it looks in the dark."""
    return bool(_DARK_MEDIA.search(edition.html))
