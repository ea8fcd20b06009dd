"""One reference written in one style: citeproc-py, with what it gets wrong mended, a reason beside each mend."""

import contextlib
import functools
import re
import threading
from pathlib import Path
from typing import Any

from citeproc import PRIMARY_DIALECTS, Citation, CitationItem, CitationStylesStyle, model
from citeproc.frontend import CitationStylesBibliography
from citeproc.source import VariableError
from citeproc.source.json import CiteProcJSON
from lxml import etree

#: Marks in the text that comes out, in pairs: emphasised, and standing out; and 'et al.' as it was written.
EM, EM_END, STRONG, STRONG_END, AND_OTHERS = "\ue000", "\ue001", "\ue002", "\ue003", "\ue004"
MARKS = re.compile("[\ue000-\ue004]")

_FOLDER = Path(__file__).parent / "csl"
_FILES = {"apa": "apa", "vancouver": "nlm-citation-sequence", "harvard": "harvard-cite-them-right"}
_BEFORE_OTHERS = {"apa": " ", "vancouver": ", ", "harvard": " "}
_NAMESPACE = "http://purl.org/net/xbiblio/csl"
# The parsed style keeps notes on its elements while it writes: one reference at a time.
_ONE_AT_A_TIME = threading.Lock()


class _Marks:
    """The formatter: marks in place of tags, so that nothing in a title can be taken for a tag.

    citeproc-py's own HTML formatter escapes '&' in names and leaves '<script>' in a title alone.
    """

    @staticmethod
    def preformat(text: object) -> str:
        return str(text)

    @staticmethod
    def Italic(text: str) -> str:  # noqa: N802  # the name that citeproc-py calls
        return f"{EM}{text}{EM_END}"

    Oblique = Italic
    Bold = Light = Underline = Superscript = Subscript = SmallCaps = staticmethod(str)


class _Writing(CitationStylesBibliography):  # type: ignore[misc]  # it ships no types
    """One reference being written: who stands out, and which of its variables have been shown."""

    def __init__(self, style: Any, source: Any, strong: tuple[int, ...]) -> None:
        super().__init__(style, source, _Marks)
        self.strong = strong
        self.asked = 0
        self.shown: list[str] = []
        self.spent: set[str] = set()


class _Text(model.Text):  # type: ignore[misc]
    def get_macro(self, name: str) -> Any:
        """The macro of that name; it was searched for in the whole file each time, half of all the time."""
        return self.get_root().macros[name]

    def _variable(self, item: Any, context: Any) -> Any:
        variable = self.get("variable")
        if variable in item.bibliography.spent:
            return None
        item.bibliography.asked += variable not in self.generated_variables
        text = super()._variable(item, context)
        if text:
            item.bibliography.shown.append(variable)
        return text

    def _format_last_page(self, first: str, last: str) -> str:
        """The last page, shortened where the style says so; '1-12' had become '1–2'."""
        return str(super()._format_last_page(first, last)) if len(first) == len(last) else last


class _Number(model.Number):  # type: ignore[misc]
    def process(self, item: Any, *args: Any, **kwargs: Any) -> Any:
        item.bibliography.asked += 1
        text = super().process(item, *args, **kwargs)
        item.bibliography.shown.append(self.get("variable"))
        return text


class _Date(model.Date):  # type: ignore[misc]
    def process(self, item: Any, *args: Any, **kwargs: Any) -> Any:
        item.bibliography.asked += 1
        text = super().process(item, *args, **kwargs)
        if text:
            item.bibliography.shown.append(self.get("variable"))
        return text

    def render_single_date(self, date: Any, show_parts: Any = None, context: Any = None) -> Any:
        """The parts with the date's own delimiter between them.

        A localised date's `delimiter` was forgotten: NLM came out as '2023Apr12'.
        """
        parts = self.parts(date, show_parts, context) if context != self else self.parts(date, show_parts)
        own = self if self.get("delimiter") else context if self.is_locale_date() else self
        return own.join(parts) if parts else None


class _Names(model.Names):  # type: ignore[misc]
    def process(self, item: Any, *args: Any, **kwargs: Any) -> Any:
        """The names, but for those that stood in for others already (see _Substitute)."""
        reference, writing = item.reference, item.bibliography
        roles = self.get("variable").split()
        spent = {role: reference.pop(role) for role in roles if role in writing.spent and role in reference}
        shown = [role for role in roles if role in reference]
        writing.asked += 1
        try:
            text = super().process(item, *args, **kwargs)
        finally:
            reference.update(spent)
        writing.shown += shown
        return text


class _Name(model.Name):  # type: ignore[misc]
    def process(self, item: Any, variable: str, *args: Any, **kwargs: Any) -> Any:
        """The names, with marks round those that stand out."""
        text = super().process(item, variable, *args, **kwargs)
        names, strong = item.reference.get(variable, []), item.bibliography.strong
        leading = variable == "author" or (variable == "editor" and "author" not in item.reference)
        if not leading or not text or isinstance(text, int):
            return text
        text = str(text)
        for name in [names[number] for number in strong if number < len(names)]:
            item.reference[variable] = [name]
            alone = str(super().process(item, variable, *args, **kwargs))
            text = re.sub(
                rf"(?<![\w{STRONG}]){re.escape(alone)}(?!\w)", f"{STRONG}\\g<0>{STRONG_END}", text, count=1
            )
        item.reference[variable] = names
        return text


