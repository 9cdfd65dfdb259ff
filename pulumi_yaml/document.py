"""A YAML file as a mapping, read as the engine reads it, or one line with the place of its first fault.

It is stricter where the engine passes over a mistake in silence: tags, further documents, unquoted dates. Sizes are
bounded before anything is built, so that no file takes longer than a second.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from pulumi_yaml.scalars import resolve, shown

MAX_BYTES: Final = 1 << 20
"""Bytes of a file; a stack of 200 services has a quarter of them."""
MAX_DEPTH: Final = 32
"""Maps and lists inside each other."""
MAX_VALUES: Final = 200_000
"""Values of a file, those that aliases repeat counted each time."""

_STRING_TAGS: Final = ("tag:yaml.org,2002:str", "!")


class Unreadable(ValueError):
    """A file that is no mapping in YAML: one line with the file, line and column, the rule, the value, the remedy."""


@dataclass(frozen=True)
class Place:
    """Where something stands, counted from 1."""

    line: int
    column: int


@dataclass(frozen=True)
class Document:
    """The contents of one file."""

    name: str
    values: dict[str, Any]
    places: dict[tuple[str, ...], Place]
    """Of each key; an entry of a list is named by its index."""

    def fault(self, path: tuple[str, ...], text: str) -> Unreadable:
        """The error that tells `text` of a key."""
        place = self.places.get(path, Place(1, 1))
        return Unreadable(f"{self.name}:{place.line}:{place.column}: {text}")


def read(file: Path) -> Document:
    """The file's contents; an empty one is an empty mapping. Raises Unreadable."""
    try:
        with file.open("rb") as opened:
            data = opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise Unreadable(f"{file.name}: can't be read: {error.strerror} (got {file}); give it back") from None
    return parse(data, file.name)


