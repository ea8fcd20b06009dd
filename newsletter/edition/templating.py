"""Runs the templates: sandboxed, escaped, bounded, and with each fault's template and line."""

import contextvars
import functools
import re
import traceback
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import jinja2
from jinja2 import Environment, StrictUndefined, nodes, pass_eval_context
from jinja2.environment import TemplateModule
from jinja2.ext import Extension
from jinja2.filters import do_format
from jinja2.lexer import Token, TokenStream
from jinja2.runtime import LoopContext, Macro, markup_join, str_join
from jinja2.sandbox import ImmutableSandboxedEnvironment

from newsletter.config import shipped
from newsletter.edition.plain import indent_text, underline_text, wrap_text
from newsletter.errors import Problem, TemplateError

#: No honest issue comes near these; a template that does is in a loop.
MOST_CHARACTERS = 4_000_000
MOST_REPEATS = 2_000
#: Turns of all loops and calls of macros together, for one template; an honest issue takes a few thousand.
MOST_STEPS = 300_000
_WIDE = re.compile(r"(?:%[-+ #0.]*|\{[^{}]*:[^{}]*?)\d{5,}")
# Noncharacters (Unicode 23.7), which content is cleaned of: they bracket 'template:line' in the output.
_OPEN, _CLOSE = "\ufdd0", "\ufdd1"
_MARK = re.compile(f"{_OPEN}([^{_OPEN}{_CLOSE}]*):(\\d+){_CLOSE}")


@dataclass(frozen=True, slots=True)
class Composed:
    """What a template made; `marked` makes it anew, with the template and line that each part came from."""

    text: str
    marked: Callable[[], str] = str

    def origin(self, offset: int) -> tuple[str, int]:
        """Template and line of the character at `offset`; looked for only where there is a fault to tell of."""
        origin, shown, end = ("", 0), 0, 0
        for mark in _MARK.finditer(self.marked()):
            shown += mark.start() - end
            if shown > offset:
                break
            origin, end = (mark[1], int(mark[2])), mark.end()
        return origin

    def fault(self, offset: int, message: str, remedy: str = "") -> TemplateError:
        """An error about the character at `offset`."""
        return fault(*self.origin(offset), message, remedy)


def fault(name: str, line: int, message: str, remedy: str = "") -> TemplateError:
    """An error that names a template, as the workspace has it, and a line counted from 1."""
    return TemplateError(
        problems=[Problem("template", "error", f"templates/{name}", line, "", message, remedy)]
    )


def compose(name: str, values: Mapping[str, object], folder: Path | None = None) -> Composed:
    """The output of the template `name`, looked for in `folder` first and then in what is shipped.

    Raises TemplateError with template and line.
    """
    return Composed(
        _composed(name, values, folder), functools.partial(_composed, name, values, folder, marked=True)
    )


def _composed(name: str, values: Mapping[str, object], folder: Path | None, *, marked: bool = False) -> str:
    environment = _environment(folder, not name.endswith(".mjml"), marked)
    _STEPS.set([0])
    try:
        return _bounded(environment.get_template(name).generate(dict(values)), name)
    except jinja2.TemplateSyntaxError as error:
        raise fault(error.name or name, error.lineno, error.message or "this is not Jinja") from None
    except jinja2.TemplateNotFound as error:
        raise fault(str(error.name or name), 0, "there is no such template") from None
    except (RecursionError, MemoryError) as error:
        raise fault(
            *(_place(error, _folders(folder)) or (name, 0)), "the template calls itself without end"
        ) from None
    except (
        jinja2.TemplateError,
        ArithmeticError,
        LookupError,
        TypeError,
        ValueError,
        AttributeError,
    ) as error:
        place = _place(error, _folders(folder))
        if place is None:  # not a template's fault but ours
            raise
        raise fault(*place, str(error)) from None


def _folders(folder: Path | None) -> list[Path]:
    return [*([folder] if folder else []), shipped("templates")]


def template_path(name: str, folder: Path | None = None) -> Path:
    """The file of the template or theme `name`: the workspace's, or the one that is shipped."""
    own = folder / name if folder else None
    return own if own and own.is_file() else shipped("templates") / name


