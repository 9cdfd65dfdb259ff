"""The engine's own encoding of properties, read into plain values in one go, and the secrets in it remembered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf import struct_pb2

from .redaction import Secrets
from .values import SECRET, SIGNATURE, UNKNOWNS, Unknown, finite


def read(struct: struct_pb2.Struct, secrets: Secrets, path: str = "") -> Any:
    """A struct as Python values; unknowns become `Unknown`, secrets are unwrapped and noted in `secrets`."""
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
        return finite(float(value.number_value))
    return value.bool_value if kind == "bool_value" else None
