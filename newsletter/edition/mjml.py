"""MJML made sound for mrml, checked before it so that faults have a place, and compiled to HTML."""

import functools
import re

from newsletter.edition.components import HOLDS, TAKES
from newsletter.edition.templating import Composed
from newsletter.errors import TemplateError, near

#: mrml walks the tree by recursion and dies of 10,000 levels.
_DEEPEST = 200
_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)
_TOKEN = re.compile(
    # It begins with '<' whatever follows, so that the search leaps from one to the next. What repeats cannot be
    # divided in two ways, so that no text takes long; possessive repeats would say so, and fail in Python 3.11.2.
    r"<(?:(?P<comment>!--.*?-->)"
    r"|(?P<close>/)?(?P<name>[A-Za-z][\w:.-]*(?![\w:.-]))"
    r"(?P<attributes>[^<>\"'/]*(?:(?:/(?!>)|\"[^\"]*\"|'[^']*')[^<>\"'/]*)*)(?P<single>/)?>"
    r"|(?P<stray>))",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r"\s+([A-Za-z_:@][\w:.-]*)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_TEXT_ONLY = re.compile(r"(<mj-title>)(.*?)(</mj-title>)", re.DOTALL)
_CONTENT = re.compile(
    r"(<mj-(text|button|table|raw|style|title|preview)\b(?:[^>]*[^/>])?>"
    r"[^<]*(?:<(?!/mj-\2>)[^<]*)*</mj-\2>)"
)
_DAMAGED = re.compile(r"[^\x20-\x21\x23-\x3b\x3d\x3f-\x5b\x5d-\x7e]")


def compile_mjml(composed: Composed) -> str:
    """The HTML document that the MJML makes, without anything fetched. Raises TemplateError with its place."""
    from mjml import mjml2html

    sound = sound_mjml(composed)
    try:
        # fonts={}: by default mrml writes an @import of Google's fonts for families that it knows.
        made = mjml2html(sound, fonts={})
    except ValueError as error:
        raise TemplateError(f"the templates make MJML that cannot be compiled: {error}") from None
    return str(made)


def sound_mjml(composed: Composed) -> str:
    """MJML that mrml prints faithfully: attribute values and titles as numeric character references.

    mrml writes attributes with Rust's debug escapes, which turn quotes, line ends, emoji and the
    vowels of many scripts into '\\u{…}'. And it drops white space that holds a line end between
    two inline elements, so that words run together. Raises TemplateError as `_sound_tags` does.
    """
    source = _TEXT_ONLY.sub(lambda m: m[1] + _encoded(m[2]) + m[3], _sound_tags(composed))
    pieces = _CONTENT.split(source)
    # Between components white space has no meaning, and mrml refuses some of it.
    pieces[::3] = [re.sub(r">\s+<", "><", piece.strip()) for piece in pieces[::3]]
    pieces[1::3] = [re.sub(r">[ \t]*\n\s*<", "> <", piece) for piece in pieces[1::3]]
    del pieces[2::3]
    return "".join(pieces)


def _sound_tags(composed: Composed) -> str:
    """The MJML with every attribute's value as references.

    Raises TemplateError at the first tag that is unknown, misplaced, unclosed or has a wrong attribute:
    mrml takes most of these in silence, and says no line where it does not.
    """
    stack: list[tuple[str, int]] = []
    pieces: list[str] = []
    end = 0
    for match in _TOKEN.finditer(composed.text):
        comment, close, name, attributes, single, stray = match.groups()
        if close and stack and stack[-1][0] == name:
            stack.pop()
            continue
        if close or stray is not None:
            raise _out_of_place(composed, match, stack)
        if comment:
            continue
        start = match.start()
        fault, sound, opens = _tag(name, attributes, single, stack[-1][0] if stack else "")
        if fault:
            raise composed.fault(start, *fault)
        if attributes:
            pieces += composed.text[end:start], sound
            end = match.end()
        if opens:
            stack.append((name, start))
        if len(stack) > _DEEPEST:
            raise composed.fault(start, f"elements lie more than {_DEEPEST} deep")
    if stack:
        raise composed.fault(stack[-1][1], f"<{stack[-1][0]}> is never closed")
    return "".join([*pieces, composed.text[end:]])


def _out_of_place(composed: Composed, match: re.Match[str], stack: list[tuple[str, int]]) -> TemplateError:
    """What is wrong with a '<' that begins no tag, or with an end that is not the open element's."""
    if not match["close"]:
        return composed.fault(match.start(), "a '<' that begins no tag", "write &lt; for the sign itself")
    wanted = f"</{stack[-1][0]}> is wanted first" if stack else "nothing is open here"
    return composed.fault(match.start(), f"</{match['name']}> closes nothing: {wanted}")


# The same few tags come again and again: each is looked at once. Those with an author's words in them
# push each other out.
@functools.lru_cache(maxsize=2048)
def _tag(name: str, attributes: str, single: str | None, parent: str) -> tuple[tuple[str, ...], str, bool]:
    """What is wrong with a tag that stands in `parent`, nothing where all is well; the tag, sound; whether it opens."""
    fault = _fault(name, attributes, parent)
    sound = _ATTRIBUTE.sub(lambda a: f' {a[1]}="{_encoded(a[2] if a[2] is not None else a[3])}"', attributes)
    opens = not single and name.lower() not in _VOID
    return fault, f"<{name}{sound}{' /' if single else ''}>", opens


def _fault(name: str, attributes: str, parent: str) -> tuple[str, ...]:
    left = _ATTRIBUTE.sub("", attributes).strip()
    if left:
        return f"<{name}>: {left!r} is no attribute", 'write name="value", in quotes'
    if not name.startswith("mj"):
        if parent in HOLDS and HOLDS[parent] is not None:
            return f"<{name}> stands in <{parent}>", "put HTML into mj-text"
        return ()
    return _component_fault(name, attributes, parent)


def _component_fault(name: str, attributes: str, parent: str) -> tuple[str, ...]:
    if name not in HOLDS:
        return (f"there is no component <{name}>{near(name, HOLDS)}",)
    if name not in (HOLDS.get(parent) or ({"mjml"} if not parent else ())):
        return (f"<{name}> may not stand in <{parent or 'the document'}>",)
    if parent == "mj-attributes":
        return ()
    for found in _ATTRIBUTE.finditer(attributes):
        if found[1] not in TAKES.get(name, ()):
            return (f"<{name}> takes no attribute {found[1]!r}{near(found[1], TAKES.get(name, ()))}",)
    return ()


def _encoded(value: str) -> str:
    one_line = re.sub(r"\s*\n\s*", " ", value.replace("\t", " "))
    return _DAMAGED.sub(lambda char: f"&#{ord(char[0])};", one_line)