class _Substitute(model.Substitute):  # type: ignore[misc]
    def render(self, item: Any, context: Any = None, **kwargs: Any) -> Any:
        """What stands in for missing names, which is then not shown again.

        Only a single variable was remembered: an edited book named its editors twice, and a paper
        without authors gave its title twice.
        """
        writing = item.bibliography
        before = len(writing.shown)
        text = super().render(item, context=context, **kwargs)
        if text:
            writing.spent.update(writing.shown[before:])
        return text

    def add_to_repressed_list(self, child: Any, context: Any) -> None:
        """Nothing: `spent` keeps it."""


class _Group(model.Group):  # type: ignore[misc]
    def process(self, item: Any, context: Any = None, **kwargs: Any) -> Any:
        """The children joined; nothing where they asked for variables and none was there.

        A branch that was not taken counted as there: APA's theses got an empty '(Publication)'.
        """
        writing, delimiter = item.bibliography, self.get("delimiter", "")
        asked, shown = writing.asked, len(writing.shown)
        output = []
        for child in self.iterchildren():
            passed = {"delimiter": delimiter} if isinstance(child, model.Choose) else {}
            with contextlib.suppress(VariableError):
                output.append(child.render(item, context=context, **passed, **kwargs))
        found = [text for text in output if text is not None]
        if not found or (writing.asked > asked and len(writing.shown) == shown):
            raise VariableError
        return self.join(found)


class _Label(model.Label):  # type: ignore[misc]
    def case(self, text: Any, language: str | None = None) -> Any:
        """The label in its case: 'title' was left out for want of a language, so APA said '(eds)'."""
        return super().case(text, language or self.get_root().spoken)


_ELEMENTS = {
    "text": _Text,
    "number": _Number,
    "date": _Date,
    "names": _Names,
    "name": _Name,
    "substitute": _Substitute,
    "group": _Group,
    "label": _Label,
}


class _Style(CitationStylesStyle):  # type: ignore[misc]
    """A shipped style, parsed into the elements above."""

    def __init__(self, path: Path, locale: str) -> None:
        lookup = etree.ElementNamespaceClassLookup()
        ours = lookup.get_namespace(_NAMESPACE)
        ours[None] = model.CitationStylesElement
        own = {
            kind.__name__.replace("_", "-").lower(): kind
            for kind in model.CitationStylesElement.__subclasses__()
        }
        ours.update({name: kind for name, kind in own.items() if not name.startswith("-")} | _ELEMENTS)
        self.parser = etree.XMLParser(remove_comments=True, no_network=True, resolve_entities=False)
        self.parser.set_element_class_lookup(lookup)
        self.xml = etree.parse(path, self.parser)
        self.root = self.xml.getroot()
        self.root.spoken = locale[:2]
        self.root.macros = {macro.get("name"): macro for macro in self.root.iter(f"{{{_NAMESPACE}}}macro")}
        self.root.set_locale_list(locale, validate=False)
        self._give_names_a_name()

    def _give_names_a_name(self) -> None:
        """A `name` where the style leaves it out, since citeproc-py would put in one of its own class."""
        space = {"cs": _NAMESPACE}
        for names in self.root.xpath(
            "//cs:names[not(cs:name)][not(parent::cs:substitute)]", namespaces=space
        ):
            names.insert(0, self.parser.makeelement(f"{{{_NAMESPACE}}}name"))


def write_reference(csl: dict[str, Any], style: str, language: str, *, strong: tuple[int, ...] = ()) -> str:
    """The reference as text with marks. `csl` is one CSL-JSON item of clean text without marks.

    `style` is apa, vancouver or harvard; `strong` numbers the authors who stand out, from 0.
    """
    with _ONE_AT_A_TIME:
        writing = _Writing(_style(style, _locale(language)), CiteProcJSON([csl | {"id": "one"}]), strong)
        writing.register(Citation([CitationItem("one")]))
        (found,) = writing.bibliography() or [""]
    return _mended(str(found or ""), style)


@functools.lru_cache(maxsize=12)
def _style(style: str, locale: str) -> _Style:
    return _Style(_FOLDER / f"{_FILES[style]}.csl", locale)


def _locale(language: str) -> str:
    """The locale for a language tag; British English for English, since the quotation marks differ."""
    first = language.split("-")[0].lower()
    return "en-GB" if language.lower() in {"en", "en-gb"} else PRIMARY_DIALECTS.get(first, "en-US")


def _mended(text: str, style: str) -> str:
    """What can only be seen in the whole text."""
    # NLM numbers its list; the newsletter numbers its own.
    text = re.sub(r"^\s*1\.\s*", "", text)
    # 'et al.' as the editor wrote it is handed over as a last name, and so was joined by an 'and'.
    others = rf"(?:[,;]\s*…)?\s*[,;]?(?:\s+(?:&|[^\W\d]{{1,4}})(?=\s+{AND_OTHERS}))?\s*{AND_OTHERS}\.?"
    text = re.sub(others, f"{_BEFORE_OTHERS[style]}et al.", text)
    # The archive's own spelling, which a style's capital letter for the first word spoils.
    text = re.sub(r"\bArXiv(?=:)", "arXiv", text)
    # A title that asks or calls needs no full stop, and one full stop is enough, marks between or not.
    ended = rf"((?:[?!…。？！]['’”»)\]]?|\.['’”»])[{EM_END}{STRONG_END}]*)\.(?=\s|$)"
    text = re.sub(ended, r"\1", text)
    text = re.sub(rf"(?<!\.)\.([{EM_END}{STRONG_END}]*)\.(?!\.)", r".\1", text)
    return re.sub(r"\s+", " ", text).strip()
