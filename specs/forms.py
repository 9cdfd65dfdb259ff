"""Bounds of settings as types: each tells in words what a value has to be, and gives an example.

They stand in `Annotated` beside pydantic's own bounds, and show in the JSON Schema as far as it can say them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from specs.names import meant


@dataclass(frozen=True)
class Form:
    """Text of one form: `pattern`, matched as a whole, in words and by an example."""

    words: str
    example: str
    pattern: str
    letters: Literal["ascii", "any"] = "ascii"
    """What `\\w` takes in."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        matches = re.compile(self.pattern, re.ASCII if self.letters == "ascii" else 0).fullmatch

        def check(value: str) -> str:
            if not matches(value):
                raise PydanticCustomError("form", "{words}", {"words": self.words, "example": self.example})
            return value

        return core_schema.no_info_after_validator_function(check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "pattern": f"^(?:{self.pattern})$", "examples": [self.example]}


@dataclass(frozen=True)
class OneOf:
    """Text from a long list, of which the nearest is named."""

    words: str
    known: tuple[str, ...]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        known = frozenset(self.known)

        def check(value: str) -> str:
            if value not in known:
                remedy = meant(value, self.known, f"for example {self.known[0]}")
                raise PydanticCustomError("known", "{words}", {"words": self.words, "remedy": remedy})
            return value

        return core_schema.no_info_after_validator_function(check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "enum": list(self.known)}


@dataclass(frozen=True)
class Distinct:
    """A list that names nothing twice, by `key` of each entry."""

    key: Callable[[Any], Hashable] = lambda value: value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        def check(values: tuple[Any, ...]) -> tuple[Any, ...]:
            if (twice := _twice(map(self.key, values))) is not None:
                raise PydanticCustomError("twice", "names each once", {"twice": str(twice)})
            return values

        return core_schema.no_info_after_validator_function(check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "uniqueItems": True}


def _twice(values: Iterable[Hashable]) -> Hashable | None:
    seen: set[Hashable] = set()
    for value in values:
        if value in seen:
            return value
        seen.add(value)
    return None


@dataclass(frozen=True)
class NoFraction:
    """A percentage that nobody can mean below one: 0.7 is 70 written as a fraction."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        def check(value: float) -> float:
            if 0 < value < 1:
                raise PydanticCustomError("fraction", "percent", {"percent": f"{value * 100:g}"})
            return value

        return core_schema.no_info_after_validator_function(check, handler(source))


_IPV4: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}/[0-9]{1,2}")
_ADDRESS: Final = re.compile(
    r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:/[0-9]{1,2})?|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:/[0-9]{1,3})?"
)


def _cidr(value: Any) -> Any:
    """Neither a number nor a netmask: `10.20.0.0/0.0.255.255` would be read as /16."""
    if isinstance(value, IPv4Network) or (isinstance(value, str) and _IPV4.fullmatch(value)):
        return value
    raise PydanticCustomError("ip_v4_network", "must be an IPv4 network")


def _range(value: Any) -> Any:
    if isinstance(value, IPv4Network | IPv6Network) or (isinstance(value, str) and _ADDRESS.fullmatch(value)):
        return value
    raise PydanticCustomError("ip_any_network", "must be a network")


Cidr = Annotated[IPv4Network, BeforeValidator(_cidr)]
"""An IPv4 network as `10.20.0.0/16`."""
AddressRange = Annotated[IPv4Network | IPv6Network, BeforeValidator(_range)]
"""A network or a single address, of either version."""

# AWS gives out at most a /8 to itself, and no customer, office or attacker has more.
_WIDEST: Final = {4: 8, 6: 16}


def not_everybody(network: IPv4Network | IPv6Network) -> IPv4Network | IPv6Network:
    """The range itself. Raises ValueError for one that nobody can have alone."""
    if network.prefixlen < _WIDEST[network.version]:
        raise ValueError(
            f"a range is a /{_WIDEST[network.version]} or narrower, as wider ones take in half the world "
            f"(got {network}); name the addresses that you mean"
        )
    return network
