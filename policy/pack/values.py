"""Resource properties as plain Python values, read without surprises.

`pulumi_policy` hands rules proxies: numbers are floats, `isinstance(x, dict)` is false, and touching a value that a
preview can't know raises. `plain` converts once; `Block` then answers typed questions about any shape.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, TypeVar

from pulumi_policy import proxy

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"
UNKNOWNS = frozenset(
    (
        proxy.UNKNOWN_BOOLEAN_VALUE,
        proxy.UNKNOWN_NUMBER_VALUE,
        proxy.UNKNOWN_STRING_VALUE,
        proxy.UNKNOWN_ARRAY_VALUE,
        proxy.UNKNOWN_ASSET_VALUE,
        proxy.UNKNOWN_ARCHIVE_VALUE,
        proxy.UNKNOWN_OBJECT_VALUE,
    )
)

DEEPEST: Final = 100
"""Levels of nesting that are read. The deepest properties and documents of AWS have about thirty."""

T = TypeVar("T")


class UndecidedError(Exception):
    """A rule needs a value that is not known yet; `path` is its property."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path or 'a value'} is not known yet")
        self.path = path


class Unknown:
    """Placeholder for a value that is known only after the engine has created something."""

    __slots__ = ("path",)

    def __init__(self, path: str = "") -> None:
        self.path = path

    def __repr__(self) -> str:
        return f"Unknown({self.path!r})"


def plain(value: Any, path: str = "") -> Any:
    """A proxy, or anything deserialised from the engine, as dicts, lists and scalars; unknowns become `Unknown`."""
    if isinstance(value, str):
        return Unknown(path) if value in UNKNOWNS else value
    if value is None or isinstance(value, (bool, int, Unknown)):
        return value
    if isinstance(value, float):
        return finite(value)
    if isinstance(value, Mapping):
        return _plain_mapping(value, path)
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
        return [_item(value, index, f"{path}[{index}]") for index in range(len(value))]
    return value


def finite(value: float) -> int | float | None:
    """A finite number, as int where it is whole; None for NaN and infinity."""
    if not math.isfinite(value):
        return None
    return int(value) if value == int(value) else value


def _plain_mapping(value: Mapping[str, Any], path: str) -> Any:
    keys = list(value)
    if SIGNATURE in keys and _item(value, SIGNATURE, path) == SECRET:
        if "plaintext" in keys:  # an exported state: the secret's JSON text
            return plain(parsed(value["plaintext"]), path)
        return _item(value, "value", path) if "value" in keys else Unknown(path)
    return {key: _item(value, key, f"{path}.{key}" if path else str(key)) for key in keys}


def _item(container: Any, key: Any, path: str) -> Any:
    try:
        return plain(container[key], path)
    except proxy.UnknownValueError:
        return Unknown(path)


def parsed(text: Any) -> Any:
    """Decoded JSON text; None if invalid, or nested deeper than any document that AWS accepts."""
    if not isinstance(text, str):
        return text
    try:
        value = decoded(text)
    except (ValueError, RecursionError):
        return None
    opened = text.count("{") + text.count("[")
    return value if opened <= DEEPEST or depth_of(value) <= DEEPEST else None


def decoded(text: str) -> Any:
    """Decoded JSON text, integers of any length included; a lone surrogate, which can't be printed, becomes `?`.

    ValueError if invalid, RecursionError if nested too deep.
    """
    value = json.loads(text, parse_int=_integer)
    if _HALVES.search(text):
        value = json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"), parse_int=_integer)
    return value


def _integer(digits: str) -> int | float:
    """An integer, without the limit that Python sets to what it converts."""
    return int(digits) if len(digits) < _MAX_NUMBER else float(digits)


# Escapes of what UTF-16 writes a character in two of.
_HALVES = re.compile(r"\\u[dD][89a-fA-F]")
# Digits of the longest integer that any other number can be compared with.
_MAX_NUMBER = 300


