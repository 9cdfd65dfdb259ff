"""Property values as they travel between engine and provider, and as plain Python.

Unknown values (in a preview) are the object UNKNOWN; secrets are `Secret`; assets and archives stay the dicts that they
are on the wire. Numbers are floats, as the protocol has no others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf.struct_pb2 import NULL_VALUE, Struct, Value

_SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"
_ASSETS: Final = frozenset({"c44067f5952c0a294b673a41bacd8c17", "0def7320c3a5731c473e5ecbe6d01bc7"})
_UNKNOWN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


class _Unknown:
    """A value that only a deployment will tell."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = _Unknown()


@dataclass(frozen=True, slots=True, repr=False)
class SecretValue:
    """A value that must not be seen; it is encrypted in the state."""

    value: Any


def decode(struct: Struct) -> dict[str, Any]:
    """The properties of a message."""
    return {name: _decode(value) for name, value in struct.fields.items()}


def _decode(value: Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        text = value.string_value
        return UNKNOWN if text == _UNKNOWN else text
    if kind == "number_value":
        return value.number_value
    if kind == "bool_value":
        return value.bool_value
    if kind == "list_value":
        return [_decode(item) for item in value.list_value.values]
    if kind == "struct_value":
        decoded = decode(value.struct_value)
        return SecretValue(decoded.get("value")) if decoded.get(_SIGNATURE) == _SECRET else decoded
    return None


def encode(properties: Mapping[str, Any]) -> Struct:
    """A message with those properties."""
    struct = Struct()
    _fill(properties, struct)
    return struct


def _fill(properties: Mapping[str, Any], struct: Struct) -> None:
    struct.SetInParent()  # an empty struct is a value too
    for name, value in properties.items():
        _encode(value, struct.fields[name])


def _encode(value: Any, into: Value) -> None:
    if isinstance(value, str):
        into.string_value = value
    elif isinstance(value, bool):
        into.bool_value = value
    elif isinstance(value, (int, float)):
        into.number_value = value
    elif value is None:
        into.null_value = NULL_VALUE
    elif value is UNKNOWN:
        into.string_value = _UNKNOWN
    elif isinstance(value, SecretValue):
        _fill({_SIGNATURE: _SECRET, "value": value.value}, into.struct_value)
    elif isinstance(value, dict):
        _fill(value, into.struct_value)
    else:
        into.list_value.SetInParent()
        for item in value:
            _encode(item, into.list_value.values.add())


def is_asset(value: Any) -> bool:
    """Whether a value is an asset or an archive."""
    return isinstance(value, dict) and value.get(_SIGNATURE) in _ASSETS


def reveal(value: Any) -> Any:
    """The value with all secrets in it laid open: to compute with, never to print."""
    if isinstance(value, SecretValue):
        return reveal(value.value)
    if isinstance(value, dict):
        return {name: reveal(item) for name, item in value.items()}
    if isinstance(value, list):
        return [reveal(item) for item in value]
    return value


def holds_unknown(value: Any) -> bool:
    """Whether any part of the value is unknown."""
    if isinstance(value, SecretValue):
        return holds_unknown(value.value)
    if isinstance(value, dict):
        return any(holds_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(holds_unknown(item) for item in value)
    return value is UNKNOWN


def holds_secret(value: Any) -> bool:
    """Whether any part of the value is a secret."""
    if isinstance(value, dict):
        return any(holds_secret(item) for item in value.values())
    if isinstance(value, list):
        return any(holds_secret(item) for item in value)
    return isinstance(value, SecretValue)