def parse(data: bytes, name: str) -> Document:
    """What a file called `name` holds. Raises Unreadable."""
    if len(data) > MAX_BYTES:
        raise Unreadable(
            f"{name}: has at most {MAX_BYTES >> 20} MiB (got more); split the stack, or remove what repeats"
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = _place(data, error.start)
        raise Unreadable(
            f"{name}:{place}: is in UTF-8 (got the byte 0x{data[error.start]:02x}); save it as UTF-8"
        ) from None
    builder = _Builder(name, yaml.CSafeLoader(text))
    try:
        return builder.document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = error.problem or error.context or "it ends too early"
        raise Unreadable(f"{name}:{_shown(mark)}: is not readable as YAML (got: {said}); correct it") from None
    except yaml.reader.ReaderError as error:
        place = _place(text.encode("utf-8"), error.position)
        raise Unreadable(f"{name}:{place}: is not readable as YAML (got: {error.reason}); remove it") from None
    finally:
        builder.loader.dispose()


def _place(data: bytes, offset: int) -> str:
    line = data[:offset].split(b"\n")
    return f"{len(line)}:{len(line[-1]) + 1}"


def _shown(mark: Any) -> str:
    return f"{mark.line + 1}:{mark.column + 1}" if mark is not None else "1:1"


@dataclass
class _Builder:
    """Builds values from the parser's events, each of which is counted."""

    name: str
    loader: Any
    anchors: dict[str, Any] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)
    places: dict[tuple[str, ...], Place] = field(default_factory=dict)
    values: int = 0

    def document(self) -> Document:
        self._next()  # the stream's start
        content: Any = None
        if not self.loader.check_event(yaml.StreamEndEvent):
            self._next()
            first = self.loader.peek_event()
            content = self._value(self._next(), (), 0)
            self._next()
            if not self.loader.check_event(yaml.StreamEndEvent):
                raise self._fault(self._next(), "a file holds one document (got a second one); remove it")
            if content is not None and not isinstance(content, dict):
                raise self._fault(first, f"is a map of names to values (got {_kind(content)}); write name: value")
        return Document(self.name, content or {}, self.places)

    def _next(self) -> Any:
        return self.loader.get_event()

    def _fault(self, event: Any, text: str) -> Unreadable:
        return Unreadable(f"{self.name}:{_shown(event.start_mark)}: {text}")

    def _value(self, event: Any, path: tuple[str, ...], depth: int) -> Any:
        self._count(event, 1)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        if depth > MAX_DEPTH:
            raise self._fault(event, f"maps and lists lie at most {MAX_DEPTH} deep (got more); write it flatter")
        if event.anchor is not None:
            self.open.add(event.anchor)
        before = self.values
        value = self._content(event, path, depth)
        if event.anchor is not None:
            self.open.discard(event.anchor)
            self.anchors[event.anchor] = value
            self.sizes[event.anchor] = self.values - before
        return value

    def _content(self, event: Any, path: tuple[str, ...], depth: int) -> Any:
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if event.tag is not None:
            raise self._tagged(event)
        if isinstance(event, yaml.SequenceStartEvent):
            entries = enumerate(self._until(yaml.SequenceEndEvent))
            return [self._value(each, (*path, str(index)), depth + 1) for index, each in entries]
        return self._mapping(path, depth)

    def _until(self, end: type[yaml.Event]) -> Iterator[Any]:
        while not self.loader.check_event(end):
            yield self._next()
        self._next()

    def _scalar(self, event: Any) -> Any:
        if event.tag in _STRING_TAGS:
            return event.value
        if event.tag is not None:
            raise self._tagged(event)
        if not event.implicit[0]:
            return event.value
        try:
            return resolve(event.value)
        except ValueError as error:
            raise self._fault(event, str(error)) from None

    def _mapping(self, path: tuple[str, ...], depth: int) -> dict[str, Any]:
        values: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        lines: dict[str, int] = {}
        for event in self._until(yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise self._fault(event, "a key is text (got a map, a list or an alias); write name: value")
            key = event.value
            is_merge = key == "<<" and event.implicit[0]
            if key in lines:
                raise self._fault(event, f"{shown(key)} is given twice (got it in line {lines[key]} too); remove one")
            lines[key] = event.start_mark.line + 1
            inner = (*path, key)
            self.places[inner] = Place(event.start_mark.line + 1, event.start_mark.column + 1)
            value = self._value(self._next(), inner, depth + 1)
            if is_merge:
                merged = self._merged(event, value)
            else:
                values[key] = value
        return merged | values

    def _merged(self, event: Any, value: Any) -> dict[str, Any]:
        maps = value if isinstance(value, list) else [value]
        if not all(isinstance(each, dict) for each in maps):
            raise self._fault(
                event, f"<< takes over a map or a list of maps (got {_kind(value)}); name an alias of one"
            )
        merged: dict[str, Any] = {}
        for each in maps:
            merged = each | merged  # of several the first goes before the others
        return merged

    def _alias(self, event: Any) -> Any:
        name = event.anchor
        if name in self.open:
            raise self._fault(event, f"a value does not hold itself (got *{name} within &{name}); remove the alias")
        if name not in self.anchors:
            raise self._fault(event, f"an alias repeats an anchor above it (got *{name}); add &{name} there")
        self._count(event, self.sizes[name])
        return self.anchors[name]

    def _count(self, event: Any, more: int) -> None:
        self.values += more
        if self.values > MAX_VALUES:
            raise self._fault(
                event, f"a file holds at most {MAX_VALUES} values, aliases included (got more); remove some"
            )

    def _tagged(self, event: Any) -> Unreadable:
        tag = event.tag.replace("tag:yaml.org,2002:", "!!")
        return self._fault(event, f"a value has no tag but !!str (got {shown(tag)}); remove it, or put text in quotes")


def _kind(value: Any) -> str:
    return "a map" if isinstance(value, dict) else "a list" if isinstance(value, list) else "a single value"
