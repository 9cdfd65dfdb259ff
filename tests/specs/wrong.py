"""Wrong values for each setting, made from its type: what nobody can mean there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types as bounds
from hypothesis import strategies as st
from pydantic import BaseModel

from devtools.docsgen.settings import models
from specs.forms import Distinct, Form, NoFraction, OneOf
from specs.shop import Shop

GIVEN = ("project", "stack", "region")
NOT_TEXT = st.sampled_from([[], {}, ["x"], {"x": 1}])
NOT_A_NUMBER = st.sampled_from(
    ["", " ", "x", "1:30", "1e400", "inf", "nan", "\uff11\uff12", "0x", True, False, [], {}, [1], "5 %", "1,5", "--1"]
)
HUGE = st.sampled_from([1e300, -1e300, 1e15, -1, -1e-9, 10**30, "9" * 400])
NOT_A_TRUTH = st.sampled_from(["maybe", 2, 0.5, [], {}, [True], "ja"])
NO_WORD = st.sampled_from(["", " ", "nope", "\x00", 7, 0.5, True, [], {}, "x" * 5000])
NO_NETWORK = st.sampled_from(
    [
        "",
        "x",
        "10.0.0.0/33",
        "10.0.0.1/16",
        "10.0.0.0/0.0.255.255",
        "10.0.0.0/255.255.0.0",
        "300.0.0.0/16",
        10,
        True,
        "::/129",
    ]
)
NO_MOMENT = st.sampled_from(
    [
        "", "soon", "2030-10-19", "20301019", "1822348800", 1822348800, "2030-02-31T00:00:00+05:30",
        "9999-12-31T00:00:00Z", "0001-01-01T00:00:00Z", "2030-10-19T25:00:00Z", "2030-10-19T00:00:00+25:00", True, [],
    ]
)  # fmt: skip
NO_FORM = st.sampled_from(["", " ", "\n", "\x00", "x" * 100_000, "a b\n", "\u202e", "ä\ud800"])


@dataclass(frozen=True)
class Place:
    """One field of the settings."""

    path: str
    """Of its map, as the page of settings writes it: `services[].scaling`; empty for the stack's own."""
    alias: str
    annotation: Any
    metadata: tuple[Any, ...]
    """Bounds beside the annotation."""

    def holding(self, value: object) -> dict[str, Any]:
        """Settings that say nothing but this value."""
        found: Any = {self.alias: value}
        for part in reversed(self.path.split(".") if self.path else []):
            found = {part.removesuffix("[]"): [found] if part.endswith("[]") else found}
        return dict(found)

    @property
    def start(self) -> str:
        """Start of the message about it."""
        return ".".join(filter(None, (self.path, self.alias))).replace("[]", "[0]")


def places() -> list[Place]:
    """Every field of every map of the settings."""
    return [
        Place(
            path,
            field.alias or name,
            field.annotation,
            tuple(field.metadata),
        )
        for path, model in [("", Shop), *models(Shop)]
        for name, field in model.model_fields.items()
        if path or name not in GIVEN
    ]


def wrong(annotation: Any, metadata: tuple[Any, ...] = ()) -> st.SearchStrategy[Any]:
    """Values that the type has to refuse."""
    return st.one_of(*_wrong(annotation, tuple(_flat(metadata))))


def _wrong(annotation: Any, metadata: tuple[Any, ...]) -> Iterator[st.SearchStrategy[Any]]:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        yield from _wrong(arguments[0], (*_flat(arguments[1:]), *metadata))
    elif origin in (Union, UnionType):
        rest = [one for one in arguments if one is not type(None)]
        made = [st.one_of(*_wrong(one, metadata)) for one in rest]
        if len(made) == 1 or {IPv4Network, IPv6Network} == set(rest):
            yield made[0]
    elif origin is Literal:
        yield NO_WORD.filter(lambda value: value not in arguments)
    elif origin is tuple:
        yield from _lists(arguments[0], metadata)
    elif origin is dict:
        yield st.sampled_from(["x", 5, True, ["a"]])
        yield wrong(arguments[1]).map(lambda value: {"some": value})
        yield wrong(arguments[0]).filter(lambda key: isinstance(key, str)).map(lambda key: {key: "1"})
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield st.sampled_from(["x", 5, True, [1], {"notThere": 1}])
    else:
        yield from _scalars(annotation, metadata)


def _lists(entry: Any, metadata: tuple[Any, ...]) -> Iterator[st.SearchStrategy[Any]]:
    yield st.sampled_from(["x", 5, True, {"x": 1}])
    yield wrong(entry).map(lambda value: [value])
    for one in metadata:
        if isinstance(one, bounds.MinLen):
            yield st.just([])
        if isinstance(one, Distinct) and (example := _example(entry)) is not None:
            yield st.just([example, example])


def _scalars(annotation: Any, metadata: tuple[Any, ...]) -> Iterator[st.SearchStrategy[Any]]:
    if annotation in (int, float):
        yield NOT_A_NUMBER
        yield HUGE
        yield from _beyond(metadata)
        if annotation is int:
            yield st.sampled_from([1.5, "1.5"])
    elif annotation is bool:
        yield NOT_A_TRUTH
    elif annotation is datetime:
        yield NO_MOMENT
    elif annotation in (IPv4Network, IPv6Network):
        yield NO_NETWORK
    elif annotation is str:
        yield NOT_TEXT
        yield NO_FORM if any(isinstance(one, Form | OneOf) for one in metadata) else st.just("x" * 200_000)


def _beyond(metadata: tuple[Any, ...]) -> Iterator[st.SearchStrategy[Any]]:
    for one in metadata:
        match one:
            case bounds.Ge(ge=limit) | bounds.Gt(gt=limit):
                yield st.sampled_from([limit - 1, -limit - 1])
            case bounds.Le(le=limit) | bounds.Lt(lt=limit):
                yield st.sampled_from([limit + 1, limit * 10 + 1])
            case NoFraction():
                yield st.sampled_from([0.7, 0.05])


def _example(annotation: Any) -> object:
    """A right value, where the type tells one."""
    if get_origin(annotation) is Annotated:
        for one in _flat(get_args(annotation)[1:]):
            if isinstance(one, Form):
                return one.example
            if isinstance(one, OneOf):
                return one.known[0]
        return _example(get_args(annotation)[0])
    if get_origin(annotation) is Literal:
        return get_args(annotation)[0]
    return "10.1.0.0/16" if annotation is IPv4Network else None


def _flat(metadata: tuple[Any, ...]) -> Iterator[Any]:
    """Bounds one by one: pydantic's `Field` holds several."""
    for one in metadata:
        yield from getattr(one, "metadata", None) or (one,)
