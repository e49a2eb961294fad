"""The sandbox's bounds: no template can run for ever, fill the memory or draw by chance.

Steps (rounds of loops, calls, includes) are counted and limited, as is the size of every value
that one operation could blow up; whatever counts steps also looks at the clock, so that a sum of
slow steps ends too. A mail needs some thousand steps; the limits are far beyond that. Filters that
would make two renders differ, or that no mail needs, do not exist.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from jinja2 import Template, Undefined, nodes, pass_context
from jinja2.exceptions import SecurityError, TemplateSyntaxError
from jinja2.runtime import LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from digest.rendering.guards import BINOPS, GUARDS, article, check_method, check_size

MAX_STEPS = 200_000
MAX_SECONDS = 5.0
MAX_TEMPLATE = 200_000
#: All that a render may write, join and copy on its way, in characters.
MAX_VOLUME = 20_000_000
_UNWANTED = ("center", "filesizeformat", "pprint", "random", "tojson", "urlize", "xmlattr")


_SIZED = (str, list, tuple)
#: Values as short as this are not worth counting: it would cost more than making them.
_SMALL = 256


class _Allowance:
    """What one render may still do."""

    __slots__ = ("deadline", "steps", "volume")

    def __init__(self) -> None:
        self.steps = 0
        self.volume = 0
        self.deadline = time.monotonic() + MAX_SECONDS


_allowance: ContextVar[_Allowance | None] = ContextVar("allowance", default=None)


@contextmanager
def allowance() -> Iterator[None]:
    """Give one render its steps, characters and seconds."""
    token = _allowance.set(_Allowance())
    try:
        yield
    finally:
        _allowance.reset(token)


def step(volume: int = 0) -> None:
    """Count a step, and the characters that it writes.

    Raises:
        SecurityError: there were too many, or they took too long.
    """
    left = _allowance.get()
    if left is None:
        return
    left.steps += 1
    left.volume += volume
    if left.steps > MAX_STEPS:
        raise SecurityError(f"takes more than {MAX_STEPS:,} steps: look for a loop")
    if left.volume > MAX_VOLUME:
        raise SecurityError(f"writes more than {MAX_VOLUME:,} characters: look for a loop")
    if not left.steps & 15 and time.monotonic() > left.deadline:
        raise SecurityError(f"takes more than {MAX_SECONDS:.0f} seconds: look for a loop")


def _charged(value: Any) -> Any:
    """Return a value that an operation made, when it is not huge; it counts as written."""
    if isinstance(value, _SIZED) and len(value) > _SMALL:
        check_size(len(value))
        step(len(value))
    return value


class BoundedEnvironment(ImmutableSandboxedEnvironment):
    """Jinja's sandbox with bounds. Without an `allowance` steps are free, sizes are not."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self, **options: Any) -> None:
        """Take away what no mail needs, and bound what could grow."""
        super().__init__(finalize=printable, **options)
        self._lengths: dict[str, int] = {}
        del self.globals["lipsum"]
        for name in _UNWANTED:
            del self.filters[name]
        for name, made in self.filters.items():
            self.filters[name] = _guarded(made, GUARDS.get(name))
        self.filters |= {"_counted": _counted, "_made": _made}
        self.filters |= {"_shown": _shown, "_compared": _compared}

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Compute, unless the result would be huge."""
        BINOPS[operator](left, right)
        return _charged(super().call_binop(context, operator, left, right))

    def call(__self, __context: Any, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805
        """Call something from a template: a step, and only methods that cannot blow up."""
        step()
        if isinstance(__obj, LoopContext):
            args = tuple(_Counted(each, 0) for each in args)
        elif not isinstance(__obj, Macro):
            check_method(__obj, args, kwargs)
        return _charged(super().call(__context, __obj, *args, **kwargs))

    def get_template(self, name: Any, parent: Any = None, globals: Any = None) -> Template:  # noqa: A002
        """Find a template: a step, since includes can double at every level."""
        step(self._lengths.get(str(name), 0))
        return super().get_template(name, parent, globals)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        """Read a template, and put the bounds into it."""
        self._lengths[str(name)] = len(source)
        if len(source) > MAX_TEMPLATE:
            what = f"the template has more than {MAX_TEMPLATE:,} characters"
            raise TemplateSyntaxError(what, 1, name, filename)
        tree = super()._parse(source, name, filename)
        for loop in list(tree.find_all(nodes.For)):
            loop.iter = _filtered(loop.iter, "_counted", nodes.Const(_text_length(loop)))
        for block in list(tree.find_all(nodes.AssignBlock)):
            block.filter = _filtered(block.filter, "_made")
        for compared in list(tree.find_all(nodes.Compare)):
            if not any(isinstance(each.expr, nodes.Const) for each in compared.ops):
                compared.expr = _filtered(compared.expr, "_compared")
        for parent in list(tree.find_all(nodes.Node)):
            _bound_children(parent)
        tree.set_environment(self)
        return tree


def _bound_children(parent: nodes.Node) -> None:
    """Put a check around what joins or copies texts."""
    if isinstance(parent, nodes.Output):
        # What is computed while a template is read does not go through `printable`.
        parent.nodes = [
            _filtered(each, "_shown") if _is_fixed(each) else each for each in parent.nodes
        ]
    if isinstance(parent, nodes.Concat):
        parent.nodes = [
            each if isinstance(each, nodes.Const) else _filtered(each, "_shown")
            for each in parent.nodes
        ]
    for field, value in parent.iter_fields():
        if _grows(value):
            setattr(parent, field, _filtered(value, "_made"))
        elif isinstance(value, list):
            value[:] = [_filtered(each, "_made") if _grows(each) else each for each in value]


def _is_fixed(node: nodes.Expr) -> bool:
    if isinstance(node, nodes.TemplateData):
        return False
    if isinstance(node, nodes.Const):
        return not isinstance(node.value, str | int | float) or isinstance(node.value, bool)
    return not isinstance(node, nodes.Name) and node.find(nodes.Name) is None


def _grows(node: object) -> bool:
    if isinstance(node, nodes.Getitem):
        return isinstance(node.arg, nodes.Slice)
    return isinstance(node, nodes.Concat)


def _text_length(loop: nodes.For) -> int:
    """Return how much text of its own a loop writes in a round."""
    return sum(len(data.data) for data in loop.find_all(nodes.TemplateData))


def printable(value: Any) -> Any:
    """Return a value that a mail can show.

    Raises:
        SecurityError: it is nothing, a list, or an object without a text: a slip in the template.
    """
    kind = type(value)
    if kind is str or kind is Markup or isinstance(value, str):
        if len(value) > _SMALL:
            step(len(value))
        return value
    if kind in (int, float) or isinstance(value, Undefined) or hasattr(kind, "__html__"):
        return value
    if value is None:
        raise SecurityError("prints a value that is empty: put it inside {% if %}")
    is_text = "__str__" in {name for each in kind.__mro__[:-1] for name in vars(each)}
    if isinstance(value, bool | list | tuple | dict | set) or not is_text:
        raise SecurityError(f"prints {article(kind.__name__)}, which is no text")
    return value


class _Counted:
    """Something that is looped over: each round is a step."""

    __slots__ = ("_values", "_volume")

    def __init__(self, values: Any, volume: int) -> None:
        self._values = values
        self._volume = volume

    def __iter__(self) -> Iterator[Any]:
        for each in self._values:
            step(self._volume)
            yield each

    def __len__(self) -> int:
        return len(self._values)


# What takes the context is not computed while a template is read.
@pass_context
def _counted(_: Any, values: Any, volume: int) -> Any:
    if isinstance(values, Undefined):
        return values
    if not isinstance(values, Iterable):
        raise SecurityError(f"loops over {article(type(values).__name__)}, which is no list")
    return _Counted(values, volume)


@pass_context
def _made(_: Any, value: Any) -> Any:
    return _charged(value)


@pass_context
def _shown(_: Any, value: Any) -> Any:
    return printable(value)


@pass_context
def _compared(_: Any, value: Any) -> Any:
    """Refuse to compare lists of lists: a few that hold each other twice take for ever."""
    if isinstance(value, list | tuple | dict):
        inner = value.values() if isinstance(value, dict) else value
        if any(isinstance(each, list | tuple | dict) for each in inner):
            raise SecurityError("compares lists of lists")
    return value


def _filtered(node: nodes.Node | None, name: str, *args: nodes.Expr) -> nodes.Filter:
    # A block's filter has no node: it takes what the block wrote.
    made = nodes.Filter(node, name, list(args), [], None, None)
    if node is not None:
        made.set_lineno(node.lineno)
    return made


def _guarded(made: Callable[..., Any], guard: Callable[..., None] | None) -> Callable[..., Any]:
    """Return a filter that asks its guard first. Its kind (does it take the context?) stays."""
    takes_first = hasattr(made, "jinja_pass_arg")

    def filtered(*args: Any, **kwargs: Any) -> Any:
        if guard is not None:
            guard(*args[takes_first:], **kwargs)
        return _charged(made(*args, **kwargs))

    if takes_first:
        setattr(filtered, "jinja_pass_arg", getattr(made, "jinja_pass_arg"))  # noqa: B009, B010
    return filtered