class _Loader(jinja2.FileSystemLoader):
    """Templates from folders; one that is there and cannot be read is named."""

    def get_source(self, environment: Environment, template: str) -> Any:
        try:
            return super().get_source(environment, template)
        except jinja2.TemplateNotFound:  # an OSError of its own kind, which `compose` tells of
            raise
        except UnicodeDecodeError:
            raise fault(template, 0, "the file is not saved as UTF-8", "save it as UTF-8") from None
        except OSError as error:
            raise fault(template, 0, f"it cannot be read: {error.strerror}", "look at its rights") from None


class _Origins(Extension):
    """Puts template and line before each stretch of a template's own text, as `compose` reads them."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        for token in stream:
            if token.type != "data" or (stream.name or "").endswith((".txt", ".css")):
                yield token
                continue
            lines = str(token.value).split("\n")
            marked = [f"{_OPEN}{stream.name}:{n}{_CLOSE}{line}" for n, line in enumerate(lines, token.lineno)]
            yield Token(token.lineno, "data", "\n".join(marked))


#: Steps taken so far in the template that is being composed. Steps are counted, and not time measured,
#: so that the same template is refused or taken on a slow machine and on a fast one.
_STEPS: contextvars.ContextVar[list[int]] = contextvars.ContextVar("steps")


def _step(steps: list[int]) -> None:
    steps[0] += 1
    if steps[0] > MOST_STEPS:
        raise jinja2.exceptions.SecurityError(
            f"the template takes more than {MOST_STEPS:,} steps; is it in a loop?"
        )


_OF_DICTIONARIES = frozenset(dir(dict)) | frozenset(dir(MappingProxyType))
# Tuples, since `int | float` would be made anew at each of some hundred calls.
_NUMBERS, _SIZED = (int, float), (str, list, tuple)


class _Sandbox(ImmutableSandboxedEnvironment):
    """Templates see plain data, cannot change it, and can fill neither the memory nor the day."""

    intercepted_binops = frozenset(("*", "**", "+", "%"))

    def getattr(self, obj: Any, attribute: str) -> Any:
        """As Jinja does it: an attribute, else an item; but without a search where only an item can be meant."""
        kind = type(obj)
        if (
            (kind is dict or kind is MappingProxyType)
            and attribute in obj
            and attribute not in _OF_DICTIONARIES
        ):
            return obj[attribute]
        if kind is TemplateModule and attribute[:1] != "_":
            found = obj.__dict__.get(attribute)
            if type(found) is Macro:  # what the sandbox would find, and let through
                return found
        return super().getattr(obj, attribute)

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """One dictionary for each template: nothing is added to the environment later that it must see."""
        return {**self.globals, **(d or {})}

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "%":
            _check_format(left)
        if operator == "**" or (operator == "*" and _size(left) * _size(right) > MOST_CHARACTERS):
            raise jinja2.exceptions.SecurityError(f"'{operator}' makes too large a value")
        return _small(super().call_binop(context, operator, left, right))

    def call(self, context: Any, called: Any, *args: Any, **kwargs: Any) -> Any:
        _step(_STEPS.get())
        if type(called) is Macro:
            return _call_macro(context, called, args, kwargs)
        if called is not _range:  # which says itself what is too much for it
            _check_arguments(args, kwargs)
            # The sandbox has wrapped the method of 'text'.format(…).
            _check_format(getattr(getattr(called, "__wrapped__", None), "__self__", None))
        if isinstance(called, LoopContext):  # `loop(…)` of a recursive loop
            args = (_counted(args[0]), *args[1:]) if args else args
        return _small(super().call(context, called, *args, **kwargs))

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        """The tree, with each loop's turns counted and each '~' bounded."""
        tree = super()._parse(source, name, filename)
        for loop in tree.find_all(nodes.For):
            loop.iter = nodes.Filter(loop.iter, "_counted", [], [], None, None, lineno=loop.lineno)
        for join in [*tree.find_all(nodes.Concat)]:
            part = nodes.List(join.nodes, lineno=join.lineno)
            join.nodes = [nodes.Filter(part, "_joined", [], [], None, None, lineno=join.lineno)]
        return tree


