"""Writes the author's CSS into the elements, for mail programs that read no stylesheet, and nothing else."""

import functools
import logging
import os
import re
from typing import Any

from newsletter.edition.templating import fault

_NOT_INLINE = re.compile(
    r"@[\w-]+|:{1,2}(?:hover|focus|active|visited|before|after|link|root|is|where|has)\b"
)
_IGNORE = ' data-premailer="ignore"'


def inline_css(document: str, css: str, template: str) -> str:
    """`document` with the rules of `css` as style attributes; `template` names the CSS in errors.

    Raises TemplateError for rules that cannot be inlined: at-rules and states of an element.
    """
    found = _NOT_INLINE.search(
        re.sub(r"/\*.*?\*/", lambda m: re.sub(r"[^\n]", " ", m[0]), css, flags=re.DOTALL)
    )
    if found:
        line = css.count("\n", 0, found.start()) + 1
        raise fault(
            template,
            line,
            f"{found[0]!r} cannot be written into an element",
            "put it into mj-style in layout.mjml",
        )
    marked = document.replace("<style", "<style" + _IGNORE)
    inlined = str(_premailer()(marked, css_text=[css], **_SETTINGS).transform(pretty_print=False))
    # premailer drops mrml's doctype, without which browsers fall into quirks mode.
    return "<!doctype html>\n" + re.sub(
        r"^\s*<!doctype[^>]*>\s*", "", inlined.replace(_IGNORE, ""), flags=re.IGNORECASE
    )


#: What keeps premailer from the network, from mrml's own styles and from the attributes that Outlook reads.
_SETTINGS = {
    "allow_network": False,
    "allow_loading_external_files": False,
    "strip_important": False,
    "keep_style_tags": False,
    "disable_validation": True,
    "align_floating_images": False,
    "remove_unset_properties": False,
    "disable_basic_attributes": ["align", "valign", "bgcolor", "width", "height"],
}


@functools.lru_cache(maxsize=1)
def _premailer() -> type:
    """premailer's class, reading a stylesheet once and not once an edition."""
    # One cache serves all its functions, and its 128 places are too few for our rules.
    os.environ.setdefault("PREMAILER_CACHE_MAXSIZE", "4096")
    # Imported late: it takes a third of a second.
    import cssutils
    from premailer import Premailer

    # It warns about every property that it does not know, such as mso-padding-alt.
    cssutils.log.setLevel(logging.CRITICAL)

    @functools.lru_cache(maxsize=8)
    def rules(css: str, index: int) -> Any:
        return Premailer("", **_SETTINGS)._parse_style_rules(css, index)

    class Quick(Premailer):  # type: ignore[misc]
        def _parse_style_rules(self, css_body: str, ruleset_index: int) -> Any:
            return rules(css_body, ruleset_index)

    return Quick
