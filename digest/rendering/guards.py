"""What one operation of a template may make: guards for operators, methods and filters.

Some multiply, some fill with spaces without end, some print a list that holds itself a thousand
times. A guard looks at the operands before anything is computed and refuses what would be huge.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jinja2.exceptions import SecurityError

#: The longest text or list that one operation may make.
MAX_VALUE = 500_000
MAX_DIGITS = 4_000


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WIDTH = re.compile(r"[0-9]{4,}|\*")
_METHODS = _words(
    """capitalize casefold count endswith find format format_map index isalnum isalpha isascii
    isdecimal isdigit isidentifier islower isnumeric isspace istitle isupper join lower lstrip
    partition removeprefix removesuffix replace rfind rindex rpartition rsplit rstrip split
    splitlines startswith strip striptags swapcase title unescape upper get items keys values
    bit_count is_integer"""
)
_JINJA = ("_loop_vars", "_block_vars")


def article(noun: str) -> str:
    """Return a noun with its article."""
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


def check_size(size: float) -> None:
    """Refuse what would have more than `MAX_VALUE` characters or parts."""
    if size > MAX_VALUE:
        raise SecurityError(f"makes a value of more than {MAX_VALUE:,} characters or parts")


def _size(value: Any) -> int:
    return len(value) if isinstance(value, str | bytes | Sequence | Mapping) else 1


def _times(left: Any, right: Any) -> None:
    for many, values in ((left, right), (right, left)):
        if isinstance(many, int) and isinstance(values, str | bytes | Sequence):
            check_size(many * len(values))
    if isinstance(left, int) and isinstance(right, int):
        _check_digits(left.bit_length() + right.bit_length())


def _power(left: Any, right: Any) -> None:
    if isinstance(left, int) and isinstance(right, int):
        _check_digits(left.bit_length() * abs(right))


def _check_digits(bits: int) -> None:
    if bits > MAX_DIGITS * 3:
        raise SecurityError(f"makes a number of more than {MAX_DIGITS:,} digits")


def _plus(left: Any, right: Any) -> None:
    check_size(_size(left) + _size(right))


def _format(left: Any, right: Any) -> None:
    """Check printf's `%`: a width is as good as a multiplication."""
    if isinstance(left, str):
        if _WIDTH.search(left):
            raise SecurityError("asks for a width that no mail has")
        parts = right if isinstance(right, tuple) else (right,)
        for each in parts:
            _said(each)
        check_size(len(left) + len(left) * max(map(_size, parts), default=0) // 2)


BINOPS: dict[str, Callable[[Any, Any], None]] = {
    "+": _plus,
    "*": _times,
    "**": _power,
    "%": _format,
}


def check_method(called: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    """Check a method of a built-in value: some multiply, some fill with spaces without end."""
    # The sandbox hands out str.format in a wrapping of its own.
    owner = getattr(getattr(called, "__wrapped__", called), "__self__", None)
    if not isinstance(owner, str | bytes | int | float | list | tuple | dict | range):
        return
    name = called.__name__
    # Jinja adds the variables of loops and blocks to every call, and takes them away again.
    kwargs = {key: value for key, value in kwargs.items() if key not in _JINJA}
    if name not in _METHODS:
        raise SecurityError(f"calls .{name}(), which no mail needs")
    if name == "replace" and isinstance(owner, str):
        _replaced(owner, *args, **kwargs)
    elif name == "join" and args:
        if not isinstance(args[0], Sequence):
            raise SecurityError("calls .join() without a list: use the filter, |join")
        _joined(args[0], owner)
    elif name in ("format", "format_map") and isinstance(owner, str):
        _formatted(owner, args, kwargs)


def _replaced(text: Any, old: Any = "", new: Any = "", *_: Any, **__: Any) -> None:
    found = str(text).count(str(old))
    check_size(len(str(text)) + found * len(str(new)))


def _joined(parts: Any, between: Any = "", attribute: Any = None) -> None:
    """Check what is joined. A generator's parts were counted when they were made."""
    if len(str(between)) > 100 and not isinstance(parts, Sequence):
        raise SecurityError("joins with a text that is far too long")
    if attribute is not None:
        check_size(_size(parts) * 500)
    if isinstance(parts, Sequence | Mapping):
        for each in parts:
            _said(each)
        long = max((len(each) for each in parts if isinstance(each, str)), default=20)
        check_size(len(parts) * (long + len(str(between))))


def _formatted(text: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    """Check str.format: a width, also one that is itself filled in, and values used many times."""
    if _WIDTH.search(text) or re.search(r":[^{}]*\{", text):
        raise SecurityError("asks for a width that no mail has")
    for each in (*args, *kwargs.values()):
        _said(each)
    longest = max(map(_size, (*args, *kwargs.values())), default=0)
    check_size(len(text) + text.count("{") * longest)


def _numbers(_: Any, *args: Any, **kwargs: Any) -> None:
    for each in (*args, *kwargs.values()):
        if isinstance(each, int) and abs(each) > 1_000:
            raise SecurityError("is given a number that is far too big")


def _indented(value: Any, width: Any = 4, *_: Any, **__: Any) -> None:
    by = len(width) if isinstance(width, str) else int(width)
    check_size(len(str(value)) + (str(value).count("\n") + 1) * by)


def _wrapped(value: Any, *args: Any, wrapstring: str = "", **kwargs: Any) -> None:
    between = max([len(wrapstring), *(len(each) for each in args if isinstance(each, str))])
    _numbers(value, *args, **kwargs)
    check_size(len(str(value)) * (1 + between))


def _summed(_: Any, __: Any = None, start: Any = 0) -> None:
    if not isinstance(start, int | float):
        raise SecurityError("adds up what is no number")


def _said(value: Any, *_: Any, **__: Any) -> None:
    if isinstance(value, list | tuple | dict | set):
        raise SecurityError(f"prints {article(type(value).__name__)}, which is no text")


def _percent(text: Any, *args: Any, **kwargs: Any) -> None:
    _format(str(text), args or tuple(kwargs.values()))


GUARDS: dict[str, Callable[..., None]] = {
    "batch": _numbers,
    "format": _percent,
    "indent": _indented,
    "join": _joined,
    "replace": _replaced,
    "round": _numbers,
    "slice": _numbers,
    "string": _said,
    "sum": _summed,
    "truncate": _said,
    "wordwrap": _wrapped,
}