def depth_of(value: Any) -> int:
    """Levels of nesting, counted without recursion."""
    depth, level = 0, [value]
    while level := [item for item in level if isinstance(item, (dict, list))]:
        depth += 1
        level = [inner for item in level for inner in (item.values() if isinstance(item, dict) else item)]
    return depth


def known(value: Any) -> Any:
    """`value`, or UndecidedError where it is not known yet."""
    if isinstance(value, Unknown):
        raise UndecidedError(value.path)
    return value


def document(value: Any) -> Any:
    """A JSON document from text or an object; None for anything else."""
    value = known(value)
    if isinstance(value, (Mapping, list)):
        return value
    return parsed(value) if isinstance(value, str) else None


def listed(value: Any) -> list[Any]:
    """A value as a list: None is empty; a scalar, a mapping or an unknown value is one element."""
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def each(items: Iterable[T], judge: Callable[[T], Iterable[str]]) -> Iterator[str]:
    """Problems that `judge` finds in the items; UndecidedError of an item is raised last, so that it hides no other."""
    undecided: UndecidedError | None = None
    for item in items:
        try:
            yield from judge(item)
        except UndecidedError as error:
            undecided = undecided or error
    if undecided:
        raise undecided


@lru_cache(maxsize=4096)
def _steps(path: str) -> tuple[str, ...]:
    return tuple(path.split("."))


class Block:
    """Typed access to a mapping of unchecked shape.

    Paths are dotted camelCase names. A single-element list stands for its element, as providers of other languages
    write a nested block either way. Anything of another shape reads as absent, never as an exception, except that
    touching a value which is not known yet raises UndecidedError.
    """

    __slots__ = ("data",)

    def __init__(self, data: Any) -> None:
        self.data: dict[str, Any] = data if isinstance(data, dict) else {}

    def raw(self, path: str) -> Any:
        """The value at `path`, which may be `Unknown`."""
        value: Any = self.data
        for step in _steps(path):
            if isinstance(value, list):
                value = value[0] if value else None
            if isinstance(value, Unknown):
                raise UndecidedError(value.path)
            value = value.get(step) if isinstance(value, dict) else None
        return value

    def get(self, path: str) -> Any:
        return known(self.raw(path))

    def present(self, path: str) -> bool:
        """Whether a value is set, known or not; an empty string, list or mapping counts as unset."""
        try:
            value = self.raw(path)
        except UndecidedError:
            return True
        return isinstance(value, Unknown) or value not in (None, "", [], {})

    def text(self, path: str) -> str | None:
        value = self.get(path)
        return value if isinstance(value, str) else None

    def flag(self, path: str, default: bool = False) -> bool:
        value = self.get(path)
        if isinstance(value, str):
            return value.strip().lower() in ("true", "1", "yes", "on", "enabled")
        return default if value is None else bool(value)

    def number(self, path: str) -> float | None:
        value = self.get(path)
        if isinstance(value, bool):
            return None
        try:
            number = float(value) if isinstance(value, (int, float, str)) else math.nan
        except (ValueError, OverflowError):
            return None
        return None if not math.isfinite(number) else value if isinstance(value, (int, float)) else number

    def items(self, path: str) -> list[Any]:
        """The elements there; an element may be `Unknown`."""
        return listed(self.raw(path))

    def texts(self, path: str) -> list[str]:
        """The strings there; UndecidedError where one is not known yet."""
        return [value for value in map(known, self.items(path)) if isinstance(value, str)]

    def blocks(self, *paths: str) -> list[Block]:
        """The nested blocks at any of `paths`, written as one mapping, as a list, or not at all."""
        found = [known(item) for path in paths for item in self.items(path)]
        return [Block(item) for item in found if isinstance(item, dict)]


def holds_unknown(value: object) -> bool:
    """Whether a value, or one within it, is not known yet."""
    if isinstance(value, dict):
        return any(map(holds_unknown, value.values()))
    return any(map(holds_unknown, value)) if isinstance(value, list) else isinstance(value, Unknown)