def _call_macro(context: Any, macro: Macro, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
    """What the sandbox does for a macro, which is always safe to call and always takes the same context."""
    _check_arguments(args, named)
    named.pop("_block_vars", None)
    named.pop("_loop_vars", None)
    return _small(macro(context.eval_ctx, *args, **named))


def _size(value: Any) -> float:
    return abs(value) if isinstance(value, _NUMBERS) else len(value)


def _small(value: Any) -> Any:
    if isinstance(value, _SIZED) and len(value) > MOST_CHARACTERS:
        raise jinja2.exceptions.SecurityError(f"a value grows beyond {MOST_CHARACTERS:,} characters")
    return value


def _check_arguments(args: tuple[Any, ...], named: Mapping[str, Any]) -> None:
    """Numbers by which methods and filters pad, indent and repeat stay small."""
    for value in (*args, *named.values()) if named else args:
        if isinstance(value, int) and abs(value) > MOST_CHARACTERS // 100:
            raise jinja2.exceptions.SecurityError("an argument makes too large a value")


def _check_format(text: Any) -> None:
    """A text with places to fill in must not ask for a width of many thousands."""
    if isinstance(text, str) and _WIDE.search(text):
        raise jinja2.exceptions.SecurityError("a format makes too large a value")


def _counted(values: Any) -> Any:
    steps = _STEPS.get()

    def turns() -> Iterator[Any]:
        for value in values:
            _step(steps)
            yield value

    return turns()


@pass_eval_context
def _joined(context: nodes.EvalContext, parts: list[Any]) -> str:
    joined: str = _small((markup_join if context.autoescape else str_join)(parts))
    return joined


def _bounded_filter(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def bounded(*args: Any, **kwargs: Any) -> Any:
        _check_arguments(args, kwargs)
        if function is do_format:
            _check_format(args[0])
        return _small(function(*args, **kwargs))

    return bounded


@functools.lru_cache(maxsize=16)
def _environment(folder: Path | None, plain: bool, marked: bool) -> Environment:
    environment = _Sandbox(
        loader=_Loader(_folders(folder), encoding="utf-8"),
        # Not select_autoescape: it does not know .mjml and would leave it unescaped.
        autoescape=not plain,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=[_Origins] if marked else [],
    )
    # The same input must give the same bytes, so nothing random; and no endless `range`.
    environment.filters.pop("random")
    environment.globals.pop("lipsum")
    environment.globals["range"] = _range
    filters: dict[str, Callable[..., str]] = {
        "wrap": wrap_text,
        "indented": indent_text,
        "underlined": underline_text,
        "squeezed": _squeezed,
    }
    environment.filters.update(filters)
    environment.filters = {name: _bounded_filter(made) for name, made in environment.filters.items()}
    environment.filters |= {"_counted": _counted, "_joined": _joined}
    return environment


def _squeezed(text: str) -> str:
    """`text` with no more than one empty line together, and none around it."""
    return re.sub(r"\n(?:[ \t]*\n){2,}", "\n\n", text).strip("\n")


def _range(*args: int) -> range:
    numbers = range(*args)
    if len(numbers) > MOST_REPEATS:
        raise jinja2.exceptions.SecurityError(f"range() of more than {MOST_REPEATS} numbers")
    return numbers


def _bounded(pieces: Iterator[str], name: str) -> str:
    kept, size = [], 0
    for piece in pieces:
        kept.append(piece)
        size += len(piece)
        if size > MOST_CHARACTERS:
            raise fault(
                name, 0, f"the template writes more than {MOST_CHARACTERS:,} characters; is it in a loop?"
            )
    return "".join(kept)


def _place(error: BaseException, folders: list[Path]) -> tuple[str, int] | None:
    """Template and line in which `error` arose; Jinja writes them into the traceback."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        for folder in folders:
            if Path(frame.filename).is_relative_to(folder):
                return Path(frame.filename).relative_to(folder).as_posix(), frame.lineno or 0
    return None
