"""The page of settings: every one with type, default and meaning, from the specs."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from devtools.docsgen.docstrings import meanings, row
from specs.shop import Shop

# Given by Pulumi itself, or under another name than the shop's own settings.
_NOT_SETTINGS: Final = frozenset({"project", "stack"})
_INTRODUCTION: Final = """# Settings

<!-- Written by `make docs` from specs/; change it there. -->

Settings live in `Pulumi.<stack>.yaml` under `config:`, each as `saleday:<name>`; the region is `aws:region`. The other
settings of Pulumi's AWS provider (`aws:profile`, `aws:assumeRoles`, …) work as everywhere. An unknown name, a value out
of range or names that do not fit together end the program with one line before anything is registered. A setting inside
a map may be a key of its own, `saleday:network.cidr`; it goes before what the map says.
"""


def render() -> str:
    """The page."""
    sections = [_INTRODUCTION, _section("The stack", Shop)]
    sections += [_section(f"`{name}`", model) for name, model in models(Shop)]
    return "\n".join(sections)


def models(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, type[BaseModel]]]:
    """Every nested model once, under the path that leads to it."""
    for name, field in model.model_fields.items():
        nested = _nested_model(field.annotation)
        if nested is not None:
            many = get_origin(_plain(field.annotation)) in (tuple, list)
            path = f"{prefix}{field.alias or name}{'[]' if many else ''}"
            yield path, nested
            yield from models(nested, f"{path}.")


def _section(title: str, model: type[BaseModel]) -> str:
    meaning = meanings(model)
    rows = [
        f"## {title}",
        "",
        inspect.cleandoc(model.__doc__ or ""),
        "",
        "| setting | type | default | meaning |",
        "|---|---|---|---|",
    ]
    for name, field in model.model_fields.items():
        if name not in _NOT_SETTINGS:
            cells = (f"`{field.alias or name}`", _type(field.annotation), _default(field), meaning.get(name, ""))
            rows.append(row(*cells))
    return "\n".join([*rows, ""])


def _plain(annotation: Any) -> Any:
    """The annotation without Annotated and without None."""
    if get_origin(annotation) is Annotated:
        return _plain(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        rest = [part for part in get_args(annotation) if part is not type(None)]
        return _plain(rest[0]) if len(rest) == 1 else annotation
    return annotation


def _nested_model(annotation: Any) -> type[BaseModel] | None:
    plain = _plain(annotation)
    if isinstance(plain, type) and issubclass(plain, BaseModel):
        return plain
    if get_origin(plain) is tuple:
        return _nested_model(get_args(plain)[0])
    return None


def _type(annotation: Any) -> str:
    plain = _plain(annotation)
    origin, arguments = get_origin(plain), get_args(plain)
    if origin is Literal:
        return ", ".join(f"`{value}`" for value in arguments)
    if origin is tuple:
        return f"list of {_type(arguments[0])}"
    if origin is dict:
        return f"map of {_type(arguments[1])}"
    if origin in (Union, UnionType):
        return " or ".join(_type(argument) for argument in arguments if argument is not type(None))
    if isinstance(plain, type) and issubclass(plain, BaseModel):
        return "map"
    names = {"str": "text", "int": "whole number", "float": "number", "bool": "true or false"}
    name = getattr(plain, "__name__", str(plain))
    return "network" if "Network" in name else names.get(name, name)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value is None:
        return "none"
    if isinstance(value, BaseModel):
        return "its defaults"
    if isinstance(value, tuple):
        if value and isinstance(value[0], BaseModel):
            return f"{len(value)} entries"
        return ", ".join(f"`{one}`" for one in value) or "empty"
    if isinstance(value, dict):
        return "empty"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"
