"""The engine's own encoding of properties, read into plain values in one go, and the secrets in it remembered."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from google.protobuf import struct_pb2

from .values import SECRET, SIGNATURE, UNKNOWNS, Unknown

# A shorter secret can't be told from any other text in a message.
_SHORTEST_SECRET = 4
# Of a secret document, its shorter words (`Allow`) would strike out half of every message.
_SHORTEST_WORD = 6


class Secrets:
    """The secret strings of one resource, to keep them out of messages."""

    def __init__(self) -> None:
        self._values: set[str] = set()

    def note(self, value: Any) -> None:
        if isinstance(value, str):
            if len(value) >= _SHORTEST_SECRET:
                self._values.add(value)
            if value.lstrip()[:1] in ("{", "["):
                self._values.update(word for word in _words(_json(value)) if len(word) >= _SHORTEST_WORD)
        elif isinstance(value, dict):
            for item in value.values():
                self.note(item)
        elif isinstance(value, list):
            for item in value:
                self.note(item)

    def add(self, other: Secrets) -> None:
        self._values |= other._values

    def redacted(self, message: str) -> str:
        for value in sorted(self._values, key=len, reverse=True):
            message = message.replace(value, "[secret]")
        return message


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _words(value: Any) -> Iterator[str]:
    """The strings of a document, which a message may hold one by one."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _words(item)


def read(struct: struct_pb2.Struct, secrets: Secrets, path: str = "") -> Any:
    """What a struct holds; unknowns become `Unknown`, a secret is unwrapped and noted in `secrets`."""
    fields: Mapping[str, struct_pb2.Value] = struct.fields
    if SIGNATURE in fields and fields[SIGNATURE].string_value == SECRET:
        value = _value(fields["value"], secrets, path) if "value" in fields else None
        secrets.note(value)
        return value
    return {key: _value(value, secrets, f"{path}.{key}" if path else key) for key, value in fields.items()}


def _value(value: struct_pb2.Value, secrets: Secrets, path: str) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        text = value.string_value
        return Unknown(path) if text in UNKNOWNS else text
    if kind == "struct_value":
        return read(value.struct_value, secrets, path)
    if kind == "list_value":
        return [_value(item, secrets, f"{path}[{i}]") for i, item in enumerate(value.list_value.values)]
    if kind == "number_value":
        number = float(value.number_value)
        return int(number) if number.is_integer() else number
    return value.bool_value if kind == "bool_value" else None
